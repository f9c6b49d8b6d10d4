import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOpenAt, nextOpening, type OpeningHours } from './hours.ts';

const at = (hour: number, minute = 0): number => hour * 60 + minute;
const office = [{ from: at(9), to: at(17) }];
const berlin: OpeningHours = {
  timeZone: 'Europe/Berlin',
  weekly: [[], office, office, office, office, [{ from: at(20), to: at(2) }], []],
  holidays: {
    '2026-12-24': [{ from: at(9), to: at(12) }],
    '12-25': [],
    '2026-03-29': [{ from: 0, to: at(24) }],
  },
};
const openAt = (moment: string, hours = berlin): boolean => isOpenAt(hours, Date.parse(moment));

test('weekly hours are those of the zone, in winter and in summer', () => {
  expect(openAt('2026-01-12T08:00:00Z')).toBe(true); // Monday, 9:00 there
  expect(openAt('2026-01-12T07:59:59Z')).toBe(false);
  expect(openAt('2026-01-12T15:59:59Z')).toBe(true);
  expect(openAt('2026-01-12T16:00:00Z')).toBe(false);
  expect(openAt('2026-07-13T07:00:00Z')).toBe(true); // 9:00 in summer
  expect(openAt('2026-07-13T06:59:59Z')).toBe(false);
  expect(openAt('2026-07-12T10:00:00Z')).toBe(false); // Sunday
});

test('hours past midnight belong to the day they began on', () => {
  expect(openAt('2026-01-16T22:00:00Z')).toBe(true); // Friday 23:00
  expect(openAt('2026-01-17T00:30:00Z')).toBe(true); // Saturday 1:30
  expect(openAt('2026-01-17T01:00:00Z')).toBe(false);
  expect(openAt('2026-01-18T00:30:00Z')).toBe(false); // nothing began on Saturday
});

test('holidays stand before the week: once, and every year', () => {
  expect(openAt('2026-12-24T10:30:00Z')).toBe(true);
  expect(openAt('2026-12-24T13:00:00Z')).toBe(false);
  expect(openAt('2026-12-25T21:00:00Z')).toBe(false); // a Friday
  expect(openAt('2030-12-25T21:00:00Z')).toBe(false);
  expect(openAt('2027-12-24T21:00:00Z')).toBe(true); // the date with a year was another
});

test('on the days clocks change, the hour that is skipped is never met, and the one that is repeated met twice', () => {
  const night = {
    ...berlin,
    holidays: { '2026-03-29': [{ from: at(2), to: at(3) }], '2026-10-25': [{ from: at(2), to: at(3) }] },
  };
  const minutesOpen = (from: string): number => {
    const start = Date.parse(from);
    return Array.from({ length: 24 * 60 }, (_, minute) => start + minute * 60_000).filter((moment) =>
      isOpenAt(night, moment),
    ).length;
  };
  expect(minutesOpen('2026-03-28T23:00:00Z')).toBe(0);
  expect(minutesOpen('2026-10-24T22:00:00Z')).toBe(120);
});

test('midnight is the beginning of a day, and a day may be open from end to end', () => {
  expect(openAt('2026-03-28T23:00:00Z')).toBe(true);
  expect(openAt('2026-03-29T21:59:00Z')).toBe(true);
  expect(openAt('2026-03-29T22:00:00Z')).toBe(false); // Monday 0:00, summer time by now
});

test('when it opens next: later today, after the week-end, after a holiday, never', () => {
  const opens = (moment: string, hours = berlin): string | undefined => {
    const next = nextOpening(hours, Date.parse(moment));
    return next === undefined ? undefined : new Date(next).toISOString();
  };
  expect(opens('2026-01-12T05:00:00Z')).toBe('2026-01-12T08:00:00.000Z');
  expect(opens('2026-01-12T16:00:00Z')).toBe('2026-01-13T08:00:00.000Z');
  expect(opens('2026-01-17T12:00:00Z')).toBe('2026-01-19T08:00:00.000Z'); // Saturday
  expect(opens('2026-12-24T12:00:00Z')).toBe('2026-12-28T08:00:00.000Z'); // over Christmas
  expect(opens('2026-01-12T10:00:00Z')).toBeUndefined(); // it is open
  expect(opens('2026-01-12T10:00:00Z', { ...berlin, weekly: [], holidays: {} })).toBeUndefined();
});

test('on the days clocks change it opens at the first minute there is, and the first time the hour is met', () => {
  const at230 = (date: string): OpeningHours => ({
    timeZone: 'Europe/Berlin',
    weekly: [],
    holidays: { [date]: [{ from: at(2, 30), to: at(5) }] },
  });
  const midnight = (date: string): number => Date.parse(`${date}T00:00:00Z`);
  expect(nextOpening(at230('2026-03-29'), midnight('2026-03-29'))).toBe(Date.parse('2026-03-29T01:00:00Z'));
  expect(nextOpening(at230('2026-10-25'), midnight('2026-10-25'))).toBe(Date.parse('2026-10-25T00:30:00Z'));
});

test('whatever the hours, between now and the next opening it is closed, and at it open', () => {
  const span = fc.record({ from: fc.nat(1_439), to: fc.nat(1_440) }).filter(({ from, to }) => from !== to);
  const week = fc.array(fc.array(span, { maxLength: 2 }), { minLength: 7, maxLength: 7 });
  const zone = fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Asia/Shanghai', 'Australia/Lord_Howe');
  const moment = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-12-31') });
  const check = (timeZone: string, weekly: OpeningHours['weekly'], now: number): void => {
    const hours = { timeZone, weekly, holidays: {} };
    const next = nextOpening(hours, now);
    expect(next === undefined).toBe(isOpenAt(hours, now) || weekly.flat().length === 0);
    if (next === undefined) return;
    expect(next).toBeGreaterThan(now);
    expect(isOpenAt(hours, next)).toBe(true);
    const step = Math.max(60_000, (next - now) / 50);
    for (let before = next - 1; before > now; before -= step) expect(isOpenAt(hours, before)).toBe(false);
  };
  fc.assert(fc.property(zone, week, moment, check), { numRuns: 25 });
});
