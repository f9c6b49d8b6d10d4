// All connections of a stack: found again by flow name or by peer address, counted per host, opened on demand
// (RFC 3261 18: a connection is reused in both directions).
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { Channel, HostPort, ListenForWebSockets, WebSocketListener } from './channel.ts';
import { Connection, type ConnectionEvents, type ConnectionLimits } from './connection.ts';
import { openTcp, openTls, peerOfSocket, SocketChannel } from './socket-channel.ts';
import type { TlsIdentity } from './tls.ts';
import { TransportFailure, type Protocol, type Target } from './types.ts';

export interface PoolLimits extends ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerHost: number;
  readonly unprovenConnections: number;
}

export interface PoolEvents {
  received(connection: Connection, bytes: Buffer): void;
  broken(connection: Connection, reason: string, bytes: Buffer): void;
  /** `cause` is what went wrong, if anything did. */
  closed(flow: string, cause: TransportFailure | undefined): void;
}

/** Who a connection over each protocol may stand in for: a request never goes over less than was asked for. */
const SERVES: Readonly<Record<Protocol, readonly Protocol[]>> = {
  udp: [],
  tcp: ['tcp'],
  tls: ['tls', 'tcp'],
  ws: ['ws', 'tcp'],
  // RFC 7118 5: a Contact says transport=ws over wss too.
  wss: ['wss', 'ws', 'tls', 'tcp'],
};

const peerKey = (host: string, port: number): string => `${host} ${port}`;

export class ConnectionPool {
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  readonly #events: ConnectionEvents;
  readonly #byFlow = new Map<string, Connection>();
  readonly #byPeer = new Map<string, Connection>();
  readonly #perHost = new Map<string, number>();
  /** Accepted, without a message yet; the oldest first. */
  readonly #unproven = new Set<Connection>();
  /** TLS handshakes under way, by peer: how to stop counting one. */
  readonly #handshakes = new Map<string, () => void>();
  #count = 0;
  #emptied: (() => void) | undefined;

  constructor(clock: Clock, limits: PoolLimits, events: PoolEvents) {
    this.#clock = clock;
    this.#limits = limits;
    this.#events = {
      received: (connection, bytes) => events.received(connection, bytes),
      broken: (connection, reason, bytes) => events.broken(connection, reason, bytes),
      proven: (connection) => this.#unproven.delete(connection),
      closed: (connection) => {
        this.#forget(connection);
        events.closed(connection.flow, connection.cause);
      },
    };
  }

  get size(): number {
    return this.#byFlow.size;
  }

  byFlow(flow: string): Connection | undefined {
    return this.#byFlow.get(flow);
  }

  /** An open connection to a peer that may carry what is meant for `protocol`. */
  byPeer(protocol: Protocol, host: string, port: number): Connection | undefined {
    const connection = this.#byPeer.get(peerKey(host, port));
    return connection?.open && SERVES[connection.protocol].includes(protocol) ? connection : undefined;
  }

  /** Listens on TCP, or on TLS when there is an identity; rejects with the system's error. */
  listen(at: HostPort, identity?: TlsIdentity): Promise<Server> {
    const server = identity
      ? this.#tlsServer(identity)
      : createServer({ noDelay: true }, (socket) => this.#accept('tcp', socket));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...at, exclusive: true }, () => {
        server.off('error', reject);
        // EMFILE and the like on accept: the peer sees a closed connection, the server goes on.
        server.on('error', () => undefined);
        resolve(server);
      });
    });
  }

  /** Listens for WebSockets with what the program brought. */
  listenForWebSockets(
    listen: ListenForWebSockets,
    at: HostPort,
    tls: TlsIdentity | undefined,
  ): Promise<WebSocketListener> {
    const protocol = tls ? 'wss' : 'ws';
    return listen(
      { ...at, tls, maxMessage: this.#limits.message },
      {
        hasRoom: (host) => this.#hasRoom(host),
        accept: (channel) => this.#adopt(protocol, channel),
      },
    );
  }

  /**
   * The connection to a peer, opened when there is none.
   * @throws TransportFailure `overloaded`, or `flowGone` for a WebSocket client that is not connected
   */
  to(target: Target, localHost: string | undefined, identity: TlsIdentity | undefined): Connection {
    const { protocol, host, port } = target;
    const name = target.name ?? host;
    const existing = this.byPeer(protocol, host, port);
    // RFC 5922 7: a certificate that was checked for one name says nothing about another.
    if (existing && (existing.name === undefined || existing.name === name)) return existing;
    if (protocol === 'ws' || protocol === 'wss')
      throw new TransportFailure('flowGone', `no WebSocket of ${host}:${port}`);
    if (!this.#hasRoom(host)) throw new TransportFailure('overloaded', `too many connections (${host})`);
    const secured = protocol === 'tls' ? identity : undefined;
    const channel = secured
      ? openTls({ host, port }, localHost, { identity: secured, name })
      : openTcp({ host, port }, localHost);
    const parts = { flow: this.#newFlow(protocol), protocol, channel, origin: 'opened' } as const;
    const connection = new Connection({ ...parts, name: secured && name }, this.#around);
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

  #tlsServer(identity: TlsIdentity): Server {
    const server = createTlsServer({ noDelay: true, ...identity.serverOptions() }, (socket) =>
      this.#accept('tls', socket),
    );
    identity.keepCurrent(server);
    // A handshake costs more than a connection: those under way count against the limit too.
    server.on('connection', (socket: Socket) => this.#admitHandshake(socket));
    // The peer spoke no TLS, showed no good certificate or gave up: its own loss.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  #admitHandshake(socket: Socket): void {
    const { host, port } = peerOfSocket(socket);
    const key = peerKey(host, port);
    if (host === '' || !this.#hasRoom(host) || this.#handshakes.size >= this.#limits.unprovenConnections) {
      socket.destroy();
      return;
    }
    const over = (): void => {
      if (this.#handshakes.delete(key)) this.#leave(host);
    };
    this.#handshakes.set(key, over);
    this.#enter(host);
    socket.once('close', over);
  }

  #accept(protocol: 'tcp' | 'tls', socket: Socket): void {
    const peer = peerOfSocket(socket);
    // From now on it counts as a connection.
    this.#handshakes.get(peerKey(peer.host, peer.port))?.();
    if (peer.host === '' || !this.#hasRoom(peer.host)) {
      socket.destroy();
      return;
    }
    this.#adopt(protocol, new SocketChannel(socket, peer));
  }

  #adopt(protocol: Protocol, channel: Channel): void {
    const parts = { flow: this.#newFlow(protocol), protocol, channel, origin: 'accepted' } as const;
    const connection = new Connection(parts, this.#around);
    this.#remember(connection);
    this.#unproven.add(connection);
    const [oldest] = this.#unproven;
    if (this.#unproven.size > this.#limits.unprovenConnections)
      oldest?.close(new TransportFailure('overloaded', 'no message, and others wait'));
  }

  #newFlow(protocol: Protocol): string {
    return `${protocol}:${++this.#count}`;
  }

  #hasRoom(host: string): boolean {
    return (
      this.#byFlow.size < this.#limits.connections &&
      (this.#perHost.get(host) ?? 0) < this.#limits.connectionsPerHost
    );
  }

  #remember(connection: Connection): void {
    const { host, port } = connection.peer;
    this.#byFlow.set(connection.flow, connection);
    this.#byPeer.set(peerKey(host, port), connection);
    this.#enter(host);
  }

  #forget(connection: Connection): void {
    const { host, port } = connection.peer;
    if (!this.#byFlow.delete(connection.flow)) return;
    this.#unproven.delete(connection);
    if (this.#byPeer.get(peerKey(host, port)) === connection) this.#byPeer.delete(peerKey(host, port));
    this.#leave(host);
    if (this.#byFlow.size === 0) this.#emptied?.();
  }

  #enter(host: string): void {
    this.#perHost.set(host, (this.#perHost.get(host) ?? 0) + 1);
  }

  #leave(host: string): void {
    const left = (this.#perHost.get(host) ?? 1) - 1;
    if (left > 0) this.#perHost.set(host, left);
    else this.#perHost.delete(host);
  }
}
