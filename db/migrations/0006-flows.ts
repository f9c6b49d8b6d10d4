// What callers meet before the line, as an administrator stated it.

import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('flow_parts', (table) => {
    // `hours`, `flows`, `queues`: each is read whole and never searched.
    table.string('part', 16).primary();
    table.text('body').notNullable();
  });
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('flow_parts');
}
