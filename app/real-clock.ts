// Time and chance for real. The wall clock may step back (NTP, a person) or lag a moment behind the timers; the clock the engine
// sees does neither.

import { randomUUID } from 'node:crypto';
import type { Clock } from './ports/clock.ts';

/** setTimeout counts in 32 bits. */
const longestTimer = 2 ** 31 - 1;

export function realClock(): Clock {
  let last = 0;
  const now = (): number => {
    last = Math.max(last, Date.now());
    return last;
  };
  return {
    now,
    newId: randomUUID,
    wakeAt(at, callback) {
      let timer: NodeJS.Timeout;
      // setTimeout counts by another clock than Date.now, which may be a millisecond short of `at` by then: who is woken would look
      // at the time, find that it is too early, and never be woken again. The waking itself says that it is `at`.
      const wake = (): void => {
        last = Math.max(last, at);
        callback();
      };
      const wait = (): void => {
        const left = at - now();
        timer = setTimeout(left > longestTimer ? wait : wake, Math.min(Math.max(left, 0), longestTimer));
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}
