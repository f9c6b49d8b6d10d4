// Who has seen to a message that a caller left.

import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('recordings', (table) => {
    table.bigInteger('handled_at');
    table.string('handled_by', 64);
    table.index(['kind', 'started_at']);
  });
}

export async function down(db: Knex): Promise<void> {
  await db.schema.alterTable('recordings', (table) => {
    table.dropIndex(['kind', 'started_at']);
    table.dropColumns('handled_at', 'handled_by');
  });
}
