// A session: one customer's wish to talk, from the click or the INVITE to the one record it ends in.
//
//   arriving ──leg──▶ waiting ──offer──▶ offered ──answer──▶ connecting ──bridge──▶ talking ⇄ held
//                       ▲  ▲                │                    │                     │      │
//                       │  └── own place ───┘ missed             │                     │      │
//                       └───────── head of the line ─────────────┴──── agent's leg died┴──────┘
//
//   any ──▶ ended, once, with a reason from the closed list.
//
// Beside this, the customer is `here` (with a leg) or `away` (a web customer whose leg died without her asking: she keeps
// her place or her agent until `until`).

import type { CallLog, Leg, Place } from './call-log.ts';
import type { LegEnding, OfferMiss, SessionEnding } from './ending.ts';
import type { AgentId, Instant, LegId, OfferId, SessionId } from './ids.ts';
import type { CallRecord, LegRecord, Segment } from './record.ts';

export type Customer =
  { readonly at: 'here'; readonly leg: Leg } | { readonly at: 'away'; readonly until: Instant };

/** One session offered to one agent, with one deadline. */
export interface Offer {
  readonly offerId: OfferId;
  readonly agentId: AgentId;
  readonly madeAt: Instant;
  readonly until: Instant;
  readonly leg: Leg;
  readonly ringing: boolean;
}

/** The agent in a conversation, or on the way into one. */
export interface AgentSide {
  readonly agentId: AgentId;
  readonly leg: Leg;
}

interface Common {
  readonly sessionId: SessionId;
  readonly since: Instant;
  readonly log: CallLog;
}
interface InConversation extends Common {
  readonly customer: Customer;
  readonly agent: AgentSide;
}

export interface Arriving extends Common {
  readonly at: 'arriving';
  /** Her leg must be here by then. */
  readonly until: Instant;
}
export interface Waiting extends Common {
  readonly at: 'waiting';
  readonly customer: Customer;
}
export interface Offered extends Common {
  readonly at: 'offered';
  readonly customer: Customer;
  readonly offer: Offer;
}
export interface Connecting extends InConversation {
  readonly at: 'connecting';
  /** How often the bridge was asked for. */
  readonly asked: number;
}
export interface Talking extends InConversation {
  readonly at: 'talking';
  /** The switch says the two legs are bridged. */
  readonly joined: boolean;
  readonly asked: number;
}
export interface Held extends InConversation {
  readonly at: 'held';
}
export interface Ended extends Common {
  readonly at: 'ended';
  readonly ending: SessionEnding;
  readonly record: CallRecord;
  readonly legs: readonly LegRecord[];
  readonly agentId: AgentId | null;
  readonly stars?: number;
}

export type LiveSession = Arriving | Waiting | Offered | Connecting | Talking | Held;
export type Session = LiveSession | Ended;

export type SessionEvent =
  /** A customer's leg is parked on the switch; also when she comes back on a new one. */
  | { readonly kind: 'arrives'; readonly leg: Leg; readonly place: Place }
  | { readonly kind: 'customerAnswered' }
  | { readonly kind: 'customerGone'; readonly ending: LegEnding; readonly until: Instant }
  | { readonly kind: 'offered'; readonly offer: Offer }
  | { readonly kind: 'rings' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'missed'; readonly miss: OfferMiss; readonly ending: LegEnding }
  | { readonly kind: 'bridgeAsked' }
  | { readonly kind: 'bridged' }
  | { readonly kind: 'unbridged' }
  | { readonly kind: 'bridgeFailed' }
  | { readonly kind: 'held' }
  | { readonly kind: 'resumed' }
  /** The agent's leg is gone, or was let go, and the customer must be served by somebody else. */
  | { readonly kind: 'agentLost'; readonly ending: LegEnding }
  | { readonly kind: 'recordingAsked'; readonly legId: LegId | null }
  | { readonly kind: 'recordingStarted'; readonly file: string }
  | { readonly kind: 'recordingStopped'; readonly file: string; readonly durationMs: number }
  | { readonly kind: 'recovered' }
  /** `legs`: how each leg that is open now ended; `released` where nothing is said. */
  | {
      readonly kind: 'ended';
      readonly ending: SessionEnding;
      readonly customerLeg?: LegEnding;
      readonly agentLeg?: LegEnding;
    }
  | { readonly kind: 'rated'; readonly stars: number };

export const isLive = (session: Session): session is LiveSession => session.at !== 'ended';

export function customerOf(session: Session): Customer | undefined {
  return session.at === 'arriving' || session.at === 'ended' ? undefined : session.customer;
}

/** The customer's leg on the switch, when there is one. */
export function customerLegOf(session: Session): Leg | undefined {
  const customer = customerOf(session);
  return customer?.at === 'here' ? customer.leg : undefined;
}

/** The agent who is rung or talking, with her leg. */
export function agentSideOf(session: Session): AgentSide | undefined {
  switch (session.at) {
    case 'offered':
      return session.offer;
    case 'connecting':
    case 'talking':
    case 'held':
      return session.agent;
    case 'arriving':
    case 'waiting':
    case 'ended':
      return undefined;
  }
}

/** Which of the two parties a leg is. */
export function roleOf(session: Session, legId: LegId): 'customer' | 'agent' | undefined {
  if (customerLegOf(session)?.legId === legId) return 'customer';
  return agentSideOf(session)?.leg.legId === legId ? 'agent' : undefined;
}

/** The place she holds: while in line and while an agent's phone rings for her. */
export function placeOf(session: Session): Place | null {
  return session.at === 'waiting' || session.at === 'offered' ? session.log.place : null;
}

/** May she be offered to an agent now? Somebody who is away keeps her place but is passed over. */
export function isOfferable(session: Session): boolean {
  return session.at === 'waiting' && session.customer.at === 'here';
}

/** What the record says the call is doing. */
export function segmentOf(session: LiveSession): Segment['kind'] {
  if (session.at === 'arriving') return 'arriving';
  if (session.customer.at === 'away') return 'away';
  return session.at === 'offered' ? 'ringing' : session.at;
}
