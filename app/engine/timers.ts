// The floor's timers, by name. Starting one again moves it; a fired or cancelled one leaves nothing behind.

import type { Timer, TimerEffect } from '../domain/floor/effects.ts';
import { subjectOf } from '../domain/floor/timers.ts';
import type { Clock } from '../ports/clock.ts';

export interface Timers {
  apply(effect: TimerEffect): void;
  readonly size: number;
  stop(): void;
}

/** @param ran called with each timer that runs out */
export function createTimers(clock: Clock, ran: (timer: Timer) => void): Timers {
  const running = new Map<string, () => void>();

  function cancel(key: string): void {
    running.get(key)?.();
    running.delete(key);
  }

  return {
    apply(effect) {
      const key = keyOf(effect.timer);
      cancel(key);
      if (effect.kind === 'timer.cancel') return;
      const dispose = clock.wakeAt(effect.at, () => {
        running.delete(key);
        ran(effect.timer);
      });
      running.set(key, dispose);
    },
    get size() {
      return running.size;
    },
    stop() {
      for (const key of [...running.keys()]) cancel(key);
    },
  };
}

const keyOf = (timer: Timer): string => `${timer.name} ${subjectOf(timer)}`;
