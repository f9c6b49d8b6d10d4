// One TCP connection, accepted or opened: framing, keep-alive, time limits, back-pressure (RFC 3261 18, RFC 5626 4.4.1).
//
//   opening ──connected──► open ──error, limit, end──► closed        (each failure is told to the sends under way)
import { connect, type Socket } from 'node:net';
import type { Clock, TimerHandle } from '../clock.ts';
import { StreamFramer } from './framer.ts';
import { TransportFailure, type TransportAddress, type TransportFailureReason } from './types.ts';
import { unmapped } from './udp.ts';

export interface ConnectionLimits {
  readonly message: number;
  readonly halfMessageMs: number;
  readonly idleMs: number;
  readonly connectMs: number;
  readonly sendBuffer: number;
}

export interface ConnectionEvents {
  received(connection: TcpConnection, bytes: Buffer): void;
  /** The stream cannot be cut into messages any more; it closes after the answer. */
  broken(connection: TcpConnection, reason: string, bytes: Buffer): void;
  closed(connection: TcpConnection): void;
}

const KEEP_ALIVE_MS = 45_000;
const PONG = Buffer.from('\r\n', 'latin1');

const REASONS: Readonly<Record<string, TransportFailureReason>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'broken',
  ETIMEDOUT: 'timedOut',
};

export class TcpConnection {
  readonly flow: string;
  readonly peer: TransportAddress;
  readonly #socket: Socket;
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  readonly #framer: StreamFramer;
  #lastTraffic: number;
  #halfMessage: TimerHandle | undefined;
  #idle: TimerHandle | undefined;
  #connecting: TimerHandle | undefined;
  #cause: TransportFailure | undefined;
  #closed = false;

  private constructor(
    flow: string,
    socket: Socket,
    peer: { host: string; port: number },
    around: { limits: ConnectionLimits; clock: Clock; events: ConnectionEvents },
  ) {
    this.flow = flow;
    this.peer = { protocol: 'tcp', ...peer };
    this.#socket = socket;
    this.#limits = around.limits;
    this.#clock = around.clock;
    this.#events = around.events;
    this.#framer = new StreamFramer(around.limits.message);
    this.#lastTraffic = around.clock.now();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#cause ??= new TransportFailure(REASONS[error.code ?? ''] ?? 'broken', error.message, error);
    });
    socket.on('close', () => this.#gone());
    this.#watchIdle();
  }

  /** Takes over an accepted socket. */
  static accepted(
    flow: string,
    socket: Socket,
    around: { limits: ConnectionLimits; clock: Clock; events: ConnectionEvents },
  ): TcpConnection {
    const peer = { host: unmapped(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    return new TcpConnection(flow, socket, peer, around);
  }

  /** Begins to connect; sends are queued until it is up. */
  static opened(
    flow: string,
    peer: { host: string; port: number },
    localHost: string | undefined,
    around: { limits: ConnectionLimits; clock: Clock; events: ConnectionEvents },
  ): TcpConnection {
    const socket = connect({ ...peer, ...(localHost === undefined ? {} : { localAddress: localHost }) });
    const connection = new TcpConnection(flow, socket, peer, around);
    connection.#limitConnecting();
    return connection;
  }

  get open(): boolean {
    return !this.#closed && !this.#socket.destroyed;
  }

  /** Our end; the port is 0 until connected. */
  get local(): TransportAddress {
    const { localAddress, localPort } = this.#socket;
    return { protocol: 'tcp', host: unmapped(localAddress ?? ''), port: localPort ?? 0 };
  }

  send(bytes: Uint8Array, failed: (failure: TransportFailure) => void): void {
    if (!this.open) {
      failed(this.#cause ?? new TransportFailure('broken', 'connection closed'));
      return;
    }
    if (this.#socket.writableLength + bytes.length > this.#limits.sendBuffer) {
      // A peer that does not read must not hold our memory; what it misses it would not have read either.
      this.close(new TransportFailure('overloaded', 'peer does not read'));
      failed(new TransportFailure('overloaded', 'peer does not read'));
      return;
    }
    this.#lastTraffic = this.#clock.now();
    this.#socket.write(bytes, (error) => {
      if (error) failed(this.#cause ?? new TransportFailure('broken', error.message, error));
    });
  }

  /** Closes at once. `cause` is what sends under way are told. */
  close(cause: TransportFailure = new TransportFailure('closed', 'closed by us')): void {
    this.#cause ??= cause;
    this.#socket.destroy();
  }

  /** Closes when what is queued has left. */
  finish(): void {
    this.#socket.destroySoon();
  }

  #receive(chunk: Buffer): void {
    this.#lastTraffic = this.#clock.now();
    const frames = this.#framer.push(chunk);
    if (frames.length > 0) this.#forgetHalfMessage();
    for (const frame of frames) {
      if (!this.open) return;
      if (frame.kind === 'message') this.#events.received(this, frame.bytes);
      else if (frame.kind === 'ping') this.send(PONG, () => undefined);
      else {
        this.#events.broken(this, frame.reason, frame.bytes);
        this.finish();
      }
    }
    this.#watchHalfMessage();
  }

  /** The deadline counts from the message's first octet, so that a slow trickle does not move it. */
  #watchHalfMessage(): void {
    if (!this.#framer.midMessage) this.#forgetHalfMessage();
    else if (this.#halfMessage === undefined && this.open) {
      this.#halfMessage = this.#clock.setTimer(this.#limits.halfMessageMs, () =>
        this.close(new TransportFailure('timedOut', 'half a message')),
      );
    }
  }

  #forgetHalfMessage(): void {
    if (this.#halfMessage !== undefined) this.#clock.clearTimer(this.#halfMessage);
    this.#halfMessage = undefined;
  }

  #watchIdle(): void {
    const left = this.#lastTraffic + this.#limits.idleMs - this.#clock.now();
    if (left <= 0) this.close(new TransportFailure('timedOut', 'idle'));
    else this.#idle = this.#clock.setTimer(left, () => this.#watchIdle());
  }

  #limitConnecting(): void {
    this.#connecting = this.#clock.setTimer(this.#limits.connectMs, () =>
      this.close(new TransportFailure('timedOut', 'no connection')),
    );
    this.#socket.once('connect', () => this.#stopConnecting());
  }

  #stopConnecting(): void {
    if (this.#connecting !== undefined) this.#clock.clearTimer(this.#connecting);
    this.#connecting = undefined;
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopConnecting();
    this.#forgetHalfMessage();
    if (this.#idle !== undefined) this.#clock.clearTimer(this.#idle);
    this.#events.closed(this);
  }
}
