// Directory, registrations, the floor's facts and snapshot, call records, and what people submit.
// Instants are epoch milliseconds (bigint); lists inside a record are JSON text, alike in both databases.

import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await directory(db);
  await floor(db);
  await records(db);
}

export async function down(db: Knex): Promise<void> {
  for (const table of [...tables].reverse()) await db.schema.dropTableIfExists(table);
}

const tables = [
  'queues',
  'agents',
  'agent_queues',
  'users',
  'inbound_numbers',
  'trunks',
  'trunk_addresses',
  'registrations',
  'facts',
  'floor_meta',
  'floor_sessions',
  'floor_agents',
  'agent_states',
  'calls',
  'legs',
  'wrap_up_notes',
  'ratings',
  'idempotency_keys',
] as const;

async function directory(db: Knex): Promise<void> {
  await db.schema.createTable('queues', (table) => {
    table.string('queue_id', 32).primary();
    table.integer('ring_ms').notNullable();
    table.integer('wrap_up_ms').notNullable();
    table.integer('max_misses').notNullable();
    table.integer('max_waiting').notNullable();
    table.string('record', 8).notNullable();
    table.boolean('open').notNullable();
  });
  await db.schema.createTable('agents', (table) => {
    table.string('agent_id', 32).primary();
    table.string('display_name', 80).notNullable();
    table.string('ha1', 32).notNullable();
    table.boolean('active').notNullable().defaultTo(true);
  });
  await db.schema.createTable('agent_queues', (table) => {
    table.string('agent_id', 32).notNullable().references('agents.agent_id').onDelete('CASCADE');
    table.string('queue_id', 32).notNullable().references('queues.queue_id').onDelete('CASCADE');
    table.primary(['agent_id', 'queue_id']);
  });
  await db.schema.createTable('users', (table) => {
    table.string('username', 64).primary();
    table.string('display_name', 80).notNullable();
    table.string('role', 16).notNullable();
    table.string('agent_id', 32).references('agents.agent_id').onDelete('CASCADE');
    table.string('password_hash', 200).notNullable();
    table.boolean('active').notNullable().defaultTo(true);
  });
  await db.schema.createTable('inbound_numbers', (table) => {
    table.string('number', 32).primary();
    table.string('queue_id', 32).notNullable().references('queues.queue_id').onDelete('CASCADE');
  });
  await db.schema.createTable('trunks', (table) => {
    table.string('name', 32).primary();
  });
  await db.schema.createTable('trunk_addresses', (table) => {
    table.string('name', 32).notNullable().references('trunks.name').onDelete('CASCADE');
    table.string('address', 64).notNullable();
    table.primary(['name', 'address']);
  });
  await db.schema.createTable('registrations', (table) => {
    table.string('address', 64).notNullable();
    table.string('contact', 512).notNullable();
    table.string('flow', 128).notNullable();
    table.string('call_id', 256).notNullable();
    table.bigInteger('cseq').notNullable();
    table.string('user_agent', 256).notNullable();
    table.bigInteger('expires_at').notNullable();
    table.primary(['address', 'contact']);
  });
}

async function floor(db: Knex): Promise<void> {
  await db.schema.createTable('facts', (table) => {
    table.bigInteger('number').primary();
    table.bigInteger('at').notNullable();
    table.string('kind', 40).notNullable();
    table.string('session_id', 64).index();
    table.string('agent_id', 32);
    table.text('body').notNullable();
  });
  await db.schema.createTable('floor_meta', (table) => {
    table.string('name', 32).primary();
    table.bigInteger('value').notNullable();
  });
  await db.schema.createTable('floor_sessions', (table) => {
    table.string('session_id', 64).primary();
    table.text('body').notNullable();
  });
  await db.schema.createTable('floor_agents', (table) => {
    table.string('agent_id', 32).primary();
    table.text('body').notNullable();
  });
  await db.schema.createTable('agent_states', (table) => {
    table.bigInteger('number').primary();
    table.string('agent_id', 32).notNullable();
    table.bigInteger('at').notNullable();
    table.string('axis', 16).notNullable();
    table.string('state', 16).notNullable();
    table.string('cause', 80);
    table.string('session_id', 64);
    table.index(['agent_id', 'at']);
  });
}

async function records(db: Knex): Promise<void> {
  await db.schema.createTable('calls', (table) => {
    table.string('session_id', 64).primary();
    table.string('source', 8).notNullable();
    table.string('queue_id', 32).notNullable();
    table.string('customer_number', 128);
    table.string('customer_name', 256);
    table.string('dialled_number', 128);
    for (const name of ['arrived_at', 'queued_at', 'connected_at']) table.bigInteger(name);
    for (const name of ['requested_at', 'ended_at', 'talk_ms', 'held_ms', 'wait_ms']) {
      table.bigInteger(name).notNullable();
    }
    table.string('agent_id', 32);
    table.string('ending', 32).notNullable();
    table.boolean('recovered').notNullable();
    table.text('offers').notNullable();
    table.text('segments').notNullable();
    table.text('recording_file');
    table.index(['ended_at', 'session_id']);
    table.index(['agent_id', 'ended_at']);
    table.index(['queue_id', 'ended_at']);
  });
  await db.schema.createTable('legs', (table) => {
    table.string('leg_id', 64).primary();
    table.string('session_id', 64).notNullable().references('calls.session_id').onDelete('CASCADE').index();
    table.string('role', 16).notNullable();
    table.string('agent_id', 32);
    table.bigInteger('created_at').notNullable();
    table.bigInteger('answered_at');
    table.bigInteger('ended_at').notNullable();
    table.string('ending', 32).notNullable();
  });
  // No reference to calls: a note may be stored before the journal has written the record it belongs to.
  await db.schema.createTable('wrap_up_notes', (table) => {
    table.string('session_id', 64).notNullable();
    table.string('agent_id', 32).notNullable();
    table.text('note').notNullable();
    table.bigInteger('at').notNullable();
    table.primary(['session_id', 'agent_id']);
  });
  await db.schema.createTable('ratings', (table) => {
    table.string('session_id', 64).primary();
    table.integer('stars').notNullable();
    table.bigInteger('at').notNullable();
  });
  await db.schema.createTable('idempotency_keys', (table) => {
    table.string('scope', 160).notNullable();
    table.string('key', 128).notNullable();
    table.string('fingerprint', 64).notNullable();
    table.string('session_id', 64).notNullable();
    table.bigInteger('at').notNullable();
    table.primary(['scope', 'key']);
  });
}
