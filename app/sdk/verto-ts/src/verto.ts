// A Verto client: one connection to one server, its channels and its calls. README.md shows how to use it.

import { Calls } from './calls.ts';
import { guarded, told, type Fail, type Ok } from './callbacks.ts';
import { Channels, type SubscribeParams, type SubscriptionHandles } from './channels.ts';
import type { ConnectionState } from './connection.ts';
import type { DialogCallbacks, VertoDialog } from './dialog.ts';
import type { DialogParams } from './dialog-params.ts';
import { dialogDirections, dialogStates, messageKinds } from './dialog-states.ts';
import { VertoError } from './errors.ts';
import type { Params } from './frames.ts';
import { takeRequest, type Incoming } from './incoming.ts';
import { LogIn } from './log-in.ts';
import { openBrowserMedia } from './media.ts';
import type { ConnectParams, VertoOptions } from './options.ts';
import { platform, type Outside } from './outside.ts';
import { Ringer } from './player.ts';
import { SpeedTest, type SpeedTestResult } from './speed-test.ts';
import type { SubscriptionHandle } from './subscriptions.ts';
import type { CallbacksOf, CallSettings, LoginResult } from './verto-callbacks.ts';

export type VertoCallbacks = CallbacksOf<Verto>;

export class Verto {
  /** For `dialog.state === Verto.enum.state.active` and its like. */
  static readonly enum = Object.freeze({
    state: dialogStates,
    direction: dialogDirections,
    message: messageKinds,
  });

  options: VertoOptions;
  callbacks: VertoCallbacks;
  readonly #outside: Outside;
  readonly #channels: Channels<Verto>;
  readonly #ringer = new Ringer();
  #calls: Calls;
  readonly #logIn: LogIn;
  #insideLogin = false;
  readonly #incoming: Incoming = {
    punted: () => this.#punted(),
    pinged: (params) => this.#logIn.told(params),
    ready: (params) => this.#calls.clientReady(params),
    ofCall: (method, params) => this.#calls.handle(method, params),
    deliver: (event) => this.#channels.deliver(event),
    isForUs: (event) => event.eventChannel === this.sessid,
    message: (kind, content) => this.#tell(() => this.callbacks.onMessage?.(this, null, kind, content)),
    note: (level, what, details) => this.#note(level, what, details),
  };
  #speedTest: SpeedTest | undefined;

  /**
   * @param options with a `socketUrl`, it connects at once
   * @param outside replaces sockets, clocks or media: for tests and other platforms
   */
  constructor(options: VertoOptions = {}, callbacks: VertoCallbacks = {}, outside: Partial<Outside> = {}) {
    this.options = options;
    this.callbacks = callbacks;
    this.#outside = { ...platform(openBrowserMedia, () => this.options.WebSocket), ...outside };
    this.#logIn = new LogIn(
      this.#outside,
      { options: () => this.options, calls: () => this.#calls.alive() },
      {
        loggedIn: () => this.#loggedIn(),
        refused: () => this.#refused(),
        lost: (wasOnline, againInMs) => this.#lost(wasOnline, againInMs),
        asked: (method, params) => takeRequest(method, params, this.#incoming),
        speed: (code, rest) => this.#speedTest?.received(code, rest),
        note: (level, what, details) => this.#note(level, what, details),
      },
    );
    this.#calls = this.#newCalls();
    this.#channels = new Channels<Verto>({
      self: () => this,
      online: () => this.state === 'online',
      call: (method, params) => this.call(method, params),
      onEvent: (event, userData) => this.#tell(() => this.callbacks.onEvent?.(this, event, userData)),
      report: (error) => this.#outside.report(error),
      note: (level, what, details) => this.options.log?.(level, what, details),
    });
    // Whoever constructs it hears of the outcome by onWSLogin.
    if (options.socketUrl !== undefined) this.#logIn.begin().catch(() => undefined);
  }

  /** `online`: logged in. `waiting`: between two attempts. `ended`: refused, punted or logged out. */
  get state(): ConnectionState {
    return this.#logIn.state;
  }
  /** The name of this connection: the same again takes its calls over. */
  get sessid(): string {
    return this.#logIn.sessid;
  }
  /** The calls there are, by callID. */
  get dialogs(): Readonly<Record<string, VertoDialog>> {
    return this.#calls.dialogs;
  }
  /** When the server ends this log-in, as far as it said. */
  get authExpires(): Date | undefined {
    const at = this.#logIn.expiresAtMs;
    return at === undefined ? undefined : new Date(at);
  }
  /** What was taken care of silently: answers after their time, events that came twice. */
  get counters(): { readonly lateAnswers: number; readonly duplicateEvents: number } {
    return { lateAnswers: this.#logIn.lateAnswers, duplicateEvents: this.#channels.duplicates };
  }

  /**
   * Connects and logs in; from then on it stays connected. A client that is connected leaves its old connection first.
   * @returns what the server answered to the first log-in
   * @throws VertoError `login-failed`, `closed`, `punted`, `invalid`; `not-connected` when autoReconnect is off
   */
  connect(params: VertoOptions = {}, callbacks?: VertoCallbacks): Promise<LoginResult> {
    this.options = { ...this.options, ...params };
    if (callbacks) this.callbacks = callbacks;
    this.#calls.purge();
    this.#leave(new VertoError('closed', 'connect() was called again'));
    this.#logIn.takeOptions(true);
    this.#calls = this.#newCalls();
    const outcome = this.#logIn.begin();
    if (callbacks) outcome.catch(() => undefined);
    return outcome;
  }

  /** Logs in again with what loginData() or the options say. */
  login(): Promise<LoginResult> {
    return this.connect();
  }

  /** New credentials for the next log-in. */
  loginData(params: ConnectParams): void {
    this.options = { ...this.options, ...params };
    this.#logIn.takeOptions(false);
  }

  /** Ends the calls and the connection, for good. */
  logout(): void {
    this.#calls.hangup();
    this.#logIn.notify('logout');
    this.#leave(new VertoError('closed', 'logged out'));
    this.#channels.clear();
    this.#tell(() => this.callbacks.onWSClose?.(this, true));
  }

  /** Leaves without hanging up: the server keeps the calls for a while. */
  closeSocket(): void {
    this.#calls.purge();
    this.#leave(new VertoError('closed', 'closeSocket() was called'));
  }

  /** Whether calls can be made now. */
  socketReady(): boolean {
    return this.state === 'online';
  }

  /**
   * A request of any kind. Made before the log-in, it waits for it, within its time.
   * @throws VertoError `refused` (with the server's code), `timeout`, `connection-lost`, `not-connected`
   */
  call(method: string, params: Params = {}, { timeout }: CallSettings = {}): Promise<unknown> {
    return this.#logIn.call(method, params, timeout);
  }

  /** The same in the older style. */
  sendMethod(method: string, params: Params = {}, ok?: Ok<unknown>, fail?: Fail): Promise<unknown> {
    return this.#told(this.call(method, params), ok, fail);
  }

  /** Several requests in one frame; every one has its own outcome. */
  batch(
    calls: readonly { readonly method: string; readonly params?: Params }[],
    { timeout }: CallSettings = {},
  ): Promise<PromiseSettledResult<unknown>[]> {
    return this.#logIn.batch(calls, timeout);
  }

  /**
   * Listens to a channel, from now on and after every reconnect. May be called before the log-in.
   * @param channel for example `vcc`, `vcc.default`, `vcc.default.1007`; several at once
   */
  subscribe<Channel extends string>(
    channel: Channel | readonly Channel[],
    params: SubscribeParams<Verto, Channel> = {},
  ): SubscriptionHandles {
    const channels = typeof channel === 'string' ? [channel] : channel;
    return this.#channels.subscribe(channels, params, this.#insideLogin);
  }

  /** @param what a handle, handles, a channel's name; nothing: all of them */
  unsubscribe(what?: string | SubscriptionHandle | readonly (string | SubscriptionHandle)[]): Promise<void> {
    return this.#channels.unsubscribe(what);
  }

  /** Sends an event to all who listen to a channel. @throws VertoError `refused` */
  broadcast(channel: string, data: Params, ok?: Ok<unknown>, fail?: Fail): Promise<unknown> {
    return this.sendMethod('verto.broadcast', { eventChannel: channel, data: { ...data } }, ok, fail);
  }

  /** A text to another user. */
  message(
    msg: { readonly to: string; readonly body: string },
    ok?: Ok<unknown>,
    fail?: Fail,
  ): Promise<unknown> {
    return this.sendMethod('verto.info', { msg: { ...msg } }, ok, fail);
  }

  /**
   * Calls somebody.
   * @returns undefined while there is no connection; otherwise the call, on its way
   * @throws nothing: what fails ends the call with a cause, and calls `fail`
   */
  newCall(
    params: DialogParams,
    callbacks: DialogCallbacks = {},
    ok?: () => void,
    fail?: Fail,
  ): VertoDialog | undefined {
    if (!this.socketReady()) {
      this.#note('warn', 'newCall without a connection');
      return undefined;
    }
    const dialog = this.#calls.begin(params, callbacks);
    dialog.invite().then(
      () => this.#tell(() => ok?.()),
      (error: unknown) => {
        this.#note('warn', 'a call failed', { callID: dialog.callID, error: String(error) });
        this.#tell(() => fail?.(error as VertoError));
      },
    );
    return dialog;
  }

  /** @param callID nothing: all calls */
  hangup(callID?: string): void {
    if (callID === undefined) this.#calls.hangup();
    else this.dialogs[callID]?.hangup();
  }

  /** Forgets calls without a word to the server. Subscriptions stay; verto.js let them go, and pages subscribed again. */
  purge(callID?: string): void {
    if (callID === undefined) this.#calls.purge();
    else this.dialogs[callID]?.purge();
  }

  /** This client takes its person's calls from now on, after a reconnect too (Cordboard's `verto.register`). */
  async register(): Promise<void> {
    await this.call('verto.register');
    this.takesCalls();
  }

  /** From the next log-in on it says so by itself. @internal */
  takesCalls(): void {
    this.#logIn.takesCalls();
  }

  /** @returns milliseconds to the server and back */
  async ping(): Promise<number> {
    const started = this.#outside.now();
    await this.call('verto.ping');
    return this.#outside.now() - started;
  }

  /** @param bytes up to ten million, each way */
  speedTest(bytes: number, done?: (result: SpeedTestResult) => void): Promise<SpeedTestResult> {
    const lines = SpeedTest.lines(bytes);
    if (!this.socketReady()) return Promise.reject(VertoError.notConnected('speedTest'));
    const result = new Promise<SpeedTestResult>(
      (resolve) => (this.#speedTest = new SpeedTest(bytes, resolve)),
    );
    for (const line of lines) this.#logIn.send(line);
    return this.#told(result, done, undefined);
  }

  /** What a page's own callback threw. @internal */
  report(error: unknown): void {
    this.#outside.report(error);
  }

  #loggedIn(): void {
    this.#insideLogin = true;
    this.#tell(() => this.callbacks.onWSLogin?.(this, true));
    this.#insideLogin = false;
    if (this.state === 'online') void this.#channels.askAgain();
  }

  #refused(): void {
    this.#calls.purge();
    this.#tell(() => this.callbacks.onWSLogin?.(this, false));
  }

  #lost(wasOnline: boolean, againInMs: number | undefined): void {
    this.#channels.disconnected();
    if (againInMs === undefined) this.#calls.purge();
    else this.#calls.connectionLost();
    if (wasOnline || againInMs === undefined) this.#tell(() => this.callbacks.onWSClose?.(this, false));
    if (againInMs !== undefined) this.#tell(() => this.callbacks.onReconnecting?.(this, againInMs));
  }

  #punted(): void {
    const error = new VertoError('punted', 'another connection has taken this session over');
    this.#calls.purge();
    this.#leave(error);
    this.#tell(() => this.callbacks.onPunt?.(this));
    this.#tell(() => this.callbacks.onWSClose?.(this, false));
  }

  #leave(error: VertoError): void {
    this.#channels.disconnected();
    this.#logIn.leave(error);
  }

  #newCalls(): Calls {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- getters below
    const verto = this;
    return new Calls({
      self: verto,
      get options() {
        return verto.options;
      },
      outside: verto.#outside,
      ringer: verto.#ringer,
      get online() {
        return verto.state === 'online';
      },
      call: (method, params) => verto.call(method, params),
      note: (level, what, details) => verto.#note(level, what, details),
      callbacks: () => verto.callbacks,
    });
  }

  #told<Result>(outcome: Promise<Result>, ok: Ok<Result>, fail: Fail): Promise<Result> {
    return told(outcome, ok, fail, (error) => this.#outside.report(error));
  }

  #tell(callback: () => void): void {
    guarded((error) => this.#outside.report(error), callback);
  }

  #note(level: 'debug' | 'warn', what: string, details?: Readonly<Record<string, unknown>>): void {
    this.options.log?.(level, what, details);
  }
}
