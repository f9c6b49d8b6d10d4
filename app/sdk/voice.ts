// Keeps one voice line for as long as it is wanted: through a short network gap, a restarted control plane, a crashed Janus.
//
//            open()                    answered (a caller) or registered (an agent)
//   closed ─────────► opening ────────────────────────────────────────────────► up
//      ▲                 ▲                                                      │ │
//      │ close()         │ session gone, sound dead, or the call ended          │ │ connection lost
//      │                 │ though it is still wanted                            │ ▼
//      │                 └───────────────────────────────────────────────── recovering ──claimed──► up
//      │
//      └── superseded, dismissed, given up: `stopped` tells why

import { lineBackoff, pauseBefore, type Backoff } from './backoff.ts';
import { Emitter } from './emitter.ts';
import type { LineEvent, LostLine, MediaLine, Microphone, OpenLine } from './media-line.ts';
import { openMicrophone } from './microphone.ts';
import { CordboardProblem, type ProblemCode } from './problem.ts';

export type VoiceState = 'closed' | 'opening' | 'up' | 'recovering';

export interface VoiceEvents {
  state: VoiceState;
  /** An agent's browser rings. */
  incoming: undefined;
  /** The call on this line is over (an agent's line stays). */
  ended: undefined;
  /** It will not come back by itself. */
  stopped: ProblemCode;
}

export interface VoiceOptions {
  /** A caller has a call for as long as the line is wanted; an agent is registered and waits for calls. */
  readonly purpose: 'call' | 'register';
  /** `wss://host/janus` */
  readonly url: string;
  readonly token: () => string;
  readonly openLine: OpenLine;
  /** A function is asked each time the microphone is opened: she may have chosen another. */
  readonly microphone?: Microphone | (() => Microphone);
  /** Asked for each time the line is brought up: credentials are short-lived. */
  readonly iceServers?: () => Promise<readonly RTCIceServer[]>;
  readonly backoff?: Backoff;
}

const registeredWithinMs = 10_000;
const answeredWithinMs = 20_000;
/** The switch hangs up a moment before the server says that the session is over: no reason to call again. */
const graceMs = 1_500;

interface Awaited {
  readonly kind: LineEvent['kind'];
  readonly resolve: () => void;
  readonly reject: (problem: CordboardProblem) => void;
}

export class Voice {
  readonly events = new Emitter<VoiceEvents>();
  readonly #options: VoiceOptions;
  #state: VoiceState = 'closed';
  #line: MediaLine | undefined;
  /** Whoever brings the line up, or recovers it, does so as long as this is its own. */
  #turn: object = {};
  /** Tells the present line's events from those of earlier ones. */
  #ear: object = {};
  #awaited: Awaited | undefined;
  #track: MediaStreamTrack | undefined;
  #muted = false;
  #wanted = false;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(options: VoiceOptions) {
    this.#options = options;
  }

  get state(): VoiceState {
    return this.#state;
  }

  /** The far side's sound, while there is a line. */
  get remote(): MediaStream | undefined {
    return this.#line?.remote;
  }

  get microphone(): MediaStreamTrack | undefined {
    return this.#track;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** Asks for the microphone, and nothing else yet. @throws CordboardProblem as open() */
  async prepare(): Promise<void> {
    await this.#openMicrophone();
  }

  /**
   * Asks for the microphone and begins to bring the line up; `state` says how it goes.
   * @throws CordboardProblem `microphone_denied`, `microphone_missing`, `not_supported`
   */
  async open(): Promise<void> {
    if (this.#wanted) return;
    this.#wanted = true;
    try {
      await this.#openMicrophone();
    } catch (error) {
      this.#wanted = false;
      throw error;
    }
    if (this.#wanted) void this.#bringUp();
  }

  /** Ends the call, if there is one, and the line. The microphone is let go, unless it was handed in. */
  close(): void {
    this.#wanted = false;
    this.#takeTurn();
    this.#closeLine();
    if (this.#track !== this.#options.microphone) this.#track?.stop();
    this.#track = undefined;
    this.#enter('closed');
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#line?.setMuted(muted);
  }

  press(key: string): void {
    this.#line?.press(key);
  }

  /** Another microphone is wanted from now on: the present one is let go, and a call goes on with the new one. @throws as open() */
  async changeMicrophone(): Promise<void> {
    const before = this.#track;
    if (!before) return; // Not open: the next time it is, the new one is asked for.
    const track = await openMicrophone(this.#wantedMicrophone());
    if (this.#track !== before) return track.stop();
    this.#track = track;
    await this.#line?.useMicrophone(track);
    if (before !== this.#options.microphone) before.stop();
  }

  /** Takes the call that rings. @throws CordboardProblem when none does */
  async answer(): Promise<void> {
    if (!this.#line) throw new CordboardProblem('not_ringing');
    await this.#line.answer();
  }

  async #openMicrophone(): Promise<MediaStreamTrack> {
    // A microphone that was unplugged has ended; another may be there.
    if (this.#track?.readyState !== 'live') this.#track = await openMicrophone(this.#wantedMicrophone());
    return this.#track;
  }

  #wantedMicrophone(): Microphone {
    const { microphone = true } = this.#options;
    return typeof microphone === 'function' ? microphone() : microphone;
  }

  /** A fresh line, tried again until it stands, is no longer wanted, or has been tried for too long. */
  async #bringUp(): Promise<void> {
    const turn = this.#takeTurn();
    this.#closeLine();
    this.#enter('opening');
    await this.#persist(turn, async () => {
      const problem = await this.#attempt();
      if (this.#turn !== turn) return 'done';
      if (!problem) return 'up';
      this.#closeLine();
      return problem;
    });
  }

  /** The line's session claimed over a new connection; when it is gone, a fresh line. */
  async #recover(line: MediaLine): Promise<void> {
    const turn = this.#takeTurn();
    this.#enter('recovering');
    await this.#persist(turn, async () => {
      const problem = await line.reconnect().then(() => undefined, ours);
      if (this.#turn !== turn) return 'done';
      // While nobody listened, the call may have ended.
      const alive = line.mediaAlive || this.#options.purpose === 'register';
      if (!problem && alive) return 'up';
      if (problem && problem.code !== 'session_gone') return problem;
      void this.#bringUp();
      return 'done';
    });
  }

  /** Tries again, with growing pauses, until `tryOnce` is done or the matter is hopeless. */
  async #persist(turn: object, tryOnce: () => Promise<'up' | 'done' | CordboardProblem>): Promise<void> {
    const { backoff = lineBackoff } = this.#options;
    const giveUpAt = performance.now() + backoff.giveUpAfterMs;
    for (let attempt = 0; this.#turn === turn; attempt += 1) {
      const result = await tryOnce();
      if (result === 'done' || this.#turn !== turn) return;
      if (result === 'up') return this.#enter('up');
      if (performance.now() > giveUpAt || hopeless.has(result.code)) return this.#stop(result.code);
      await pause(pauseBefore(attempt, Math.random(), backoff));
    }
  }

  async #attempt(): Promise<CordboardProblem | undefined> {
    const { url, token, iceServers, purpose, openLine } = this.#options;
    const ear = {};
    this.#ear = ear;
    const onEvent = (event: LineEvent): void => {
      if (this.#ear === ear) this.#heard(event);
    };
    try {
      const microphone = await this.#openMicrophone();
      const relays = (await iceServers?.()) ?? [];
      const line = await openLine({ url, token, microphone, onEvent, iceServers: relays });
      if (this.#ear !== ear) return void line.close();
      this.#line = line;
      line.setMuted(this.#muted);
      const registered = this.#until('registered', registeredWithinMs);
      line.register();
      await registered;
      if (purpose === 'register') return undefined;
      const answered = this.#until('answered', answeredWithinMs);
      await Promise.all([line.call(), answered]);
      return undefined;
    } catch (error) {
      return ours(error);
    }
  }

  #until(kind: LineEvent['kind'], withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#disappoint('unreachable'), withinMs);
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#awaited = undefined;
        settle();
      };
      this.#awaited = {
        kind,
        resolve: () => done(resolve),
        reject: (problem) => done(() => reject(problem)),
      };
    });
  }

  #disappoint(code: ProblemCode): void {
    this.#awaited?.reject(new CordboardProblem(code));
  }

  #heard(event: LineEvent): void {
    if (this.#awaited?.kind === event.kind) return this.#awaited.resolve();
    switch (event.kind) {
      case 'incoming':
        return this.events.emit('incoming', undefined);
      case 'ended':
        this.#disappoint('media_failed');
        this.events.emit('ended', undefined);
        return this.#renewSoon();
      case 'media':
        return event.up || this.#state === 'recovering' ? undefined : this.#renewSoon();
      case 'failed':
      case 'registrationFailed':
        return this.#disappoint('media_failed');
      case 'lost':
        return this.#lost(event.why);
      case 'registered':
      case 'ringing':
      case 'answered':
        return;
    }
  }

  #lost(why: LostLine): void {
    if (why !== 'gap') return this.#stop(why === 'superseded' ? 'superseded' : 'unauthenticated');
    const line = this.#line;
    if (this.#awaited || !line) return this.#disappoint('unreachable');
    void this.#recover(line);
  }

  /** A caller's line without a call is of no use; an agent's waits for the next one. */
  #renewSoon(): void {
    if (this.#options.purpose === 'register' || this.#state !== 'up' || this.#renewal !== undefined) return;
    this.#renewal = setTimeout(() => {
      this.#renewal = undefined;
      if (this.#wanted && this.#state === 'up') void this.#bringUp();
    }, graceMs);
  }

  #takeTurn(): object {
    clearTimeout(this.#renewal);
    this.#renewal = undefined;
    return (this.#turn = {});
  }

  #closeLine(): void {
    this.#ear = {};
    this.#disappoint('media_failed');
    this.#line?.close();
    this.#line = undefined;
  }

  #stop(code: ProblemCode): void {
    this.close();
    this.events.emit('stopped', code);
  }

  #enter(state: VoiceState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.events.emit('state', state);
  }
}

const hopeless: ReadonlySet<ProblemCode> = new Set([
  'microphone_denied',
  'microphone_missing',
  'not_supported',
]);

const ours = (error: unknown): CordboardProblem => {
  if (error instanceof CordboardProblem) return error;
  throw error;
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
