// What a caller leaves when nobody can take her call.

import type { CallLog } from '../call-log.ts';
import type { Work } from './work.ts';

/** Has she said anything worth keeping? A recording whose end has not been told yet is as long as until now. */
export function hasMessage({ recordings }: CallLog, { now, floor }: Pick<Work, 'now' | 'floor'>): boolean {
  return recordings.some(
    ({ kind, durationMs, startedAt }) =>
      kind === 'message' && (durationMs ?? now - startedAt) >= floor.rules.messageMs,
  );
}
