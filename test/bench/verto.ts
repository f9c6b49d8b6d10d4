// Fan-out: 200 changes a second to 1,000 Verto clients who hear everything, against a bare `ws` broadcast of the same events to as many. The
// clients are raw sockets of this process: a few of them read what they get, the others only count bytes.

import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { until } from '../support/until.ts';
import { median, quantile, report, say, spreadOf } from './findings.ts';
import { cpuTotals, machineSince } from './machine.ts';
import { benchPrograms, startPart, type Part } from './parts.ts';

const quick = process.argv.includes('--quick');
const clients = quick ? 200 : 1_000;
const perSecond = 200;
const changes = quick ? 600 : 2_000;
const rounds = quick ? 2 : 5;
const readers = 10;
const goals = { ratio: 0.3, stalenessMs: 250 };

interface Event {
  readonly eventType: string;
  readonly eventTime: string;
  readonly eventSerno: number;
  readonly data: { readonly agent: string; readonly state: string };
}

class RawClient {
  readonly socket: Socket;
  bytes = 0;
  events = 0;
  /** Milliseconds from the change to its arrival. */
  readonly staleness: number[] = [];
  readonly states = new Map<string, string>();
  gaps = 0;
  #serno = 0;
  #rest = Buffer.alloc(0);
  /** The HTTP answer, then the log-in, are over. */
  #open: () => void = () => undefined;
  #stage: 'http' | 'login' | 'events' = 'http';
  readonly #side: 'face' | 'bare';
  readonly #reads: boolean;

  private constructor(socket: Socket, side: 'face' | 'bare', reads: boolean) {
    this.socket = socket;
    this.#side = side;
    this.#reads = reads;
    socket.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      if (reads || this.#stage !== 'events') this.#read(chunk);
    });
  }

  static async open(port: number, side: 'face' | 'bare', reads: boolean): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new RawClient(socket, side, reads);
    const opened = new Promise<void>((resolve) => (client.#open = resolve));
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await opened;
    return client;
  }

  #upgraded(): void {
    this.#stage = this.#side === 'face' ? 'login' : 'events';
    if (this.#stage === 'events') return this.#open();
    const login = { login: 'boss', passwd: 'right-password', sessid: randomUUID() };
    this.#ask(1, 'login', login);
    this.#ask(2, 'verto.subscribe', { eventChannel: 'vcc' });
  }

  /** A client that says nothing for a minute is taken for gone. */
  stay(): void {
    this.socket.write(clientFrame({ jsonrpc: '2.0', method: 'verto.ping', params: {} }));
  }

  #ask(id: number, method: string, params: object): void {
    this.socket.write(clientFrame({ jsonrpc: '2.0', id, method, params }));
  }

  forget(): void {
    this.bytes = 0;
    this.events = 0;
    this.staleness.splice(0);
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    if (this.#stage === 'http') {
      const end = bytes.indexOf('\r\n\r\n');
      this.#rest = Buffer.from(bytes);
      if (end < 0) return;
      bytes = bytes.subarray(end + 4);
      this.#upgraded();
    }
    while (bytes.length >= 4) {
      const short = (bytes[1] ?? 0) & 0x7f;
      const head = short < 126 ? 2 : 4;
      const length = short < 126 ? short : bytes.readUInt16BE(2);
      if (bytes.length < head + length) break;
      this.#take(bytes.subarray(head, head + length).toString());
      bytes = bytes.subarray(head + length);
    }
    this.#rest = Buffer.from(bytes);
  }

  #take(text: string): void {
    const { id, method, params } = JSON.parse(text) as {
      id?: unknown;
      method?: string;
      params?: Partial<Event>;
    };
    if (id === 2 && method === undefined) {
      this.#stage = 'events';
      this.#open();
    }
    if (params?.eventType !== 'agent-state' || !params.data) return;
    const { eventTime = '', eventSerno = 0, data } = params;
    this.events += 1;
    this.staleness.push(Date.now() - Date.parse(eventTime));
    if (this.#serno !== 0 && eventSerno !== this.#serno + 1) this.gaps += 1;
    this.#serno = eventSerno;
    this.states.set(data.agent, data.state);
  }
}

/** A masked text frame (RFC 6455 section 5.3), the mask all zeros. */
function clientFrame(value: object): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(text.length < 126 ? 6 : 8);
  head[0] = 0x81;
  head[1] = 0x80 | (text.length < 126 ? text.length : 126);
  if (text.length >= 126) head.writeUInt16BE(text.length, 2);
  return Buffer.concat([head, text]);
}

interface Side {
  readonly part: Part;
  readonly clients: readonly RawClient[];
}

async function open(side: 'face' | 'bare'): Promise<Side> {
  const part = await startPart(path.join(benchPrograms, 'verto-host.js'), [side]);
  const port = Number(part.greeting.split('\n', 1)[0]);
  const all: RawClient[] = [];
  for (let count = 0; count < clients; count += 1)
    all.push(await RawClient.open(port, side, count < readers));
  return { part, clients: all };
}

/** One round of changes on one side. @returns CPU milliseconds of the host for all of it */
async function round({ part, clients: all }: Side): Promise<number> {
  for (const client of all) client.forget();
  const answer = once(part.child, 'message') as Promise<[{ cpuMs: number; tookMs: number }]>;
  part.child.send(JSON.stringify({ changes, perSecond }));
  const [{ cpuMs }] = await answer;
  const heard = all.slice(0, readers);
  await until('every change is heard', () => heard.every((client) => client.events >= changes), {
    withinMs: 120_000,
  });
  return cpuMs;
}

const started = cpuTotals();
const face = await open('face');
const bare = await open('bare');
const staying = setInterval(() => face.clients.forEach((client) => client.stay()), 15_000);
try {
  const ratios: number[] = [];
  const staleness: number[] = [];
  for (let count = 0; count < rounds; count += 1) {
    const ours = await round(face);
    staleness.push(...face.clients.slice(0, readers).flatMap((client) => client.staleness));
    const theirs = await round(bare);
    ratios.push(ours / theirs);
    say(`  round ${count + 1}: ${ours.toFixed(0)} ms of CPU against ${theirs.toFixed(0)} ms`);
  }
  const heard = face.clients.slice(0, readers);
  const pictures = new Set(heard.map(({ states }) => JSON.stringify([...states].sort())));
  const gaps = heard.reduce((sum, client) => sum + client.gaps, 0);
  const p99 = quantile(Float64Array.from(staleness), 0.99);
  const p50 = quantile(Float64Array.from(staleness), 0.5);
  say(`  ${machineSince(started)}`);
  const what = `${perSecond} changes/s to ${clients} clients`;
  await report([
    {
      what: `verto: CPU of ${what}, against bare ws`,
      measured: `${median(ratios).toFixed(2)}×`,
      spread: spreadOf(ratios, 2),
      goal: `≤ ${goals.ratio}×`,
      met: median(ratios) <= goals.ratio,
    },
    {
      what: 'verto: staleness p99',
      measured: `${p99.toFixed(0)} ms`,
      spread: `p50 ${p50.toFixed(0)} ms`,
      goal: `≤ ${goals.stalenessMs} ms`,
      met: p99 <= goals.stalenessMs,
    },
    {
      what: 'verto: readers that agree, events missed',
      measured: `${pictures.size === 1 ? 'all' : 'not all'}, ${gaps}`,
      goal: 'all, 0',
      met: pictures.size === 1 && gaps === 0,
    },
  ]);
} finally {
  clearInterval(staying);
  for (const client of [...face.clients, ...bare.clients]) client.socket.destroy();
  await Promise.all([face.part.stop(), bare.part.stop()]);
}
