// Scriptable SIP phones over UDP, with a parser of their own (so that a fault of the product's stack cannot hide itself).
// A PhoneBank is one UDP address that plays the SIP edge towards a media switch: it *is* all the phones behind it.
//
//   bank.phone('1001', { tone: 700 })  waits for an INVITE to 1001      bank.call({ to: 'queue-sales', … })  places one
//
// A user nobody registered gets what the real edge gives: 480 with Reason: Q.850;cause=20.

import dgram from 'node:dgram';
import { randomUUID } from 'node:crypto';
import { PhoneCall } from './sip-phone-call.ts';
import { headerOf, parseSip, type SipText } from './sip-text.ts';

export interface PhoneScript {
  /** The sine this phone speaks with, Hz. */
  readonly tone: number;
  /**
   * What it does with an INVITE: ring and wait for answer(), let itself be heard meanwhile (183), answer by itself, stay silent,
   * or refuse with a code.
   */
  readonly onInvite?:
    'ring' | 'early' | 'answer' | 'silent' | { readonly refuse: number; readonly reason?: string };
  /** Answer on NOTIFY `Event: talk`. */
  readonly obeysTalk?: boolean;
}

export interface OutgoingCall {
  readonly to: string;
  readonly switchPort: number;
  readonly tone: number;
  readonly from?: string;
  readonly fromName?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A phone that can be called, one call at a time. */
export class Phone {
  readonly calls: PhoneCall[] = [];
  script: PhoneScript;
  constructor(script: PhoneScript) {
    this.script = script;
  }
  /** The newest call, for phones that get one. @throws Error when none came. */
  get call(): PhoneCall {
    const call = this.calls.at(-1);
    if (!call) throw new Error('this phone has not been called');
    return call;
  }
}

export class PhoneBank {
  readonly port: number;
  /** Everything received, newest last; for assertions about headers. */
  readonly received: SipText[] = [];
  readonly #socket: dgram.Socket;
  readonly #phones = new Map<string, Phone>();
  readonly #calls = new Map<string, PhoneCall>();
  readonly #pacer: NodeJS.Timeout;

  private constructor(socket: dgram.Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (bytes, from) => this.#receive(bytes.toString('utf8'), from.port));
    this.#pacer = setInterval(() => this.#calls.forEach((call) => call.speak()), 10);
  }

  static async open(): Promise<PhoneBank> {
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', resolve);
    });
    return new PhoneBank(socket);
  }

  /** `127.0.0.1:port`, to be given to the media adapter as its edge. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Registers a phone under a user part. */
  phone(user: string, script: PhoneScript): Phone {
    const phone = new Phone(script);
    this.#phones.set(user, phone);
    return phone;
  }

  forget(user: string): void {
    this.#phones.delete(user);
  }

  /** Places a call towards the switch, as the edge would forward it. */
  async call(options: OutgoingCall): Promise<PhoneCall> {
    const call = await PhoneCall.open(
      (text) => this.#send(text, options.switchPort),
      this.port,
      options.tone,
    );
    this.#calls.set(call.callId, call);
    call.invite(options);
    return call;
  }

  /** Calls that still hold a dialog or ring. */
  get busy(): number {
    return [...this.#calls.values()].filter((call) => !call.over).length;
  }

  async close(): Promise<void> {
    clearInterval(this.#pacer);
    await Promise.all([...this.#calls.values()].map((call) => call.close()));
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #send(text: string, port: number): void {
    this.#socket.send(text, port, '127.0.0.1');
  }

  #receive(text: string, port: number): void {
    const message = parseSip(text);
    if (!message) return; // Keep-alive.
    this.received.push(message);
    const callId = headerOf(message, 'Call-ID') ?? '';
    const call = this.#calls.get(callId);
    if (call) call.receive(message);
    else if (message.method === 'INVITE') void this.#ring(message, port);
    else if (message.method && message.method !== 'ACK')
      this.#send(refusal(message, 481, 'No such dialog'), port);
  }

  async #ring(invite: SipText, port: number): Promise<void> {
    const user = /^sips?:([^@;]+)@/.exec(invite.uri ?? '')?.[1] ?? '';
    const phone = this.#phones.get(user);
    if (!phone) {
      return this.#send(refusal(invite, 480, 'Temporarily Unavailable', ['Reason: Q.850;cause=20']), port);
    }
    const callId = headerOf(invite, 'Call-ID') ?? randomUUID();
    if (this.#calls.has(callId)) return; // A retransmission while the first was being taken.
    const call = await PhoneCall.open((text) => this.#send(text, port), this.port, phone.script.tone);
    if (this.#calls.has(callId)) return void call.close();
    this.#calls.set(callId, call);
    phone.calls.push(call);
    call.take(invite, phone.script);
  }
}

function refusal(request: SipText, status: number, phrase: string, extra: readonly string[] = []): string {
  const copied = request.headers.filter(([name]) => /^(via|from|call-id|cseq)$/i.test(name));
  const to = headerOf(request, 'To') ?? '';
  return [
    `SIP/2.0 ${status} ${phrase}`,
    ...copied.map(([name, value]) => `${name}: ${value}`),
    `To: ${to.includes('tag=') ? to : `${to};tag=${randomUUID().slice(0, 8)}`}`,
    ...extra,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
