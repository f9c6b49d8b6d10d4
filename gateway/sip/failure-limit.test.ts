import { expect, test } from 'vitest';
import { FailureLimit } from './failure-limit.ts';

const limits = { failures: 3, withinMs: 1_000, banMs: 5_000, sources: 2 };

test('the third failure within the window bans, and the ban ends by itself', () => {
  const limit = new FailureLimit(limits);
  expect([limit.failed('a', 0), limit.failed('a', 500), limit.isBanned('a', 500)]).toEqual([
    false,
    false,
    false,
  ]);
  expect([limit.failed('a', 999), limit.isBanned('a', 5_998), limit.isBanned('a', 5_999)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([limit.failed('a', 6_000), limit.isBanned('a', 6_000)]).toEqual([false, false]);
});

test('failures far enough apart never add up, and one source is not held for another', () => {
  const limit = new FailureLimit(limits);
  for (let at = 0; at < 10_000; at += 600) expect(limit.failed('a', at)).toBe(false);
  const other = new FailureLimit(limits);
  expect(['a', 'b', 'a', 'b'].map((source) => other.failed(source, 0))).toEqual([false, false, false, false]);
});

test('a failure during the ban neither ends nor extends it', () => {
  const limit = new FailureLimit(limits);
  for (let failure = 0; failure < 3; failure++) limit.failed('a', 0);
  expect(limit.failed('a', 4_000)).toBe(false);
  expect([limit.isBanned('a', 4_999), limit.isBanned('a', 5_000)]).toEqual([true, false]);
});

test('a flood of sources does not fill the memory: the oldest is forgotten', () => {
  const limit = new FailureLimit(limits);
  for (let failure = 0; failure < 3; failure++) limit.failed('a', 0);
  limit.failed('b', 0);
  expect(limit.isBanned('a', 1)).toBe(true);
  limit.failed('c', 0);
  expect(limit.isBanned('a', 1)).toBe(false);
});
