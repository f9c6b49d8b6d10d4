// Every few seconds the floor is held against the switch; the rules are in domain/floor/reconcile.ts. One look at a time, and a
// look that fails is only a look less.

import type { Input } from '../domain/floor/inputs.ts';
import type { Instant } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { Media } from '../ports/media.ts';
import type { Watch } from './watch.ts';

export interface ReconcileParts {
  readonly media: Media;
  readonly clock: Clock;
  readonly watch: Watch;
  readonly everyMs: number;
  readonly submit: (input: Input) => void;
}

/**
 * Asks the switch once what it holds and gives the floor the answer.
 * @param restoredAt at the first look after a restart: when the floor was put back
 * @returns false when the switch could not be asked
 */
export async function lookOnce(parts: ReconcileParts, restoredAt?: Instant): Promise<boolean> {
  const { media, clock, watch, submit } = parts;
  const askedAt = clock.now();
  try {
    const legs = await media.liveLegs();
    submit({ kind: 'reconciled', legs, askedAt, ...(restoredAt !== undefined && { restoredAt }) });
    return true;
  } catch (error) {
    watch.blind?.(error);
    return false;
  }
}

/** Looks again and again until stopped. */
export function keepReconciling(parts: ReconcileParts): () => void {
  let stopped = false;
  let dispose = (): void => undefined;
  const again = (): void => {
    if (stopped) return;
    dispose = parts.clock.wakeAt(parts.clock.now() + parts.everyMs, () => void lookOnce(parts).then(again));
  };
  again();
  return () => {
    stopped = true;
    dispose();
  };
}
