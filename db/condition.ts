// What can be said of a database without changing it: does it answer, is its shape the one this program knows, what time is it there.

import { existsSync } from 'node:fs';
import { connect, type Connections, type DatabaseAddress } from './dialect.ts';
import { migrationNames } from './migrations.ts';

export interface DatabaseCondition {
  /** Migrations this program has and the database has not: the next start carries them out. */
  readonly pending: readonly string[];
  /** Migrations the database has and this program does not know: a newer one wrote there. */
  readonly unknown: readonly string[];
  /** Its clock and ours at the same moment, epoch ms, give or take `roughMs`; absent where it has none of its own. */
  readonly clock?: { readonly theirs: number; readonly ours: number; readonly roughMs: number };
}

/**
 * @param now epoch milliseconds
 * @returns undefined for a file that is not there yet
 * @throws whatever the driver says when it cannot be reached
 */
export async function conditionOf(
  address: DatabaseAddress,
  now: () => number,
): Promise<DatabaseCondition | undefined> {
  if (address.kind === 'sqlite' && !existsSync(address.file)) return undefined;
  const connections = connect(address);
  try {
    const done = await migrationsIn(connections);
    const clock = address.kind === 'postgres' ? await clockOf(connections, now) : undefined;
    return {
      pending: migrationNames.filter((name) => !done.includes(name)),
      unknown: done.filter((name) => !migrationNames.includes(name)),
      ...(clock && { clock }),
    };
  } finally {
    await connections.close();
  }
}

const table = 'knex_migrations';

async function migrationsIn({ read }: Connections): Promise<readonly string[]> {
  if (!(await read.schema.hasTable(table))) return [];
  const rows = await read<{ name: string }>(table).select('name');
  return rows.map(({ name }) => name);
}

async function clockOf({ read }: Connections, now: () => number): Promise<DatabaseCondition['clock']> {
  const asked = now();
  const { rows } = await read.raw<{ rows: readonly { ms: string | number }[] }>(
    'select extract(epoch from clock_timestamp()) * 1000 as ms',
  );
  const answered = now();
  return {
    theirs: Number(rows[0]?.ms),
    ours: (asked + answered) / 2,
    roughMs: (answered - asked) / 2,
  };
}
