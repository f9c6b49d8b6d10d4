// Time enters the stack through this interface, so that a test can run 64*T1 in a microsecond.

/** What `setTimer` gives back; opaque. */
export type TimerHandle = object | number;

export interface Clock {
  /** Milliseconds on a monotonic scale. */
  now(): number;
  /** Calls `fire` once, `ms` milliseconds from now. */
  setTimer(ms: number, fire: () => void): TimerHandle;
  /** Forgets a timer; a fired or forgotten one is ignored. */
  clearTimer(handle: TimerHandle): void;
}

/** The machine's own clock. Timers keep the process alive no longer than its sockets do. */
export const realClock: Clock = {
  now: () => performance.now(),
  setTimer(ms, fire) {
    return setTimeout(fire, ms).unref();
  },
  clearTimer(handle) {
    clearTimeout(handle as NodeJS.Timeout);
  },
};

interface VirtualTimer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that moves only when told to. Timers due at the same instant fire in the order they were set. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #timers = new Set<VirtualTimer>();

  now(): number {
    return this.#now;
  }

  setTimer(ms: number, fire: () => void): TimerHandle {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fire };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(handle: TimerHandle): void {
    this.#timers.delete(handle as VirtualTimer);
  }

  /** Number of timers set and not yet fired: a test that ends asserts zero. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time forward by `ms`, firing what falls due on the way, including timers set on the way. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let due = this.#nextDue(until); due; due = this.#nextDue(until)) {
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.fire();
    }
    this.#now = until;
  }

  #nextDue(until: number): VirtualTimer | undefined {
    let next: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > until) continue;
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }
}
