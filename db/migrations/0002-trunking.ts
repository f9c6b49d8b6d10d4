// Trunks with all that is known of them, outbound routes, and inbound numbers that reach agents and flows too.

import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await trunks(db);
  await inboundNumbers(db);
  await db.schema.createTable('outbound_routes', (table) => {
    table.string('prefix', 24).primary();
    // Names in the order they are tried, as JSON.
    table.text('trunks').notNullable();
  });
  await db.schema.createTable('trunking_settings', (table) => {
    table.string('name', 32).primary();
    table.text('body').notNullable();
  });
}

/** Numbers of agents and flows are lost: the tables before had no place for them. */
export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('trunking_settings');
  await db.schema.dropTable('outbound_routes');
  const numbers = await db('inbound_numbers').whereNotNull('queue_id').select('number', 'queue_id');
  await db.schema.dropTable('inbound_numbers');
  await db.schema.createTable('inbound_numbers', (table) => {
    table.string('number', 32).primary();
    table.string('queue_id', 32).notNullable().references('queues.queue_id').onDelete('CASCADE');
  });
  if (numbers.length > 0) await db('inbound_numbers').insert(numbers);
  const kept = await db('trunks').select<{ name: string; body: string }[]>('name', 'body');
  await db.schema.dropTable('trunks');
  await db.schema.createTable('trunks', (table) => {
    table.string('name', 32).primary();
  });
  await db.schema.createTable('trunk_addresses', (table) => {
    table.string('name', 32).notNullable().references('trunks.name').onDelete('CASCADE');
    table.string('address', 64).notNullable();
    table.primary(['name', 'address']);
  });
  for (const { name, body } of kept) {
    const { addresses } = JSON.parse(body) as { readonly addresses: readonly string[] };
    await db('trunks').insert({ name });
    for (const address of addresses) await db('trunk_addresses').insert({ name, address });
  }
}

async function trunks(db: Knex): Promise<void> {
  const rows = await db('trunk_addresses').select<{ name: string; address: string }[]>('name', 'address');
  const names = await db('trunks').select<{ name: string }[]>('name');
  await db.schema.dropTable('trunk_addresses');
  await db.schema.dropTable('trunks');
  await db.schema.createTable('trunks', (table) => {
    table.string('name', 32).primary();
    // The settings as JSON, passwords sealed: they are read whole and never searched.
    table.text('body').notNullable();
  });
  for (const { name } of names) {
    const addresses = rows.filter((row) => row.name === name).map(({ address }) => address);
    await db('trunks').insert({ name, body: JSON.stringify({ addresses }) });
  }
}

async function inboundNumbers(db: Knex): Promise<void> {
  const rows = await db('inbound_numbers').select('number', 'queue_id');
  await db.schema.dropTable('inbound_numbers');
  await db.schema.createTable('inbound_numbers', (table) => {
    table.string('number', 32).primary();
    // One of the three.
    table.string('queue_id', 32).references('queues.queue_id').onDelete('CASCADE');
    table.string('agent_id', 32).references('agents.agent_id').onDelete('CASCADE');
    table.string('flow_id', 64);
  });
  if (rows.length > 0) await db('inbound_numbers').insert(rows);
}
