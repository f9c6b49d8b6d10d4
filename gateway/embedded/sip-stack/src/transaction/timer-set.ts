// The running timers of one transaction, by name.
import type { Clock, TimerHandle } from '../clock.ts';
import type { TimerName } from './machine.ts';

export class TimerSet {
  readonly #clock: Clock;
  readonly #fire: (timer: TimerName) => void;
  readonly #running = new Map<TimerName, TimerHandle>();

  constructor(clock: Clock, fire: (timer: TimerName) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(timer: TimerName, ms: number): void {
    this.clear(timer);
    const handle = this.#clock.setTimer(ms, () => {
      this.#running.delete(timer);
      this.#fire(timer);
    });
    this.#running.set(timer, handle);
  }

  clear(timer: TimerName): void {
    const handle = this.#running.get(timer);
    if (handle === undefined) return;
    this.#running.delete(timer);
    this.#clock.clearTimer(handle);
  }

  clearAll(): void {
    for (const handle of this.#running.values()) this.#clock.clearTimer(handle);
    this.#running.clear();
  }
}
