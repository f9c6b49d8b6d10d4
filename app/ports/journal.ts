// Where facts and call records go. Live calls do not wait for it (ADR 0003): append() never blocks and never throws; the
// implementation batches, retries, and reports itself degraded when it falls behind.

import type { Fact, Stamped } from '../domain/floor/facts.ts';
import type { CallRecord, LegRecord } from '../domain/record.ts';
import type { FloorSnapshot } from '../domain/floor/snapshot.ts';

export interface Journal {
  /** Facts of one step, with the records of sessions that ended in it, to be committed together. Never blocks or throws. */
  append(entry: JournalEntry): void;
  /** Resolves when everything appended so far is committed. @throws when it can not be within `withinMs` */
  flushed(withinMs: number): Promise<void>;
  /** The last committed snapshot of the floor, if any. */
  lastSnapshot(): Promise<FloorSnapshot | undefined>;
  health(): { readonly up: boolean; readonly pending: number; readonly detail: string };
  close(): Promise<void>;
}

export interface JournalEntry {
  readonly facts: readonly Stamped<Fact>[];
  readonly ended: readonly { readonly record: CallRecord; readonly legs: readonly LegRecord[] }[];
  /** The parts of the floor that changed in this step: live sessions and agents (`null` = gone). */
  readonly snapshot: {
    readonly sessions: Readonly<Record<string, FloorSnapshot['sessions'][number] | null>>;
    readonly agents: Readonly<Record<string, FloorSnapshot['agents'][number]>>;
  };
}
