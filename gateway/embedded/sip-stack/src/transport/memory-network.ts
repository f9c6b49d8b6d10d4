// Datagrams in memory, for tests: hosts are names of one's choice, time is the given clock's, and the wire can lose,
// repeat, delay and so reorder what it carries, the same way for the same seed.
import type { Clock } from '../clock.ts';
import type { DatagramNetwork, DatagramReceiver, DatagramSocket } from './network.ts';

/** One datagram on its way. */
export interface Crossing {
  readonly bytes: Buffer;
  readonly from: string;
  readonly to: string;
}

/** What happens to a datagram: the delays of its copies in ms; none means lost. */
export type Weather = (crossing: Crossing) => readonly number[];

/** Every datagram arrives once after 1 ms. */
export const fairWeather: Weather = () => [1];

/**
 * Loses, repeats and delays at random.
 * @param seed same seed, same weather
 * @param loss,repeat probabilities from 0 to 1
 * @param maxDelay ms; more than the sender's pace reorders
 */
export function badWeather(seed: number, { loss = 0.2, repeat = 0.2, maxDelay = 50 } = {}): Weather {
  let state = seed >>> 0 || 1;
  const random = (): number => {
    // xorshift32: chance that can be repeated.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
  return () => {
    if (random() < loss) return [];
    const first = 1 + random() * maxDelay;
    return random() < repeat ? [first, 1 + random() * maxDelay] : [first];
  };
}

const name = (host: string, port: number): string => `${host}:${port}`;

export class MemoryNetwork implements DatagramNetwork {
  readonly #clock: Clock;
  readonly #sockets = new Map<string, DatagramReceiver>();
  /** All that was sent, in order, lost ones too. */
  readonly log: Crossing[] = [];
  weather: Weather;

  constructor(clock: Clock, weather: Weather = fairWeather) {
    this.#clock = clock;
    this.weather = weather;
  }

  open(host: string, port: number, receiver: DatagramReceiver): Promise<DatagramSocket> {
    const here = name(host, port);
    if (this.#sockets.has(here)) return Promise.reject(new Error(`EADDRINUSE ${here}`));
    this.#sockets.set(here, receiver);
    return Promise.resolve({
      host,
      port,
      send: (bytes, to, toPort) => this.#carry(Buffer.from(bytes), { host, port }, name(to, toPort)),
      close: () => {
        this.#sockets.delete(here);
        return Promise.resolve();
      },
    });
  }

  probe(host: string, port: number, refused: () => void): void {
    if (!this.#sockets.has(name(host, port))) this.#clock.setTimer(1, refused);
  }

  /** Ends nothing: several stacks share this network, and each closes its own sockets. */
  close(): void {
    return;
  }

  /** Injects a datagram as if `from` had sent it. */
  inject(bytes: Buffer, from: { readonly host: string; readonly port: number }, to: string): void {
    this.#carry(bytes, from, to);
  }

  #carry(bytes: Buffer, from: { readonly host: string; readonly port: number }, to: string): void {
    const crossing = { bytes, from: name(from.host, from.port), to };
    this.log.push(crossing);
    for (const delay of this.weather(crossing))
      this.#clock.setTimer(delay, () => this.#sockets.get(to)?.received(bytes, from.host, from.port));
  }
}
