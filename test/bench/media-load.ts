// Hundreds of phones in one process, as light as can be: they answer, speak packets encoded beforehand, and note when each packet
// they hear came. Users `pcmu-…` speak µ-law, `pcma-…` A-law, and each wants to hear its own.
//
// How late a packet is: RTP time says when it was due relative to the others of its stream; the most punctual one of the
// last second is taken as on time. This process may itself be late to look: what arrived while its own timer was late is
// excused by that much, and told apart (`late` against `lateAsSeen`).

import { createSocket, type Socket } from 'node:dgram';
import { bodyText, createSipStack, type ServerTransaction, type UasInvite } from '@cordboard/sip-stack';

const legs = Number(process.argv[2]);
const slotMs = 5;
const slots = 4; // of 5 ms: phones are not in step with each other
const octetsPerPacket = 160;
const packetsKept = 50;
const packetsPerSecond = 50;
const lateMs = 40;

export interface Heard {
  readonly packets: number;
  readonly worstMs: number;
  readonly worstAsSeenMs: number;
  /** Ninety-nine of a hundred packets were no later than this. */
  readonly p99Ms: number;
  readonly late: number;
  readonly lateAsSeen: number;
  /** Sequence numbers that never came. */
  readonly lost: number;
  /** Streams that were heard at all. */
  readonly streams: number;
}

let timerLateMs = 0;
let timerAt = performance.now();

/** One phone's sound. */
class Leg {
  readonly #socket: Socket;
  readonly #packets: Buffer[];
  #speaking = false;
  #sequence = 0;
  #firstTimestamp: number | undefined;
  #firstSequence = 0;
  #lastSequence = 0;
  #came: number[] = [];
  #excuse: number[] = [];

  private constructor(socket: Socket, payloadType: number) {
    this.#socket = socket;
    const tone = Buffer.from(Array.from({ length: octetsPerPacket }, (_, n) => (n % 16 < 8 ? 0x90 : 0x10)));
    this.#packets = Array.from({ length: packetsKept }, () =>
      Buffer.concat([Buffer.from([0x80, payloadType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), tone]),
    );
    socket.on('message', (datagram) => this.#hear(datagram));
    // The switch closes its port a moment before the phone stops.
    socket.on('error', () => undefined);
  }

  static async open(payloadType: number): Promise<Leg> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new Leg(socket, payloadType);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  speakTo(port: number): void {
    if (this.#speaking) return;
    this.#socket.connect(port, '127.0.0.1', () => (this.#speaking = true));
  }

  speak(): void {
    if (!this.#speaking) return;
    const sequence = this.#sequence++;
    const packet = this.#packets[sequence % packetsKept];
    if (!packet) return;
    packet.writeUInt16BE(sequence & 0xffff, 2);
    packet.writeUInt32BE((sequence * octetsPerPacket) >>> 0, 4);
    this.#socket.send(packet);
  }

  #hear(datagram: Buffer): void {
    const now = performance.now();
    const timestamp = datagram.readUInt32BE(4);
    this.#lastSequence = datagram.readUInt16BE(2);
    if (this.#firstTimestamp === undefined) {
      this.#firstTimestamp = timestamp;
      this.#firstSequence = this.#lastSequence;
    }
    this.#came.push(now - ((timestamp - this.#firstTimestamp) >>> 0) / 8);
    this.#excuse.push(now - timerAt < slotMs ? timerLateMs : 0);
  }

  /** What was heard since last asked; begins a new window. */
  heard(): { seen: number[]; excused: number[]; lost: number } {
    const seen = this.#came.map((value, n) => {
      const recent = this.#came.slice(Math.max(0, n - packetsPerSecond), n + 1);
      return value - Math.min(...recent);
    });
    const excused = seen.map((value, n) => value - (this.#excuse[n] ?? 0));
    const expected = seen.length === 0 ? 0 : ((this.#lastSequence - this.#firstSequence) & 0xffff) + 1;
    const lost = expected - seen.length;
    [this.#came, this.#excuse, this.#firstTimestamp] = [[], [], undefined];
    return { seen, excused, lost };
  }
}

const phones: Leg[] = [];
const free: Record<string, Leg[]> = { pcmu: [], pcma: [] };
for (let n = 0; n < legs; n += 1) {
  const law = n % 2 === 0 ? 'pcmu' : 'pcma';
  const leg = await Leg.open(law === 'pcmu' ? 0 : 8);
  phones.push(leg);
  free[law]?.push(leg);
}

function answer(transaction: ServerTransaction): UasInvite | undefined {
  const { request } = transaction;
  if (request.method !== 'INVITE') {
    transaction.respond(transaction.createResponse(200));
    return undefined;
  }
  const law = /pcm[ua]/.exec(request.uri)?.[0] ?? '';
  const leg = free[law]?.pop();
  const uas = stack.uasInvite(transaction, {
    contact: stack.contactFor(transaction.arrival.source, 'phone'),
  });
  if (!leg) {
    uas.respond(486);
    return undefined;
  }
  const type = law === 'pcmu' ? '0' : '8';
  const content = [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...[`m=audio ${leg.port} RTP/AVP ${type}`, `a=rtpmap:${type} ${law.toUpperCase()}/8000`, ''],
  ].join('\r\n');
  uas.respond(200, { body: { type: 'application/sdp', content } });
  leg.speakTo(Number(/^m=audio (\d+)/m.exec(bodyText(request))?.[1]));
  return uas;
}

const answered = new Map<string, UasInvite>();
const stack = createSipStack({
  tryingAfter: 0,
  handlers: {
    request: (transaction) => {
      const uas = answer(transaction);
      if (uas) answered.set(transaction.request.headers.callId, uas);
    },
    ack: (ack, arrival) => void answered.get(ack.headers.callId)?.receiveAck(ack, arrival),
  },
});
const point = await stack.listen({ protocol: 'udp', host: '127.0.0.1', port: 0 });

const began = performance.now();
let slot = 0;
setInterval(() => {
  const now = performance.now();
  timerLateMs = Math.max(0, now - timerAt - slotMs);
  timerAt = now;
  for (; began + slot * slotMs <= now; slot += 1)
    for (let n = slot % slots; n < phones.length; n += slots) phones[n]?.speak();
}, slotMs);

function heard(): Heard {
  const windows = phones.map((leg) => leg.heard());
  const seen = windows.flatMap((window) => window.seen);
  const excused = windows.flatMap((window) => window.excused);
  const worst = (values: readonly number[]): number =>
    values.reduce((most, value) => Math.max(most, value), 0);
  const ordered = Float64Array.from(excused).sort();
  return {
    packets: seen.length,
    p99Ms: ordered[Math.floor(ordered.length * 0.99)] ?? 0,
    worstMs: worst(excused),
    worstAsSeenMs: worst(seen),
    late: excused.filter((value) => value > lateMs).length,
    lateAsSeen: seen.filter((value) => value > lateMs).length,
    lost: windows.reduce((sum, window) => sum + window.lost, 0),
    streams: windows.filter((window) => window.seen.length > 0).length,
  };
}

process.on('message', () => process.send?.(heard()));
process.once('SIGTERM', () => process.exit(0));
process.stdout.write(`sip ${point.port}\nready\n`);
