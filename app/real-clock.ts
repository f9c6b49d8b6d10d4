// Time and chance for real. The wall clock may step back (NTP, a person); the clock the engine sees does not.

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
      const wait = (): void => {
        const left = at - now();
        timer = setTimeout(left > longestTimer ? wait : callback, Math.min(Math.max(left, 0), longestTimer));
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}
