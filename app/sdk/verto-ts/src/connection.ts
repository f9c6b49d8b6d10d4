// One connection that is wanted until it is given up: connects, logs in, notices silence, comes back after a growing pause.
//
//            ┌────────────────── pause over, or the network is back ──────────────────┐
//            ▼                                                                          │
//  idle ─► connecting ──opened──► loggingIn ──logged in──► online ──closed, silent──► waiting
//            │ closed, too slow       │ closed, no answer                               ▲
//            └────────────────────────┴──────────────────────────────────────────────┘
//                                     │ refused                  punted, logged out: from everywhere
//                                     └───────────────► ended ◄──────────────────────
//
// A refused log-in is final: trying the same password again locks accounts. A server that is busy or broken (the codes below), or that
// names a time to come back to a client it knew (`retryAfterMs`), has not refused.

import { pauseBefore, type Backoff } from './backoff.ts';
import { VertoError } from './errors.ts';
import { isRecord, readText, resultText, type Frame, type Params, type RpcId } from './frames.ts';
import { LifeSigns, type KeepAlive } from './keep-alive.ts';
import type { Outside, Socket } from './outside.ts';
import { Rpc } from './rpc.ts';

export type ConnectionState = 'idle' | 'connecting' | 'loggingIn' | 'online' | 'waiting' | 'ended';

export interface ConnectionSettings {
  readonly url: string;
  /** Asked at every log-in, so that a renewed token is used. */
  readonly loginParams: () => Params | Promise<Params>;
  /** A log-in was refused: is there another proof to try, once? */
  readonly otherProof: () => boolean;
  readonly autoReconnect: boolean;
  readonly backoff: Backoff;
  readonly keepAlive: KeepAlive | null;
  /** First choice for asking whether the server is there. */
  readonly pingMethod: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export interface ConnectionEvents {
  /** @param result what the server answered to `login` */
  loggedIn(result: Params): void;
  /** The log-in was refused; the connection has ended. */
  refused(error: VertoError): void;
  /** There was a connection, or an attempt at one, and it is gone. @param againInMs undefined: for good */
  lost(wasOnline: boolean, againInMs: number | undefined): void;
  /** A request or an event from the server. */
  asked(method: string, params: Params): void;
  speed(code: string, rest: string): void;
  note(level: 'debug' | 'warn', what: string, details?: Readonly<Record<string, unknown>>): void;
}

/** Shorter than this, and the next pause goes on growing: a server that lets in and throws out is not well. */
const stableAfterMs = 10_000;
const busy = new Set([429, 503, -32603, -32003, -32005]);

export class Connection {
  readonly rpc: Rpc;
  readonly #outside: Outside;
  readonly #settings: ConnectionSettings;
  readonly #events: ConnectionEvents;
  #state: ConnectionState = 'idle';
  #socket: Socket | undefined;
  #attempt = 0;
  #wasLoggedIn = false;
  #onlineSince = 0;
  #life: LifeSigns | undefined;
  #pingMethod: string;
  #cancelTimer: () => void = () => undefined;
  #forgetNetwork: () => void = () => undefined;

  constructor(outside: Outside, settings: ConnectionSettings, events: ConnectionEvents) {
    this.#outside = outside;
    this.#settings = settings;
    this.#events = events;
    this.#pingMethod = settings.pingMethod;
    this.rpc = new Rpc({
      send: (text) => this.send(text),
      setTimer: (ms, then) => outside.setTimer(ms, then),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** @throws VertoError `invalid` when the address cannot be one */
  start(): void {
    this.#forgetNetwork = this.#outside.onNetworkBack(() => {
      if (this.#state === 'waiting') this.#connect();
    });
    this.#connect();
  }

  /** For good. Calls that wait are rejected with the error. */
  end(error: VertoError): void {
    if (this.#state === 'ended') return;
    this.#leave('ended');
    this.#forgetNetwork();
    this.rpc.end(error);
  }

  /** @returns false when there is no open socket */
  send(text: string): boolean {
    if (!this.#socket || (this.#state !== 'loggingIn' && this.#state !== 'online')) return false;
    this.#socket.send(text);
    return true;
  }

  #connect(): void {
    this.#leave('connecting');
    this.#cancelTimer = this.#outside.setTimer(this.#settings.connectTimeoutMs, () =>
      this.#broke('connect timeout'),
    );
    // A socket of an earlier attempt may still speak: whoever speaks must be the present one.
    let socket: Socket | undefined = undefined;
    const mine = (): boolean => socket !== undefined && this.#socket === socket;
    try {
      socket = this.#outside.openSocket(this.#settings.url, {
        opened: () => mine() && void this.#logIn(),
        received: (text) => mine() && this.#received(text),
        closed: (code) => mine() && this.#broke(`closed with ${code}`),
      });
    } catch (error) {
      const problem = new VertoError('invalid', `cannot connect to ${this.#settings.url}`, { cause: error });
      this.end(problem);
      throw problem;
    }
    this.#socket = socket;
  }

  async #logIn(): Promise<void> {
    this.#state = 'loggingIn';
    const socket = this.#socket;
    try {
      const params = await this.#settings.loginParams();
      if (this.#socket !== socket) return;
      const result = await this.rpc.call('login', params, {
        timeoutMs: this.#settings.requestTimeoutMs,
        early: true,
      });
      if (this.#socket === socket) this.#loggedIn(isRecord(result) ? result : {});
    } catch (error) {
      if (this.#socket !== socket) return;
      const pause = this.#wasLoggedIn && error instanceof VertoError ? retryAfter(error.data) : 0;
      if (!(error instanceof VertoError) || !isFinal(error) || pause > 0)
        this.#broke(`log-in: ${String(error)}`, pause);
      else if (this.#settings.otherProof()) await this.#logIn();
      else this.#refused(error);
    }
  }

  #loggedIn(result: Params): void {
    this.#cancelTimer();
    this.#state = 'online';
    this.#wasLoggedIn = true;
    this.#onlineSince = this.#outside.now();
    const { keepAlive } = this.#settings;
    if (keepAlive)
      this.#life = new LifeSigns(this.#outside, keepAlive, {
        ask: () => this.#ping(keepAlive.interval),
        dead: () => this.#broke('silence'),
      });
    this.#events.loggedIn(result);
    // A listener may have ended it.
    if (this.#state === 'online') this.rpc.open();
  }

  #refused(error: VertoError): void {
    const final = new VertoError('login-failed', error.message, {
      ...(error.code !== undefined && { code: error.code }),
      data: error.data,
    });
    this.end(final);
    this.#events.refused(final);
  }

  #ping(timeoutMs: number): void {
    this.rpc.call(this.#pingMethod, {}, { timeoutMs, early: true }).catch((error: unknown) => {
      if (error instanceof VertoError && error.code === -32601) this.#pingMethod = 'verto.ping';
    });
  }

  #received(text: string): void {
    this.#life?.heard();
    const received = readText(text);
    if (received.kind === 'speed') {
      this.#events.speed(received.code, received.rest);
      return;
    }
    const replies = received.frames.flatMap((frame) => this.#take(frame) ?? []);
    if (replies.length > 0) this.send(received.batch ? `[${replies.join(',')}]` : (replies[0] ?? ''));
  }

  /** @returns the answer that is due */
  #take(frame: Frame): string | undefined {
    switch (frame.kind) {
      case 'junk':
        this.#events.note('warn', 'a frame that is not Verto', { why: frame.why });
        return undefined;
      case 'result':
      case 'error':
        if (!this.rpc.answered(frame)) this.#events.note('debug', 'a late answer', { id: frame.id });
        return undefined;
      case 'request':
        this.#events.asked(frame.method, frame.params);
        return this.#answerTo(frame.id, frame.method);
    }
  }

  /** mod_verto numbers its requests and is content with the name of the method. */
  #answerTo(id: RpcId | undefined, method: string): string | undefined {
    return id === undefined ? undefined : resultText(id, { method });
  }

  #broke(why: string, atLeastMs = 0): void {
    const wasOnline = this.#state === 'online';
    if (wasOnline && this.#outside.now() - this.#onlineSince >= stableAfterMs) this.#attempt = 0;
    this.#leave('waiting');
    this.rpc.lost();
    this.#events.note('warn', 'the connection broke', { why });
    if (!this.#settings.autoReconnect) {
      this.end(VertoError.notConnected('autoReconnect is off'));
      this.#events.lost(wasOnline, undefined);
      return;
    }
    const { backoff } = this.#settings;
    const pause = Math.max(atLeastMs, pauseBefore(this.#attempt, this.#outside.random(), backoff));
    this.#attempt += 1;
    this.#cancelTimer = this.#outside.setTimer(pause, () => this.#connect());
    this.#events.lost(wasOnline, pause);
  }

  #leave(next: ConnectionState): void {
    this.#cancelTimer();
    this.#life?.stop();
    this.#life = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#state = next;
    socket?.close(1000);
  }
}

const isFinal = ({ reason, code }: VertoError): boolean => reason === 'refused' && !busy.has(code ?? 0);

const retryAfter = (data: unknown): number =>
  isRecord(data) && typeof data.retryAfterMs === 'number' ? Math.max(0, data.retryAfterMs) : 0;
