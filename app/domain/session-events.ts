// What can happen to a session: the inputs of session-changes.ts. What it is in between: session.ts.

import type { Announcing, Told } from './announcement.ts';
import type { Place } from './call-log.ts';
import type { LegEnding, OfferMiss, SessionEnding } from './ending.ts';
import type { FlowPlace } from './flow.ts';
import type { MonitorMode } from './floor/effects.ts';
import type { AgentId, Instant, LegId, QueueId } from './ids.ts';
import type { Leg, OffHook } from './party.ts';
import type { Offer, Third, Monitor, MenuStep, ConsentAsked, Heard } from './session.ts';

/** How a leg of a session that goes on ended. */
interface LegGone {
  readonly ending: LegEnding;
}

export type SessionEvent =
  /** A customer's leg is parked on the switch; also when she comes back on a new one. */
  | {
      readonly kind: 'arrives';
      readonly leg: Leg;
      readonly place: Place;
      readonly menu: MenuStep | null;
      /** Nobody is there at this hour. */
      readonly closed?: boolean;
      readonly until: Instant;
    }
  | { readonly kind: 'customerAnswered' }
  | ({ readonly kind: 'customerGone'; readonly until: Instant } & LegGone)
  | { readonly kind: 'menuPlays'; readonly playId: string; readonly until: Instant }
  /** `consent`: what she said to being recorded. */
  | { readonly kind: 'menuOver'; readonly consent: boolean }
  /** In line; `told` when it begins. Null: out of it. */
  | {
      readonly kind: 'announces';
      readonly announcing: Announcing | null;
      readonly told?: Omit<Told, 'prompt'>;
    }
  /** To a step of a flow. `closed`: because nobody is there now. `thirdEnding`: of the number that did not answer. */
  | ({
      readonly kind: 'follows';
      readonly until: Instant;
      readonly closed?: boolean;
      readonly thirdEnding?: LegEnding;
    } & FlowPlace)
  | {
      readonly kind: 'hears';
      readonly hears: Heard;
      readonly tries?: number;
      /** On whose account the call is from here on. */
      readonly queueId?: QueueId;
      readonly until: Instant;
    }
  /** Out of a flow: in line (asked about recording before that, where the queue does). */
  | {
      readonly kind: 'joinsLine';
      readonly queueId: QueueId;
      readonly place: Place;
      readonly consent: ConsentAsked | null;
      readonly until: Instant;
    }
  /** Out of a flow, to a number. */
  | {
      readonly kind: 'sentOut';
      readonly third: Third;
      readonly otherwise: FlowPlace;
      /** Should the number be lost once they talk, she has a place in line like anybody. */
      readonly place: Place;
    }
  | { readonly kind: 'offered'; readonly offer: Offer }
  | { readonly kind: 'rings' }
  /** A telephone took the call; somebody has yet to press 1. */
  | { readonly kind: 'confirming' }
  | { readonly kind: 'answered' }
  /** The agent's ringing desk phone is to go off-hook by itself. */
  | { readonly kind: 'offHook'; readonly legId: LegId; readonly offHook: OffHook }
  /** It would not, and is rung by another call. */
  | ({ readonly kind: 'rungAnew'; readonly legId: LegId; readonly leg: Leg } & LegGone)
  /** `toHead`: before everybody who has not been served. */
  | ({ readonly kind: 'missed'; readonly miss: OfferMiss; readonly toHead: boolean } & LegGone)
  | { readonly kind: 'bridgeAsked' }
  | { readonly kind: 'bridged' }
  | { readonly kind: 'joined'; readonly legId: LegId }
  /** Of a pair, or one leg out of the room. */
  | { readonly kind: 'unbridged'; readonly legId?: LegId }
  | { readonly kind: 'bridgeFailed' }
  | { readonly kind: 'held'; readonly remindAt: Instant }
  | { readonly kind: 'reminded'; readonly remindAt: Instant }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'muted'; readonly legId: LegId; readonly muted: boolean }
  | { readonly kind: 'consults'; readonly third: Third }
  | { readonly kind: 'thirdProgress'; readonly progress: Third['progress'] }
  | { readonly kind: 'toggled' }
  | { readonly kind: 'confers' }
  /** Out of a consultation or conference, or out of a transfer to a number. */
  | ({ readonly kind: 'thirdGone'; readonly how: 'cancelled' | 'failed' | 'left' } & LegGone)
  /** The agent leaves customer and third party to each other. */
  | ({ readonly kind: 'agentLeaves' } & LegGone)
  /** The customer leaves a conference. */
  | ({ readonly kind: 'customerLeaves'; readonly sessionEnding: SessionEnding } & LegGone)
  | ({ readonly kind: 'transferredTo'; readonly third: Third } & LegGone)
  /** A supervisor, who was listening, stays in the agent's stead. */
  | ({ readonly kind: 'takenOver'; readonly supervisorId: string } & LegGone)
  | ({ readonly kind: 'parks'; readonly slot: number; readonly until: Instant } & LegGone)
  /** Let go to a queue (at a new place), or on the way to one agent. */
  | ({ readonly kind: 'passedOn'; readonly queueId: QueueId; readonly place: Place } & LegGone)
  /** The agent's leg is gone, or was let go, and the customer must be served by somebody else. */
  | ({ readonly kind: 'agentLost' } & LegGone)
  /** Her page is gone without her asking: she may come back until then. */
  | ({ readonly kind: 'agentAway'; readonly callAt: Instant; readonly until: Instant } & LegGone)
  /** Her page is called. */
  | { readonly kind: 'recalled'; readonly leg: Leg }
  /** It did not answer, or cannot be called now. */
  | { readonly kind: 'recallMissed'; readonly callAt: Instant | null; readonly ending: LegEnding }
  | { readonly kind: 'agentBack'; readonly remindAt: Instant }
  /** Nobody picked her up, or whom she was passed on to was lost: to the head of the line. */
  | { readonly kind: 'backToLine'; readonly thirdEnding?: LegEnding }
  | ({ readonly kind: 'surveys'; readonly sessionEnding: SessionEnding; readonly until: Instant } & LegGone)
  | {
      readonly kind: 'surveyGoesOn';
      readonly answered?: { readonly question: string; readonly answer: number };
      readonly until: Instant;
    }
  | { readonly kind: 'destinationDialled'; readonly leg: Leg; readonly until: Instant }
  | { readonly kind: 'agentConfirms'; readonly until: Instant }
  | { readonly kind: 'dialRings' }
  | { readonly kind: 'earlyMedia' }
  | { readonly kind: 'destinationAnswered' }
  | { readonly kind: 'notifies'; readonly playId: string; readonly until: Instant }
  | { readonly kind: 'monitored'; readonly monitor: Monitor }
  | {
      readonly kind: 'monitorChanged';
      readonly supervisorId: string;
      readonly change: 'answered' | 'on' | MonitorMode;
    }
  | ({
      readonly kind: 'monitorGone';
      readonly supervisorId: string;
      readonly how: 'left' | 'failed';
    } & LegGone)
  | {
      readonly kind: 'plays';
      readonly legId: LegId;
      readonly playId: string;
      readonly soundId: string;
      readonly agentId: AgentId;
    }
  | { readonly kind: 'played'; readonly playId: string; readonly how: 'done' | 'stopped' | 'failed' }
  | { readonly kind: 'digitsSent'; readonly agentId: AgentId; readonly count: number }
  | { readonly kind: 'recordingAsked'; readonly legId: LegId | null }
  | { readonly kind: 'recordingPaused'; readonly agentId: AgentId }
  /** The switch would not pause it, so it was stopped. */
  | { readonly kind: 'recordingCut' }
  | { readonly kind: 'recordingResumed'; readonly agentId: AgentId }
  | { readonly kind: 'recordingStarted'; readonly legId: LegId; readonly file: string }
  | { readonly kind: 'recordingStopped'; readonly file: string; readonly durationMs: number }
  | { readonly kind: 'recovered' }
  /** `legs`: how each leg that is open now ended; `released` where nothing is said. */
  | {
      readonly kind: 'ended';
      readonly ending: SessionEnding;
      readonly legs: Readonly<Partial<Record<LegId, LegEnding>>>;
    }
  | { readonly kind: 'rated'; readonly stars: number };
