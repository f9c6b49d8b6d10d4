// A nailed-up line is one leg in many calls, and may be in the same call twice: what names its row is the leg, the call and the moment.

import type { Knex } from 'knex';

export const up = (db: Knex): Promise<void> => rebuilt(db, ['leg_id', 'session_id', 'created_at']);

/** Of a leg that was in several calls the first is kept. */
export async function down(db: Knex): Promise<void> {
  const rows = await db('legs').orderBy('created_at').select<Named[]>('leg_id', 'session_id', 'created_at');
  const seen = new Set<string>();
  for (const row of rows) {
    if (seen.has(row.leg_id)) await db('legs').where(row).delete();
    seen.add(row.leg_id);
  }
  await rebuilt(db, ['leg_id']);
}

interface Named {
  readonly leg_id: string;
  readonly session_id: string;
  readonly created_at: number;
}

const columns = [
  'leg_id',
  'session_id',
  'role',
  'agent_id',
  'created_at',
  'answered_at',
  'ended_at',
  'ending',
  'supervisor_id',
  'number',
];

/** SQLite cannot change the key of a table that is there. */
async function rebuilt(db: Knex, key: readonly string[]): Promise<void> {
  await db.schema.createTable('legs_anew', (table) => {
    table.string('leg_id', 64).notNullable();
    table.string('session_id', 64).notNullable().references('calls.session_id').onDelete('CASCADE');
    table.string('role', 16).notNullable();
    table.string('agent_id', 32);
    table.bigInteger('created_at').notNullable();
    table.bigInteger('answered_at');
    table.bigInteger('ended_at').notNullable();
    table.string('ending', 32).notNullable();
    table.string('supervisor_id', 64);
    table.string('number', 32);
    table.primary([...key], `legs_by_${key.join('_')}`);
  });
  const names = columns.map(() => '??').join(', ');
  await db.raw(`insert into legs_anew (${names}) select ${names} from legs`, [...columns, ...columns]);
  await db.schema.dropTable('legs');
  await db.schema.renameTable('legs_anew', 'legs');
  await db.schema.alterTable('legs', (table) => table.index(['session_id']));
}
