// A TCP relay with faults to order: a cable that is cut, a peer that reads slowly or not at all, and a trap on what passes, sprung before
// or after it has gone on. Between the control plane and the switch's event socket it makes a crash fall into one exact step, without a
// line about crashes in the product.

import { once } from 'node:events';
import net from 'node:net';

export type Direction = 'toServer' | 'toClient';

interface Trap {
  readonly direction: Direction;
  readonly pattern: RegExp;
  /** `before`: what was seen goes no further, and the connection ends with it. */
  readonly when: 'before' | 'after';
  readonly sprung: () => void;
}

interface Loss {
  takes(frame: string): boolean;
}

interface Pair {
  /** What came from the server and is no whole frame yet. */
  begun: Buffer;
  readonly client: net.Socket;
  readonly server: net.Socket;
  readonly seen: Record<Direction, string>;
}

/** A pattern may be split over two reads; nothing looked for is longer. */
const tailKept = 512;

export class FaultRelay {
  readonly #server: net.Server;
  readonly #pairs = new Set<Pair>();
  /** Clients that came while nothing passed. */
  readonly #unheard = new Set<net.Socket>();
  readonly #losses = new Set<Loss>();
  #trap: Trap | undefined;
  /** Neither side hears of the other any more, and nobody says so. */
  #halfOpen = false;
  #bytesPerTick = Infinity;
  #taken = 0;

  private constructor(server: net.Server) {
    this.#server = server;
  }

  static async open(target: { readonly host: string; readonly port: number }): Promise<FaultRelay> {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const relay = new FaultRelay(server);
    server.on('connection', (client) => relay.#join(client, net.connect(target)));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Connections taken so far, those that have gone included. */
  get taken(): number {
    return this.#taken;
  }

  /** Resolves when the next thing that looks like `pattern` passes. One trap at a time. */
  trap(direction: Direction, pattern: RegExp, when: Trap['when']): Promise<void> {
    return new Promise((resolve) => {
      this.#trap = { direction, pattern, when, sprung: resolve };
    });
  }

  /** RST on every connection; new ones are taken. */
  reset(): void {
    for (const client of this.#unheard) client.resetAndDestroy();
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** From now on nothing passes, and the connections stay open: as when a machine on the way lost its power. */
  freeze(): void {
    this.#halfOpen = true;
    this.goDead();
  }

  /** What is connected now goes dead without a word; new connections pass. */
  goDead(): void {
    for (const { client, server } of this.#pairs) for (const one of [client, server]) one.pause();
  }

  /**
   * Events that look like this are lost on the way from now on, one frame each and nothing beside it: as an event socket loses them
   * whose queue has run over.
   * @returns how many have been lost, asked whenever, and how to stop it
   */
  lose(pattern: RegExp): { readonly lost: () => number; readonly stop: () => void } {
    let count = 0;
    const loss: Loss = {
      takes: (frame) => {
        if (!pattern.test(frame)) return false;
        count += 1;
        return true;
      },
    };
    this.#losses.add(loss);
    return { lost: () => count, stop: () => void this.#losses.delete(loss) };
  }

  /** The client reads no faster than this, bytes in ten milliseconds. */
  slow(bytesPerTick: number): void {
    this.#bytesPerTick = bytesPerTick;
  }

  /** Everything passes again; what froze is cut. */
  mend(): void {
    this.#bytesPerTick = Infinity;
    if (this.#halfOpen) this.reset();
    this.#halfOpen = false;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.reset();
    await once(this.#server, 'close');
  }

  #join(client: net.Socket, server: net.Socket): void {
    this.#taken += 1;
    if (this.#halfOpen) {
      server.destroy();
      this.#unheard.add(client);
      client.on('close', () => this.#unheard.delete(client));
      client.on('error', () => undefined); // `close` follows.
      return void client.pause();
    }
    const pair: Pair = { client, server, begun: Buffer.alloc(0), seen: { toServer: '', toClient: '' } };
    this.#pairs.add(pair);
    for (const [own, other, direction] of [
      [client, server, 'toServer'],
      [server, client, 'toClient'],
    ] as const) {
      own.on('data', (chunk) => this.#pass(pair, direction, chunk, other));
      own.on('error', () => undefined); // `close` follows, and ends the other half.
      own.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
  }

  #pass(pair: Pair, direction: Direction, chunk: Buffer, to: net.Socket): void {
    const trap = this.#sees(pair, direction, chunk);
    if (trap?.when === 'before') {
      for (const one of [pair.client, pair.server]) one.destroy();
      return trap.sprung();
    }
    const passes = direction === 'toClient' ? this.#withoutLost(pair, chunk) : chunk;
    if (passes.length > 0) to.write(passes);
    trap?.sprung();
    if (direction === 'toClient' && this.#bytesPerTick < Infinity) this.#rest(pair.server, chunk.length);
  }

  #sees(pair: Pair, direction: Direction, chunk: Buffer): Trap | undefined {
    const trap = this.#trap;
    if (trap?.direction !== direction) return undefined;
    const text = pair.seen[direction] + chunk.toString('latin1');
    pair.seen[direction] = text.slice(-tailKept);
    if (!trap.pattern.test(text)) return undefined;
    pair.seen[direction] = '';
    this.#trap = undefined;
    return trap;
  }

  /** Whole frames of the event socket, but for those that are to be lost. What is begun waits for its rest. */
  #withoutLost(pair: Pair, chunk: Buffer): Buffer {
    if (this.#losses.size === 0 && pair.begun.length === 0) return chunk;
    // A loss may be asked for in the middle of a frame: that one passes.
    if (pair.begun.length === 0 && !beginsFrame.test(chunk.subarray(0, 8).toString('latin1'))) return chunk;
    const passing: Buffer[] = [];
    let rest = Buffer.concat([pair.begun, chunk]);
    for (let length = frameLength(rest); length !== undefined; length = frameLength(rest)) {
      const frame = rest.subarray(0, length);
      const text = frame.toString('latin1');
      if (![...this.#losses].some((loss) => loss.takes(text))) passing.push(frame);
      rest = rest.subarray(length);
    }
    pair.begun = rest;
    return Buffer.concat(passing);
  }

  #rest(socket: net.Socket, bytes: number): void {
    socket.pause();
    setTimeout(() => socket.resume(), (bytes / this.#bytesPerTick) * 10);
  }
}

const beginsFrame = /^Content-/;

/** Headers, an empty line, and as much as Content-Length says. Undefined while there is not that much. */
function frameLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf('\n\n');
  if (end === -1) return undefined;
  const body = Number(/^Content-Length: (\d+)/m.exec(bytes.subarray(0, end).toString('latin1'))?.[1] ?? 0);
  return bytes.length < end + 2 + body ? undefined : end + 2 + body;
}
