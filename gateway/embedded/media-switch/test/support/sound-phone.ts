// A SIP phone for tests: says a tone, keeps what it hears, and does at once what the test tells it.

import { createSocket, type Socket } from 'node:dgram';
import {
  bodyText,
  createRequest,
  createSipStack,
  dialogKeyOfRequest,
  type Dialog,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  type SipStack,
  type UacInvite,
  type UasInvite,
} from '@cordboard/sip-stack';
import {
  codecOfPayloadType,
  decoderOf,
  encoderOf,
  PAYLOAD_TYPES,
  type CodecName,
  type SpeechDecoder,
  type SpeechEncoder,
} from '../../src/audio/codec.ts';
import { parseRtp, writeRtpHeader } from '../../src/rtp/packet.ts';

/** How a phone behaves. */
export interface PhoneOptions {
  /** Frequency it says. */
  readonly hz: number;
  readonly codec?: CodecName;
  /** Packet length it sends and asks for, ms. */
  readonly ptime?: 10 | 20 | 30;
  /** Answer to an INVITE: 'answer', 'ring' (180 and wait), or a refusal code. */
  readonly onInvite?: 'answer' | 'ring' | 'silent' | number;
}

const KEEP_SAMPLES = 8_000 * 120;

/** See the file's head. */
export class SoundPhone {
  readonly options: PhoneOptions;
  readonly invites: SipRequest[] = [];
  readonly requests: SipRequest[] = [];
  readonly responses: SipResponse[] = [];
  /** Digits heard as RFC 4733, one entry per event. */
  readonly digits: string[] = [];
  readonly packetSizes = new Set<number>();
  packetsHeard = 0;
  sipPort = 0;
  rtpPort = 0;
  muted = false;
  /** Where RTP goes; from the peer's SDP. */
  remote: { address: string; port: number } | undefined;
  #stack!: SipStack;
  #rtp!: Socket;
  #heard = new Int16Array(KEEP_SAMPLES);
  #heardCount = 0;
  #timer: NodeJS.Timeout | undefined;
  #dialog: Dialog | undefined;
  #uas: UasInvite | undefined;
  #uac: UacInvite | undefined;
  #sequence = 1;
  #timestamp = 0;
  #phase = 0;
  #encoder: SpeechEncoder | undefined;
  #decoding: { readonly codec: CodecName; readonly decoder: SpeechDecoder } | undefined;
  #lastEvent: number | undefined;
  #sdpVersion = 1;
  #startedSendingAt = 0;
  #packetsSent = 0;
  ended = false;

  private constructor(options: PhoneOptions) {
    this.options = options;
  }

  static async start(options: PhoneOptions): Promise<SoundPhone> {
    const phone = new SoundPhone(options);
    phone.#stack = createSipStack({
      tryingAfter: 0,
      handlers: {
        request: (transaction) => phone.#request(transaction),
        ack: (ack, arrival) => void phone.#uas?.receiveAck(ack, arrival),
      },
    });
    const point = await phone.#stack.listen({ protocol: 'udp', host: '127.0.0.1', port: 0 });
    phone.sipPort = point.port;
    phone.#rtp = createSocket('udp4');
    await new Promise<void>((resolve) => phone.#rtp.bind(0, '127.0.0.1', resolve));
    phone.rtpPort = phone.#rtp.address().port;
    phone.#rtp.on('message', (datagram) => phone.#hear(datagram));
    return phone;
  }

  get codec(): CodecName {
    return this.options.codec ?? 'PCMU';
  }

  /** Dial string part: `user@127.0.0.1:port`. */
  uri(user = 'phone'): string {
    return `${user}@127.0.0.1:${this.sipPort}`;
  }

  sdp(direction = 'sendrecv', port = this.rtpPort): string {
    const type = PAYLOAD_TYPES[this.codec];
    return [
      'v=0',
      `o=phone 1 ${this.#sdpVersion++} IN IP4 127.0.0.1`,
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${port} RTP/AVP ${type} 101`,
      `a=rtpmap:${type} ${this.codec}/8000`,
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      `a=ptime:${this.options.ptime ?? 20}`,
      `a=${direction}`,
      '',
    ].join('\r\n');
  }

  /** Calls `sip:user@127.0.0.1:port`. @param extra header fields; body undefined for a late offer */
  call(
    port: number,
    user: string,
    extra: Record<string, string> = {},
    body: string | undefined = this.sdp(),
  ): void {
    const target = { protocol: 'udp', host: '127.0.0.1', port } as const;
    const request = createRequest({
      method: 'INVITE',
      uri: `sip:${user}@127.0.0.1:${port}`,
      from: `"Phone ${this.options.hz}" <sip:${this.options.hz}@127.0.0.1>;tag=${this.#stack.newTag()}`,
      to: `<sip:${user}@127.0.0.1:${port}>`,
      callId: this.#stack.newCallId(),
      cseq: 1,
      headers: { Contact: this.#stack.contactFor(target, 'phone'), ...extra },
      ...(body !== '' && { body: { type: 'application/sdp', content: body } }),
    });
    const uac = this.#stack.uacInvite(request, target);
    this.#uac = uac;
    uac.events = {
      trying: (response) => this.responses.push(response),
      progress: (response) => {
        this.responses.push(response);
        this.#follow(bodyText(response));
      },
      answered: (response, dialog) => {
        this.responses.push(response);
        this.#dialog = dialog;
        const answer = body === '' ? { body: { type: 'application/sdp', content: this.sdp() } } : {};
        uac.ack(dialog, answer).send();
        this.#follow(bodyText(response));
      },
      rejected: (response) => {
        this.responses.push(response);
        this.ended = true;
      },
    };
    uac.send();
  }

  /** Cancels its own call. */
  cancel(): void {
    this.#uac?.createCancel()?.send();
  }

  /** Status codes received so far. */
  get statuses(): number[] {
    return this.responses.map((response) => response.status);
  }

  #request(transaction: ServerTransaction): void {
    const { request } = transaction;
    this.requests.push(request);
    if (request.method === 'CANCEL' && this.#uas) {
      this.#uas.receiveCancel(transaction);
      this.ended = true;
    } else if (request.method === 'INVITE' && request.headers.to.tag === undefined) this.#ring(transaction);
    else this.#inDialog(transaction);
  }

  #ring(transaction: ServerTransaction): void {
    this.invites.push(transaction.request);
    const contact = this.#stack.contactFor(transaction.arrival.source, 'phone');
    this.#uas = this.#stack.uasInvite(transaction, { contact });
    const action = this.options.onInvite ?? 'answer';
    if (typeof action === 'number') this.#uas.respond(action);
    else if (action !== 'silent') {
      this.#uas.respond(180);
      this.#dialog = this.#uas.dialog;
      if (action === 'answer') this.answer();
    }
  }

  /** 200 to the INVITE that rings. */
  answer(): void {
    const uas = this.#uas!;
    uas.respond(200, { body: { type: 'application/sdp', content: this.sdp() } });
    this.#dialog = uas.dialog;
    this.#follow(bodyText(uas.transaction.request));
  }

  /** 183 with sound. */
  earlyMedia(): void {
    const uas = this.#uas!;
    uas.respond(183, { body: { type: 'application/sdp', content: this.sdp() } });
    this.#follow(bodyText(uas.transaction.request));
  }

  /** A refusal of the INVITE that rings. */
  refuse(status: number, headers: Record<string, string> = {}): void {
    this.#uas!.respond(status, { headers });
  }

  #inDialog(transaction: ServerTransaction): void {
    const { request } = transaction;
    const known = this.#dialog && dialogKeyOfRequest(request) === this.#dialog.key;
    if (!known) {
      transaction.respond(transaction.createResponse(481));
      return;
    }
    this.#dialog!.receiveRequest(request);
    if (request.method === 'INVITE') {
      const direction = /a=(sendonly|inactive)/.exec(bodyText(request)) ? 'recvonly' : 'sendrecv';
      const uas = this.#stack.uasInvite(transaction, {
        contact: this.#dialog!.localContact!,
        dialog: this.#dialog!,
      });
      this.#uas = uas;
      uas.respond(200, { body: { type: 'application/sdp', content: this.sdp(direction) } });
      this.#follow(bodyText(request));
      return;
    }
    transaction.respond(transaction.createResponse(200));
    if (request.method === 'BYE') {
      this.ended = true;
      this.#dialog!.terminate();
      this.stopTalking();
    }
  }

  /** Hangs up. */
  bye(headers: Record<string, string> = {}): void {
    const dialog = this.#dialog!;
    const bye = dialog.createRequest('BYE', { headers });
    const target = dialog.nextHop()!;
    dialog.terminate();
    this.stopTalking();
    this.ended = true;
    this.#stack.clientTransaction(bye, target).send();
  }

  /** Sends a request in its dialog. @returns the final status */
  async inDialog(method: string, body?: { type: string; content: string }): Promise<SipResponse> {
    const dialog = this.#dialog!;
    const request = dialog.createRequest(method, body === undefined ? {} : { body });
    const target = dialog.nextHop()!;
    if (method === 'INVITE') return this.#reinvite(request, dialog);
    return new Promise((resolve) => {
      const client = this.#stack.clientTransaction(request, target, { events: { response: resolve } });
      client.send();
    });
  }

  #reinvite(request: SipRequest, dialog: Dialog): Promise<SipResponse> {
    const uac = this.#stack.uacInvite(request, dialog.nextHop()!, { dialog });
    return new Promise((resolve) => {
      uac.events = {
        answered: (response) => {
          uac.ack(dialog).send();
          this.#follow(bodyText(response));
          resolve(response);
        },
        rejected: resolve,
      };
      uac.send();
    });
  }

  /** Re-INVITE with a direction: sendonly holds, sendrecv resumes. */
  offer(direction: string, port = this.rtpPort): Promise<SipResponse> {
    return this.inDialog('INVITE', { type: 'application/sdp', content: this.sdp(direction, port) });
  }

  #follow(sdp: string): void {
    const address = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
    const port = /^m=audio (\d+)/m.exec(sdp)?.[1];
    if (!address || !port) return;
    this.remote = { address, port: Number(port) };
    if (!this.#timer) this.#talk();
  }

  #talk(): void {
    const ptime = this.options.ptime ?? 20;
    this.#startedSendingAt = performance.now();
    this.#packetsSent = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - this.#startedSendingAt) / ptime);
      while (this.#packetsSent < due) this.#sendPacket(ptime * 8);
    }, 5);
  }

  stopTalking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sendPacket(samples: number): void {
    this.#packetsSent++;
    this.#encoder ??= encoderOf(this.codec);
    const packet = Buffer.alloc(12 + samples);
    writeRtpHeader(packet, {
      marker: this.#packetsSent === 1,
      payloadType: this.#encoder.payloadType,
      sequence: this.#sequence++,
      timestamp: this.#timestamp,
      ssrc: this.options.hz,
    });
    const sound = new Int16Array(samples);
    for (let i = 0; i < samples && !this.muted; i++)
      sound[i] = Math.round(8_000 * Math.sin((2 * Math.PI * this.options.hz * this.#phase++) / 8_000));
    this.#encoder.encode(sound, packet, 12);
    this.#timestamp += samples;
    this.send(packet);
  }

  /** Sends raw bytes from its RTP port to the switch. */
  send(packet: Buffer): void {
    if (this.remote) this.#rtp.send(packet, this.remote.port, this.remote.address);
  }

  /** Presses a key: RFC 4733 packets, the end three times. */
  press(digit: string): void {
    const code = '0123456789*#ABCD'.indexOf(digit);
    const timestamp = this.#timestamp;
    for (let packet = 0; packet < 8; packet++) {
      const end = packet >= 5;
      const duration = Math.min(packet + 1, 5) * 160;
      const bytes = Buffer.alloc(16);
      writeRtpHeader(bytes, {
        marker: packet === 0,
        payloadType: 101,
        sequence: this.#sequence++,
        timestamp,
        ssrc: this.options.hz,
      });
      bytes.set([code, (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff], 12);
      this.send(bytes);
    }
    this.#timestamp += 800;
  }

  #hear(datagram: Buffer): void {
    const packet = parseRtp(datagram);
    if (!packet) return;
    this.packetsHeard++;
    if (packet.payloadType === 101) {
      if (packet.timestamp !== this.#lastEvent)
        this.digits.push('0123456789*#ABCD'[packet.payload[0]!] ?? '?');
      this.#lastEvent = packet.timestamp;
      return;
    }
    this.packetSizes.add(packet.payload.length);
    const codec = codecOfPayloadType(packet.payloadType) ?? 'PCMU';
    if (this.#decoding?.codec !== codec) this.#decoding = { codec, decoder: decoderOf(codec) };
    const sound = new Int16Array(packet.payload.length);
    this.#decoding.decoder.decode(packet.payload, sound);
    for (const sample of sound) if (this.#heardCount < KEEP_SAMPLES) this.#heard[this.#heardCount++] = sample;
  }

  /** Forgets what was heard. */
  forget(): void {
    this.#heardCount = 0;
    this.packetsHeard = 0;
  }

  get samplesHeard(): number {
    return this.#heardCount;
  }

  /** The newest `ms` milliseconds heard. */
  heard(ms: number): Int16Array {
    return this.#heard.slice(Math.max(0, this.#heardCount - ms * 8), this.#heardCount);
  }

  async stop(): Promise<void> {
    this.stopTalking();
    await this.#stack.close();
    await new Promise<void>((resolve) => this.#rtp.close(resolve));
  }
}
