// What a caller in line is told now and then: her place, and how long it will be.
//
//   in line ──firstMs──▶ speaking ──its end──▶ music ──everyMs──▶ speaking ──▶ …
//
// The music goes on underneath. It is silent while an agent's phone rings for her, and what is cut off is not made up for. Who does all
// this: floor/announcements.ts.

import type { Prompt } from './flow.ts';
import type { Instant, LegId } from './ids.ts';
import { waitSteps, type WaitEstimate } from './waiting-time.ts';

/** What a queue has announced to its line. Every prompt is there, whatever the number in it. */
export interface Announcements {
  /** From her coming into line to the first, milliseconds. */
  readonly firstMs: number;
  /** From the end of one to the next. */
  readonly everyMs: number;
  /** Said each time, before the rest. */
  readonly before: Prompt;
  /** By place; the last is said of all places beyond. */
  readonly places?: readonly Prompt[];
  /** By `waitSteps`; the last is said of more than these. */
  readonly waits?: readonly Prompt[];
}

/** Where a caller in line is with it; `said` is the best place she was told, so that nobody hears hers grow worse. */
export type Announcing = { readonly until: Instant; readonly said: number | null } & (
  | { readonly at: 'music' }
  /** `until`: its end has not been told by then. */
  | { readonly at: 'speaking'; readonly legId: LegId; readonly playId: string }
);

export interface Standing {
  /** 1 is next. */
  readonly place: number;
  readonly estimate?: WaitEstimate | undefined;
}

/** What she is told, and what of it is a place and a wait. */
export interface Told {
  readonly prompt: Prompt;
  readonly place?: number;
  readonly estimate?: WaitEstimate;
}

/**
 * A place that has become worse than what she was told is passed over until it is as good again: somebody who had been served goes
 * before her, and that is no news to wait with. How long it will be is said as it is.
 */
export function wording(
  { before, places, waits }: Announcements,
  { place, estimate }: Standing,
  said: number | null,
): Told {
  const tellsPlace = places !== undefined && place <= (said ?? place);
  const tellsWait = waits !== undefined && estimate !== undefined;
  return {
    prompt: [
      ...before,
      ...(tellsPlace ? (places[Math.min(place, places.length) - 1] ?? []) : []),
      ...(tellsWait ? (waits[stepOf(estimate)] ?? []) : []),
    ],
    ...(tellsPlace && { place }),
    ...(tellsWait && { estimate }),
  };
}

const stepOf = ({ minutes, over }: WaitEstimate): number =>
  over ? waitSteps.length : waitSteps.indexOf(minutes);
