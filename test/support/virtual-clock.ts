// Time that passes only when a story says so. Whatever is due in between happens in order, with all that follows from it
// at once.

import type { Clock } from '../../app/ports/clock.ts';

export interface VirtualClock extends Clock {
  /** Lets so many milliseconds pass; resolves when everything due has happened. */
  advance(ms: number): Promise<void>;
  /** Wake-ups not yet due. */
  readonly pending: number;
}

interface WakeUp {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** @param start epoch milliseconds; @param name makes the ids of two clocks differ */
export function createVirtualClock(start = Date.UTC(2026, 0, 5, 8), name = '0'): VirtualClock {
  let now = start;
  let order = 0;
  let ids = 0;
  let wakeUps: WakeUp[] = [];

  function nextDue(by: number): WakeUp | undefined {
    let next: WakeUp | undefined;
    for (const wakeUp of wakeUps) {
      if (wakeUp.at > by) continue;
      if (!next || wakeUp.at < next.at || (wakeUp.at === next.at && wakeUp.order < next.order)) next = wakeUp;
    }
    return next;
  }

  return {
    now: () => now,
    wakeAt(at, callback) {
      const wakeUp: WakeUp = { at, order: ++order, callback };
      wakeUps.push(wakeUp);
      return () => {
        wakeUps = wakeUps.filter((other) => other !== wakeUp);
      };
    },
    newId() {
      ids += 1;
      return `00000000-0000-4000-8${name.padStart(3, '0')}-${String(ids).padStart(12, '0')}`;
    },
    get pending() {
      return wakeUps.length;
    },
    async advance(ms) {
      const until = now + ms;
      await settled();
      for (let due = nextDue(until); due; due = nextDue(until)) {
        const happening = due;
        wakeUps = wakeUps.filter((other) => other !== happening);
        now = Math.max(now, happening.at);
        happening.callback();
        await settled();
      }
      now = until;
    },
  };
}

/** Everything that promises have to say to each other has been said. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
