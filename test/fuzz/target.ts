// One of the programs under fire, in a process of its own, so that a crash, a hang or memory kept is its and nobody else's.
//
//   target sip-server | target edge CONTROL_PORT SECRET SWITCH_PORT BAD_PHONE | target switch
//
// Talks to the run over IPC: `ready` with what it listens on, `vitals` when asked.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startMediaSwitch } from '@cordboard/media-switch';
import { startSipServer } from '@cordboard/sip-server';
import { startEdge } from '../../gateway/sip/edge.ts';
import {
  directory,
  MemoryRegistrations,
  MemoryTrunking,
  oneSwitch,
  realm,
  trunkAddress,
  trunkNamed,
} from '../support/edge-peers.ts';
import { MemoryEdgeCalls } from '../support/memory-edge-calls.ts';
import { until } from '../support/until.ts';

/** What a target says of itself. */
export interface Vitals {
  /** Octets in use after a collection. */
  readonly used: number;
  readonly resident: number;
  /** What is in progress, and what was seen, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** Bugs it noticed itself. */
  readonly faults: readonly string[];
}

interface Running {
  readonly listening: Readonly<Record<string, number>>;
  counts(): Record<string, number>;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const any = { host: LOOPBACK, port: 0 };
const faults: string[] = [];

async function sipServer(): Promise<Running> {
  const seen = { refused: 0, dropped: 0 };
  const server = await startSipServer({
    sip: any,
    control: any,
    ws: any,
    secret: 'fuzz-secret',
    observe: (happening) => {
      if (happening !== 'certificates') seen[happening] += 1;
    },
  });
  const { sip, control, ws } = server.addresses;
  return {
    listening: { sip: sip.port, control: control.port, ws: ws?.port ?? 0 },
    counts: () => ({ ...seen, ...server.vitals() }),
    stop: () => server.stop(),
  };
}

/** Who may call: the good trunk and the one that sends rubbish are two. */
const trunking = Object.assign(new MemoryTrunking(), {
  trunkList: [
    trunkNamed('good', { addresses: [trunkAddress] }),
    trunkNamed('bad', { addresses: ['127.0.0.5'] }),
  ],
});

async function edgeApp(
  controlPort: string,
  secret: string,
  switchPort: string,
  phone: string,
): Promise<Running> {
  const registrations = new MemoryRegistrations();
  await registrations.save({
    address: '1002',
    contact: `sip:1002@${phone}`,
    flow: `udp:${phone}`,
    callId: 'fuzz',
    cseq: 1,
    userAgent: '',
    expiresAt: Date.now() + 86_400_000,
  });
  const seen = { info: 0, warn: 0 };
  const edge = await startEdge({
    server: { host: LOOPBACK, port: Number(controlPort), secret },
    switches: oneSwitch(`${LOOPBACK}:${switchPort}`),
    realm,
    nonceKey: randomBytes(32),
    directory,
    trunking,
    registrations,
    keptCalls: new MemoryEdgeCalls(),
    verifyTicket: () => undefined,
    onReachability: () => undefined,
    now: () => Date.now(),
    qualifyEveryMs: 2000,
    log: {
      info: () => void (seen.info += 1),
      warn: () => void (seen.warn += 1),
      error: (fields: object) => {
        const { err } = fields as { readonly err?: unknown };
        faults.push(err instanceof Error ? (err.stack ?? err.message) : JSON.stringify(fields));
      },
    },
  });
  await until('the edge is up', () => edge.health().up);
  return { listening: {}, counts: () => ({ ...seen }), stop: () => edge.close() };
}

async function mediaSwitch(): Promise<Running> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fuzz-switch-'));
  const running = await startMediaSwitch({
    sip: `${LOOPBACK}:0`,
    esl: `${LOOPBACK}:0`,
    password: 'fuzz-secret',
    rtp: `${LOOPBACK}:20000-29999`,
    recordings: folder,
  });
  void running.failed.then((error) => faults.push(`media worker: ${String(error)}`));
  const counts = (): Record<string, number> => {
    const { channels, dialogs, transactions, clients } = running.counts();
    return { channels, dialogs, transactions, clients };
  };
  return {
    listening: { sip: running.addresses.sip.port, esl: running.addresses.esl.port },
    counts,
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function vitals(running: Running): Promise<Vitals> {
  // Twice, and with a turn between: what the first finds dead may hold more.
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, resident: rss, counts: running.counts(), faults: faults.splice(0) };
}

const [role, ...rest] = process.argv.slice(2);
const starts: Readonly<Record<string, () => Promise<Running>>> = {
  'sip-server': sipServer,
  edge: () => edgeApp(rest[0] ?? '', rest[1] ?? '', rest[2] ?? '', rest[3] ?? ''),
  switch: mediaSwitch,
};
const start = starts[role ?? ''];
if (!start) throw new Error(`there is no target ${role}`);
const running = await start();
process.on('message', (asked) => {
  if (asked === 'vitals') void vitals(running).then((told) => process.send?.({ vitals: told }));
  else void running.stop().then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(1));
process.send?.({ ready: running.listening });
