// A PostgreSQL of our own for one test file: a fresh cluster in a temporary folder, reached over a Unix socket only.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { once } from 'node:events';
import { until } from './until.ts';

const run = promisify(execFile);

export interface PostgresCluster {
  /** A new database: empty, or a copy of the template, which nobody may be connected to. @returns its URL */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Ends the server at once, as a crash would; start() brings it back. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/** The folder of the newest installed PostgreSQL's programs (Debian's layout); undefined when there is none. */
export function postgresPrograms(): string | undefined {
  const home = '/usr/lib/postgresql';
  if (!existsSync(home)) return undefined;
  const versions = readdirSync(home).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(home, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

/** The server refuses to run as root; it then runs as the `postgres` user that its package made. */
async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

export async function startPostgres(bin: string): Promise<PostgresCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-pg-'));
  const user = await serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const cluster = join(folder, 'cluster');
  await run(
    join(bin, 'initdb'),
    ['-D', cluster, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8'],
    {
      ...user,
      cwd: folder,
    },
  );
  const sql = (text: string) =>
    run(join(bin, 'psql'), [
      '-h',
      folder,
      '-U',
      'postgres',
      '-d',
      'postgres',
      '-v',
      'ON_ERROR_STOP=1',
      '-c',
      text,
    ]);
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const words = ['-D', cluster, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off'];
    server = spawn(join(bin, 'postgres'), words, { ...user, cwd: folder, stdio: 'ignore' });
    await until('PostgreSQL takes connections', () => sql('select 1').then(Boolean, () => false));
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill(signal);
    await gone;
  };

  await start();
  return {
    start,
    async createDatabase(name, template = 'template1') {
      await sql(`create database "${name}" template "${template}"`);
      return `postgres://postgres@/${name}?host=${encodeURIComponent(folder)}`;
    },
    kill: () => end('SIGQUIT'), // immediate shutdown: connections are cut, nothing is written
    async stop() {
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
