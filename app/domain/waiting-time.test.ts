import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateWait, noPace, taken, waitSteps, type InLine, type Pace } from './waiting-time.ts';

const minute = 60_000;

/** One caller after the other, so many minutes apart, with so many agents. */
function paceOf(gaps: readonly number[], agents = 1): { readonly pace: Pace; readonly now: number } {
  let now = 0;
  let pace = taken(noPace, { waitedSince: undefined, agents }, now);
  for (const gap of gaps) {
    const came = now;
    now += gap * minute;
    pace = taken(pace, { waitedSince: came - minute, agents }, now);
  }
  return { pace, now };
}

const said = ({ pace, now }: { pace: Pace; now: number }, line: Partial<InLine>, laterMs = 0) => {
  const about = { place: 1, agents: 1, firstSince: undefined, ...line };
  const estimate = estimateWait(pace, about, now + laterMs);
  return estimate && `${estimate.over ? '>' : '<='} ${estimate.minutes}`;
};

test('so many minutes for each place, shared among the agents', () => {
  const every4 = paceOf([3, 5, 4]);
  expect([1, 2, 3, 4, 10].map((place) => said(every4, { place }))).toEqual([
    '<= 4',
    '<= 8',
    '<= 15',
    '<= 20',
    '<= 45',
  ]);
  expect([2, 4, 8].map((agents) => said(every4, { place: 4, agents }))).toEqual(['<= 8', '<= 4', '<= 2']);
  const with4 = paceOf([1, 1, 1], 4);
  expect([said(with4, { agents: 4 }), said(with4, { agents: 2 }), said(with4, { agents: 1 })]).toEqual([
    '<= 1',
    '<= 2',
    '<= 4',
  ]);
  expect(said(every4, { place: 40 })).toBe('> 60');
});

test('nothing is said with too little to go by, with what is too old, or with nobody there', () => {
  expect(said(paceOf([2, 2]), {})).toBeUndefined();
  expect(said({ pace: noPace, now: 0 }, {})).toBeUndefined();
  const known = paceOf([2, 2, 2]);
  expect(said(known, { agents: 0 })).toBeUndefined();
  expect(said(known, {}, 55 * minute)).toBe('<= 2');
  expect(said(known, {}, 59 * minute)).toBeUndefined();
});

test('a caller for whom an agent was free says nothing of the line, and is not counted into the next', () => {
  const known = paceOf([4, 4, 4]);
  const atOnce = taken(known.pace, { waitedSince: undefined, agents: 1 }, known.now + 3 * minute);
  expect(atOnce.taken).toEqual(known.pace.taken);
  const next = taken(atOnce, { waitedSince: known.now, agents: 1 }, known.now + 5 * minute);
  expect(next.taken.at(-1)).toEqual({ at: known.now + 5 * minute, agentMs: 2 * minute });
});

test('who came into an empty line waited since then, not since the one before her', () => {
  const { pace, now } = paceOf([1, 1, 1]);
  const next = taken(pace, { waitedSince: now + 20 * minute, agents: 2 }, now + 22 * minute);
  expect(next.taken.at(-1)?.agentMs).toBe(4 * minute);
});

test('a line that has stopped moving says so before anybody is taken', () => {
  const known = paceOf([1, 1, 1]);
  const firstSince = known.now;
  expect(said(known, { firstSince })).toBe('<= 1');
  expect(said(known, { firstSince }, minute)).toBe('<= 1');
  expect(said(known, { firstSince }, 13 * minute)).toBe('<= 4');
});

test('the last hour is what counts, and of it the last twenty', () => {
  const slowThenFast = paceOf([...Array<number>(5).fill(9), ...Array<number>(20).fill(1)]);
  expect(slowThenFast.pace.taken).toHaveLength(20);
  expect(said(slowThenFast, { place: 3 })).toBe('<= 3');
});

const pace = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 3, maxLength: 25 }).map((gaps) =>
  paceOf(
    gaps.map((seconds) => seconds / 60),
    2,
  ),
);

test('further back is never sooner, with more agents never later, and what is said is one of the steps', () => {
  const place = fc.integer({ min: 1, max: 30 });
  const agents = fc.integer({ min: 1, max: 20 });
  const standing = fc.option(fc.nat(30 * minute), { nil: undefined });
  const rank = (estimate: ReturnType<typeof estimateWait>): number =>
    estimate === undefined ? Number.NaN : estimate.over ? Infinity : estimate.minutes;
  fc.assert(
    fc.property(pace, place, agents, standing, ({ pace: known, now }, at, count, stands) => {
      const firstSince = stands === undefined ? undefined : now - stands;
      const of = (line: Partial<InLine>) =>
        rank(estimateWait(known, { place: at, agents: count, firstSince, ...line }, now));
      expect(of({ place: at + 1 })).toBeGreaterThanOrEqual(of({}));
      expect(of({ agents: count + 1 })).toBeLessThanOrEqual(of({}));
      expect([...waitSteps, Infinity]).toContain(of({}));
    }),
    { numRuns: 200 },
  );
});
