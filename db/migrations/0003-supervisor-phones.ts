// A supervisor's own desk phone: registers under her user name.

import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('users', (table) => {
    table.string('ha1', 32);
  });
}

export async function down(db: Knex): Promise<void> {
  await db.schema.alterTable('users', (table) => {
    table.dropColumn('ha1');
  });
}
