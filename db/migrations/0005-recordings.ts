// Recordings as things with an id of their own: how long they are kept, what holds them, what became of the file, and who heard
// them. And which queues a supervisor looks after.

import type { Knex } from 'knex';
import { recordingIdOf } from '../recording-id.ts';

const atOnce = 500;

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('queues', (table) => {
    // Null: as long as the settings say. 0: for ever.
    table.integer('recording_days');
  });
  await db.schema.alterTable('recordings', (table) => {
    table.string('recording_id', 32);
    table.string('queue_id', 32);
    table.string('kind', 8).notNullable().defaultTo('call');
    table.bigInteger('held_at');
    table.string('held_by', 64);
    table.string('hold_reason', 200);
    // From here on nothing can keep the file any more.
    table.bigInteger('claimed_at');
    table.bigInteger('deleted_at');
    table.string('deleted_why', 16);
  });
  await nameThem(db);
  await db.schema.alterTable('recordings', (table) => {
    table.unique(['recording_id']);
    table.index(['deleted_at', 'started_at']);
  });
  await db.schema.createTable('recording_log', (table) => {
    table.increments('number');
    table.string('recording_id', 32).notNullable().index();
    table.string('what', 8).notNullable();
    table.bigInteger('at').notNullable();
    table.bigInteger('last_at').notNullable();
    table.integer('times').notNullable();
    table.string('by', 64).notNullable();
    table.string('address', 64);
    table.string('link_id', 64);
    table.string('reason', 200);
    // One line for all that one link was used for from one place. (Lines without a link are never alike: NULL.)
    table.unique(['link_id', 'what', 'address']);
  });
  // A supervisor without a line here looks after every queue.
  await db.schema.createTable('user_queues', (table) => {
    table.string('username', 64).notNullable().references('users.username').onDelete('CASCADE');
    table.string('queue_id', 32).notNullable();
    table.primary(['username', 'queue_id']);
  });
}

/** Recordings of before get the id and the queue they would get now. */
async function nameThem(db: Knex): Promise<void> {
  for (;;) {
    const rows = await db('recordings')
      .join('calls', 'calls.session_id', 'recordings.session_id')
      .whereNull('recordings.recording_id')
      .limit(atOnce)
      .select<{ file: string; queue_id: string }[]>('recordings.file', 'calls.queue_id');
    if (rows.length === 0) return;
    for (const { file, queue_id } of rows)
      await db('recordings')
        .where({ file })
        .update({ recording_id: recordingIdOf(file), queue_id });
  }
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTableIfExists('user_queues');
  await db.schema.dropTableIfExists('recording_log');
  await db.schema.alterTable('recordings', (table) => {
    table.dropUnique(['recording_id']);
    table.dropIndex(['deleted_at', 'started_at']);
    table.dropColumns(
      'recording_id',
      'queue_id',
      'kind',
      'held_at',
      'held_by',
      'hold_reason',
      'claimed_at',
      'deleted_at',
      'deleted_why',
    );
  });
  await db.schema.alterTable('queues', (table) => {
    table.dropColumn('recording_days');
  });
}
