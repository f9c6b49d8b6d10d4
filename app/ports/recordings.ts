// Recordings that are kept: what may be heard of them, for how long, and who did. The sound itself is a file; here is what is
// known about it.

import type { Instant, QueueId, SessionId } from '../domain/ids.ts';
import type { RecordingRecord } from '../domain/record.ts';

export interface KeptRecording extends RecordingRecord {
  /** 32 hexadecimal digits; says nothing. */
  readonly recordingId: string;
  readonly sessionId: SessionId;
  /** Where the call was last. */
  readonly queueId: QueueId;
  /** Null: nothing keeps it beyond its time. */
  readonly hold: LegalHold | null;
  /** When retention removes the file; null: never, or it has gone. A hold puts it off. */
  readonly deletesAt: Instant | null;
  /** Set once removing it was decided: it can neither be heard nor held any more. */
  readonly claimedAt: Instant | null;
  readonly deleted: Deletion | null;
}

export interface LegalHold {
  readonly at: Instant;
  readonly by: string;
  readonly reason: string;
}

/** `missing`: when its time came, the file was not there. */
export interface Deletion {
  readonly at: Instant;
  readonly why: 'retention' | 'missing';
}

/** One thing that happened to a recording. Fetches with one link from one address are one line. */
export interface RecordingLogLine {
  readonly what: 'linked' | 'fetched' | 'held' | 'released' | 'deleted';
  readonly at: Instant;
  /** The last of them, where it happened several times. */
  readonly lastAt: Instant;
  readonly times: number;
  /** A user name; `retention` for deletions. */
  readonly by: string;
  readonly address: string | null;
  readonly reason: string | null;
}

/** Who did something, from where and when. */
export interface Act {
  readonly recordingId: string;
  readonly by: string;
  readonly address: string;
  readonly at: Instant;
}

/** Every writing resolves after commit. All throw StorageUnavailable when the database does not take it in time. */
export interface RecordingArchive {
  find(recordingId: string): Promise<KeptRecording | undefined>;
  linked(act: Act & { readonly linkId: string }): Promise<void>;
  fetched(act: Act & { readonly linkId: string }): Promise<void>;
  /** `deleted`: gone, or on its way out. */
  hold(act: Act & { readonly reason: string }): Promise<'done' | 'held' | 'deleted' | 'unknown'>;
  release(act: Act & { readonly reason: string }): Promise<'done' | 'not_held' | 'deleted' | 'unknown'>;
  /** Newest first, at most 500. */
  log(recordingId: string): Promise<readonly RecordingLogLine[]>;

  /**
   * Recordings whose time is over, and those whose removal was begun, oldest first.
   * @param after the last of the page before
   */
  due(now: Instant, limit: number, after?: KeptRecording): Promise<readonly KeptRecording[]>;
  /** Decides that the file goes. False: somebody holds it, or it has gone. */
  claim(recordingId: string, now: Instant): Promise<boolean>;
  /** The file is no more. */
  deleted(recordingId: string, deletion: Deletion): Promise<void>;

  /** Days recordings are kept: what applies where a queue says nothing, and what queues say. 0: for ever. */
  retention(): Promise<RetentionTerms>;
  /** @param days null: as the settings say. @returns false when there is no such queue */
  setRetention(queueId: string, days: number | null): Promise<boolean>;
}

export interface RetentionTerms {
  readonly defaultDays: number;
  readonly queues: readonly { readonly queueId: string; readonly days: number | null }[];
}
