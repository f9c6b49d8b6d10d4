// One call of a test phone: the dialog's few messages, the RTP it speaks and what it hears.
//
//   out:  invite() ─180→ ringing ─200→ answered ── hangUp() / far BYE ──→ over
//                    └ cancel() ─487→ over          └ refused ─4xx…→ over
//   in:   take() ─ ring ─ answer() → answered …     └ refuse() / far CANCEL → over

import dgram from 'node:dgram';
import { randomUUID } from 'node:crypto';
import type { OutgoingCall, PhoneScript } from './sip-phone.ts';
import { headerOf, headersOf, type SipText } from './sip-text.ts';
import { fromALaw, fromMuLaw, loudness, sampleRate, sine, strengthOfPieces, toMuLaw } from './tones.ts';

const packetSamples = 160; // 20 ms at 8 kHz
const keptMs = 4_000;

export interface CallEnd {
  /** Who ended it. */
  readonly by: 'self' | 'far';
  /** BYE, CANCEL, or the final status of an INVITE. */
  readonly how: 'BYE' | 'CANCEL' | number;
  /** The Reason header that came with it. */
  readonly reason?: string;
}

export class PhoneCall {
  readonly callId: string;
  ringing = false;
  answered = false;
  end: CallEnd | undefined;
  /** Provisional statuses, in order (outgoing calls). */
  readonly progress: number[] = [];
  /** The INVITE that began it, as received. */
  received: SipText | undefined;
  packetsHeard = 0;
  /** DTMF this phone heard as RFC 4733 events. */
  readonly digitsHeard: string[] = [];

  readonly #send: (text: string) => void;
  readonly #rtp: dgram.Socket;
  readonly #sipPort: number;
  readonly #tone: number;
  readonly #localTag = randomUUID().slice(0, 8);
  #cseq = 1;
  #invite: SipText | undefined;
  #ownInvite:
    { readonly uri: string; readonly from: string; readonly to: string; readonly branch: string } | undefined;
  #remoteTarget = '';
  #from = '';
  #to = '';
  #script: PhoneScript | undefined;
  #lastResponse: string | undefined;
  #peerRtp: number | undefined;
  #spokenFrom = 0;
  #packetsSent = 0;
  #sequence = Math.floor(Math.random() * 30_000);
  #digit: { code: number; left: number; started: number } | undefined;
  #lastDigitStamp = -1;
  #heard: { readonly at: number; readonly samples: Int16Array }[] = [];
  #muted = false;
  #speaks = false;
  #cancelled = false;

  private constructor(send: (text: string) => void, rtp: dgram.Socket, sipPort: number, tone: number) {
    this.callId = randomUUID();
    this.#send = send;
    this.#rtp = rtp;
    this.#sipPort = sipPort;
    this.#tone = tone;
    rtp.on('message', (packet) => this.#hear(packet));
  }

  static async open(send: (text: string) => void, sipPort: number, tone: number): Promise<PhoneCall> {
    const rtp = dgram.createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      rtp.once('error', reject);
      rtp.bind(0, '127.0.0.1', resolve);
    });
    return new PhoneCall(send, rtp, sipPort, tone);
  }

  /** Port of the far side where its sound goes; undefined before that is known. */
  get speaksTo(): number | undefined {
    return this.#peerRtp;
  }

  /** RTP packets sent so far. */
  get packetsSpoken(): number {
    return this.#packetsSent;
  }

  get over(): boolean {
    return this.end !== undefined;
  }

  // --- what it hears -----------------------------------------------------------------------------------------------

  /** How strong a tone is in the last `ms` of what arrived; silence where nothing arrived. Share of full scale. */
  hears(hertz: number, ms = 320): number {
    return strengthOfPieces(this.#lately(ms), hertz);
  }

  /** How loud the last `ms` were. */
  loudness(ms = 300): number {
    return loudness(this.#lately(ms));
  }

  mute(muted: boolean): void {
    this.#muted = muted;
  }

  /** Stops or resumes sending RTP altogether (a phone whose network died). */
  silentNetwork = false;

  #lately(ms: number): Int16Array {
    const since = performance.now() - ms;
    const pieces = this.#heard.filter((piece) => piece.at >= since);
    const samples = new Int16Array((ms * sampleRate) / 1000);
    let at = 0;
    for (const piece of pieces) {
      const room = samples.length - at;
      if (room <= 0) break;
      samples.set(piece.samples.subarray(0, room), at);
      at += piece.samples.length;
    }
    return samples;
  }

  #hear(packet: Buffer): void {
    if (packet.length < 12) return;
    const type = packet.readUInt8(1) & 0x7f;
    const payload = packet.subarray(12 + 4 * (packet.readUInt8(0) & 0x0f));
    if (type === 101) return this.#hearDigit(packet.readUInt32BE(4), payload);
    if (type !== 0 && type !== 8) return;
    this.packetsHeard += 1;
    const decode = type === 0 ? fromMuLaw : fromALaw;
    const now = performance.now();
    this.#heard.push({ at: now, samples: Int16Array.from(payload, decode) });
    while ((this.#heard[0]?.at ?? now) < now - keptMs) this.#heard.shift();
  }

  #hearDigit(stamp: number, payload: Buffer): void {
    if (stamp === this.#lastDigitStamp) return;
    this.#lastDigitStamp = stamp;
    this.digitsHeard.push('0123456789*#'.charAt(payload.readUInt8(0)));
  }

  // --- what it says ------------------------------------------------------------------------------------------------

  /** Sends the packets that are due; called every few milliseconds by the bank. */
  speak(): void {
    if (!this.#speaks || this.over || this.#peerRtp === undefined || this.silentNetwork) return;
    const due = Math.floor((performance.now() - this.#spokenFrom) / 20);
    for (let burst = 0; this.#packetsSent < due && burst < 25; burst += 1) this.#sendPacket(this.#peerRtp);
  }

  /** Presses a key for 100 ms (RFC 4733). */
  press(digit: string): void {
    this.#digit = { code: '0123456789*#'.indexOf(digit), left: 7, started: this.#packetsSent };
  }

  #sendPacket(port: number): void {
    const at = this.#packetsSent;
    this.#packetsSent += 1;
    if (this.#digit) return this.#sendDigit(port, this.#digit);
    const samples = this.#muted
      ? new Int16Array(packetSamples)
      : sine(this.#tone, at * packetSamples, packetSamples);
    this.#rtp.send(this.#packet(0, at, Buffer.from(samples.map(toMuLaw)), at === 0), port, '127.0.0.1');
  }

  #sendDigit(port: number, digit: { code: number; left: number; started: number }): void {
    const elapsed = (this.#packetsSent - digit.started) * packetSamples;
    const payload = Buffer.from([digit.code, (digit.left <= 3 ? 0x80 : 0) | 10, 0, 0]);
    payload.writeUInt16BE(Math.min(elapsed, 800), 2);
    this.#rtp.send(this.#packet(101, digit.started, payload, elapsed === packetSamples), port, '127.0.0.1');
    digit.left -= 1;
    if (digit.left === 0) this.#digit = undefined;
  }

  #packet(type: number, at: number, payload: Buffer, marker: boolean): Buffer {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt8((marker ? 0x80 : 0) | type, 1);
    header.writeUInt16BE((this.#sequence += 1) & 0xffff, 2);
    header.writeUInt32BE((at * packetSamples) >>> 0, 4);
    header.writeUInt32BE(0x5eed0000 | this.#rtp.address().port, 8);
    return Buffer.concat([header, payload]);
  }

  #startSpeaking(sdp: string, answered = true): void {
    this.#peerRtp ??= Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
    this.answered = answered;
    if (this.#speaks) return;
    this.#speaks = true;
    this.#spokenFrom = performance.now();
    this.#packetsSent = 0;
  }

  #sdp(): string {
    return [
      'v=0',
      'o=phone 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${this.#rtp.address().port} RTP/AVP 0 101`,
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=sendrecv',
      '',
    ].join('\r\n');
  }

  // --- calling -----------------------------------------------------------------------------------------------------

  invite(options: OutgoingCall): void {
    const uri = `sip:${options.to}@127.0.0.1:${options.switchPort}`;
    const name = options.fromName === undefined ? '' : `"${options.fromName}" `;
    this.#from = `${name}<sip:${options.from ?? '5551234'}@127.0.0.1>;tag=${this.#localTag}`;
    this.#to = `<${uri}>`;
    this.#remoteTarget = uri;
    const branch = `z9hG4bK${randomUUID()}`;
    this.#ownInvite = { uri, from: this.#from, to: this.#to, branch };
    const extra = Object.entries(options.headers ?? {}).map(([key, value]) => `${key}: ${value}`);
    this.#send(
      this.#request({
        method: 'INVITE',
        uri,
        branch,
        cseq: 1,
        extra: [...extra, 'Content-Type: application/sdp'],
        body: this.#sdp(),
      }),
    );
  }

  /** Gives up an outgoing call that is not answered (RFC 3261 9.1: same branch, same CSeq number). */
  cancel(): void {
    const own = this.#ownInvite;
    if (!own || this.answered) throw new Error('nothing to cancel');
    this.#to = own.to;
    this.#cancelled = true;
    this.#send(this.#request({ method: 'CANCEL', uri: own.uri, branch: own.branch, cseq: 1 }));
  }

  hangUp(reason?: string): void {
    if (!this.answered || this.over) throw new Error('no call to hang up');
    this.#cseq += 1;
    const extra = reason === undefined ? [] : [`Reason: ${reason}`];
    this.#send(this.#inDialog('BYE', this.#cseq, extra));
    this.end = { by: 'self', how: 'BYE' };
  }

  #request(parts: {
    method: string;
    uri: string;
    branch: string;
    cseq: number;
    extra?: readonly string[];
    body?: string;
  }): string {
    const { method, uri, branch, cseq, extra = [], body = '' } = parts;
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#sipPort};branch=${branch};rport`,
      'Max-Forwards: 70',
      `From: ${this.#from}`,
      `To: ${this.#to}`,
      `Call-ID: ${this.#invite ? headerOf(this.#invite, 'Call-ID') : this.callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:phone@127.0.0.1:${this.#sipPort}>`,
      ...extra,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  }

  #inDialog(method: string, cseq: number, extra: readonly string[] = []): string {
    // RFC 3261 12.1.1: the route set of who was called is what the INVITE recorded, in that order.
    const routes = this.#invite ? headersOf(this.#invite, 'Record-Route') : [];
    const headers = [...routes.map((route) => `Route: ${route}`), ...extra];
    const branch = `z9hG4bK${randomUUID()}`;
    return this.#request({ method, uri: this.#remoteTarget, branch, cseq, extra: headers });
  }

  #receiveResponse(response: SipText): void {
    const own = this.#ownInvite;
    if (!own || !(headerOf(response, 'CSeq') ?? '').endsWith(' INVITE')) return;
    const status = response.status ?? 0;
    if (status < 200) {
      this.progress.push(status);
      this.ringing ||= status === 180 || status === 183;
      return;
    }
    this.#to = headerOf(response, 'To') ?? this.#to;
    if (status < 300) return this.#accepted(response);
    this.#send(this.#request({ method: 'ACK', uri: own.uri, branch: own.branch, cseq: 1 }));
    this.end ??= { by: 'far', how: status, ...whyOf(response) };
  }

  #accepted(response: SipText): void {
    this.#remoteTarget = contactOf(response) ?? this.#remoteTarget;
    this.#send(this.#inDialog('ACK', 1));
    if (this.answered) return;
    this.#startSpeaking(response.body);
    // The answer crossed our CANCEL: the call is up, and ends as calls that are up do (RFC 3261 9.1, 15).
    if (this.#cancelled) this.hangUp();
  }

  // --- being called ------------------------------------------------------------------------------------------------

  take(invite: SipText, script: PhoneScript): void {
    this.#invite = invite;
    this.received = invite;
    this.#script = script;
    this.#from = `${headerOf(invite, 'To')};tag=${this.#localTag}`;
    this.#to = headerOf(invite, 'From') ?? '';
    this.#remoteTarget = contactOf(invite) ?? '';
    this.#peerRtp = Number(/^m=audio (\d+)/m.exec(invite.body)?.[1]);
    const plan = script.onInvite ?? 'ring';
    if (plan === 'silent') return;
    if (typeof plan === 'object') return this.refuse(plan.refuse, plan.reason);
    if (plan === 'early') {
      this.#respond(invite, 183, 'Session Progress', ['Content-Type: application/sdp'], this.#sdp());
      return this.#startSpeaking(invite.body, false);
    }
    this.#respond(invite, 180, 'Ringing');
    this.ringing = true;
    if (plan === 'answer') this.answer();
  }

  answer(): void {
    if (!this.#invite || this.over) throw new Error('no call to answer');
    this.#respond(this.#invite, 200, 'OK', ['Content-Type: application/sdp'], this.#sdp());
    this.#startSpeaking(this.#invite.body);
  }

  /** Refuses the call with a SIP status; `reason` is the value of a Reason header. */
  refuse(status: number, reason?: string): void {
    if (!this.#invite || this.over) throw new Error('no call to refuse');
    this.#respond(this.#invite, status, 'Refused', reason === undefined ? [] : [`Reason: ${reason}`]);
    this.end = { by: 'self', how: status };
  }

  receive(message: SipText): void {
    if (message.status !== undefined) return this.#receiveResponse(message);
    if (message.method === 'ACK') return;
    if (message.method === 'INVITE') return this.#receiveAgain(message);
    this.#respond(message, 200, 'OK');
    if (message.method === 'NOTIFY') return this.#notified(message);
    if (message.method !== 'CANCEL' && message.method !== 'BYE') return;
    if (message.method === 'CANCEL' && this.#invite && this.#stillRings) {
      this.#respond(this.#invite, 487, 'Request Terminated');
    }
    this.end ??= { by: 'far', how: message.method, ...whyOf(message) };
  }

  #notified(notify: SipText): void {
    if (headerOf(notify, 'Event') === 'talk' && this.#script?.obeysTalk && this.#stillRings) this.answer();
  }

  get #stillRings(): boolean {
    return this.#invite !== undefined && !this.answered && !this.over;
  }

  /** A retransmission is answered as before; a re-INVITE (To tag) is accepted as it is. */
  #receiveAgain(message: SipText): void {
    if ((headerOf(message, 'To') ?? '').includes('tag=')) {
      this.#respond(message, 200, 'OK', ['Content-Type: application/sdp'], this.#sdp());
    } else if (this.#lastResponse) this.#send(this.#lastResponse);
  }

  #respond(request: SipText, status: number, phrase: string, extra: readonly string[] = [], body = ''): void {
    const to = headerOf(request, 'To') ?? '';
    const text = [
      `SIP/2.0 ${status} ${phrase}`,
      ...headersOf(request, 'Via').map((via) => `Via: ${via}`),
      ...headersOf(request, 'Record-Route').map((route) => `Record-Route: ${route}`),
      `From: ${headerOf(request, 'From')}`,
      `To: ${to.includes('tag=') ? to : `${to};tag=${this.#localTag}`}`,
      `Call-ID: ${headerOf(request, 'Call-ID')}`,
      `CSeq: ${headerOf(request, 'CSeq')}`,
      `Contact: <sip:phone@127.0.0.1:${this.#sipPort}>`,
      ...extra,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
    if (request === this.#invite) this.#lastResponse = text;
    this.#send(text);
  }

  async close(): Promise<void> {
    this.end ??= { by: 'self', how: 'BYE' };
    await new Promise<void>((resolve) => this.#rtp.close(() => resolve()));
  }
}

function whyOf(message: SipText): { reason?: string } {
  const reason = headerOf(message, 'Reason');
  return reason === undefined ? {} : { reason };
}

const contactOf = (message: SipText): string | undefined =>
  /<([^>]+)>/.exec(headerOf(message, 'Contact') ?? '')?.[1];
