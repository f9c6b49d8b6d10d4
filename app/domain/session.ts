// A session: one customer's wish to talk, or an agent's wish to talk with her, from the click or the INVITE to the one record it
// ends in.
//
//   arriving ─▶ menu ⇄ waiting ──offer──▶ offered ──answer──▶ connecting ──bridge──▶ talking ⇄ held
//     └────────────────▶▲  ▲                │                    │                     │      │
//                         │  └── own place ───┘ missed             │                     │      │
//                         └───────── head of the line ─────────────┴──── agent's leg died┴──────┘
//
//   talking, held ──consult──▶ consulting ──conference──▶ conferencing       back to talking when the third party goes
//                                  │  complete                │ agent leaves                │ customer leaves
//                                  └──────────┬───────────────┘                             ▼
//                                             ▼                                            aside
//                        talking with the consulted agent, or `transferred` to a number
//
//   talking, held ──to a number──▶ transferring ──answer──▶ transferred        talking ──▶ parked ──pick-up──▶ offered
//                 ──to an agent──▶ offered to her alone     ──to a queue──▶ waiting there
//
//   talking, held ──her page is gone──▶ rejoining ──back in time──▶ talking, held      not back: head of the line
//
//   menu ──to a number──▶ transferring                     talking, held ──the agent hangs up──▶ surveying ──▶ ended
//
//   outgoing:  dialling (agent's phone, then the number) ──▶ connecting ──▶ talking        notifying (nobody's call: a sound)
//
//   any ──▶ ended, once, with a reason from the closed list.
//
// Beside this, the customer is `here` (with a leg) or `away` (a web customer whose leg died without her asking: she keeps
// her place or her agent until `until`). Who is joined with whom follows from the state: wiring.ts.

import type { CallLog, Place } from './call-log.ts';
import type { SessionEnding } from './ending.ts';
import type { FlowPlace } from './flow.ts';
import type { MonitorMode } from './floor/effects.ts';
import type { AgentId, Instant, OfferId, SessionId } from './ids.ts';
import type { Link } from './link.ts';
import type { Leg, ThirdParty } from './party.ts';
import type { CallRecord, LegRecord } from './record.ts';

export type Customer =
  { readonly at: 'here'; readonly leg: Leg } | { readonly at: 'away'; readonly until: Instant };

/** Why an agent is offered a session: it is the caller's turn, or somebody meant this agent. */
export type OfferPurpose =
  | { readonly kind: 'turn' }
  /** Her own number was called. */
  | { readonly kind: 'wanted' }
  | { readonly kind: 'transfer'; readonly by: AgentId }
  /** A flow led to her, and goes on at `otherwise` when she does not take it. */
  | { readonly kind: 'flow'; readonly otherwise: FlowPlace }
  /** A blind transfer reached nobody; this agent had made it. */
  | { readonly kind: 'return' }
  | { readonly kind: 'pickUp'; readonly slot: number; readonly until: Instant; readonly by: AgentId };

/** One session offered to one agent, with one deadline. */
export interface Offer {
  readonly offerId: OfferId;
  readonly agentId: AgentId;
  readonly madeAt: Instant;
  readonly until: Instant;
  /** Answered while the offer is still open: a telephone that has yet to press 1. */
  readonly leg: Leg;
  readonly ringing: boolean;
  readonly purpose: OfferPurpose;
}

/** The agent in a conversation, or on the way into one. */
export interface AgentSide {
  readonly agentId: AgentId;
  readonly leg: Leg;
}

/** Whoever is in the call beside customer and agent. */
export interface Third {
  readonly party: ThirdParty;
  readonly leg: Leg;
  readonly progress: 'dialling' | 'ringing' | 'confirming' | 'answered';
  /** Its answer must be here by then. */
  readonly until: Instant;
}

/** A supervisor's leg at a conversation. `on`: the switch says that she hears it. */
export interface Monitor {
  readonly supervisorId: string;
  readonly leg: Leg;
  readonly mode: MonitorMode;
  readonly on: boolean;
}

interface Common {
  readonly sessionId: SessionId;
  readonly since: Instant;
  readonly log: CallLog;
}
interface WithCustomer extends Common {
  readonly customer: Customer;
}
interface InConversation extends WithCustomer {
  readonly agent: AgentSide;
  readonly link: Link;
  readonly monitors: readonly Monitor[];
}

export interface Arriving extends Common {
  readonly at: 'arriving';
  /** Her leg must be here by then. */
  readonly until: Instant;
}
/** Before the line, or out of it: the caller is alone with the machine. */
export interface Menu extends WithCustomer {
  readonly at: 'menu';
  readonly step: MenuStep;
  readonly until: Instant;
}
export type MenuStep = ConsentAsked | InFlow;
/** The prompt that says the call is recorded, and waits for the key that says no. `playId` null: not begun. */
export interface ConsentAsked {
  readonly kind: 'consent';
  readonly soundId: string;
  readonly optOutDigit: string;
  /** In line, once she has been asked. */
  readonly place: Place;
  readonly playId: string | null;
}
/** At a step of a flow. */
export interface InFlow extends FlowPlace {
  readonly kind: 'flow';
  /** How often she has been asked. */
  readonly tries: number;
  readonly hears: Heard;
}
/** What a caller alone with the machine is doing. */
export type Heard =
  /** Her leg is not there yet, or not again. */
  | { readonly at: 'nothing' }
  /** `rest`: the sounds to come. */
  | { readonly at: 'prompt'; readonly playId: string; readonly rest: readonly string[] }
  /** The time for a key runs. */
  | { readonly at: 'keys' }
  /** She speaks, and is recorded. */
  | { readonly at: 'message' };
export interface Waiting extends WithCustomer {
  readonly at: 'waiting';
}
export interface Offered extends WithCustomer {
  readonly at: 'offered';
  readonly offer: Offer;
}
export interface Connecting extends InConversation {
  readonly at: 'connecting';
}
export interface Talking extends InConversation {
  readonly at: 'talking';
}
export interface Held extends InConversation {
  readonly at: 'held';
  /** The agent is reminded then, and again after as long a time. */
  readonly remindAt: Instant;
}
export interface Consulting extends InConversation {
  readonly at: 'consulting';
  readonly third: Third;
  /** With whom the agent talks; `customer` only while the third party has answered. */
  readonly facing: 'customer' | 'third';
}
export interface Conferencing extends InConversation {
  readonly at: 'conferencing';
  readonly third: Third;
}
/** Let go to a number that has not answered. */
export interface Transferring extends WithCustomer {
  readonly at: 'transferring';
  readonly third: Third;
  readonly by: LetGoBy;
}
/** Who let a customer go to a number, and gets her back when nobody answers there. */
export type LetGoBy =
  | { readonly kind: 'agent'; readonly agentId: AgentId }
  | { readonly kind: 'flow'; readonly otherwise: FlowPlace };
/** The customer talks with the third party; no agent is in it. */
export interface Transferred extends WithCustomer {
  readonly at: 'transferred';
  readonly third: Third;
  readonly link: Link;
}
/** The customer left a conference, the other two go on. */
export interface Aside extends Common {
  readonly at: 'aside';
  readonly agent: AgentSide;
  readonly third: Third;
  readonly link: Link;
  /** What the record will say. */
  readonly ending: SessionEnding;
}
export interface Parked extends WithCustomer {
  readonly at: 'parked';
  readonly slot: number;
  readonly until: Instant;
  readonly by: AgentId;
}
/** An outgoing call: the agent's own phone first, then the number. */
export interface Dialling extends Common {
  readonly at: 'dialling';
  readonly agent: AgentSide;
  readonly link: Link;
  readonly number: string;
  readonly callerNumber: string;
  readonly wantsEarlyMedia: boolean;
  readonly stage: DialStage;
  readonly until: Instant;
}
export type DialStage =
  | { readonly at: 'agent'; readonly ringing: boolean }
  /** The telephone she talks on has yet to press 1. */
  | { readonly at: 'confirming' }
  | {
      readonly at: 'destination';
      readonly leg: Leg;
      readonly ringing: boolean;
      /** Its early sound is there. */
      readonly early: boolean;
    };
/** A number that hears a sound; nobody is on the line. `playId` null: it has not answered. */
export interface Notifying extends Common {
  readonly at: 'notifying';
  readonly leg: Leg;
  readonly soundId: string;
  readonly times: number;
  readonly playId: string | null;
  readonly until: Instant;
}
/** The agent has hung up, the customer is asked how it was. */
export interface Surveying extends WithCustomer {
  readonly at: 'surveying';
  /** The first is 0; past the last she is thanked. */
  readonly question: number;
  /** How often it has been asked. */
  readonly tries: number;
  readonly hears: Heard;
  readonly until: Instant;
  /** What the record will say. */
  readonly ending: SessionEnding;
}
export interface Ended extends Common {
  readonly at: 'ended';
  readonly ending: SessionEnding;
  readonly record: CallRecord;
  readonly legs: readonly LegRecord[];
  readonly agentId: AgentId | null;
  readonly stars?: number;
}

/** The agent's page is gone (a reload, its network); the customer is kept for her. */
export interface Rejoining extends WithCustomer {
  readonly at: 'rejoining';
  readonly agentId: AgentId;
  /** What she comes back to. */
  readonly held: boolean;
  /** Her page's next leg, once it is called. */
  readonly leg: Leg | null;
  /** When it is called; null: when it is registered again. */
  readonly callAt: Instant | null;
  readonly until: Instant;
  /** They stay for her, and hear nothing meanwhile. */
  readonly monitors: readonly Monitor[];
}

/** Customer and agent have each other, whatever else goes on. */
export type Conversation = Connecting | Talking | Held | Consulting | Conferencing;
/** Supervisors may be at it. */
export type Monitored = Conversation | Rejoining;
export type LiveSession =
  | Arriving
  | Menu
  | Waiting
  | Offered
  | Conversation
  | Rejoining
  | Transferring
  | Transferred
  | Aside
  | Parked
  | Dialling
  | Notifying
  | Surveying;
export type Session = LiveSession | Ended;
