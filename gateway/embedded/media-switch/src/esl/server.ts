// The event socket's TCP side: accepts, limits, hands bytes to sessions.

import { createServer, type Server, type Socket } from 'node:net';
import type { AccessList } from '../access-list.ts';
import { DISCONNECT_NOTICE, EslSession, type SessionSurroundings } from './session.ts';

/** A client that has not authenticated by then is dropped, milliseconds (as FreeSWITCH). */
const AUTH_WITHIN_MS = 25_000;
const MAX_CLIENTS = 100;
const REJECTION = `Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n${DISCONNECT_NOTICE}`;

/** See the file's head. */
export class EslServer {
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #around: SessionSurroundings;
  readonly #allowed: AccessList;

  constructor(around: SessionSurroundings, allowed: AccessList) {
    this.#around = around;
    this.#allowed = allowed;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Starts listening. @returns the bound port @throws the system's error, EADDRINUSE among them */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  get clients(): number {
    return this.#clients.size;
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (!this.#allowed.allows(socket.remoteAddress ?? '') || this.#clients.size >= MAX_CLIENTS) {
      socket.end(REJECTION);
      return;
    }
    socket.setNoDelay(true);
    this.#clients.add(socket);
    const session = new EslSession(
      {
        write: (text) => void socket.write(text),
        get pendingBytes() {
          return socket.writableLength;
        },
        end: () => socket.end(),
        destroy: () => socket.destroy(),
      },
      this.#around,
    );
    const deadline = setTimeout(() => {
      if (!session.authenticated) socket.destroy();
    }, AUTH_WITHIN_MS);
    socket.on('data', (chunk: Buffer) => session.receive(chunk));
    socket.on('close', () => {
      clearTimeout(deadline);
      this.#clients.delete(socket);
      session.closed();
    });
  }

  /** Closes the port and every connection, without a notice, as FreeSWITCH does on shutdown. */
  async close(): Promise<void> {
    for (const socket of this.#clients) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
