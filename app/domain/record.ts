// The one record a session ends in, and its legs. All instants are epoch milliseconds of the control plane's clock;
// segment durations sum to the total by construction.

import type { LegEnding, OfferMiss, SessionEnding } from './ending.ts';
import type { AgentId, Instant, LegId, OfferId, QueueId, SessionId } from './ids.ts';

export interface CallRecord {
  readonly sessionId: SessionId;
  readonly source: 'web' | 'phone';
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
  /** The agent of the last conversation. */
  readonly agentId: AgentId | null;
  readonly ending: SessionEnding;
  /** A control-plane restart happened during the session and it was adopted. */
  readonly recovered: boolean;
  readonly offers: readonly OfferRecord[];
  /** What happened when, gap-free from requestedAt to endedAt. */
  readonly segments: readonly Segment[];
  readonly recordingFile: string | null;
}

export interface OfferRecord {
  readonly offerId: OfferId;
  readonly agentId: AgentId;
  readonly madeAt: Instant;
  readonly endedAt: Instant;
  readonly outcome: 'accepted' | OfferMiss;
}

export interface Segment {
  readonly kind: 'arriving' | 'waiting' | 'ringing' | 'connecting' | 'talking' | 'held' | 'away';
  readonly from: Instant;
  readonly to: Instant;
  readonly agentId?: AgentId;
}

export interface LegRecord {
  readonly legId: LegId;
  readonly sessionId: SessionId;
  readonly role: 'customer' | 'agent';
  readonly agentId: AgentId | null;
  readonly createdAt: Instant;
  readonly answeredAt: Instant | null;
  readonly endedAt: Instant;
  readonly ending: LegEnding;
}
