// Recordings with what was left out of them, the third parties of a call, and what queues say about outgoing and recorded calls.

import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('queues', (table) => {
    table.integer('park_ms');
    table.string('consent_sound', 64);
    table.string('consent_digit', 1);
    // A JSON list, the usual number first.
    table.text('caller_numbers');
  });
  await db.schema.alterTable('legs', (table) => {
    table.string('supervisor_id', 64);
    table.string('number', 32);
  });
  await db.schema.createTable('recordings', (table) => {
    table.string('file', 255).primary();
    table.string('session_id', 64).notNullable().references('calls.session_id').onDelete('CASCADE').index();
    table.string('leg_id', 64).notNullable();
    table.bigInteger('started_at').notNullable();
    table.bigInteger('duration_ms');
    // A JSON list of { from, to }; to null: until the end.
    table.text('pauses').notNullable();
  });
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTableIfExists('recordings');
  await db.schema.alterTable('legs', (table) => {
    table.dropColumns('supervisor_id', 'number');
  });
  await db.schema.alterTable('queues', (table) => {
    table.dropColumns('park_ms', 'consent_sound', 'consent_digit', 'caller_numbers');
  });
}
