import { expect, test } from 'vitest';
import { Bucket } from './pace.ts';

const pace = { burst: 5, perSecond: 2, patience: 3 };
const take = (bucket: Bucket, times: number, now: number) =>
  Array.from({ length: times }, () => bucket.take(now));

test('a burst passes, the next is refused, and time earns more', () => {
  const bucket = new Bucket(pace, 0);
  expect(take(bucket, 6, 0)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass', 'refuse']);
  expect(take(bucket, 3, 1_000)).toEqual(['pass', 'pass', 'refuse']);
  expect(take(bucket, 6, 60_000)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass', 'refuse']);
});

test('who goes on regardless is sent away; who pauses is forgiven', () => {
  const bucket = new Bucket(pace, 0);
  take(bucket, 5, 0);
  expect(take(bucket, 4, 0)).toEqual(['refuse', 'refuse', 'refuse', 'leave']);
  const patient = new Bucket(pace, 0);
  take(patient, 8, 0);
  expect(take(patient, 1, 600)).toEqual(['pass']);
  expect(take(patient, 1, 600)).toEqual(['refuse']);
});

test('a clock that steps back earns nothing and breaks nothing', () => {
  const bucket = new Bucket(pace, 10_000);
  take(bucket, 5, 10_000);
  expect(bucket.take(0)).toBe('refuse');
});
