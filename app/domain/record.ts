// The one record a session ends in, and its legs. All instants are epoch milliseconds of the control plane's clock;
// segment durations sum to the total by construction.

import type { LegEnding, OfferMiss, SessionEnding } from './ending.ts';
import type { LegRole } from './floor/effects.ts';
import type { AgentId, Instant, LegId, OfferId, QueueId, SessionId } from './ids.ts';
import type { SurveyAnswer } from './survey.ts';

export interface CallRecord {
  readonly sessionId: SessionId;
  readonly source: 'web' | 'phone' | 'outbound';
  /** The last one, where the call was passed on. */
  readonly queueId: QueueId;
  readonly customerNumber: string | null;
  readonly customerName: string | null;
  readonly dialledNumber: string | null;
  readonly requestedAt: Instant;
  /** Customer's leg first parked on the switch. */
  readonly arrivedAt: Instant | null;
  readonly queuedAt: Instant | null;
  /** First conversation began. */
  readonly connectedAt: Instant | null;
  readonly endedAt: Instant;
  /** Conversation in all, hold included, milliseconds. */
  readonly talkMs: number;
  readonly heldMs: number;
  /** In line or being offered, milliseconds. */
  readonly waitMs: number;
  /** The agent of the last conversation, or who made an outgoing call. */
  readonly agentId: AgentId | null;
  readonly ending: SessionEnding;
  /** A control-plane restart happened during the session and it was adopted. */
  readonly recovered: boolean;
  readonly offers: readonly OfferRecord[];
  /** What happened when, gap-free from requestedAt to endedAt. */
  readonly segments: readonly Segment[];
  /** The first recording's. */
  readonly recordingFile: string | null;
  readonly recordings: readonly RecordingRecord[];
  /** What the customer answered after the call, if anything. */
  readonly survey?: readonly SurveyAnswer[];
}

/** One file, and what is not in it. */
export interface RecordingRecord {
  /** Absent: of a conversation. A message is what a caller left. */
  readonly kind?: 'message';
  readonly file: string;
  readonly legId: LegId;
  readonly startedAt: Instant;
  /** Null: not told before the call's end. */
  readonly durationMs: number | null;
  /** Silence in the file. */
  readonly pauses: readonly Pause[];
}

export interface Pause {
  readonly from: Instant;
  /** Null: until the end. */
  readonly to: Instant | null;
}

/** Somebody in a call beside customer and agent. A number is to be masked like any other. */
export type PartyRecord =
  | { readonly kind: 'agent'; readonly agentId: AgentId }
  | { readonly kind: 'number'; readonly number: string }
  | { readonly kind: 'supervisor'; readonly supervisorId: string };

export interface OfferRecord {
  readonly offerId: OfferId;
  readonly agentId: AgentId;
  readonly madeAt: Instant;
  readonly endedAt: Instant;
  readonly outcome: 'accepted' | OfferMiss;
}

export type SegmentKind =
  | 'arriving'
  | 'menu'
  | 'waiting'
  | 'ringing'
  | 'connecting'
  | 'talking'
  | 'held'
  | 'consulting'
  | 'conferencing'
  | 'rejoining'
  | 'transferring'
  | 'transferred'
  | 'aside'
  | 'parked'
  | 'dialling'
  | 'notifying'
  | 'surveying'
  | 'away';

export interface Segment {
  readonly kind: SegmentKind;
  readonly from: Instant;
  readonly to: Instant;
  readonly agentId?: AgentId;
  readonly third?: PartyRecord;
  /** Where it is not the one the call began in. */
  readonly queueId?: QueueId;
}

export interface LegRecord {
  readonly legId: LegId;
  readonly sessionId: SessionId;
  readonly role: LegRole;
  readonly agentId: AgentId | null;
  readonly supervisorId?: string;
  /** The number that was called, to be masked like any other. */
  readonly number?: string;
  readonly createdAt: Instant;
  readonly answeredAt: Instant | null;
  readonly endedAt: Instant;
  readonly ending: LegEnding;
}
