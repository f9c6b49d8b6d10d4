// What the floor wants done in the world. Data only: the engine performs them through the ports, and what comes of them
// returns as inputs. The order of effects from one step is the order in which they are begun.

import type { Device } from '../device.ts';
import type { AgentId, Instant, LegId, OfferId, QueueId, SessionId } from '../ids.ts';

/** Where an outgoing leg goes: a registered device, or a telephone number reached through a trunk. */
export type Destination =
  | { readonly kind: 'device'; readonly device: Device }
  /** Dialable digits with an optional leading `+`. */
  | { readonly kind: 'number'; readonly number: string };

/** How a supervisor takes part: hears both · is heard by the agent only · is heard by both. */
export type MonitorMode = 'listen' | 'whisper' | 'barge';

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
  /** A consulted party, or the number a customer was let go to, must answer by then. */
  | { readonly name: 'third'; readonly sessionId: SessionId }
  /** A held customer: the agent is reminded. */
  | { readonly name: 'hold'; readonly sessionId: SessionId }
  | { readonly name: 'park'; readonly sessionId: SessionId }
  /** A desk phone that was asked to go off-hook must have by then. */
  | { readonly name: 'offHook'; readonly sessionId: SessionId }
  /** An agent whose page is gone: it is called then, or given up. */
  | { readonly name: 'rejoin'; readonly sessionId: SessionId }
  | { readonly name: 'menu'; readonly sessionId: SessionId }
  /** A caller in line is told her place and her wait. */
  | { readonly name: 'announce'; readonly sessionId: SessionId }
  /** An outgoing leg must answer by then, or a notification be over. */
  | { readonly name: 'dial'; readonly sessionId: SessionId }
  /** A nailed-up line: the end of its ringing, or the next call to her. */
  | { readonly name: 'line'; readonly agentId: AgentId }
  /** A phone turned an offer down at once; it is left alone until then. */
  | { readonly name: 'rest'; readonly agentId: AgentId };

export type MediaEffect =
  | { readonly kind: 'leg.answer'; readonly legId: LegId }
  /** Ring-back to an inbound leg that is not answered. */
  | { readonly kind: 'leg.ring'; readonly legId: LegId }
  | { readonly kind: 'music.start'; readonly legId: LegId; readonly queueId: QueueId }
  | { readonly kind: 'music.stop'; readonly legId: LegId }
  | {
      readonly kind: 'leg.dial';
      readonly legId: LegId;
      readonly to: Destination;
      readonly labels: LegLabels;
      /** What the far phone shows; already masked where an agent may not see the number. */
      readonly callerNumber: string;
      readonly callerName: string;
      readonly ringUntil: Instant;
      /** Early sound of the far side is wanted: `leg.earlyMedia` tells that it is there, and the leg may be bridged from then on. */
      readonly earlyMedia?: boolean;
      /** Ask the phone to go off-hook by itself (Call-Info answer-after, Alert-Info). */
      readonly autoAnswer?: boolean;
    }
  /** Ask a ringing desk phone to go off-hook by itself (talk event); a phone that cannot goes on ringing. */
  | { readonly kind: 'leg.autoAnswer'; readonly legId: LegId }
  | { readonly kind: 'leg.hangUp'; readonly legId: LegId; readonly cause: HangUpCause }
  /** Joins two legs; one that is bridged elsewhere or in a conference is taken out first, whoever it leaves stays parked. */
  | { readonly kind: 'legs.bridge'; readonly a: LegId; readonly b: LegId; readonly sessionId: SessionId }
  /** Part a bridged pair; both legs stay, parked. */
  | { readonly kind: 'legs.park'; readonly a: LegId; readonly b: LegId }
  /** Out of a bridge or a conference; the other leg of a bridge stays parked too. */
  | { readonly kind: 'leg.parkAlone'; readonly legId: LegId }
  /** Brings those that are not in it yet into the session's room. Nobody is taken out by it. */
  | { readonly kind: 'legs.conference'; readonly room: SessionId; readonly legs: readonly LegId[] }
  | { readonly kind: 'leg.mute'; readonly legId: LegId; readonly muted: boolean }
  /** To that leg's phone: 1 to 32 of `0-9A-D*#`. */
  | { readonly kind: 'leg.sendDigits'; readonly legId: LegId; readonly digits: string }
  | {
      readonly kind: 'sound.play';
      readonly legId: LegId;
      /** `[A-Za-z0-9_-]`, a file or a tone of the switch. */
      readonly soundId: string;
      /** What follows it without a gap. */
      readonly then?: readonly string[];
      readonly playId: string;
      /** Over the conversation, which goes on. */
      readonly mix: boolean;
      /** -4 to 4, 0 as recorded. */
      readonly volume: number;
      readonly times: number;
      /** Who hears it: this leg, or also whoever it is bridged with. */
      readonly to: 'leg' | 'both';
    }
  | { readonly kind: 'sound.stop'; readonly legId: LegId; readonly playId: string }
  /** The tone of a far phone that rings, to a parked leg; `music.start`, a bridge or a conference ends it as well. */
  | { readonly kind: 'ringback.start'; readonly legId: LegId }
  | { readonly kind: 'ringback.stop'; readonly legId: LegId }
  /** Stereo: left is `legId`'s own voice, right the other party. */
  | { readonly kind: 'recording.start'; readonly legId: LegId; readonly sessionId: SessionId }
  | { readonly kind: 'recording.stop'; readonly legId: LegId; readonly sessionId: SessionId }
  /** Nothing said from here to the resume is in the file; silence stands in its place. */
  | { readonly kind: 'recording.pause'; readonly legId: LegId; readonly sessionId: SessionId }
  | { readonly kind: 'recording.resume'; readonly legId: LegId; readonly sessionId: SessionId }
  /** `legId` is the supervisor's own, answered and parked; `on` the agent's. */
  | {
      readonly kind: 'eavesdrop.start';
      readonly legId: LegId;
      readonly on: LegId;
      readonly mode: MonitorMode;
    }
  | { readonly kind: 'eavesdrop.mode'; readonly legId: LegId; readonly mode: MonitorMode }
  /** Leave on the channel what a restarted control plane needs to know it by. */
  | { readonly kind: 'leg.label'; readonly legId: LegId; readonly labels: LegLabels };

/** Written as channel variables, read back by the reconciler as LiveLeg. */
export interface LegLabels {
  readonly role: LegRole;
  readonly sessionId: SessionId;
  readonly agentId?: AgentId;
  readonly offerId?: OfferId;
  readonly supervisorId?: string;
  /** It is the agent's nailed-up line, and outlives its calls. Rung for no call, it has its own id for a session's. */
  readonly standing?: true;
}

/** `third`: a consulted agent or an outside number in somebody else's call. */
export type LegRole = 'customer' | 'agent' | 'third' | 'supervisor';

/** The leg an effect is about; the first of several. */
export function legOf(effect: MediaEffect): LegId | undefined {
  if (effect.kind === 'legs.conference') return effect.legs[0];
  return effect.kind === 'legs.bridge' || effect.kind === 'legs.park' ? effect.a : effect.legId;
}

/** Why we end a leg; the adapter maps it to a Q.850 cause the far phone understands. */
export type HangUpCause =
  'normal' | 'answered_elsewhere' | 'no_answer' | 'queue_full' | 'closed' | 'not_found' | 'temporary_failure';

export type TimerEffect =
  | { readonly kind: 'timer.start'; readonly timer: Timer; readonly at: Instant }
  | { readonly kind: 'timer.cancel'; readonly timer: Timer };

export type Effect = MediaEffect | TimerEffect;
