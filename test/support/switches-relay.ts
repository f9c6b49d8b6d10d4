// A TCP relay in front of a switch's event socket: counts what passes, and can be cut like a cable.

import net from 'node:net';

export class EslRelay {
  /** The events that passed, with their size in bytes: what a subscription costs. */
  readonly events: { readonly name: string; readonly bytes: number }[] = [];
  /** Everything the switch sent, replies too. */
  receivedBytes = 0;
  /** What the client sent, whole. */
  sent = '';
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #refusing = false;

  private constructor(server: net.Server) {
    this.#server = server;
  }

  static async open(targetPort: number): Promise<EslRelay> {
    const server = net.createServer();
    const relay = new EslRelay(server);
    server.on('connection', (client) => relay.#join(client, targetPort));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Breaks every connection at once; with `stay` new ones are refused until mend(). */
  cut({ stay = false } = {}): void {
    this.#refusing = stay;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#refusing = false;
  }

  async close(): Promise<void> {
    this.cut({ stay: true });
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: net.Socket, targetPort: number): void {
    if (this.#refusing) return void client.destroy();
    const target = net.connect(targetPort, '127.0.0.1');
    for (const [own, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(own);
      own.on('error', () => undefined); // `close` follows, and ends the other half.
      own.on('close', () => {
        this.#sockets.delete(own);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      this.sent += chunk.toString('utf8');
      target.write(chunk);
    });
    let unread = Buffer.alloc(0);
    target.on('data', (chunk) => {
      client.write(chunk);
      this.receivedBytes += chunk.length;
      unread = this.#count(Buffer.concat([unread, chunk]));
    });
  }

  /** Counts the whole frames in the buffer and returns the rest. */
  #count(buffer: Buffer<ArrayBufferLike>): Buffer<ArrayBuffer> {
    let at = 0;
    for (;;) {
      const headEnd = buffer.indexOf('\n\n', at);
      if (headEnd < 0) break;
      const head = buffer.toString('latin1', at, headEnd);
      const end = headEnd + 2 + Number(/^Content-Length: (\d+)/m.exec(head)?.[1] ?? 0);
      if (end > buffer.length) break;
      if (head.includes('text/event-json')) {
        const name = /"Event-Name":\s*"([A-Z_]+)"/.exec(buffer.toString('utf8', headEnd, end))?.[1] ?? '';
        this.events.push({ name, bytes: end - at });
      }
      at = end;
    }
    return Buffer.from(buffer.subarray(at));
  }
}
