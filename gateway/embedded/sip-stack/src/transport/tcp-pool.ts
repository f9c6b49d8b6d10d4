// All TCP connections of a stack: found again by flow name or by peer address, counted per host, opened on demand
// (RFC 3261 18: a connection is reused in both directions).
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { TcpConnection, type ConnectionEvents, type ConnectionLimits } from './tcp.ts';
import { TransportFailure } from './types.ts';
import { unmapped } from './udp.ts';

export interface PoolLimits extends ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerHost: number;
}

export interface PoolEvents {
  received(connection: TcpConnection, bytes: Buffer): void;
  broken(connection: TcpConnection, reason: string, bytes: Buffer): void;
  closed(flow: string): void;
}

const peerKey = (host: string, port: number): string => `${host} ${port}`;

export class TcpPool {
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  readonly #events: ConnectionEvents;
  readonly #byFlow = new Map<string, TcpConnection>();
  readonly #byPeer = new Map<string, TcpConnection>();
  readonly #perHost = new Map<string, number>();
  #count = 0;
  #emptied: (() => void) | undefined;

  constructor(clock: Clock, limits: PoolLimits, events: PoolEvents) {
    this.#clock = clock;
    this.#limits = limits;
    this.#events = {
      received: (connection, bytes) => events.received(connection, bytes),
      broken: (connection, reason, bytes) => events.broken(connection, reason, bytes),
      closed: (connection) => {
        this.#forget(connection);
        events.closed(connection.flow);
      },
    };
  }

  get size(): number {
    return this.#byFlow.size;
  }

  byFlow(flow: string): TcpConnection | undefined {
    return this.#byFlow.get(flow);
  }

  byPeer(host: string, port: number): TcpConnection | undefined {
    const connection = this.#byPeer.get(peerKey(host, port));
    return connection?.open ? connection : undefined;
  }

  /** Listens; rejects with the system's error. */
  listen(host: string, port: number): Promise<Server> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, () => {
        server.off('error', reject);
        // EMFILE and the like on accept: the peer sees a closed connection, the server goes on.
        server.on('error', () => undefined);
        resolve(server);
      });
    });
  }

  /**
   * The connection to a peer, opened when there is none.
   * @throws TransportFailure `overloaded`
   */
  to(host: string, port: number, localHost: string | undefined): TcpConnection {
    const existing = this.byPeer(host, port);
    if (existing) return existing;
    if (!this.#hasRoom(host)) throw new TransportFailure('overloaded', `too many connections (${host})`);
    const connection = TcpConnection.opened(this.#newFlow(), { host, port }, localHost, this.#around);
    this.#remember(connection);
    return connection;
  }

  /** Closes all connections; resolves when the last socket is gone. */
  close(): Promise<void> {
    if (this.#byFlow.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#emptied = resolve;
      for (const connection of [...this.#byFlow.values()]) connection.close();
    });
  }

  get #around(): { limits: PoolLimits; clock: Clock; events: ConnectionEvents } {
    return { limits: this.#limits, clock: this.#clock, events: this.#events };
  }

  #accept(socket: Socket): void {
    const host = unmapped(socket.remoteAddress ?? '');
    if (host === '' || !this.#hasRoom(host)) {
      socket.destroy();
      return;
    }
    this.#remember(TcpConnection.accepted(this.#newFlow(), socket, this.#around));
  }

  #newFlow(): string {
    return `tcp:${++this.#count}`;
  }

  #hasRoom(host: string): boolean {
    return (
      this.#byFlow.size < this.#limits.connections &&
      (this.#perHost.get(host) ?? 0) < this.#limits.connectionsPerHost
    );
  }

  #remember(connection: TcpConnection): void {
    const { host, port } = connection.peer;
    this.#byFlow.set(connection.flow, connection);
    this.#byPeer.set(peerKey(host, port), connection);
    this.#perHost.set(host, (this.#perHost.get(host) ?? 0) + 1);
  }

  #forget(connection: TcpConnection): void {
    const { host, port } = connection.peer;
    if (!this.#byFlow.delete(connection.flow)) return;
    if (this.#byPeer.get(peerKey(host, port)) === connection) this.#byPeer.delete(peerKey(host, port));
    const left = (this.#perHost.get(host) ?? 1) - 1;
    if (left > 0) this.#perHost.set(host, left);
    else this.#perHost.delete(host);
    if (this.#byFlow.size === 0) this.#emptied?.();
  }
}
