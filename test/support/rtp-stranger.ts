// Somebody who knows the port of a call and nothing else: speaks a tone into it, and listens whether its sound comes back to them.

import dgram from 'node:dgram';
import { sine, toMuLaw } from './tones.ts';

const packetSamples = 160; // 20 ms at 8 kHz

export class RtpStranger {
  /** Packets of the call that came to them. */
  leaked = 0;
  readonly #socket: dgram.Socket;
  readonly #pacer: NodeJS.Timeout;
  spoken = 0;

  private constructor(socket: dgram.Socket, port: number, tone: number) {
    this.#socket = socket;
    socket.on('message', () => (this.leaked += 1));
    this.#pacer = setInterval(() => socket.send(this.#packet(tone), port, '127.0.0.1'), 20);
  }

  /** @param port of the switch, where the sound of a leg goes @param tone Hz */
  static async at(port: number, tone: number): Promise<RtpStranger> {
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new RtpStranger(socket, port, tone);
  }

  /** RFC 3550: version 2, PCMU, numbers that fit nobody's. */
  #packet(tone: number): Buffer {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt16BE((40_000 + this.spoken) & 0xffff, 2);
    header.writeUInt32BE(this.spoken * packetSamples, 4);
    header.writeUInt32BE(0xbad0bad0, 8);
    const samples = sine(tone, this.spoken * packetSamples, packetSamples);
    this.spoken += 1;
    return Buffer.concat([header, Buffer.from(samples.map(toMuLaw))]);
  }

  async leave(): Promise<void> {
    clearInterval(this.#pacer);
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
