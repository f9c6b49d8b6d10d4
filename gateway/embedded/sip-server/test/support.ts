// A server on a virtual clock and a network in memory, with applications that speak frames and phones that speak text.
import { MemoryNetwork, VirtualClock, type Weather } from '@cordboard/sip-stack';
import type { App, ConnectionHost } from '../src/control/app-connection.ts';
import { parseCommand } from '../src/control/command.ts';
import { FrameReader } from '../src/control/framing.ts';
import { countsOf, type Edge } from '../src/edge/edge.ts';
import { connectionHost, createEdge } from '../src/server.ts';

export const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
export const EDGE = { host: '192.0.2.1', port: 5070 };

/** A frame as an application reads it: fields of the first line, then the SIP message. */
export interface Frame {
  readonly fields: readonly string[];
  readonly sip: string;
}

/** An application connected to the server, without a socket. */
export class FakeApp implements App {
  connected = true;
  readonly frames: Frame[] = [];
  readonly #host: ConnectionHost;
  readonly #reader = new FrameReader();
  #count = 0;

  constructor(host: ConnectionHost, verbs: readonly string[]) {
    this.#host = host;
    for (const verb of verbs) host.addRoute(this, verb);
  }

  send(bytes: Buffer): void {
    for (const payload of this.#reader.push(bytes)) {
      const [head = '', ...rest] = payload.toString('utf8').split('\r\n');
      this.frames.push({ fields: head.split('|'), sip: rest.join('\r\n') });
    }
  }

  /** Gives the server one frame, written without its id; returns that id. */
  tell(head: string, ...sip: readonly string[]): string {
    const id = `app-${++this.#count}`;
    const payload = [`${id}|${head}`, ...sip].join('\r\n');
    const command = parseCommand(Buffer.from(payload));
    if (command.type === 'sip') this.#host.sip(this, command);
    else if (command.type === 'proxy') this.#host.proxy(this, command);
    else throw new Error(`a scenario tells only sip and proxy, not ${command.type}`);
    return id;
  }

  /** The frames of `sip` type whose message starts so. */
  handed(start: string): Frame[] {
    return this.frames.filter(({ fields, sip }) => fields[1] === 'sip' && sip.startsWith(start));
  }

  /** The last of them; fails the test when there is none. */
  last(start: string): Frame {
    const frame = this.handed(start).at(-1);
    if (!frame)
      throw new Error(
        `no frame with ${start}; there are: ${this.frames.map((f) => `${f.fields.slice(1, 4).join('|')} ${f.sip.slice(0, 30)}`).join(' / ')}`,
      );
    return frame;
  }

  /** The response frames to a frame of ours. */
  answersTo(id: string): Frame[] {
    return this.frames.filter(({ fields }) => fields[1] === 'response' && fields[2] === id);
  }

  lose(): void {
    this.connected = false;
    this.#host.gone(this);
  }
}

export interface PhoneRequest {
  readonly dialog?: string;
  readonly cseq?: number;
  readonly uri?: string;
  readonly to?: string;
  readonly branch?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** A phone at an address of the network. */
export class FakePhone {
  readonly received: string[] = [];
  readonly host: string;
  readonly #world: World;

  constructor(world: World, host: string) {
    this.#world = world;
    this.host = host;
  }

  get contact(): string {
    return `<sip:phone@${this.host}:5060>`;
  }

  /** A request of this phone; the same `dialog` text makes the same Call-ID and tag. */
  request(method: string, parts: PhoneRequest = {}): string {
    const { dialog = 'one', cseq = 1, branch = '', headers = [], body = '' } = parts;
    const uri = parts.uri ?? `sip:service@${EDGE.host}:${EDGE.port}`;
    const to = parts.to ?? `<${uri}>`;
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.host}:5060;branch=z9hG4bK${branch || `${dialog}${cseq}${method}`}`,
      `From: <sip:phone@${this.host}>;tag=from-${dialog}`,
      `To: ${to}`,
      `Call-ID: ${dialog}@${this.host}`,
      `CSeq: ${cseq} ${method}`,
      'Max-Forwards: 70',
      `Contact: ${this.contact}`,
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  }

  /** An answer to a request received. */
  answer(
    request: string,
    status: string,
    { toTag = `to-${this.host}`, headers = [] as readonly string[], body = '' } = {},
  ): string {
    const lines = request.split('\r\n\r\n')[0]?.split('\r\n') ?? [];
    const kept = lines.filter((line) => /^(Via|From|Call-ID|CSeq|Record-Route):/i.test(line));
    const to = lines.find((line) => /^To:/i.test(line)) ?? '';
    return [
      `SIP/2.0 ${status}`,
      ...kept,
      to.includes(';tag=') ? to : `${to};tag=${toTag}`,
      `Contact: ${this.contact}`,
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  }

  /** Sends and lets the network carry it and what follows at once. */
  send(message: string): void {
    this.#world.network.inject(
      Buffer.from(message),
      { host: this.host, port: 5060 },
      `${EDGE.host}:${EDGE.port}`,
    );
    this.#world.clock.advance(5);
  }

  /** The last message received that starts so; fails the test when there is none. */
  last(start: string): string {
    const found = this.all(start).at(-1);
    if (found === undefined)
      throw new Error(
        `no ${start}; there are: ${this.received.map((each) => each.split('\r\n')[0]).join(' / ')}`,
      );
    return found;
  }

  all(start: string): string[] {
    return this.received.filter((each) => each.startsWith(start));
  }
}

export class World {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly edge: Edge;
  readonly host: ConnectionHost;

  private constructor(settings: { orphanGraceMs?: number; outboundProxy?: string }) {
    this.edge = createEdge({ clock: this.clock, network: this.network, ...settings });
    this.host = connectionHost(this.edge, 'secret');
  }

  static async open(
    settings: { orphanGraceMs?: number; outboundProxy?: string; weather?: Weather } = {},
  ): Promise<World> {
    const { weather, ...rest } = settings;
    const world = new World(rest);
    await world.edge.stack.listen({ protocol: 'udp', ...EDGE });
    if (weather) world.network.weather = weather;
    return world;
  }

  app(...verbs: readonly string[]): FakeApp {
    return new FakeApp(this.host, verbs);
  }

  async phone(host: string): Promise<FakePhone> {
    const phone = new FakePhone(this, host);
    await this.network.open(host, 5060, {
      received: (bytes) => void phone.received.push(Buffer.from(bytes).toString('utf8')),
    });
    return phone;
  }

  /** What is alive; all zero when nothing leaks. */
  get alive(): Record<string, number> {
    const { clientTransactions, serverTransactions } = this.edge.stack.counts();
    const { inbound, subscribing, proxies } = this.edge;
    const tables = inbound.size + subscribing.size + proxies.size;
    return { ...countsOf(this.edge), clientTransactions, serverTransactions, tables };
  }
}

/** The value of a header line in a message's text. */
export function header(message: string, name: string): string {
  const line = message.split('\r\n').find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim() ?? '';
}

export const NOTHING = {
  inbound: 0,
  outbound: 0,
  dialogs: 0,
  proxies: 0,
  clientTransactions: 0,
  serverTransactions: 0,
  tables: 0,
};
