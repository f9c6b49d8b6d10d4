// What the floor wants done in the world. Data only: the engine performs them through the ports, and what comes of them
// returns as inputs. The order of effects from one step is the order in which they are begun.

import type { Device } from '../device.ts';
import type { AgentId, Instant, LegId, OfferId, QueueId, SessionId } from '../ids.ts';

/** A timer is a value with a name; starting one again moves it. */
export type Timer =
  | { readonly name: 'offer'; readonly offerId: OfferId }
  | { readonly name: 'wrapUp'; readonly agentId: AgentId }
  /** A session id was handed out; its leg must arrive by then. */
  | { readonly name: 'arrival'; readonly sessionId: SessionId }
  /** The web customer's leg died (page reload, network); she may come back until then. */
  | { readonly name: 'return'; readonly sessionId: SessionId }
  /** A bridge was asked for; the event must come by then. */
  | { readonly name: 'bridge'; readonly sessionId: SessionId }
  /** A hang-up was asked for; if the leg is still there then, ask again and count it. */
  | { readonly name: 'release'; readonly legId: LegId }
  /** A phone turned an offer down at once; it is left alone until then. */
  | { readonly name: 'rest'; readonly agentId: AgentId };

export type MediaEffect =
  | { readonly kind: 'leg.answer'; readonly legId: LegId }
  /** Ring-back to an inbound leg that is not answered. */
  | { readonly kind: 'leg.ring'; readonly legId: LegId }
  | { readonly kind: 'music.start'; readonly legId: LegId; readonly queueId: QueueId }
  | { readonly kind: 'music.stop'; readonly legId: LegId }
  | {
      readonly kind: 'leg.dialAgent';
      readonly legId: LegId;
      readonly agentId: AgentId;
      readonly device: Device;
      readonly sessionId: SessionId;
      readonly offerId: OfferId;
      /** What the agent's phone shows; already masked where the agent may not see the number. */
      readonly callerNumber: string;
      readonly callerName: string;
      readonly ringUntil: Instant;
    }
  /** Ask a ringing desk phone to go off-hook by itself (talk event); a phone that cannot goes on ringing. */
  | { readonly kind: 'leg.autoAnswer'; readonly legId: LegId }
  | { readonly kind: 'leg.hangUp'; readonly legId: LegId; readonly cause: HangUpCause }
  | { readonly kind: 'legs.bridge'; readonly a: LegId; readonly b: LegId; readonly sessionId: SessionId }
  /** Part a bridged pair; both legs stay, parked. */
  | { readonly kind: 'legs.park'; readonly a: LegId; readonly b: LegId }
  /** Stereo: left is `legId`'s own voice, right the other party. */
  | { readonly kind: 'recording.start'; readonly legId: LegId; readonly sessionId: SessionId }
  | { readonly kind: 'recording.stop'; readonly legId: LegId; readonly sessionId: SessionId }
  /** Leave on the channel what a restarted control plane needs to know it by. */
  | { readonly kind: 'leg.label'; readonly legId: LegId; readonly labels: LegLabels };

/** Written as channel variables, read back by the reconciler as LiveLeg. */
export interface LegLabels {
  readonly role: 'customer' | 'agent';
  readonly sessionId: SessionId;
  readonly agentId?: AgentId;
  readonly offerId?: OfferId;
}

/** Why we end a leg; the adapter maps it to a Q.850 cause the far phone understands. */
export type HangUpCause =
  'normal' | 'answered_elsewhere' | 'no_answer' | 'queue_full' | 'closed' | 'not_found' | 'temporary_failure';

export type TimerEffect =
  | { readonly kind: 'timer.start'; readonly timer: Timer; readonly at: Instant }
  | { readonly kind: 'timer.cancel'; readonly timer: Timer };

export type Effect = MediaEffect | TimerEffect;
