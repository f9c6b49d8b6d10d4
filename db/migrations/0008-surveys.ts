// What callers answered after their calls.

import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('calls', (table) => {
    // A JSON list of { question, answer, at }.
    table.text('survey');
  });
}

export async function down(db: Knex): Promise<void> {
  await db.schema.alterTable('calls', (table) => {
    table.dropColumn('survey');
  });
}
