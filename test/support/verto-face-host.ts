// A program of its own: the product's Verto face on a real HTTP server, with a fake floor behind it on which something happens at a steady
// beat. Alone in its process, so that what is measured of it is not what its attackers cost. Told over IPC what to do (verto-face.ts).

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { pino } from 'pino';
import { createAuth } from '../../app/auth/auth.ts';
import { hashPassword } from '../../app/auth/passwords.ts';
import { agentId } from '../../app/domain/ids.ts';
import { attachVerto } from '../../app/faces/verto/server.ts';
import { FakeCore } from '../contract/fake-core.ts';
import type { Vitals } from './verto-face.ts';

const beatMs = 150;
const cheap = { N: 16, r: 8, p: 1 };
const unbounded = { burst: 1e9, perSecond: 1e9 };

const core = new FakeCore();
const faults: string[] = [];
const passwordHash = await hashPassword('right-password', cheap);
const auth = await createAuth({
  signingKey: randomBytes(32),
  accounts: {
    account: async (username) =>
      /^100[12]$/.test(username)
        ? { username, displayName: username, role: 'agent', agentId: username, passwordHash }
        : undefined,
  },
  now: Date.now,
  cost: cheap,
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

process.on('message', () => process.send?.(vitals()));
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  next();
  process.send?.((server.address() as AddressInfo).port);
});
