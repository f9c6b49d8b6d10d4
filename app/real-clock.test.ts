import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { realClock } from './real-clock.ts';

const start = Date.UTC(2026, 0, 5, 8);
beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

test('it is the wall clock', () => {
  const clock = realClock();
  expect(clock.now()).toBe(start);
  vi.advanceTimersByTime(1_500);
  expect(clock.now()).toBe(start + 1_500);
});

test('it stands still while the wall clock steps back, and goes on where it was', () => {
  const clock = realClock();
  expect(clock.now()).toBe(start);
  vi.setSystemTime(start - 60_000);
  expect(clock.now()).toBe(start);
  vi.setSystemTime(start + 1);
  expect(clock.now()).toBe(start + 1);
});

test('it wakes once, at the time and not before, also for a time that is past', () => {
  const clock = realClock();
  const woken: number[] = [];
  clock.wakeAt(start + 20_000, () => woken.push(clock.now()));
  clock.wakeAt(start - 5_000, () => woken.push(clock.now()));
  expect(woken).toEqual([]);
  vi.advanceTimersByTime(19_999);
  expect(woken).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(woken[1]).toBe(start + 20_000);
  vi.advanceTimersByTime(100_000);
  expect(woken).toHaveLength(2);
});

test('a wall clock that steps back does not hold a timer up', () => {
  const clock = realClock();
  const woken = vi.fn();
  clock.wakeAt(start + 20_000, woken);
  vi.setSystemTime(start - 3_600_000);
  vi.advanceTimersByTime(20_000);
  expect(woken).toHaveBeenCalledOnce();
});

test('who is woken finds that it is time, though the wall clock lags behind the timers', () => {
  const clock = realClock();
  const woken: number[] = [];
  clock.wakeAt(start + 20_000, () => woken.push(clock.now()));
  vi.setSystemTime(start - 1);
  vi.advanceTimersByTime(20_000);
  expect(woken).toEqual([start + 20_000]);
  vi.advanceTimersByTime(1_000);
  expect(clock.now()).toBe(start + 20_999);
});

test('a wake-up further away than a timer can count comes at its time, and can be called off on the way', () => {
  const clock = realClock();
  const fortyDays = 40 * 86_400_000;
  const woken = vi.fn();
  const calledOff = vi.fn();
  clock.wakeAt(start + fortyDays, woken);
  const forget = clock.wakeAt(start + fortyDays, calledOff);
  vi.advanceTimersByTime(fortyDays - 1);
  expect(woken).not.toHaveBeenCalled();
  forget();
  vi.advanceTimersByTime(1);
  expect(woken).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(fortyDays);
  expect(calledOff).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('ids are random uuids', () => {
  const { newId } = realClock();
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newId()).not.toBe(newId());
});
