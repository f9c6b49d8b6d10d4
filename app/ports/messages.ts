// Messages callers left: recordings that somebody should see to.

import type { Instant, QueueId, SessionId } from '../domain/ids.ts';

export interface Message {
  readonly recordingId: string;
  readonly sessionId: SessionId;
  readonly queueId: QueueId;
  readonly leftAt: Instant;
  /** Null: its end was never told. */
  readonly durationMs: number | null;
  readonly customerNumber: string | null;
  readonly customerName: string | null;
  readonly handled: { readonly at: Instant; readonly by: string } | null;
}

export interface MessageFilter {
  /** Absent: of every queue. */
  readonly queues?: readonly string[];
  readonly handled?: boolean;
  readonly limit: number;
}

export interface Messages {
  /** Newest first. Those whose file has gone are no longer listed. */
  list(filter: MessageFilter): Promise<readonly Message[]>;
  find(recordingId: string): Promise<Message | undefined>;
  /** Resolves after commit; who was first stands. @throws StorageUnavailable */
  handle(recordingId: string, by: string, at: Instant): Promise<void>;
}
