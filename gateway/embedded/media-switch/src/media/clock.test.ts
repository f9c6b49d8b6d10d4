import { expect, test } from 'vitest';
import { FrameClock, type TickTime } from './clock.ts';

/** Time that stands still until told, and a machine that may be late. */
function machine() {
  let now = 0;
  let next: (() => void) | undefined;
  let dueIn = 0;
  const time: TickTime = {
    now: () => now,
    after: (ms, call) => {
      dueIn = ms;
      next = call;
      return () => (next = undefined);
    },
  };
  return {
    time,
    /** Runs the pending callback, `late` milliseconds after it was due. */
    wake(late = 0) {
      now += dueIn + late;
      next?.();
    },
  };
}

function clockOn(time: TickTime) {
  const seen: string[] = [];
  const clock = new FrameClock(
    time,
    () => seen.push('tick'),
    (frames) => seen.push(`skip ${frames}`),
  );
  clock.start();
  return { clock, seen };
}

test('a late tick is never carried into the next: after ten wakings a little late, ten ticks', () => {
  const { time, wake } = machine();
  const { clock } = clockOn(time);
  for (let i = 0; i < 10; i++) wake(7);
  expect(clock.ticks).toBe(10);
  expect(clock.skippedTicks).toBe(0);
});

test('a short stall is caught up tick by tick', () => {
  const { time, wake } = machine();
  const { clock, seen } = clockOn(time);
  wake(100);
  expect(seen).toEqual(Array<string>(6).fill('tick'));
  expect(clock.lateTicks).toBe(1);
});

test('after a long stall the oldest frames are skipped, told, and the newest caught up: no time is lost', () => {
  const { time, wake } = machine();
  const { clock, seen } = clockOn(time);
  wake(1_000);
  expect(seen).toEqual(['skip 41', ...Array<string>(10).fill('tick')]);
  expect(clock.ticks + clock.skippedTicks).toBe(51);
  wake();
  expect(seen.at(-1)).toBe('tick');
});
