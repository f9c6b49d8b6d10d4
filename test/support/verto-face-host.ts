// A program of its own: the product's Verto face on a real HTTP server, its accounts in a real database, with a fake floor of 500 agents behind
// it on which something happens at a steady beat. Alone in its process, so that what is measured of it is not what its attackers cost.
// Told over IPC what to do (verto-face.ts).

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pino } from 'pino';
import { createAuth } from '../../app/auth/auth.ts';
import { defaultCost, hashPassword } from '../../app/auth/passwords.ts';
import { agentId } from '../../app/domain/ids.ts';
import { attachVerto } from '../../app/faces/verto/server.ts';
import { openDatabase } from '../../db/database.ts';
import { FakeCore } from '../contract/fake-core.ts';
import type { Vitals } from './verto-face.ts';

const beatMs = 150;
// Where passwords are not what is looked at, they cost nothing.
const cost = process.argv[2] === 'dear' ? defaultCost : { N: 16, r: 8, p: 1 };
const unbounded = { burst: 1e9, perSecond: 1e9 };

const core = new FakeCore();
const faults: string[] = [];
for (let id = 2001; id <= 2500; id += 1) core.agent(String(id), {});
const folder = mkdtempSync(path.join(tmpdir(), 'cordboard-face-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const database = await openDatabase({
  address: { kind: 'sqlite', file: path.join(folder, 'accounts.sqlite') },
  sealingKey: randomBytes(32),
  browserPassword: () => '',
  trunks: [],
  recordingDays: 0,
});
await database.seed({
  demo: true,
  demoPassword: 'right-password',
  demoPasswordIsSet: true,
  makePassword: () => randomBytes(16).toString('hex'),
  hashPassword: (password) => hashPassword(password, cost),
});
const auth = await createAuth({
  signingKey: randomBytes(32),
  accounts: database.accounts,
  now: Date.now,
  cost,
  limits: { windowMs: 1, perNameAndAddress: 1e9, perAddress: 1e9, perName: 1e9 },
});
const server = createServer();
const face = attachVerto(server, {
  core,
  auth,
  registered: async () => true,
  log: pino({ level: 'error' }, { write: (line) => void faults.push(line) }),
  now: Date.now,
  limits: { budget: unbounded, patience: 1e9 },
});

// The reason of each break says when it should have begun: a loop that is held up makes it late as well.
let beat = Date.now();
function next(): void {
  beat += beatMs;
  setTimeout(
    () => {
      core.become({ kind: 'agent.onBreak', agentId: agentId('1002'), reason: String(beat), cause: 'asked' });
      next();
    },
    Math.max(0, beat - Date.now()),
  );
}

function vitals(): Vitals {
  globalThis.gc?.();
  const resources = process.getActiveResourcesInfo();
  const { heapUsed, external } = process.memoryUsage();
  return {
    clients: face.clients,
    memoryMb: (heapUsed + external) / 2 ** 20,
    sockets: resources.filter((name) => name === 'TCPSocketWrap').length,
    timers: resources.filter((name) => name === 'Timeout').length,
    faults: faults.splice(0),
  };
}

/** So much has happened before anybody came. */
function past(events: number): void {
  for (let count = 0; count < events; count += 1)
    core.become({ kind: 'agent.onBreak', agentId: agentId('1002'), reason: `past ${count}`, cause: 'asked' });
}

process.on('message', (what: { readonly past?: number }) => {
  past(what.past ?? 0);
  process.send?.(vitals());
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  next();
  process.send?.((server.address() as AddressInfo).port);
});
