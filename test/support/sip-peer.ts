// A SIP party that does exactly what a test tells it: it knows no transactions and no timers, sends what it is given and
// keeps what arrives. Written on text, apart from the stack under test, so that the two cannot share a mistake.
import { randomBytes } from 'node:crypto';
import { tcpWire, tlsWire, udpWire, webSocketWire, type Wire, type WireProtocol } from './sip-wires.ts';
import { within } from './until.ts';

/** A message as received, with just enough reading to assert on it. */
export class PeerMessage {
  readonly raw: string;
  readonly startLine: string;
  readonly body: string;
  readonly from: { readonly address: string; readonly port: number };
  readonly #lines: readonly string[];

  constructor(raw: string, from: { address: string; port: number }) {
    this.raw = raw;
    this.from = from;
    const end = raw.indexOf('\r\n\r\n');
    const head = end === -1 ? raw : raw.slice(0, end);
    this.body = end === -1 ? '' : raw.slice(end + 4);
    const [startLine = '', ...lines] = head.split('\r\n');
    this.startLine = startLine;
    this.#lines = lines;
  }

  get method(): string | undefined {
    return this.startLine.startsWith('SIP/') ? undefined : this.startLine.split(' ')[0];
  }

  get uri(): string {
    return this.startLine.split(' ')[1] ?? '';
  }

  get status(): number | undefined {
    return this.startLine.startsWith('SIP/') ? Number(this.startLine.split(' ')[1]) : undefined;
  }

  /** Values of all lines of that name, in order. */
  all(name: string): string[] {
    const wanted = `${name.toLowerCase()}:`;
    return this.#lines
      .filter((line) => line.toLowerCase().startsWith(wanted))
      .map((line) => line.slice(wanted.length).trim());
  }

  header(name: string): string {
    return this.all(name)[0] ?? '';
  }

  get callId(): string {
    return this.header('Call-ID');
  }

  get cseq(): string {
    return this.header('CSeq');
  }

  tag(name: 'From' | 'To'): string | undefined {
    return /;tag=([^;\s>]+)/.exec(this.header(name))?.[1];
  }
}

export type Headers = Readonly<Record<string, string | readonly string[]>>;

export interface RequestParts {
  readonly headers?: Headers;
  readonly body?: string;
  readonly contentType?: string;
  readonly uri?: string;
  readonly cseq?: number;
  readonly callId?: string;
  readonly fromTag?: string;
  readonly to?: string;
  readonly branch?: string;
  readonly contact?: string | null;
}

export const SDP = [
  'v=0',
  'o=- 9 9 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 50000 RTP/AVP 0',
  '',
].join('\r\n');

const hex = (): string => randomBytes(6).toString('hex');

/** Puts a message together; Content-Length counts bytes. */
export function compose(startLine: string, headers: Headers, body = ''): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((each) => `${name}: ${each}`),
  );
  return [startLine, ...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

type Wanted = number | string | ((message: PeerMessage) => boolean);

export class SipPeer {
  readonly user: string;
  readonly server: { readonly host: string; readonly port: number };
  readonly protocol: WireProtocol;
  readonly port: number;
  /** Everything received, in order. */
  readonly received: PeerMessage[] = [];
  readonly #unclaimed: PeerMessage[] = [];
  readonly #waiting: { wanted: Wanted; resolve: (message: PeerMessage) => void }[] = [];
  readonly #wire: Wire;
  #cseq = 0;

  /** A party at a wire that is up. */
  constructor(wire: Wire, server: { host: string; port: number }, user: string) {
    this.#wire = wire;
    this.port = wire.port;
    this.protocol = wire.protocol;
    this.server = server;
    this.user = user;
    wire.onMessage((raw, from) => this.#take(new PeerMessage(raw, from)));
  }

  /** A party on a free UDP port of 127.0.0.1. */
  static async udp(server: { host: string; port: number }, user = 'alice'): Promise<SipPeer> {
    return new SipPeer(await udpWire(), server, user);
  }

  /** A party with a TCP connection to the server. */
  static async tcp(server: { host: string; port: number }, user = 'alice'): Promise<SipPeer> {
    return new SipPeer(await tcpWire(server), server, user);
  }

  /** A party with a TLS connection to the server, whose certificate this authority must have signed. */
  static async tls(server: { host: string; port: number }, ca: Buffer, user = 'alice'): Promise<SipPeer> {
    return new SipPeer(await tlsWire(server, { ca }), server, user);
  }

  /** A browser: a WebSocket to the server, over TLS when an authority is given. */
  static async webSocket(
    server: { host: string; port: number },
    ca: Buffer | undefined,
    user = 'alice',
  ): Promise<SipPeer> {
    return new SipPeer(await webSocketWire(server, ca ? { ca } : {}), server, user);
  }

  /** Resolves when the server has closed the connection. */
  get closed(): Promise<unknown> {
    return this.#wire.closed;
  }

  get contact(): string {
    // RFC 7118 5: transport=ws over wss too.
    const transport = this.protocol === 'wss' ? 'ws' : this.protocol;
    return `<sip:${this.user}@${this.#wire.sentBy}${transport === 'udp' ? '' : `;transport=${transport}`}>`;
  }

  /** A request from this party; every part can be set. */
  request(method: string, parts: RequestParts = {}): string {
    const { body = '', contentType = 'application/sdp', contact = this.contact } = parts;
    const uri = parts.uri ?? `sip:service@${this.server.host}:${this.server.port}`;
    return compose(
      `${method} ${uri} SIP/2.0`,
      {
        Via: `SIP/2.0/${this.protocol.toUpperCase()} ${this.#wire.sentBy};branch=${parts.branch ?? `z9hG4bK${hex()}`};rport`,
        From: `<sip:${this.user}@${this.#wire.sentBy}>;tag=${parts.fromTag ?? hex()}`,
        To: parts.to ?? `<${uri}>`,
        'Call-ID': parts.callId ?? `${hex()}@peer`,
        CSeq: `${parts.cseq ?? ++this.#cseq} ${method}`,
        'Max-Forwards': '70',
        ...(contact === null ? {} : { Contact: contact }),
        ...parts.headers,
        ...(body === '' ? {} : { 'Content-Type': contentType }),
      },
      body,
    );
  }

  /** A request inside the dialog a request of ours and its response made. */
  inDialog(method: string, sent: PeerMessage, answer: PeerMessage, parts: RequestParts = {}): string {
    return this.request(method, {
      uri: /<([^>]+)>/.exec(answer.header('Contact'))?.[1] ?? sent.uri,
      callId: sent.callId,
      fromTag: sent.tag('From') ?? '',
      to: answer.header('To'),
      cseq: Number(sent.cseq.split(' ')[0]) + (method === 'ACK' ? 0 : 1),
      ...parts,
      headers: { ...routeOf(answer), ...parts.headers },
    });
  }

  /** The ACK to a final answer other than 2xx: part of the INVITE's transaction, so with its branch. */
  ackOfFailure(invite: PeerMessage, final: PeerMessage): string {
    return this.#sameTransaction('ACK', invite, { to: final.header('To') });
  }

  /** The CANCEL of an INVITE. */
  cancelOf(invite: PeerMessage, headers: Headers = {}): string {
    return this.#sameTransaction('CANCEL', invite, { headers });
  }

  #sameTransaction(method: string, invite: PeerMessage, parts: RequestParts): string {
    return this.request(method, {
      uri: invite.uri,
      callId: invite.callId,
      fromTag: invite.tag('From') ?? '',
      to: invite.header('To'),
      cseq: Number(invite.cseq.split(' ')[0]),
      branch: /branch=([^;]+)/.exec(invite.header('Via'))?.[1] ?? '',
      contact: null,
      ...parts,
    });
  }

  /** An answer to a request received. */
  answer(
    request: PeerMessage,
    status: string,
    {
      headers = {},
      body = '',
      contentType = 'application/sdp',
      toTag = 'peer1',
    }: { headers?: Headers; body?: string; contentType?: string; toTag?: string } = {},
  ): string {
    const to = request.header('To');
    return compose(
      `SIP/2.0 ${status}`,
      {
        Via: request.all('Via'),
        ...(request.all('Record-Route').length > 0 ? { 'Record-Route': request.all('Record-Route') } : {}),
        From: request.header('From'),
        To: to.includes(';tag=') || status.startsWith('100') ? to : `${to};tag=${toTag}`,
        'Call-ID': request.callId,
        CSeq: request.cseq,
        Contact: this.contact,
        ...headers,
        ...(body === '' ? {} : { 'Content-Type': contentType }),
      },
      body,
    );
  }

  /** Sends to the server, or (UDP) wherever told; returns what was sent, readable. */
  send(message: string | Buffer, to: { address?: string; port?: number } = {}): PeerMessage {
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    this.#wire.send(bytes, { port: to.port ?? this.server.port, host: to.address ?? this.server.host });
    return new PeerMessage(bytes.toString('utf8'), { address: '127.0.0.1', port: this.port });
  }

  /** Answers a request to where it came from. */
  reply(request: PeerMessage, status: string, parts: Parameters<SipPeer['answer']>[2] = {}): PeerMessage {
    return this.send(this.answer(request, status, parts), request.from);
  }

  /** The next unclaimed message that is wanted: a status, a method, or what a predicate says. */
  receive(wanted: Wanted, withinMs = 20_000): Promise<PeerMessage> {
    const at = this.#unclaimed.findIndex((message) => matches(wanted, message));
    if (at !== -1) return Promise.resolve(this.#unclaimed.splice(at, 1)[0] as PeerMessage);
    const label = typeof wanted === 'function' ? 'a certain message' : String(wanted);
    const arrived = new Promise<PeerMessage>((resolve) => this.#waiting.push({ wanted, resolve }));
    return within(
      `${this.user} receives ${label} (got: ${this.received.map((m) => m.startLine).join(' | ')})`,
      arrived,
      withinMs,
    );
  }

  /**
   * The final answer to a request sent from here. To one other than 2xx an INVITE's ACK has been sent; that of a 2xx is the caller's,
   * for it begins a dialog (RFC 3261 sections 17.1.1.3 and 13.2.2.4).
   */
  async final(request: PeerMessage): Promise<PeerMessage> {
    const answer = await this.receive(
      ({ status = 0, callId, cseq }) => status >= 200 && callId === request.callId && cseq === request.cseq,
    );
    if (request.method === 'INVITE' && (answer.status ?? 0) >= 300)
      this.send(this.ackOfFailure(request, answer));
    return answer;
  }

  /** Messages that arrived and were not asked for, by start line. */
  get unclaimed(): string[] {
    return this.#unclaimed.map(({ startLine }) => startLine);
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  #take(message: PeerMessage): void {
    this.received.push(message);
    const at = this.#waiting.findIndex(({ wanted }) => matches(wanted, message));
    if (at === -1) this.#unclaimed.push(message);
    else this.#waiting.splice(at, 1)[0]?.resolve(message);
  }
}

function routeOf(answer: PeerMessage): Headers {
  const recorded = answer.all('Record-Route').flatMap((line) => line.split(/,\s*(?=<)/));
  return recorded.length === 0 ? {} : { Route: recorded.reverse() };
}

function matches(wanted: Wanted, message: PeerMessage): boolean {
  if (typeof wanted === 'number') return message.status === wanted;
  if (typeof wanted === 'string') return message.method === wanted;
  return wanted(message);
}
