// Is the switch there? One rule for crashed, frozen, cut off and restarted:
//
//   starting ──opened──→ up ──closed──→ away ──graceMs──────────→ lost ──opened──→ up (back)
//                        │ ▲             └──opened, same core──→ up (resync, nothing lost)
//                        │ └─ heard       └──opened, other core─→ lost, then back: it was restarted and its calls are gone
//                        └──nothing heard for silenceMs─────────→ lost   (frozen: the socket is open, nobody answers)
//
// A switch that has been silent for suspectMs, or is away, is given no new call; only when it is lost are its calls given up.
// `heard` is any byte from the switch; a ping every second sees to it that a living switch is heard.

import type { Clock } from '../../app/ports/clock.ts';

export interface LivenessOptions {
  readonly clock: Clock;
  /** Nothing heard for this long, ms: frozen. Five pings of a second. */
  readonly silenceMs: number;
  /** Nothing heard for this long, ms: not to be trusted with anything new. */
  readonly suspectMs: number;
  /** Disconnected for this long, ms: gone. */
  readonly graceMs: number;
  /** Never connected for this long after the start, ms: treated as gone, so that nothing waits for it. */
  readonly startMs: number;
  readonly onLost: (why: string) => void;
}

/** What a fresh connection means. */
export type Opening = 'first' | 'same' | 'restarted' | 'back';

/** `away`: disconnected, and given a moment to come back. */
export type State = 'starting' | 'up' | 'away' | 'lost';

export class Liveness {
  readonly #options: LivenessOptions;
  #state: State = 'starting';
  #since: number;
  #heardAt: number;
  #coreUuid: string | undefined;
  #detail = 'connecting';
  #cancel: (() => void) | undefined;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#since = options.clock.now();
    this.#heardAt = this.#since;
    this.#watch(this.#since + options.startMs);
  }

  heard(): void {
    this.#heardAt = this.#options.clock.now();
  }

  opened(coreUuid: string): Opening {
    const opening = this.#meaningOf(coreUuid);
    this.#coreUuid = coreUuid;
    this.heard();
    this.#become('up', `connected, core ${coreUuid}`);
    this.#watch(this.#heardAt + this.#options.silenceMs);
    return opening;
  }

  closed(why: string): void {
    this.#detail = why;
    if (this.#state !== 'up') return; // A failed attempt does not move a deadline that is already running.
    this.#become('away', why);
    const now = this.#options.clock.now();
    this.#watch(Math.min(now + this.#options.graceMs, this.#heardAt + this.#options.silenceMs));
  }

  /** Connected, and silent for too long to be trusted with anything new. */
  get isSuspect(): boolean {
    const { clock, suspectMs } = this.#options;
    return this.#state === 'up' && this.#heardAt + suspectMs <= clock.now();
  }

  health(): { readonly up: boolean; readonly since: number; readonly detail: string } {
    if (this.isSuspect)
      return { up: false, since: this.#heardAt, detail: `nothing heard since ${this.#heardAt}` };
    return { up: this.#state === 'up', since: this.#since, detail: this.#detail };
  }

  /** Core-UUID it had when it was opened last. */
  get core(): string | undefined {
    return this.#coreUuid;
  }

  get state(): State {
    return this.#state;
  }

  stop(): void {
    this.#cancel?.();
  }

  #meaningOf(coreUuid: string): Opening {
    if (this.#state === 'lost') return 'back';
    if (this.#coreUuid === undefined) return 'first';
    return this.#coreUuid === coreUuid ? 'same' : 'restarted';
  }

  #watch(deadline: number): void {
    this.#cancel?.();
    this.#cancel = this.#options.clock.wakeAt(deadline, () => this.#judge(deadline));
  }

  #judge(deadline: number): void {
    const { clock, silenceMs } = this.#options;
    if (this.#state === 'lost') return;
    if (this.#state === 'up' && this.#heardAt + silenceMs > deadline)
      return this.#watch(this.#heardAt + silenceMs);
    // Woken this late, it was we who slept (a stopped process, a starved machine): what the switch said meanwhile is still
    // unread in the socket. Listen once more before calling every call dead.
    const overslept = clock.now() - deadline > 1_000;
    if (overslept) return this.#watch(clock.now() + silenceMs);
    const why = this.#state === 'up' ? `nothing heard for ${silenceMs} ms` : this.#detail;
    this.#become('lost', why);
    this.#options.onLost(why);
  }

  #become(state: State, detail: string): void {
    const wasUp = this.#state === 'up';
    if (wasUp !== (state === 'up')) this.#since = this.#options.clock.now();
    this.#state = state;
    this.#detail = detail;
  }
}
