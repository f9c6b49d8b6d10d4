// The sound of doctor's phone: it speaks a tone in G.711, and measures which tones it hears.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { parseRtp, PCMU, RTP_HEADER_BYTES, writeRtpHeader } from '@cordboard/media-switch';

const rate = 8_000;
const packetMs = 20;
const packetSamples = (rate * packetMs) / 1_000;
const loudness = 0.25;
/** What is listened to at once; long enough to tell tones of the trade apart. */
const windowSamples = rate / 4;

export class PhoneSound {
  readonly #socket: Socket;
  readonly #tone: Uint8Array;
  readonly #lately = new Int16Array(windowSamples);
  #at = 0;
  #sent = 0;
  #heard = 0;
  #pace: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, hertz: number) {
    this.#socket = socket;
    this.#tone = oneSecondOf(hertz);
    socket.on('message', (datagram) => this.#hear(datagram));
  }

  /** @param address local, where sound is to come to */
  static async open(address: string, hertz: number): Promise<PhoneSound> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new PhoneSound(socket, hertz);
  }

  /** Our side of the call (RFC 8866): µ-law, both ways. */
  get sdp(): string {
    const { address, port, family } = this.#socket.address();
    const place = `IN ${family === 'IPv6' ? 'IP6' : 'IP4'} ${address}`;
    return [
      ...['v=0', `o=doctor 1 1 ${place}`, 's=-', `c=${place}`, 't=0 0'],
      ...[`m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', `a=ptime:${packetMs}`, 'a=sendrecv', ''],
    ].join('\r\n');
  }

  /** Packets that came. */
  get packetsHeard(): number {
    return this.#heard;
  }

  /** Speaks to that address until closed. */
  speakTo({ host, port }: { host: string; port: number }): void {
    const began = performance.now();
    const ssrc = this.#socket.address().port;
    this.#pace = setInterval(() => {
      const due = Math.floor((performance.now() - began) / packetMs);
      for (; this.#sent < due; this.#sent += 1) this.#socket.send(this.#packet(ssrc), port, host);
    }, packetMs / 2);
  }

  #packet(ssrc: number): Buffer {
    const from = (this.#sent * packetSamples) % rate;
    const packet = Buffer.alloc(RTP_HEADER_BYTES + packetSamples);
    writeRtpHeader(packet, {
      ...{ marker: this.#sent === 0, payloadType: PCMU.payloadType, ssrc },
      ...{ sequence: this.#sent, timestamp: this.#sent * packetSamples },
    });
    packet.set(this.#tone.subarray(from, from + packetSamples), RTP_HEADER_BYTES);
    return packet;
  }

  #hear(datagram: Buffer): void {
    const packet = parseRtp(datagram);
    if (packet?.payloadType !== PCMU.payloadType) return;
    this.#heard += 1;
    for (const octet of packet.payload) {
      this.#lately[this.#at] = PCMU.decode[octet] ?? 0;
      this.#at = (this.#at + 1) % windowSamples;
    }
  }

  /** How strong a tone was lately, as a share of full scale. */
  hears(hertz: number): number {
    const ordered = [...this.#lately.subarray(this.#at), ...this.#lately.subarray(0, this.#at)];
    return strength(ordered, hertz);
  }

  close(): void {
    clearInterval(this.#pace);
    this.#socket.close();
  }
}

/** Whole periods fit into a second, so it may be repeated without a click. */
function oneSecondOf(hertz: number): Uint8Array {
  return Uint8Array.from({ length: rate }, (_, at) => {
    const sample = Math.round(32_767 * loudness * Math.sin((2 * Math.PI * hertz * at) / rate));
    return PCMU.encode[sample & 0xffff] ?? 0;
  });
}

/** Amplitude of one frequency (Goertzel). */
function strength(samples: readonly number[], hertz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  let [before, last] = [0, 0];
  for (const sample of samples) [before, last] = [last, sample / 32_768 + coefficient * last - before];
  const power = last ** 2 + before ** 2 - coefficient * last * before;
  return (2 * Math.sqrt(Math.max(power, 0))) / samples.length;
}
