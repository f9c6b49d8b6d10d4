// What a restart of the control plane must not forget: the calls of the SIP edge, and which switches are being emptied.

import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('edge_calls', (table) => {
    table.string('call_id', 255).primary();
    table.string('switch', 255).notNullable();
    table.string('core', 64).notNullable();
    table.string('towards', 8).notNullable();
    table.string('trunk', 64);
    // JSON: uri, nextHop, headers.
    table.text('farewell');
  });
  await db.schema.createTable('drained_switches', (table) => {
    table.string('switch', 255).primary();
  });
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTableIfExists('drained_switches');
  await db.schema.dropTableIfExists('edge_calls');
}
