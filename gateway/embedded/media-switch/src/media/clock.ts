// The one clock of all legs. Each tick is due at start + n × 20 ms, so lateness of one is never carried into the
// next; short stalls are caught up tick by tick, long ones are skipped, and whoever keeps time is told by how much.

import { FRAME_MS } from '../audio/frame.ts';

/** Ticks caught up in a row after a stall; beyond it the clock jumps. */
const MAX_CATCH_UP = 10;
const LATE_MS = 40;

/** What the clock needs of the machine. */
export interface TickTime {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls back after `ms`; returns what cancels it. */
  after(ms: number, call: () => void): () => void;
}

/** The machine's time. */
export const realTickTime: TickTime = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** Calls `tick` every twenty milliseconds until stopped. */
export class FrameClock {
  readonly #time: TickTime;
  readonly #tick: (now: number) => void;
  readonly #skip: (frames: number) => void;
  #due: number;
  #cancel: (() => void) | undefined;
  ticks = 0;
  lateTicks = 0;
  skippedTicks = 0;
  worstLateMs = 0;

  /** @param skip told how many frames passed without a tick */
  constructor(time: TickTime, tick: (now: number) => void, skip: (frames: number) => void = () => undefined) {
    this.#time = time;
    this.#tick = tick;
    this.#skip = skip;
    this.#due = time.now() + FRAME_MS;
  }

  start(): void {
    this.#due = this.#time.now() + FRAME_MS;
    this.#arm();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    this.#cancel = this.#time.after(Math.max(0, this.#due - this.#time.now()), () => this.#run());
  }

  #run(): void {
    const now = this.#time.now();
    this.#judge(now - this.#due);
    const missed = Math.floor((now - this.#due) / FRAME_MS) - MAX_CATCH_UP + 1;
    if (missed > 0) {
      // The oldest are skipped: what is caught up is the newest sound.
      this.skippedTicks += missed;
      this.#due += missed * FRAME_MS;
      this.#skip(missed);
    }
    while (this.#due <= now) {
      this.ticks++;
      this.#tick(now);
      this.#due += FRAME_MS;
    }
    this.#arm();
  }

  #judge(late: number): void {
    this.worstLateMs = Math.max(this.worstLateMs, late);
    if (late > LATE_MS) this.lateTicks++;
  }
}
