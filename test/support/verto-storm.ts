// What a busy or hostile network does to the Verto face, from a seed: wrong frames from several clients, thousands who only stay, hundreds
// who come back at once. One bystander is beside them all the time.

import { mutate, seeded } from './malformed.ts';
import { until, within } from './until.ts';
import { VertoClient } from './verto-client.ts';
import type { Bystander, VertoFace } from './verto-face.ts';

export interface Storm {
  readonly frames: number;
  readonly seed: number;
  readonly attackers?: number;
  /** Told now and then how far it is. */
  readonly progress?: (done: number) => void;
}

const perRound = 25;

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

/**
 * Wrong frames, without any bound on how many; whoever is thrown out comes back.
 * @returns how often that was
 */
export async function storm(
  face: VertoFace,
  { frames, seed, attackers = 4, progress }: Storm,
): Promise<number> {
  let reconnects = 0;
  let done = 0;
  const attack = async (own: () => number): Promise<void> => {
    let client = await face.logIn('1001');
    while (done < frames) {
      const size = Math.min(perRound, frames - done);
      done += size;
      for (let count = 0; count < size; count += 1) client.sendText(frameFrom(own));
      const survived = (await client.call('echo')).result !== undefined;
      forget(client);
      progress?.(done);
      if (survived) continue;
      reconnects += 1;
      client.close();
      client = await face.logIn('1001');
    }
    client.close();
    await within('an attacker has left', client.gone(), 15_000);
  };
  const own = Array.from({ length: attackers }, (_, index) => seeded(seed + index));
  await Promise.all(own.map(attack));
  return reconnects;
}

function forget(client: VertoClient): void {
  client.others.splice(0);
  client.requests.splice(0);
  client.events.splice(0);
  client.arrivedAt.splice(0);
}

/** Frames far over the limit, one connection each. */
export async function oversized(face: VertoFace, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    const client = await face.logIn('1001');
    client.sendText(`{"jsonrpc":"2.0","method":"echo","params":{"x":"${'x'.repeat(200_000)}"},"id":1}`);
    if ((await client.gone()) !== 1009) throw new Error(`closed with ${client.closed}`);
  }
}

/** Connections that only stay, for a few beats; then all go at once. */
export async function idle(
  face: VertoFace,
  bystander: Bystander,
  count: number,
): Promise<{ memoryMb: number }> {
  const clients: VertoClient[] = [];
  const batch = 50;
  while (clients.length < count) {
    const size = Math.min(batch, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: size }, () => face.logIn('1001')))));
  }
  await bystander.heard(10);
  const { memoryMb, clients: there } = await face.vitals();
  if (there !== count + 1) throw new Error(`${there} connections of ${count + 1} are there`);
  for (const client of clients) client.ws.terminate();
  return { memoryMb };
}

export interface Return {
  readonly count: number;
  /** Asked after each time: have they come back often enough? */
  readonly enough: (times: number) => boolean;
  readonly by?: 'password' | 'token';
  /** They ask for so many events more than they missed; `everything`: for more than is kept, and get a picture of the whole floor. */
  readonly missed?: number | 'everything';
}

interface Returning {
  readonly client: VertoClient;
  readonly token: string;
  /** The number it asked for what came after. */
  readonly after?: number;
}

const patienceMs = 120_000;

/**
 * Clients who hear the beat lose their connections in the same moment and come back with the last number they heard: each hears every event
 * once, in order.
 * @returns how often they came back
 */
export async function reconnects(face: VertoFace, options: Return): Promise<number> {
  const { count, enough, by = 'password', missed = 0 } = options;
  const everything = missed === 'everything';
  const [user, eventChannel] = everything ? ['supervisor', 'vcc'] : ['1002', 'vcc.default.1002'];
  const arrives = async (before?: Returning): Promise<Returning> => {
    const client = await VertoClient.connect(face.url, before && { sessid: before.client.sessid });
    const proof = before && by === 'token' ? { token: before.token } : { passwd: face.password };
    const { xui_sessid } = await client.logsIn(user, proof, patienceMs);
    const last = before?.client.events.at(-1)?.eventSerno;
    const after = last === undefined || everything ? last && 1 : last - missed;
    await client.must('verto.subscribe', { eventChannel, ...(after && { lastSerno: after }) }, patienceMs);
    return { client, token: String(xui_sessid), ...(after && { after }) };
  };
  const hear = (all: readonly Returning[]): Promise<boolean> =>
    until('everybody hears what she missed, and more', () => all.every((one) => hasHeard(one, missed)), {
      withinMs: patienceMs,
    });

  let all = await Promise.all(Array.from({ length: count }, () => arrives()));
  await hear(all);
  let times = 0;
  while (!enough(times)) {
    for (const { client } of all) client.ws.terminate();
    all = await Promise.all(all.map(arrives));
    await hear(all);
    times += 1;
  }
  for (const { client } of all) client.close();
  return times;
}

/** @throws when an event is missing, or came twice */
function hasHeard({ client, after }: Returning, missed: Return['missed']): boolean {
  const [first] = client.events;
  const begins = missed === 'everything' ? first?.eventSerno : after && after + 1;
  client.events.forEach(({ eventSerno }, index) => {
    if (eventSerno !== (begins ?? first?.eventSerno ?? 0) + index)
      throw new Error(`event ${eventSerno} is number ${index} after ${begins}`);
  });
  const least = after === undefined || typeof missed !== 'number' ? 1 : missed + 1;
  return client.events.length >= least;
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
