// How long a caller in line will still wait, as far as the last hour lets one know. Callers are taken out of a line one after the other;
// what lies between two of them, times the agents who were signed in, is the work it takes to move the line on by one place, whatever it is
// made of: talk, wrap-up, misses, calls of other queues. So much for each place, shared among the agents of this moment, is the estimate.
//
// Only callers for whom no agent was free count: where one is, the time says how fast phones are answered, and nothing about a line.
// Who gives up makes the line move sooner than said; the estimate does not count on it. docs/queues.md says the same in the words of a supervisor.

import type { Instant } from './ids.ts';

/** A caller taken by an agent after there had been none for her. */
interface Taken {
  readonly at: Instant;
  /** Since the one before her, or since she came, times the agents signed in; milliseconds. */
  readonly agentMs: number;
}

/** How a line has moved lately. */
export interface Pace {
  readonly lastAt: Instant | null;
  /** The newest last. */
  readonly taken: readonly Taken[];
}

export const noPace: Pace = { lastAt: null, taken: [] };

/** Rounded up: at most so many minutes, or more than these. */
export interface WaitEstimate {
  readonly minutes: number;
  readonly over: boolean;
}

/** The minutes an estimate may say: the further away, the less is known of it. One means: less than one. */
export const waitSteps: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 30, 45, 60];
const longest = 60;

const minuteMs = 60_000;
/** What is older tells nothing of now. */
const rememberedMs = 60 * minuteMs;
const mostRemembered = 20;
/** With less than that nothing is said. */
const leastKnown = 3;

/**
 * A caller is taken by an agent.
 * @param waitedSince when she came into line; undefined when an agent was free for her
 * @param agents signed in and not on a break, her agent among them
 */
export function taken(
  pace: Pace,
  { waitedSince, agents }: { readonly waitedSince: Instant | undefined; readonly agents: number },
  now: Instant,
): Pace {
  if (waitedSince === undefined) return { ...pace, lastAt: now };
  const agentMs = (now - Math.max(waitedSince, pace.lastAt ?? waitedSince)) * Math.max(agents, 1);
  return { lastAt: now, taken: [...pace.taken, { at: now, agentMs }].slice(-mostRemembered) };
}

export interface InLine {
  /** 1 is next. */
  readonly place: number;
  /** Signed in and not on a break. */
  readonly agents: number;
  /** Since when whoever is first has stood there; undefined when nobody waits. */
  readonly firstSince: Instant | undefined;
}

/** @returns undefined when too little is known, or nobody is there to take her */
export function estimateWait(
  { lastAt, taken: all }: Pace,
  { place, agents, firstSince }: InLine,
  now: Instant,
): WaitEstimate | undefined {
  const recent = all.filter(({ at }) => at > now - rememberedMs);
  if (recent.length < leastKnown || agents === 0) return undefined;
  const known = recent.reduce((sum, { agentMs }) => sum + agentMs, 0) / agents;
  // A line that has stopped moving tells so before anybody is taken out of it.
  const standing = firstSince === undefined ? 0 : now - Math.max(firstSince, lastAt ?? firstSince);
  const perPlace = Math.max(known / recent.length, (known + standing) / (recent.length + 1));
  return rounded(place * perPlace);
}

function rounded(ms: number): WaitEstimate {
  const minutes = waitSteps.find((step) => ms <= step * minuteMs);
  return minutes === undefined ? { minutes: longest, over: true } : { minutes, over: false };
}
