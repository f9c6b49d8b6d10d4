// When somebody is there: weekly hours and holidays in a time zone. A moment is looked up as that zone's own date and time of day, so that
// the days on which clocks are changed need no rule: the hour that is skipped is never met, the one that comes twice is met twice.

import type { Instant } from './ids.ts';

/** From minute to minute of the day, the end not included; `from` > `to` runs past midnight. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface OpeningHours {
  /** IANA name. */
  readonly timeZone: string;
  /** Sunday first. */
  readonly weekly: readonly (readonly Span[])[];
  /** By date: `2026-12-24` once, `12-25` every year; instead of the weekly hours. */
  readonly holidays: Readonly<Record<string, readonly Span[]>>;
}

/** Is it open at that moment? Hours that run past midnight belong to the day they began on. */
export function isOpenAt(hours: OpeningHours, now: Instant): boolean {
  const { date, minute } = localTime(hours.timeZone, now);
  const [today, yesterday] = [spansOf(hours, date), spansOf(hours, date - dayMs)];
  return (
    today.some(({ from, to }) => minute >= from && (minute < to || from > to)) ||
    yesterday.some(({ from, to }) => from > to && minute < to)
  );
}

/** The first moment after `now` at which it is open; undefined when that is not within a year, or it is open already. */
export function nextOpening(hours: OpeningHours, now: Instant): Instant | undefined {
  if (isOpenAt(hours, now)) return undefined;
  const { date } = localTime(hours.timeZone, now);
  for (let day = date; day <= date + yearMs; day += dayMs) {
    const opens = spansOf(hours, day)
      .flatMap(({ from }) => momentsOf(hours.timeZone, day + from * minuteMs))
      .filter((moment) => moment > now && isOpenAt(hours, moment));
    if (opens.length > 0) return beginning(hours, Math.min(...opens), now);
  }
  return undefined;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const yearMs = 366 * dayMs;

/** When clocks there may show that date and time, given as if it were UTC: with what they are ahead of it before, and after. */
function momentsOf(timeZone: string, wall: number): readonly Instant[] {
  return [wall - dayMs, wall + dayMs].map((near) => {
    const { date, minute } = localTime(timeZone, near);
    return wall - (date + minute * minuteMs - near);
  });
}

/** Where the clock skips the hour in which it would open, it opens at the first minute that there is. */
function beginning(hours: OpeningHours, opens: Instant, now: Instant): Instant {
  const earliest = Math.max(now + 1, opens - 2 * hourMs);
  let first = opens;
  while (first - minuteMs >= earliest && isOpenAt(hours, first - minuteMs)) first -= minuteMs;
  return first;
}

function spansOf({ weekly, holidays }: OpeningHours, date: number): readonly Span[] {
  const day = new Date(date);
  const text = day.toISOString().slice(0, 10);
  return holidays[text] ?? holidays[text.slice(5)] ?? weekly[day.getUTCDay()] ?? [];
}

/** The calendar date there, as midnight UTC of that date, and the minute of the day. */
function localTime(timeZone: string, now: Instant): { readonly date: number; readonly minute: number } {
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(now)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return {
    date: Date.UTC(part('year'), part('month') - 1, part('day')),
    minute: part('hour') * 60 + part('minute'),
  };
}

/** Making one costs a thousand times what using it costs. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const numeric = 'numeric';
  const clock = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric },
  } as const);
  clocks.set(timeZone, clock);
  return clock;
}
