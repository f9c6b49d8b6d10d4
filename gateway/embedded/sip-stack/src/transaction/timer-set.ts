// The running timers of one transaction, by name.
import type { Clock, TimerHandle } from '../clock.ts';
import type { TimerName } from './machine.ts';

export class TimerSet {
  readonly #clock: Clock;
  readonly #fire: (timer: TimerName) => void;
  /** Three at most at a time; a list is smaller than a Map, and there is one per transaction for 32 seconds. */
  #running: { readonly timer: TimerName; readonly handle: TimerHandle }[] = [];

  constructor(clock: Clock, fire: (timer: TimerName) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(timer: TimerName, ms: number): void {
    this.clear(timer);
    const handle = this.#clock.setTimer(ms, () => {
      this.#take(timer);
      this.#fire(timer);
    });
    this.#running.push({ timer, handle });
  }

  clear(timer: TimerName): void {
    const handle = this.#take(timer);
    if (handle !== undefined) this.#clock.clearTimer(handle);
  }

  clearAll(): void {
    for (const { handle } of this.#running) this.#clock.clearTimer(handle);
    this.#running = [];
  }

  #take(timer: TimerName): TimerHandle | undefined {
    const at = this.#running.findIndex((one) => one.timer === timer);
    return at < 0 ? undefined : this.#running.splice(at, 1)[0]?.handle;
  }
}
