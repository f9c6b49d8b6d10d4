// What a new installation begins with: the demo floor (unless switched off) and one administrator. Run at every start:
// rows that exist are left alone, but for passwords that the settings state.

import type { Knex } from 'knex';
import { patiently } from './patience.ts';
import { ha1For } from './directory.ts';
import type { Connections } from './dialect.ts';

export interface SeedOptions {
  readonly demo: boolean;
  /** Used for new demo accounts. */
  readonly demoPassword: string;
  /** The settings state it: existing demo accounts get it too. */
  readonly demoPasswordIsSet: boolean;
  /** From the settings; absent: one is made if there is no administrator yet. */
  readonly adminPassword?: string;
  readonly makePassword: () => string;
  readonly hashPassword: (password: string) => Promise<string>;
}

export interface Seeded {
  /** An administrator was made with this password; print it once, it is stored nowhere. */
  readonly newAdminPassword?: string;
  /** The demo accounts are there. */
  readonly demo: boolean;
}

const queues = ['default', 'sales', 'support'] as const;
const agents = [
  { id: '1001', name: 'Alice', queues: ['default', 'sales'] },
  { id: '1002', name: 'Bob', queues: ['default', 'support'] },
  { id: '1003', name: 'Carol', queues: ['default', 'sales', 'support'] },
] as const;
const inbound = [
  ['4000', 'default'],
  ['4001', 'sales'],
  ['4002', 'support'],
] as const;
const settleMs = 10_000;

export async function seed({ write }: Connections, options: SeedOptions): Promise<Seeded> {
  const demoHash = options.demo ? await options.hashPassword(options.demoPassword) : '';
  const newAdmin = await adminPassword(write, options);
  const adminHash = newAdmin === undefined ? '' : await options.hashPassword(newAdmin);
  return patiently(
    () =>
      write.transaction(async (db) => {
        if (newAdmin !== undefined)
          await seedUser(db, { username: 'admin', name: 'Administrator', role: 'admin' }, adminHash, true);
        const demo = options.demo && (await seedDemo(db, options, demoHash));
        const made = newAdmin !== undefined && options.adminPassword === undefined;
        return { demo, ...(made && { newAdminPassword: newAdmin }) };
      }),
    settleMs,
  );
}

/** The password the administrator shall have from now on; undefined when there is one already and the settings are silent. */
async function adminPassword(db: Knex, options: SeedOptions): Promise<string | undefined> {
  if (options.adminPassword !== undefined) return options.adminPassword;
  const known = await db('users').where({ role: 'admin' }).first<object | undefined>('username');
  return known ? undefined : options.makePassword();
}

/** Only an empty floor is furnished; one that an administrator has changed is hers. */
async function seedDemo(db: Knex, options: SeedOptions, hash: string): Promise<boolean> {
  const furnished = await db('queues').first<object | undefined>('queue_id');
  const ours = await db('users').where({ username: 'supervisor' }).first<object | undefined>('username');
  if (furnished && !ours) return false;
  if (!furnished) await furnish(db, options.demoPassword);
  for (const { id, name } of agents) {
    const user = { username: id, name, role: 'agent', agentId: id };
    await seedUser(db, user, hash, options.demoPasswordIsSet);
    if (options.demoPasswordIsSet)
      await db('agents')
        .where({ agent_id: id })
        .update({ ha1: ha1For(id, options.demoPassword) });
  }
  const ha1 = ha1For('supervisor', options.demoPassword);
  const supervisor = { username: 'supervisor', name: 'Supervisor', role: 'supervisor', ha1 };
  await seedUser(db, supervisor, hash, options.demoPasswordIsSet);
  return true;
}

async function furnish(db: Knex, password: string): Promise<void> {
  await db('queues').insert(
    queues.map((queue_id) => ({
      queue_id,
      ring_ms: 20_000,
      wrap_up_ms: 15_000,
      max_misses: 3,
      max_waiting: 1_000,
      record: 'always',
      open: true,
    })),
  );
  await db('agents').insert(
    agents.map(({ id, name }) => ({
      agent_id: id,
      display_name: name,
      ha1: ha1For(id, password),
      active: true,
    })),
  );
  await db('agent_queues').insert(
    agents.flatMap(({ id, queues: member }) => member.map((queue_id) => ({ agent_id: id, queue_id }))),
  );
  await db('inbound_numbers').insert(inbound.map(([number, queue_id]) => ({ number, queue_id })));
}

interface NewUser {
  readonly username: string;
  readonly name: string;
  readonly role: string;
  readonly agentId?: string;
  /** Of a desk phone under this user name; an agent's is with the agent. */
  readonly ha1?: string;
}

async function seedUser(db: Knex, user: NewUser, hash: string, overwrite: boolean): Promise<void> {
  const row = {
    username: user.username,
    display_name: user.name,
    role: user.role,
    agent_id: user.agentId ?? null,
    password_hash: hash,
    ha1: user.ha1 ?? null,
    active: true,
  };
  const insert = db('users').insert(row).onConflict('username');
  await (overwrite ? insert.merge(['password_hash', 'ha1']) : insert.ignore());
}
