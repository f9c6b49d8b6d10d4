// A SIP edge for tests of the Janus side: one UDP address that answers calls to queues with a tone, registers browsers with digest
// authentication, and calls them. It plays what lies behind Janus, nothing more.

import { createHash, randomUUID } from 'node:crypto';
import dgram from 'node:dgram';
import { PhoneCall } from './sip-phone-call.ts';
import type { PhoneScript } from './sip-phone.ts';
import { headerOf, headersOf, parseSip, type SipText } from './sip-text.ts';
import { until } from './until.ts';

interface Binding {
  readonly contact: string;
  readonly port: number;
}

const realm = 'edge.test';

export class JanusEdge {
  readonly port: number;
  /** Everything received, newest last. */
  readonly received: SipText[] = [];
  /** Calls that came, newest last. */
  readonly calls: PhoneCall[] = [];
  /** What is done with a call to a queue. */
  script: PhoneScript = { tone: 1_000, onInvite: 'answer' };
  /** Browser accounts: user to password. */
  readonly accounts = new Map<string, string>();
  readonly bindings = new Map<string, Binding>();
  readonly #socket: dgram.Socket;
  readonly #byCallId = new Map<string, PhoneCall>();
  readonly #pacer: NodeJS.Timeout;
  readonly #nonce = randomUUID();

  private constructor(socket: dgram.Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (bytes, from) => this.#receive(bytes.toString('utf8'), from.port));
    this.#pacer = setInterval(() => this.#byCallId.forEach((call) => call.speak()), 10);
  }

  static async open(): Promise<JanusEdge> {
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', resolve);
    });
    return new JanusEdge(socket);
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  invites(): SipText[] {
    return this.received.filter(({ method }) => method === 'INVITE');
  }

  /** The newest call once there is one beyond the first `known`. */
  nextCall(known: number): Promise<PhoneCall> {
    return until('a call at the edge', () => this.calls.at(known), { withinMs: 15_000 });
  }

  /** Calls a registered browser, as the switch would through the edge. */
  async ring(user: string, tone: number): Promise<PhoneCall> {
    const binding = await until(`${user} is registered`, () => this.bindings.get(user));
    const call = await PhoneCall.open((text) => this.#send(text, binding.port), this.port, tone);
    this.#byCallId.set(call.callId, call);
    call.invite({ to: user, switchPort: binding.port, tone, from: '4930123456', fromName: 'Secret Caller' });
    return call;
  }

  async close(): Promise<void> {
    clearInterval(this.#pacer);
    await Promise.all([...this.#byCallId.values()].map((call) => call.close()));
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #send(text: string, port: number): void {
    this.#socket.send(text, port, '127.0.0.1');
  }

  #receive(text: string, port: number): void {
    const message = parseSip(text);
    if (!message) return; // Keep-alive.
    this.received.push(message);
    const call = this.#byCallId.get(headerOf(message, 'Call-ID') ?? '');
    if (call) call.receive(message);
    else if (message.method === 'INVITE') void this.#take(message, port);
    else if (message.method === 'REGISTER') this.#register(message, port);
    else if (message.method && message.method !== 'ACK')
      this.#send(answer(message, '481 No Such Dialog'), port);
  }

  async #take(invite: SipText, port: number): Promise<void> {
    const callId = headerOf(invite, 'Call-ID') ?? '';
    const call = await PhoneCall.open((text) => this.#send(text, port), this.port, this.script.tone);
    if (this.#byCallId.has(callId)) return void call.close(); // A retransmission while the first was being taken.
    this.#byCallId.set(callId, call);
    this.calls.push(call);
    call.take(invite, this.script);
  }

  /** RFC 3261 section 22 with the digest of RFC 2617, which is what sofia-sip speaks. */
  #register(request: SipText, port: number): void {
    const user = /^<?sips?:([^@;>]+)@/.exec((headerOf(request, 'To') ?? '').replace(/^[^<]*/, ''))?.[1] ?? '';
    const given = headerOf(request, 'Authorization');
    if (given === undefined || !this.#proves(given, user)) {
      const challenge = `WWW-Authenticate: Digest realm="${realm}", nonce="${this.#nonce}", qop="auth", algorithm=MD5`;
      return this.#send(answer(request, '401 Unauthorized', [challenge]), port);
    }
    const contact = headerOf(request, 'Contact') ?? '';
    const expires = /expires=(\d+)/i.exec(contact)?.[1] ?? headerOf(request, 'Expires') ?? '0';
    if (expires === '0') this.bindings.delete(user);
    else this.bindings.set(user, { contact, port });
    const bound =
      expires === '0' ? [] : [`Contact: ${contact.replace(/;expires=\d+/i, '')};expires=${expires}`];
    this.#send(answer(request, '200 OK', bound), port);
  }

  #proves(authorization: string, user: string): boolean {
    const field = (name: string) =>
      new RegExp(`[ ,]${name}="?([^",]*)"?`, 'i').exec(` ${authorization}`)?.[1] ?? '';
    const password = this.accounts.get(user);
    if (password === undefined || field('nonce') !== this.#nonce) return false;
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const ha1 = md5(`${user}:${realm}:${password}`);
    const ha2 = md5(`REGISTER:${field('uri')}`);
    return field('response') === md5(`${ha1}:${this.#nonce}:${field('nc')}:${field('cnonce')}:auth:${ha2}`);
  }
}

function answer(request: SipText, status: string, extra: readonly string[] = []): string {
  const to = headerOf(request, 'To') ?? '';
  return [
    `SIP/2.0 ${status}`,
    ...headersOf(request, 'Via').map((via) => `Via: ${via}`),
    `From: ${headerOf(request, 'From')}`,
    `To: ${to.includes('tag=') ? to : `${to};tag=${randomUUID().slice(0, 8)}`}`,
    `Call-ID: ${headerOf(request, 'Call-ID')}`,
    `CSeq: ${headerOf(request, 'CSeq')}`,
    ...extra,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
