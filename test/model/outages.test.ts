import { expect, test } from 'vitest';
import { unexcused, unheard, type Outage } from '../support/outages.ts';

const outages: readonly Outage[] = [{ part: 'control plane', from: 10_000, to: 12_000 }];
const caller = (at: number) => [
  { number: '1', begun: 0, end: { how: 'told', reason: undefined, at } as const },
];
const record = (
  ending: 'customer_lost' | 'media_lost' | 'agent_hung_up' | 'abandoned_ringing',
  endedAt: number,
) => [{ customerNumber: '1', ending, endedAt }];

test('a good-bye while the control plane was away excuses a customer who is on record as lost', () => {
  expect(unexcused(record('customer_lost', 11_500), caller(10_700), outages)).toEqual([]);
});

test.each([
  ['she was let go of after it was back', record('customer_lost', 11_500), caller(12_500)],
  ['she was let go of long before', record('customer_lost', 11_500), caller(5_000)],
  ['the record was written by one that was there', record('customer_lost', 13_000), caller(11_000)],
  ['she is said to have left by herself', record('abandoned_ringing', 14_000), caller(11_000)],
  ['another part was away', record('media_lost', 11_500), caller(10_700)],
  ['nobody knows of her', record('customer_lost', 11_500), []],
])('nothing excuses it when %s', (_, records, callers) => {
  expect(unexcused(records, callers, outages)).toHaveLength(1);
});

test('who said good-bye needs no excuse', () => {
  expect(unexcused(record('agent_hung_up', 1), caller(1), [])).toEqual([]);
});

test('a call that came as the control plane was killed excuses a caller who heard nothing; any other does not', () => {
  const gaveUp = (begun: number, status = 487) => [
    {
      number: '1',
      begun,
      end: { how: 'refused', status, retryAfter: undefined, at: begun + 20_000 } as const,
    },
  ];
  expect(unheard(gaveUp(9_900), outages)).toEqual([]);
  expect(unheard(gaveUp(13_000), outages)).toHaveLength(1);
  expect(unheard(gaveUp(9_900), [])).toHaveLength(1);
  expect(unheard(gaveUp(13_000, 503), outages)).toEqual([]);
});
