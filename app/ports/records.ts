// Reading what the journal wrote: call records, for the people who may look them up.

import type { CallRecord, LegRecord } from '../domain/record.ts';
import type { KeptRecording } from './recordings.ts';

export interface Records {
  /** Records that match, newest first. `next` is handed back as `after` for the page that follows. */
  list(
    filter: RecordFilter,
  ): Promise<{ readonly calls: readonly RatedRecord[]; readonly next: string | null }>;
  /** One record with all that belongs to it; undefined when there is none. */
  find(sessionId: string): Promise<RecordDetail | undefined>;
  /** What the calls of each queue add up to; queues without any are not in it. */
  totals(query: FigureQuery): Promise<readonly QueueTotals[]>;
}

/** Calls that came into line at or after `from` and are over; outgoing ones are none of them. */
export interface FigureQuery {
  readonly from: number;
  /** How soon is soon enough, milliseconds. */
  readonly withinMs: number;
  /** One of these. */
  readonly queues?: readonly string[];
}

export interface QueueTotals {
  readonly queueId: string;
  readonly answered: number;
  readonly answeredInTime: number;
  /** Left the line unanswered; of these `abandonedLate` after longer than `withinMs`. */
  readonly abandoned: number;
  readonly abandonedLate: number;
  /** From line to conversation, of the answered together. */
  readonly waitMs: number;
}

export interface RecordFilter {
  readonly queueId?: string;
  /** One of these. */
  readonly queues?: readonly string[];
  readonly agentId?: string;
  readonly ending?: string;
  /** Ended at or after this instant. */
  readonly from?: number;
  /** Ended before this instant. */
  readonly to?: number;
  readonly limit: number;
  /** `next` of the page before: `<endedAt>_<sessionId>`. */
  readonly after?: string;
}

export interface RatedRecord extends CallRecord {
  readonly recordings: readonly KeptRecording[];
  readonly stars: number | null;
}

export interface RecordDetail {
  readonly record: RatedRecord;
  readonly legs: readonly LegRecord[];
  readonly notes: readonly { readonly agentId: string; readonly note: string; readonly at: number }[];
}
