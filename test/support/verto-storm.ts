// Wrong frames against the Verto face, from a seed: several clients who mean harm, and one beside them who must not notice. The face is the
// product's own on a real HTTP server; only the floor behind it is a fake one.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createAuth } from '../../app/auth/auth.ts';
import { hashPassword } from '../../app/auth/passwords.ts';
import { agentId } from '../../app/domain/ids.ts';
import { attachVerto } from '../../app/faces/verto/server.ts';
import { FakeCore } from '../contract/fake-core.ts';
import { mutate, seeded } from './malformed.ts';
import { within } from './until.ts';
import { VertoClient } from './verto-client.ts';

export interface Storm {
  readonly frames: number;
  readonly seed: number;
  readonly attackers?: number;
  /** Told now and then how far it is. */
  readonly progress?: (done: number) => void;
}

export interface Aftermath {
  readonly frames: number;
  /** Attackers who were thrown out and came back. */
  readonly reconnects: number;
  /** How long each of the bystander's events was on its way, milliseconds. */
  readonly lateness: readonly number[];
  /** Requests that failed because of a fault of ours. */
  readonly faults: readonly string[];
  readonly memoryGrowthMb: number;
  /** Connections the face still counts after everybody has left. */
  readonly left: number;
}

const cheap = { N: 16, r: 8, p: 1 };
const perRound = 50;
const unbounded = { burst: 1e9, perSecond: 1e9 };

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n';
const dialogParams = { callID: '5c3cbb60-0000-4000-8000-000000000001', destination_number: '4000' };
const requests: readonly (readonly [string, object])[] = [
  ['login', { login: '1001@x', passwd: 'right-password', loginParams: {}, userVariables: { media: true } }],
  ['login', { login: '1001@x', passwd: 'password', loginParams: { xui_sessid: 'eyJ1Ijoi.MTAwMSJ9' } }],
  ['echo', { a: [1, { b: null }], echoParams: true }],
  ['verto.subscribe', { eventChannel: ['vcc.default.1001', 'chat.default'], lastSerno: 12, snapshot: true }],
  ['verto.subscribe', { eventChannel: 'user.1001', lastSerno: { 'user.1001': 3 } }],
  ['verto.unsubscribe', { eventChannel: 'chat.default' }],
  ['verto.broadcast', { eventChannel: 'chat.default', localBroadcast: true, data: { text: 'x' } }],
  ['verto.invite', { sdp, dialogParams }],
  ['verto.answer', { sdp, dialogParams }],
  ['verto.attach', { sdp, dialogParams }],
  ['verto.modify', { action: 'toggleHold', dialogParams }],
  ['verto.info', { dtmf: '5', dialogParams }],
  ['verto.info', { msg: { to: '1002', body: 'hello' } }],
  ['verto.bye', { cause: 'NORMAL_CLEARING', causeCode: 16, dialogParams }],
  ['jsapi', { command: 'callcenter_config', data: "agent set status 1001 'On Break'" }],
  ['cc.login', { group: 'default', queue: 'default', agent: '1001', extn: '1001' }],
  ['cc.break', { queue: 'default', agent: '1001', reason: 'BRB' }],
  ['cc.dial', { agent: '1001', extn: '1001', cidNumber: '30', destNumber: '491234', earlyMedia: false }],
  ['cc.transfer', { agent: '1001', to: { queue: 'sales' }, callID: 'x' }],
  ['cc.recording', { wish: 'pause' }],
  ['cc.status', { queue: 'default' }],
  ['no.such', {}],
];
const samples = requests.map(([method, params], id) =>
  Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params: { sessid: 'storm', ...params }, id })),
);
const batch = Buffer.from(`[${samples.slice(2, 6).map(String).join(',')}]`);

/** Lets the storm pass over a face of its own. */
export async function storm({ frames, seed, attackers = 4, progress }: Storm): Promise<Aftermath> {
  const core = new FakeCore();
  const faults: string[] = [];
  const log = pino({ level: 'error' }, { write: (line) => void faults.push(line) });
  const passwordHash = await hashPassword('right-password', cheap);
  const auth = await createAuth({
    signingKey: randomBytes(32),
    accounts: {
      account: async (username) =>
        username === '1001' || username === '1002'
          ? { username, displayName: username, role: 'agent', agentId: username, passwordHash }
          : undefined,
    },
    now: Date.now,
    cost: cheap,
    limits: { windowMs: 1, perNameAndAddress: 1e9, perAddress: 1e9, perName: 1e9 },
  });
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const face = attachVerto(server, {
    core,
    auth,
    registered: async () => true,
    log,
    now: Date.now,
    limits: { budget: unbounded, patience: 1e9 },
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const logIn = (user: string) => VertoClient.logIn(url, user, 'right-password');

  const bystander = await logIn('1002');
  await bystander.must('verto.subscribe', { eventChannel: 'vcc.default.1002' });
  const lateness: number[] = [];
  const memoryBefore = process.memoryUsage().rss;
  let reconnects = 0;
  let done = 0;
  let heard = 0;

  const attack = async (own: () => number): Promise<void> => {
    let client = await logIn('1001');
    while (done < frames) {
      const size = Math.min(perRound, frames - done);
      done += size;
      for (let count = 0; count < size; count += 1) client.sendText(frameFrom(own));
      const survived = (await client.call('echo')).result !== undefined;
      client.others.splice(0);
      client.requests.splice(0);
      client.events.splice(0);
      if (survived) continue;
      reconnects += 1;
      client.close();
      client = await logIn('1001');
    }
    client.close();
    await within('an attacker has left', client.gone(), 15_000);
  };

  const watch = async (): Promise<void> => {
    while (done < frames) {
      const began = performance.now();
      const reason = `round ${(heard += 1)}`;
      core.become({ kind: 'agent.onBreak', agentId: agentId('1002'), reason, cause: 'asked' });
      await bystander.event('agent-state', { reason });
      lateness.push(performance.now() - began);
      bystander.events.splice(0);
      progress?.(done);
    }
  };

  try {
    const own = Array.from({ length: attackers }, (_, index) => seeded(seed + index));
    await Promise.all([...own.map(attack), watch()]);
    const memoryGrowthMb = (process.memoryUsage().rss - memoryBefore) / 2 ** 20;
    bystander.close();
    await bystander.gone();
    return { frames: done, reconnects, lateness, faults, memoryGrowthMb, left: face.clients };
  } finally {
    await face.close();
    server.closeAllConnections();
    server.close();
  }
}

function frameFrom(random: () => number): string {
  if (random() < 0.02) return deep(random);
  const sample = random() < 0.1 ? batch : samples[Math.floor(random() * samples.length)];
  return mutate(sample ?? batch, random).toString('latin1');
}

/** Well-formed, and nested beyond reason. */
function deep(random: () => number): string {
  const depth = Math.floor(random() * 20_000);
  return `{"jsonrpc":"2.0","method":"echo","params":{"a":${'['.repeat(depth)}${']'.repeat(depth)}},"id":1}`;
}
