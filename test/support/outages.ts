// When a part was not there, and which endings that excuses: a good-bye that nobody could hear is on record as a customer who is gone,
// and what died with the switch as media_lost. Each such record must belong to a caller who was let go of in that very time.

import type { CallRecord } from '../../app/domain/record.ts';
import type { CallerCall } from './load.ts';

/** `event socket`, `control connection`: what was said on it meanwhile was lost. */
export type MortalPart = 'control plane' | 'event socket' | 'control connection' | 'media switch';

export interface Outage {
  readonly part: MortalPart;
  /** Epoch milliseconds: from before it was killed until it was up again. */
  readonly from: number;
  readonly to: number;
}

/** Endings that need such an excuse: callers of a load never hang up by themselves. */
const excuses: Readonly<Partial<Record<CallRecord['ending'], readonly MortalPart[]>>> = {
  customer_lost: ['control plane', 'event socket'],
  // She was answered and let go of while nobody looked, or the answer was not committed yet: what is known of her is that she was in line.
  abandoned_waiting: ['control plane', 'event socket'],
  abandoned_ringing: ['control plane', 'event socket'],
  media_lost: ['media switch'],
};

/** From a good-bye to its line in the journal: the switch, its event socket, a decision and a commit, on a machine that is busy. */
const onItsWayMs = 3_000;

/** @returns a sentence for each record that says somebody was lost, and no outage explains it */
export function unexcused(
  records: readonly Pick<CallRecord, 'customerNumber' | 'ending' | 'endedAt'>[],
  callers: readonly CallerCall[],
  outages: readonly Outage[],
): readonly string[] {
  const ends = new Map(callers.map(({ number, end }) => [number, end?.at]));
  return records.flatMap(({ customerNumber, ending, endedAt }) => {
    const parts = excuses[ending];
    if (parts === undefined) return [];
    const letGoAt = ends.get(customerNumber ?? '');
    const excused = outages.some(
      (outage) =>
        parts.includes(outage.part) &&
        isWithin(outage, endedAt) &&
        letGoAt !== undefined &&
        isWithin({ from: outage.from - onItsWayMs, to: outage.to }, letGoAt),
    );
    return excused ? [] : [`${customerNumber}: ${ending} at ${endedAt}, let go of at ${letGoAt}`];
  });
}

/**
 * Callers who heard nothing until they gave up. drachtio-server leaves an INVITE without an answer when the application dies that has it in
 * hand; the embedded one answers it.
 * @param outages that excuse it
 * @returns a sentence for each whose call did not come right before or in one of them
 */
export function unheard(callers: readonly CallerCall[], outages: readonly Outage[]): readonly string[] {
  return callers.flatMap(({ number, begun, end }) => {
    if (end?.how !== 'refused' || end.status !== takenBack) return [];
    const excused = outages.some(
      ({ part, from, to }) => leavesUnanswered.has(part) && isWithin({ from: from - onItsWayMs, to }, begun),
    );
    return excused ? [] : [`${number}: nothing was heard from ${begun} to ${end.at}`];
  });
}

const takenBack = 487;
const leavesUnanswered: ReadonlySet<MortalPart> = new Set(['control plane', 'control connection']);

const isWithin = ({ from, to }: Pick<Outage, 'from' | 'to'>, at: number): boolean => at >= from && at <= to;
