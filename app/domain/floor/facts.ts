// What became true on the floor, in the order it became true. Facts are journalled, published to the people who may see
// them, and counted. They never carry a phone number (rule: a number a person may not see never leaves the server);
// numbers live in the session and the record.

import type { Device, Reachability } from '../device.ts';
import type { OfferMiss, SessionEnding } from '../ending.ts';
import type { AgentId, Instant, LegId, OfferId, QueueId, SessionId } from '../ids.ts';

export type SessionFact =
  | {
      readonly kind: 'session.requested';
      readonly sessionId: SessionId;
      readonly queueId: QueueId;
      readonly source: 'web' | 'phone';
    }
  | { readonly kind: 'session.arrived'; readonly sessionId: SessionId; readonly legId: LegId }
  | {
      readonly kind: 'session.queued';
      readonly sessionId: SessionId;
      readonly queueId: QueueId;
      readonly priority: number;
    }
  /** Back in line: at her own place after a miss, at the head when the agent's leg died. */
  | {
      readonly kind: 'session.requeued';
      readonly sessionId: SessionId;
      readonly queueId: QueueId;
      readonly to: 'own_place' | 'head';
    }
  | { readonly kind: 'session.connected'; readonly sessionId: SessionId; readonly agentId: AgentId }
  | { readonly kind: 'session.held'; readonly sessionId: SessionId; readonly agentId: AgentId }
  | { readonly kind: 'session.resumed'; readonly sessionId: SessionId; readonly agentId: AgentId }
  | { readonly kind: 'session.customerAway'; readonly sessionId: SessionId }
  | { readonly kind: 'session.customerBack'; readonly sessionId: SessionId; readonly legId: LegId }
  | { readonly kind: 'session.recovered'; readonly sessionId: SessionId }
  | { readonly kind: 'session.ended'; readonly sessionId: SessionId; readonly ending: SessionEnding }
  | { readonly kind: 'session.rated'; readonly sessionId: SessionId; readonly stars: number }
  | { readonly kind: 'session.recordingStarted'; readonly sessionId: SessionId; readonly file: string }
  | {
      readonly kind: 'session.recordingStopped';
      readonly sessionId: SessionId;
      readonly file: string;
      readonly durationMs: number;
    };

export type OfferFact =
  | {
      readonly kind: 'offer.made';
      readonly offerId: OfferId;
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly until: Instant;
    }
  | {
      readonly kind: 'offer.ringing';
      readonly offerId: OfferId;
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
    }
  | {
      readonly kind: 'offer.accepted';
      readonly offerId: OfferId;
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
    }
  | {
      readonly kind: 'offer.missed';
      readonly offerId: OfferId;
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly miss: OfferMiss;
    };

export type AgentFact =
  | { readonly kind: 'agent.signedIn'; readonly agentId: AgentId; readonly device: Device }
  | { readonly kind: 'agent.signedOut'; readonly agentId: AgentId; readonly cause: string }
  | { readonly kind: 'agent.ready'; readonly agentId: AgentId }
  | {
      readonly kind: 'agent.onBreak';
      readonly agentId: AgentId;
      readonly reason: string;
      readonly cause: 'asked' | 'misses';
    }
  /** Asked for during a call; applied when it is over. */
  | {
      readonly kind: 'agent.willBe';
      readonly agentId: AgentId;
      readonly next: 'ready' | 'break' | 'signedOut';
      readonly reason?: string;
    }
  | { readonly kind: 'agent.reachability'; readonly agentId: AgentId; readonly reachability: Reachability }
  | {
      readonly kind: 'agent.activity';
      readonly agentId: AgentId;
      readonly activity: 'idle' | 'offered' | 'ringing' | 'talking' | 'held' | 'wrapUp';
      readonly sessionId?: SessionId;
    };

/** A fact with its moment; `number` grows by one per fact of this floor and has no gaps. */
export interface Stamped<F> {
  readonly number: number;
  readonly at: Instant;
  readonly fact: F;
}

export type Fact = SessionFact | OfferFact | AgentFact;
