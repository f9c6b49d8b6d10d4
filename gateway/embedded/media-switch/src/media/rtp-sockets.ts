// RTP and RTCP sockets from the configured address and port range only: an even port for RTP, the next for RTCP
// (RFC 3550 section 11). Ports are handed out round robin, so one just freed rests before its next use and a late
// packet of the old call does not reach the new one.

import { createSocket, type Socket } from 'node:dgram';

/** No free port pair is left in the range. */
export class PortsExhausted extends Error {
  override readonly name = 'PortsExhausted';
}

/** The two sockets of one leg. */
export interface SocketPair {
  readonly port: number;
  readonly rtp: Socket;
  readonly rtcp: Socket;
}

/** Numeric addresses only: never ask a resolver from the media thread. */
const numeric: NonNullable<Parameters<typeof createSocket>[0] & object>['lookup'] = (host, _options, done) =>
  done(null, host, host.includes(':') ? 6 : 4);

const bind = (address: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const type = address.includes(':') ? 'udp6' : 'udp4';
    const socket = createSocket({ type, lookup: numeric, recvBufferSize: 262_144 });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });

const isPortTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');

/** Hands out socket pairs. */
export class PortRange {
  readonly #address: string;
  readonly #first: number;
  readonly #pairs: number;
  readonly #used = new Set<number>();
  #next = 0;

  /** @param firstPort @param lastPort the range, both ends included */
  constructor(address: string, firstPort: number, lastPort: number) {
    this.#address = address;
    this.#first = firstPort + (firstPort % 2);
    this.#pairs = Math.floor((lastPort + 1 - this.#first) / 2);
  }

  /**
   * Binds a pair.
   * @throws PortsExhausted when every pair is in use, by us or by others
   */
  async take(): Promise<SocketPair> {
    for (let tried = 0; tried < this.#pairs; tried++) {
      const port = this.#first + (this.#next++ % this.#pairs) * 2;
      if (this.#used.has(port)) continue;
      this.#used.add(port);
      const pair = await this.#bindPair(port);
      if (pair) return pair;
      this.#used.delete(port);
    }
    throw new PortsExhausted(`no free RTP port in ${this.#first}-${this.#first + this.#pairs * 2 - 1}`);
  }

  async #bindPair(port: number): Promise<SocketPair | undefined> {
    let rtp: Socket | undefined;
    try {
      rtp = await bind(this.#address, port);
      return { port, rtp, rtcp: await bind(this.#address, port + 1) };
    } catch (error) {
      rtp?.close();
      if (isPortTaken(error)) return undefined;
      throw error;
    }
  }

  /** Closes a pair and frees its port. */
  release(pair: SocketPair): void {
    pair.rtp.close();
    pair.rtcp.close();
    this.#used.delete(pair.port);
  }
}
