// One connection, accepted or opened, whatever carries it: framing, keep-alive, time limits, back-pressure (RFC 3261 18,
// RFC 5626 4.4.1, RFC 7118).
//
//   opening ──connected──► open ──error, limit, end──► closed        (each failure is told to the sends under way)
//
// An accepted connection is `unproven` until its first whole message: until then it is the first to go when room is short.
import type { Clock, TimerHandle } from '../clock.ts';
import type { Channel, ChannelReceiver } from './channel.ts';
import { StreamFramer, type Frame } from './framer.ts';
import {
  TransportFailure,
  type Protocol,
  type TransportAddress,
  type TransportFailureReason,
} from './types.ts';

export interface ConnectionLimits {
  readonly message: number;
  readonly halfMessageMs: number;
  readonly firstMessageMs: number;
  readonly idleMs: number;
  readonly connectMs: number;
  readonly sendBuffer: number;
}

export interface ConnectionEvents {
  received(connection: Connection, bytes: Buffer): void;
  /** The stream cannot be cut into messages any more; it closes after the answer. */
  broken(connection: Connection, reason: string, bytes: Buffer): void;
  /** Its first message came. */
  proven(connection: Connection): void;
  closed(connection: Connection): void;
}

export interface ConnectionParts {
  readonly flow: string;
  readonly protocol: Protocol;
  readonly channel: Channel;
  readonly origin: 'accepted' | 'opened';
  /** TLS we opened: the name the peer's certificate was checked against. */
  readonly name?: string | undefined;
}

const PONG = Buffer.from('\r\n', 'latin1');

const REASONS: Readonly<Record<string, TransportFailureReason>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'broken',
  ETIMEDOUT: 'timedOut',
};
/** Node's and OpenSSL's names for certificates that do not hold. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH/;

const reasonOf = (code = ''): TransportFailureReason =>
  REASONS[code] ?? (UNTRUSTED.test(code) ? 'untrusted' : 'broken');

export class Connection implements ChannelReceiver {
  readonly flow: string;
  readonly protocol: Protocol;
  readonly origin: 'accepted' | 'opened';
  readonly name: string | undefined;
  readonly peer: TransportAddress;
  readonly #channel: Channel;
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  /** Undefined where messages come whole (WebSocket). */
  readonly #framer: StreamFramer | undefined;
  #lastTraffic: number;
  #proven = false;
  #halfMessage: TimerHandle | undefined;
  #idle: TimerHandle | undefined;
  /** Until connected (opened) or until the first message (accepted). */
  #beginning: TimerHandle | undefined;
  #cause: TransportFailure | undefined;
  #closed = false;

  constructor(
    { flow, protocol, channel, origin, name }: ConnectionParts,
    around: { limits: ConnectionLimits; clock: Clock; events: ConnectionEvents },
  ) {
    this.flow = flow;
    this.protocol = protocol;
    this.origin = origin;
    this.name = name;
    this.peer = { protocol, ...channel.peer };
    this.#channel = channel;
    this.#limits = around.limits;
    this.#clock = around.clock;
    this.#events = around.events;
    const whole = protocol === 'ws' || protocol === 'wss';
    this.#framer = whole ? undefined : new StreamFramer(around.limits.message);
    this.#lastTraffic = around.clock.now();
    const [ms, why] =
      origin === 'opened'
        ? ([around.limits.connectMs, 'no connection'] as const)
        : ([around.limits.firstMessageMs, 'no message'] as const);
    this.#beginning = this.#clock.setTimer(ms, () => this.close(new TransportFailure('timedOut', why)));
    this.#watchIdle();
    channel.attach(this);
  }

  get open(): boolean {
    return !this.#closed && this.#channel.open;
  }

  get proven(): boolean {
    return this.#proven;
  }

  /** Why it is closed, where something went wrong. */
  get cause(): TransportFailure | undefined {
    return this.#cause;
  }

  /** Our end; the port is 0 until connected. */
  get local(): TransportAddress {
    return { protocol: this.protocol, ...this.#channel.local };
  }

  send(bytes: Uint8Array, failed: (failure: TransportFailure) => void): void {
    if (!this.open) {
      failed(this.#cause ?? new TransportFailure('broken', 'connection closed'));
      return;
    }
    if (this.#channel.queued + bytes.length > this.#limits.sendBuffer) {
      // A peer that does not read must not hold our memory; what it misses it would not have read either.
      this.close(new TransportFailure('overloaded', 'peer does not read'));
      failed(new TransportFailure('overloaded', 'peer does not read'));
      return;
    }
    this.#lastTraffic = this.#clock.now();
    this.#channel.write(bytes, (error) => {
      if (error) failed(this.#cause ?? new TransportFailure('broken', error.message, error));
    });
  }

  /** Closes at once. `cause` is what sends under way are told. */
  close(cause: TransportFailure = new TransportFailure('closed', 'closed by us')): void {
    this.#cause ??= cause;
    this.#channel.destroy();
  }

  /** Closes when what is queued has left. */
  finish(): void {
    this.#channel.finish();
  }

  connected(): void {
    if (this.origin === 'opened') this.#begun();
  }

  failed(error: NodeJS.ErrnoException): void {
    this.#cause ??= new TransportFailure(reasonOf(error.code), error.message, error);
  }

  received(chunk: Buffer): void {
    this.#lastTraffic = this.#clock.now();
    const frames = this.#framer ? this.#framer.push(chunk) : wholeMessage(chunk);
    if (frames.length > 0) this.#forgetHalfMessage();
    for (const frame of frames) {
      if (!this.open) return;
      this.#take(frame);
    }
    this.#watchHalfMessage();
  }

  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#begun();
    this.#forgetHalfMessage();
    if (this.#idle !== undefined) this.#clock.clearTimer(this.#idle);
    this.#events.closed(this);
  }

  #take(frame: Frame): void {
    if (frame.kind === 'ping') return this.send(PONG, () => undefined);
    if (frame.kind === 'broken') {
      this.#events.broken(this, frame.reason, frame.bytes);
      return this.finish();
    }
    if (!this.#proven) {
      this.#proven = true;
      if (this.origin === 'accepted') this.#begun();
      this.#events.proven(this);
    }
    this.#events.received(this, frame.bytes);
  }

  /** The deadline counts from the message's first octet, so that a slow trickle does not move it. */
  #watchHalfMessage(): void {
    if (!this.#framer?.midMessage) this.#forgetHalfMessage();
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

  #begun(): void {
    if (this.#beginning !== undefined) this.#clock.clearTimer(this.#beginning);
    this.#beginning = undefined;
  }
}

/** RFC 7118 5: one WebSocket message is one SIP message; line breaks alone are a keep-alive (RFC 5626 4.4.1). */
function wholeMessage(bytes: Buffer): Frame[] {
  if (bytes.length > 4 || !/^[\r\n]*$/.test(bytes.toString('latin1'))) return [{ kind: 'message', bytes }];
  return bytes.length === 4 ? [{ kind: 'ping' }] : [];
}
