// What became true on the floor, in the order it became true. Facts are journalled, published to the people who may see
// them, and counted. They never carry a phone number (rule: a number a person may not see never leaves the server);
// numbers live in the session and the record.

import type { BreakCause } from '../agent.ts';
import type { Device, Reachability } from '../device.ts';
import type { OfferMiss } from '../ending.ts';
import type { AgentId, Instant, OfferId, QueueId, SessionId } from '../ids.ts';
import type { MonitorMode } from './effects.ts';
import type { ConsultFact, DialFact, FlowFact, SessionFact, SurveyFact } from './session-facts.ts';

export type Fact =
  | SessionFact
  | ConsultFact
  | DialFact
  | FlowFact
  | SurveyFact
  | OfferFact
  | AgentFact
  | MonitorFact
  | MessageFact;

/** A fact with its moment; `number` grows by one per fact of this floor and has no gaps. */
export interface Stamped<F> {
  readonly number: number;
  readonly at: Instant;
  readonly fact: F;
}

/** Who listened to whom: the audit of supervision. */
export type MonitorFact =
  | {
      readonly kind: 'monitor.asked';
      readonly sessionId: SessionId;
      readonly supervisorId: string;
      readonly mode: MonitorMode;
    }
  | {
      readonly kind: 'monitor.started';
      readonly sessionId: SessionId;
      readonly supervisorId: string;
      readonly agentId: AgentId;
      readonly mode: MonitorMode;
    }
  | {
      readonly kind: 'monitor.mode';
      readonly sessionId: SessionId;
      readonly supervisorId: string;
      readonly mode: MonitorMode;
    }
  | {
      readonly kind: 'monitor.tookOver';
      readonly sessionId: SessionId;
      readonly supervisorId: string;
      readonly agentId: AgentId;
    }
  /** `failed`: her leg was not reached or died; `over`: the conversation ended, or lost its agent. */
  | {
      readonly kind: 'monitor.ended';
      readonly sessionId: SessionId;
      readonly supervisorId: string;
      readonly how: 'left' | 'over' | 'failed';
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
  | {
      readonly kind: 'agent.signedIn';
      readonly agentId: AgentId;
      readonly device: Device;
      readonly nailedUp?: true;
    }
  | { readonly kind: 'agent.signedOut'; readonly agentId: AgentId; readonly cause: string }
  | { readonly kind: 'agent.ready'; readonly agentId: AgentId }
  | {
      readonly kind: 'agent.onBreak';
      readonly agentId: AgentId;
      readonly reason: string;
      readonly cause: BreakCause;
    }
  /** Asked for during a call; applied when it is over. */
  | {
      readonly kind: 'agent.willBe';
      readonly agentId: AgentId;
      readonly next: 'ready' | 'break' | 'signedOut';
      readonly reason?: string;
    }
  | { readonly kind: 'agent.reachability'; readonly agentId: AgentId; readonly reachability: Reachability }
  /** Her nailed-up line. */
  | { readonly kind: 'agent.line'; readonly agentId: AgentId; readonly line: 'down' | 'dialling' | 'up' }
  | {
      readonly kind: 'agent.activity';
      readonly agentId: AgentId;
      readonly activity: ActivityName;
      readonly sessionId?: SessionId;
    }
  | {
      readonly kind: 'agent.muted';
      readonly agentId: AgentId;
      readonly sessionId: SessionId;
      readonly muted: boolean;
    };

/**
 * `consulting`, `conferencing`: on either side of it; `dialling`: an outgoing call that is not answered yet; `reconnecting`: her
 * page dropped out of the call, which is kept for her.
 */
export type ActivityName =
  | 'idle'
  | 'offered'
  | 'ringing'
  | 'dialling'
  | 'talking'
  | 'held'
  | 'consulting'
  | 'conferencing'
  | 'reconnecting'
  | 'wrapUp';

/** What callers left, for whoever serves that queue. */
export type MessageFact =
  | { readonly kind: 'message.left'; readonly sessionId: SessionId; readonly queueId: QueueId }
  | {
      readonly kind: 'message.handled';
      readonly sessionId: SessionId;
      readonly queueId: QueueId;
      readonly by: string;
    };
