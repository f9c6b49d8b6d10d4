// The one connection of a client and the log-in on it: begun, kept, ended. Who waits for it, under which session id, and with which token it
// comes back.
//
//   begin ──logged in──► kept (token renewed in time) ──broke──► logged in again        refused, ended ──► over

import { Connection, type ConnectionEvents, type ConnectionState } from './connection.ts';
import { VertoError } from './errors.ts';
import { isRecord, type Params } from './frames.ts';
import { timingOf, type VertoOptions } from './options.ts';
import type { Outside } from './outside.ts';
import { Credentials, renewBeforeMs, sessionId } from './session.ts';
import type { LoginResult } from './verto-callbacks.ts';

/** What a client is told of its log-in. */
export interface LogInEvents extends Pick<ConnectionEvents, 'asked' | 'speed' | 'note'> {
  loggedIn(): void;
  /** The server would not let us in. */
  refused(): void;
  /** @param againInMs undefined: for good */
  lost(wasOnline: boolean, againInMs: number | undefined): void;
}

interface Waiter {
  readonly resolve: (result: LoginResult) => void;
  readonly reject: (error: VertoError) => void;
}

/** Not more often is a new token asked for: at the end of a shift there is none that is good for longer. */
const leastRenewalMs = 60_000;

export class LogIn {
  sessid = '';
  readonly #outside: Outside;
  readonly #options: () => VertoOptions;
  readonly #calls: () => readonly string[];
  readonly #events: LogInEvents;
  #connection: Connection | undefined;
  #credentials: Credentials;
  #releaseSession: () => unknown = () => undefined;
  #cancelRenewal: () => void = () => undefined;
  #renewedAt = -Infinity;
  #waiting: Waiter[] = [];

  /** @param client its options as they are at the moment, and the calls it has */
  constructor(
    outside: Outside,
    client: { readonly options: () => VertoOptions; readonly calls: () => readonly string[] },
    events: LogInEvents,
  ) {
    this.#outside = outside;
    this.#options = client.options;
    this.#calls = client.calls;
    this.#events = events;
    this.#credentials = new Credentials(this.#options());
  }

  get state(): ConnectionState {
    return this.#connection?.state ?? 'idle';
  }
  get expiresAtMs(): number | undefined {
    return this.#credentials.expiresAtMs;
  }
  get lateAnswers(): number {
    return this.#connection?.rpc.late ?? 0;
  }

  /** From the next log-in on it says that it takes calls. */
  takesCalls(): void {
    this.#credentials.media = true;
  }

  /** What the options say now holds from the next log-in on. @param anew another person, perhaps: nothing is kept of this one */
  takeOptions(anew: boolean): void {
    const { media } = this.#credentials;
    this.#credentials = new Credentials(this.#options());
    if (!anew) this.#credentials.media ||= media;
  }

  /** Connects and logs in. */
  begin(): Promise<LoginResult> {
    const options = this.#options();
    const { socketUrl } = options;
    if (socketUrl === undefined) return Promise.reject(new VertoError('invalid', 'there is no socketUrl'));
    const { id, release } = sessionId(options, this.#outside);
    this.sessid = id;
    this.#releaseSession = release;
    const outcome = new Promise<LoginResult>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const connection: Connection = new Connection(
      this.#outside,
      {
        url: socketUrl,
        loginParams: () => this.#credentials.loginParams(this.sessid, this.#calls()),
        otherProof: () => this.#credentials.tokenRefused(),
        ...timingOf(options),
      },
      {
        ...this.#events,
        loggedIn: (result) => this.#loggedIn(result),
        refused: (error) => this.#refused(error),
        lost: (wasOnline, againInMs) => this.#lost(wasOnline, againInMs),
      },
    );
    this.#connection = connection;
    try {
      connection.start();
    } catch (error) {
      this.#settle((one) => one.reject(error as VertoError));
    }
    return outcome;
  }

  /** @param why those who wait are told */
  leave(why: VertoError): void {
    this.#connection?.end(why);
    this.#connection = undefined;
    this.#over();
    this.#settle((one) => one.reject(why));
  }

  /** @throws VertoError */
  call(
    method: string,
    params: Params,
    timeoutMs = timingOf(this.#options()).requestTimeoutMs,
  ): Promise<unknown> {
    const connection = this.#living();
    if (!connection) return Promise.reject(VertoError.notConnected(method));
    return connection.rpc.call(method, { ...params, sessid: this.sessid }, { timeoutMs });
  }

  /** Several requests in one frame. @throws VertoError */
  batch(
    calls: readonly { readonly method: string; readonly params?: Params }[],
    timeoutMs = timingOf(this.#options()).requestTimeoutMs,
  ): Promise<PromiseSettledResult<unknown>[]> {
    const connection = this.#living();
    if (!connection) return Promise.reject(VertoError.notConnected('a batch'));
    const full = calls.map(({ method, params = {} }) => ({
      method,
      params: { ...params, sessid: this.sessid },
    }));
    return connection.rpc.batch(full, { timeoutMs });
  }

  notify(method: string): void {
    this.#connection?.rpc.notify(method, { sessid: this.sessid });
  }

  /** Text that is no JSON. @returns false while there is no log-in */
  send(line: string): boolean {
    return this.state === 'online' && this.#connection?.send(line) === true;
  }

  /** The server told when the log-in ends, or a new token. */
  told(params: Params): void {
    this.#credentials.told(params);
    this.#renewInTime();
  }

  #living(): Connection | undefined {
    return this.#connection?.state === 'ended' ? undefined : this.#connection;
  }

  #loggedIn(result: Params): void {
    this.told(result);
    this.#settle((one) => one.resolve(result));
    this.#events.loggedIn();
  }

  #refused(error: VertoError): void {
    this.#over();
    this.#settle((one) => one.reject(error));
    this.#events.refused();
  }

  #lost(wasOnline: boolean, againInMs: number | undefined): void {
    this.#cancelRenewal();
    if (againInMs === undefined) {
      this.#over();
      this.#settle((one) => one.reject(VertoError.notConnected('connect')));
    }
    this.#events.lost(wasOnline, againInMs);
  }

  #over(): void {
    this.#cancelRenewal();
    this.#releaseSession();
    this.#releaseSession = () => undefined;
  }

  /** A token lives for minutes, a shift for hours: the next log-in must have one that is good. */
  #renewInTime(): void {
    this.#cancelRenewal();
    const { expiresAtMs, hasToken } = this.#credentials;
    const now = this.#outside.epochMs();
    if (!hasToken || expiresAtMs === undefined) return;
    const at = Math.max(expiresAtMs - renewBeforeMs, this.#renewedAt + leastRenewalMs, now);
    if (at >= expiresAtMs) return;
    this.#cancelRenewal = this.#outside.setTimer(at - now, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const connection = this.#connection;
    if (this.state !== 'online') return;
    this.#renewedAt = this.#outside.epochMs();
    try {
      const result = await this.call('cc.token', {});
      if (this.#connection === connection && isRecord(result)) this.told(result);
    } catch (error) {
      this.#events.note('warn', 'the token was not renewed', { error: String(error) });
      // A server that knows no such thing will not learn it.
      const refused = error instanceof VertoError && error.reason === 'refused';
      if (!refused && this.#connection === connection) this.#renewInTime();
    }
  }

  #settle(tell: (one: Waiter) => void): void {
    for (const one of this.#waiting.splice(0)) tell(one);
  }
}
