// Everything that can happen to the floor. Three kinds: *commands* people give (imperative; may be refused), *signals* the
// wire reports (past tense; late and double ones are ignored), and *timers* that ran out.

import type { Device, Reachability } from '../device.ts';
import type { LegEnding } from '../ending.ts';
import type { AgentId, Instant, LegId, OfferId, QueueId, SessionId } from '../ids.ts';
import type { Timer } from './effects.ts';

export type CustomerCommand =
  /** A web customer pressed Call: a session is made; her browser's leg follows under this session id. */
  | {
      readonly kind: 'customer.request';
      readonly sessionId: SessionId;
      readonly queueId: QueueId;
      readonly displayName?: string;
    }
  | { readonly kind: 'customer.hangUp'; readonly sessionId: SessionId }
  /** 1 to 5 stars, after the call. */
  | { readonly kind: 'customer.rate'; readonly sessionId: SessionId; readonly stars: number };

export type AgentCommand =
  | { readonly kind: 'agent.signIn'; readonly agentId: AgentId; readonly device: Device }
  | { readonly kind: 'agent.signOut'; readonly agentId: AgentId }
  | { readonly kind: 'agent.ready'; readonly agentId: AgentId }
  | { readonly kind: 'agent.break'; readonly agentId: AgentId; readonly reason: string }
  /** Accept a ringing offer from the page: a desk phone is asked to auto-answer, a browser answers itself. */
  | { readonly kind: 'agent.answer'; readonly agentId: AgentId }
  | { readonly kind: 'agent.decline'; readonly agentId: AgentId }
  | { readonly kind: 'agent.hold'; readonly agentId: AgentId }
  | { readonly kind: 'agent.resume'; readonly agentId: AgentId }
  | { readonly kind: 'agent.hangUp'; readonly agentId: AgentId }
  /** Ends wrap-up early, with the note the agent wrote (already committed by the edge). */
  | { readonly kind: 'agent.finishWrapUp'; readonly agentId: AgentId };

export type SupervisorCommand =
  | { readonly kind: 'supervisor.endSession'; readonly sessionId: SessionId; readonly by: string }
  | { readonly kind: 'supervisor.signOutAgent'; readonly agentId: AgentId; readonly by: string };

/** What the settings say now; sent at start and whenever an administrator changes something. */
export type SettingsInput =
  | { readonly kind: 'settings.queue'; readonly queue: QueueSettings }
  | { readonly kind: 'settings.agent'; readonly agent: AgentSettings };

export interface QueueSettings {
  readonly queueId: QueueId;
  /** Longest time one offer may ring, milliseconds. */
  readonly ringMs: number;
  readonly wrapUpMs: number;
  /** Misses in a row after which the agent goes on break. */
  readonly maxMisses: number;
  /** Most callers that may wait; the next is refused with `queue_full`. */
  readonly maxWaiting: number;
  readonly record: 'always' | 'never';
  readonly open: boolean;
}

export interface AgentSettings {
  readonly agentId: AgentId;
  readonly displayName: string;
  readonly queues: readonly QueueId[];
}

export type Signal =
  /** An inbound leg is parked on the switch. `sessionId` is set for web customers (from their signed session). */
  | {
      readonly kind: 'leg.arrived';
      readonly legId: LegId;
      readonly source: 'web' | 'phone';
      readonly sessionId?: SessionId;
      readonly queueId?: QueueId;
      /** 0 is ordinary; a higher number goes first. */
      readonly priority?: number;
      readonly from?: string;
      readonly fromName?: string;
      readonly to?: string;
    }
  | { readonly kind: 'leg.ringing'; readonly legId: LegId }
  | { readonly kind: 'leg.answered'; readonly legId: LegId }
  | { readonly kind: 'legs.bridged'; readonly a: LegId; readonly b: LegId }
  /** The pair is apart again; each leg that lives on is parked. */
  | { readonly kind: 'legs.unbridged'; readonly a: LegId; readonly b: LegId }
  | {
      readonly kind: 'leg.ended';
      readonly legId: LegId;
      readonly ending: LegEnding;
      readonly detail?: string;
    }
  | { readonly kind: 'leg.digit'; readonly legId: LegId; readonly digit: string }
  | { readonly kind: 'recording.started'; readonly legId: LegId; readonly file: string }
  | {
      readonly kind: 'recording.stopped';
      readonly legId: LegId;
      readonly file: string;
      readonly durationMs: number;
    }
  /** An effect could not be carried out; `effect` names it (`bridge`, `dial`, …). */
  | {
      readonly kind: 'effect.failed';
      readonly effect: string;
      readonly legId?: LegId;
      readonly reason: string;
    }
  | { readonly kind: 'device.changed'; readonly address: string; readonly reachability: Reachability }
  /** The media switch is gone (crashed, frozen or cut off for good): every leg on it is dead. */
  | { readonly kind: 'switch.lost' }
  | { readonly kind: 'switch.back' };

/** What the reconciler found the switch to hold; the floor adopts or lets go. */
export interface Reconciled {
  readonly kind: 'reconciled';
  readonly legs: readonly LiveLeg[];
  /** When the switch was asked; legs younger than that are not judged by this list. */
  readonly askedAt?: Instant;
  /** The first look after a restart: a leg from before that is not in the list is gone for certain. */
  readonly afterRestart?: boolean;
}

/** A channel as the switch knows it, with what the control plane left on it as channel variables. */
export interface LiveLeg {
  readonly legId: LegId;
  readonly role: 'customer' | 'agent' | 'unknown';
  readonly sessionId?: SessionId;
  readonly agentId?: AgentId;
  readonly offerId?: OfferId;
  readonly state: 'ringing' | 'answered';
  readonly bridgedTo?: LegId;
  readonly createdAt: Instant;
  /** What `leg.arrived` said or would have said of an inbound leg: calls that came while nobody was here are taken in by it. */
  readonly arrival?: Omit<Extract<Signal, { kind: 'leg.arrived' }>, 'kind' | 'legId'>;
}

export interface TimerInput {
  readonly kind: 'timer';
  readonly timer: Timer;
}

export type Command = CustomerCommand | AgentCommand | SupervisorCommand;
export type Input = Command | SettingsInput | Signal | Reconciled | TimerInput;

/** Time and chance, handed to every step. */
export interface Moment {
  readonly now: Instant;
  /** A fresh random id (uuid v4 form), used for offers and for legs we originate. */
  readonly newId: () => string;
}
