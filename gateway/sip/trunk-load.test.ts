import { expect, test } from 'vitest';
import { TrunkLoad } from './trunk-load.ts';

const start = 1_800_000_000_000;

test('so many calls at once and no more; one that ends makes room, ending twice makes room once', () => {
  const load = new TrunkLoad({ maxCalls: 2 });
  expect(load.admit('a', start).admitted).toBe(true);
  expect(load.admit('b', start).admitted).toBe(true);
  expect(load.admit('c', start)).toEqual({ admitted: false, why: 'calls', retryAfter: 5 });
  load.ended('a');
  load.ended('a');
  expect(load.calls).toBe(1);
  expect(load.admit('c', start).admitted).toBe(true);
  expect(load.look(start).admitted).toBe(false);
});

test('so many new calls per second: a burst of one second’s worth, then evenly', () => {
  const load = new TrunkLoad({ callsPerSecond: 4 });
  const admitted = Array.from({ length: 6 }, (_, at) => load.admit(`c${at}`, start).admitted);
  expect(admitted).toEqual([true, true, true, true, false, false]);
  expect(load.admit('later', start + 249).admitted).toBe(false);
  expect(load.admit('later', start + 251).admitted).toBe(true);
  expect(load.admit('again', start + 252)).toEqual({ admitted: false, why: 'rate', retryAfter: 1 });
  const rested = Array.from({ length: 6 }, (_, at) => load.admit(`d${at}`, start + 60_000).admitted);
  expect(rested.filter(Boolean)).toHaveLength(4);
});

test('less than one call per second is possible, and the caller is told how long', () => {
  const load = new TrunkLoad({ callsPerSecond: 0.1 });
  expect(load.admit('a', start).admitted).toBe(true);
  expect(load.admit('b', start + 1_000)).toEqual({ admitted: false, why: 'rate', retryAfter: 9 });
  expect(load.admit('b', start + 10_000).admitted).toBe(true);
});

test('looking costs nothing; calls that came in count; new limits hold for what is there', () => {
  const load = new TrunkLoad({ callsPerSecond: 1, maxCalls: 3 });
  for (let look = 0; look < 5; look++) expect(load.look(start).admitted).toBe(true);
  load.count('in');
  expect(load.calls).toBe(1);
  load.limits = { maxCalls: 1 };
  expect(load.look(start)).toMatchObject({ admitted: false, why: 'calls' });
  load.limits = {};
  expect(load.look(start).admitted).toBe(true);
});
