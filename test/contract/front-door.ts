// The HTTP application and the sockets on a real port, over a real SQLite and a fake floor.

import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { Registry } from 'prom-client';
import { createAuth, type Auth } from '../../app/auth/auth.ts';
import { openGroups } from '../../app/auth/groups.ts';
import { createHttpApp, type HttpApp } from '../../app/http/app.ts';
import type { Probe } from '../../app/http/health.ts';
import { createObserver } from '../../app/observe/observer.ts';
import { refuseStrayUpgrades } from '../../app/http/upgrades.ts';
import { attachRealtime, type Realtime } from '../../app/realtime/realtime.ts';
import type { RealtimeOptions } from '../../app/realtime/socket-server.ts';
import type { Core } from '../../app/engine/core.ts';
import type { Database } from '../../db/database.ts';
import { cheap, open, seeds } from './database-suite.ts';
import { FakeCore } from './fake-core.ts';
import { FakeTelephony } from './fake-telephony.ts';

export interface FrontDoor<C extends Core = FakeCore> {
  readonly url: string;
  readonly server: Server;
  readonly core: C;
  readonly db: Database;
  readonly databaseFile: string;
  readonly auth: Auth;
  readonly app: HttpApp;
  readonly realtime: Realtime;
  readonly probes: Record<string, Probe>;
  readonly recordingsFolder: string;
  readonly telephony: FakeTelephony;
  /** Everything that was logged, at every level. */
  readonly logged: string[];
  /** The clock stands still until it is moved, milliseconds. */
  advance(ms: number): void;
  now(): number;
  token(username: string): Promise<string>;
  close(): Promise<void>;
}

export const demoPassword = 'demo-password';
export const turnServer = {
  scheme: 'turn',
  host: 'turn.example.org',
  port: 3478,
  secret: 'turn-secret',
} as const;

export const openFrontDoor = (realtimeOptions: Partial<RealtimeOptions> = {}): Promise<FrontDoor> =>
  openFrontDoorOn(async () => new FakeCore(), realtimeOptions);

/** @param makeCore the floor behind the door, given the database it may write to */
export async function openFrontDoorOn<C extends Core>(
  makeCore: (db: Database) => Promise<C>,
  realtimeOptions: Partial<RealtimeOptions> = {},
): Promise<FrontDoor<C>> {
  const folder = mkdtempSync(join(tmpdir(), 'cordboard-door-'));
  const databaseFile = join(folder, 'cordboard.sqlite');
  const recordingsFolder = join(folder, 'recordings');
  const webFolder = join(folder, 'web');
  mkdirSync(recordingsFolder);
  mkdirSync(webFolder);
  writeFileSync(join(webFolder, 'customer.html'), '<!doctype html><title>customer</title>');
  writeFileSync(join(webFolder, 'customer-ABCD2345.js'), 'export {}');

  const logged: string[] = [];
  const log: Logger = pino({ level: 'trace' }, { write: (line) => void logged.push(line) });
  const db = await open({ kind: 'sqlite', file: databaseFile });
  await db.seed(seeds({ demoPassword, adminPassword: 'admin-password' }));
  const core = await makeCore(db);
  let offset = 0;
  const now = () => Date.now() + offset;
  const auth = await createAuth({ signingKey: randomBytes(32), accounts: db.accounts, now, cost: cheap });
  const server: Server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const probes: Record<string, Probe> = { database: () => db.health() };
  const observer = createObserver(log);
  const telephony = new FakeTelephony();
  const desk = { core, submissions: db.submissions, now };
  const groups = await openGroups(db.supervisors);
  const app = createHttpApp({
    groups,
    ...desk,
    auth,
    log,
    metrics: new Registry(),
    probes,
    records: db.records,
    messages: db.messages,
    sounds: async () => ['chime', 'tone-beep'],
    recordings: {
      archive: db.recordings,
      accounts: db.accounts,
      folder: recordingsFolder,
      tell: observer.recordings,
    },
    telephony: { telephony, tell: observer.telephony },
    newId: randomUUID,
    publicUrl: () => url,
    turn: [turnServer],
    webFolder,
  });
  server.on('request', (request, response) => void app.koa.callback()(request, response));
  refuseStrayUpgrades(server, ['/socket.io/', '/janus']);
  const realtime = attachRealtime(server, {
    ...desk,
    auth,
    groups,
    records: db.records,
    log,
    ...realtimeOptions,
  });

  return {
    url,
    server,
    core,
    db,
    databaseFile,
    auth,
    app,
    realtime,
    probes,
    recordingsFolder,
    telephony,
    logged,
    now,
    advance: (ms) => {
      offset += ms;
    },
    async token(username) {
      const answer = await auth.signIn(
        username,
        username === 'admin' ? 'admin-password' : demoPassword,
        'test',
      );
      if (answer.outcome !== 'signedIn') throw new Error(`${username} could not sign in`);
      return answer.token;
    },
    async close() {
      await realtime.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
