// Everything in which SQLite and PostgreSQL differ, and nothing else. SQLite: one writing connection (it allows one writer
// anyway) and separate reading ones, so that a long write or a foreign lock never delays a look-up (write-ahead log).
// PostgreSQL: one pool for both.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import pg from 'pg';

export type DatabaseAddress =
  { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };

export interface Connections {
  readonly kind: DatabaseAddress['kind'];
  readonly write: Knex;
  readonly read: Knex;
  close(): Promise<void>;
}

/** How long SQLite itself waits for a lock before it says SQLITE_BUSY; longer waits are ours, so that we can stop them. */
const sqliteBusyMs = 250;
const acquireMs = 5_000;
/** knex would print to the console what it also throws; whoever catches it says it once. */
const quiet: Knex.Logger = { warn: noLine, error: noLine, debug: noLine, deprecate: noLine };
function noLine(): void {
  // thrown as well
}

export function connect(address: DatabaseAddress): Connections {
  return address.kind === 'sqlite' ? connectSqlite(address.file) : connectPostgres(address.url);
}

function connectSqlite(file: string): Connections {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const open = (most: number): Knex =>
    knex({
      client: 'sqlite3',
      connection: { filename: file },
      useNullAsDefault: true,
      acquireConnectionTimeout: acquireMs,
      log: quiet,
      pool: { min: 0, max: most, afterCreate: prepareSqlite },
    });
  const write = open(1);
  const read = open(2);
  return {
    kind: 'sqlite',
    write,
    read,
    close: async () => {
      await read.destroy();
      await write.destroy();
    },
  };
}

interface RawSqlite {
  exec(sql: string, done: (error: Error | null) => void): void;
}

/** synchronous=FULL: a committed call record survives a power cut, not only a crash of ours. */
function prepareSqlite(
  connection: RawSqlite,
  done: (error: Error | null, connection: RawSqlite) => void,
): void {
  const pragmas = `PRAGMA busy_timeout = ${sqliteBusyMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;`;
  connection.exec(pragmas, (error) => done(error, connection));
}

function connectPostgres(url: string): Connections {
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      connectionTimeoutMillis: acquireMs,
      application_name: 'cordboard',
      types: { getTypeParser: postgresParser },
    },
    acquireConnectionTimeout: acquireMs,
    log: quiet,
    pool: { min: 0, max: 10 },
  });
  return { kind: 'postgres', write: pool, read: pool, close: () => pool.destroy() };
}

const int8 = 20;

/** Instants are bigint there; they fit a number (until the year 287396), so read them as one. */
function postgresParser(oid: number, format?: string): (text: string) => unknown {
  if (oid === int8) return Number;
  return (pg.types.getTypeParser as (oid: number, format?: string) => (text: string) => unknown)(oid, format);
}

/**
 * Runs `work` while nobody else can migrate this database, having freed a lock that a killed process left behind.
 * SQLite: one control plane per file. PostgreSQL: an advisory lock, which dies with its connection.
 */
export async function alone<T>({ kind, write }: Connections, work: () => Promise<T>): Promise<T> {
  if (kind === 'sqlite') {
    await write.migrate.forceFreeMigrationsLock(noMigrations);
    return work();
  }
  return write.transaction(async (held) => {
    await held.raw('select pg_advisory_xact_lock(?)', [migrationLock]);
    await write.migrate.forceFreeMigrationsLock(noMigrations);
    return work();
  });
}

const migrationLock = 0x636f7264; // "cord"
const noMigrations: Knex.MigratorConfig = {
  migrationSource: {
    getMigrations: async () => [],
    getMigrationName: () => '',
    getMigration: async () => ({ up: noop }),
  },
};
async function noop(): Promise<void> {
  // the lock table is made by the migrator itself; there is nothing else to do
}

const sqliteTransient = new Set([
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
]);
const socketTransient = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** Classes of SQLSTATE: connection, rollback (serialisation, deadlock), resources, operator intervention, read only, lock. */
const sqlStateTransient = /^(08|40|53|57|58|25006|55P03)/;

/** Will the same words be accepted later? True for locks, full disks and lost connections; false for bad data. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    sqliteTransient.has(code) ||
    socketTransient.has(code) ||
    sqlStateTransient.test(code) ||
    error.name === 'KnexTimeoutError' ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      error.message,
    )
  );
}
