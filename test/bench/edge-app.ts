// Ours in the edge bench: the SIP edge of the control plane, with directory and registrations in memory.
//
//   edge-app CONTROL_PORT SECRET SWITCH_PORT

import { randomBytes } from 'node:crypto';
import { startEdge } from '../../gateway/sip/edge.ts';
import { directory, MemoryRegistrations, MemoryTrunking, oneSwitch, realm } from '../support/edge-peers.ts';
import { MemoryEdgeCalls } from '../support/memory-edge-calls.ts';
import { until } from '../support/until.ts';

const [port, secret = '', switchPort] = process.argv.slice(2);

const edge = await startEdge({
  server: { host: '127.0.0.1', port: Number(port), secret },
  switches: oneSwitch(`127.0.0.1:${switchPort}`),
  realm,
  nonceKey: randomBytes(32),
  directory,
  trunking: new MemoryTrunking(),
  registrations: new MemoryRegistrations(),
  keptCalls: new MemoryEdgeCalls(),
  verifyTicket: () => undefined,
  onReachability: () => undefined,
  now: () => Date.now(),
  qualifyEveryMs: 60_000,
  log: {
    info: () => undefined,
    warn: () => undefined,
    error: (fields) => process.stderr.write(`${JSON.stringify(fields)}\n`),
  },
});
process.once('SIGTERM', () => void edge.close().then(() => process.exit(0)));
await until('the edge is up', () => edge.health().up);
process.stdout.write('ready\n');
