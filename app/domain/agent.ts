// An agent on two axes. Presence is what she wants; activity is what she does.
//
//   presence   signedOut ──signIn──▶ ready ⇄ break           asked for while not idle: kept in `next`, applied at idle
//
//   activity   idle ──offer──▶ offered ──rings──▶ ringing ──answers──▶ talking ⇄ held, consulting, conferencing
//               ▲                 │                  │                    │       │
//               ├──── missed ─────┴──────────────────┘                    └───┬───┘
//               ├──────────────────── wrapUp ◀──────── call over ─────────────┤
//               │                              talking, held ──drops──▶ reconnecting ──returns──▶ talking, held
//               └──dials──▶ dialling ──the number answers──▶ talking ──────────┘
//
// An offered agent has an offer id and a leg; an idle one cannot have them.

import type { Device, Reachability } from './device.ts';
import type { OfferMiss } from './ending.ts';
import type { AgentId, Instant, LegId, OfferId, QueueId, SessionId } from './ids.ts';
import type { LineEvent, StandingLine } from './standing-line.ts';

/** `line_hung_up`: she put her nailed-up line down between two calls; `line_lost`: it could not be had back. */
export type BreakCause = 'asked' | 'misses' | 'line_hung_up' | 'line_lost';

export type Presence =
  | { readonly at: 'signedOut'; readonly since: Instant; readonly cause: string }
  | { readonly at: 'ready'; readonly since: Instant; readonly device: Device }
  | {
      readonly at: 'break';
      readonly since: Instant;
      readonly device: Device;
      readonly reason: string;
      readonly cause: BreakCause;
    };

/** Ends the call she is in, and where the agent's own leg is. */
interface InCall {
  readonly since: Instant;
  readonly sessionId: SessionId;
  readonly legId: LegId;
}

export type Activity =
  /** `restUntil`: after a miss that came back at once, so that a dead phone is not rung in a tight loop; or she is at her phone still. */
  | { readonly at: 'idle'; readonly since: Instant; readonly restUntil?: Instant }
  | ({ readonly at: 'offered'; readonly offerId: OfferId } & InCall)
  | ({ readonly at: 'ringing'; readonly offerId: OfferId } & InCall)
  | ({ readonly at: 'talking' } & InCall)
  | ({ readonly at: 'held' } & InCall)
  /** On either side of a consultation. */
  | ({ readonly at: 'consulting' } & InCall)
  | ({ readonly at: 'conferencing' } & InCall)
  /** Her page dropped out of the call; it is kept for her. */
  | { readonly at: 'reconnecting'; readonly since: Instant; readonly sessionId: SessionId }
  /** Her own phone, then the number, is being called. */
  | ({ readonly at: 'dialling' } & InCall)
  | {
      readonly at: 'wrapUp';
      readonly since: Instant;
      readonly until: Instant;
      readonly sessionId: SessionId;
    };

/** What was asked for during a call, for afterwards. */
export type Next =
  | { readonly to: 'ready' }
  | { readonly to: 'break'; readonly reason: string; readonly cause: BreakCause }
  | { readonly to: 'signedOut'; readonly cause: string };

export interface Agent {
  readonly agentId: AgentId;
  readonly displayName: string;
  readonly queues: readonly QueueId[];
  readonly presence: Presence;
  readonly activity: Activity;
  readonly next?: Next;
  /** Of her device; with a line of her own see `reachOf`. */
  readonly reachability: Reachability;
  /** Her nailed-up line, when she has asked for one. */
  readonly line?: StandingLine;
  /** Offers missed in a row. */
  readonly misses: number;
  /** Her legs that were told to hang up and are not gone yet: until then her phone is busy (N3). */
  readonly clearing: readonly LegId[];
}

/** Everything that can happen to one agent; what the floor has already looked up travels inside. */
export type AgentEvent =
  | {
      readonly kind: 'signIn';
      readonly device: Device;
      readonly reachability: Reachability;
      /** The reason of the break she begins with. */
      readonly onBreak?: string;
      /** Absent: at a device that is hers already all stays as it is. */
      readonly nailedUp?: boolean;
    }
  | { readonly kind: 'signOut'; readonly cause: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'break'; readonly reason: string; readonly cause?: BreakCause }
  | {
      readonly kind: 'offer';
      readonly offerId: OfferId;
      readonly sessionId: SessionId;
      readonly legId: LegId;
      /** She asked for it herself, so it may be in a break. */
      readonly wished?: boolean;
    }
  | { readonly kind: 'dials'; readonly sessionId: SessionId; readonly legId: LegId }
  | { readonly kind: 'rings' }
  /** Another call rings her in place of the one that did. */
  | { readonly kind: 'rungAnew'; readonly legId: LegId }
  | { readonly kind: 'answers'; readonly into: 'talking' | 'consulting' }
  /** What the session she is in has become. */
  | { readonly kind: 'turns'; readonly into: 'talking' | 'consulting' | 'conferencing' }
  /** Her page is gone, her call is not. */
  | { readonly kind: 'drops' }
  | { readonly kind: 'returns'; readonly legId: LegId; readonly into: 'talking' | 'held' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'resume' }
  /** The offer came to nothing. `maxMisses` 0 = no limit. */
  | {
      readonly kind: 'missed';
      readonly miss: OfferMiss;
      readonly maxMisses: number;
      readonly restUntil: Instant | null;
    }
  /** `wrapUpMs` 0 = none; `restUntil` when there was no conversation and the phone needs a pause. */
  | { readonly kind: 'callOver'; readonly wrapUpMs: number; readonly restUntil: Instant | null }
  | { readonly kind: 'wrapUpOver' }
  /** Her phone is busy with something that is no call of ours. */
  | { readonly kind: 'rests'; readonly until: Instant }
  | { readonly kind: 'restOver' }
  | { readonly kind: 'reachable'; readonly reachability: Reachability }
  | { readonly kind: 'legClearing'; readonly legId: LegId }
  | { readonly kind: 'legGone'; readonly legId: LegId }
  | { readonly kind: 'settings'; readonly displayName: string; readonly queues: readonly QueueId[] }
  | LineEvent;

/** An agent the settings name for the first time: nobody has signed in. */
export function newAgent(
  agentId: AgentId,
  displayName: string,
  queues: readonly QueueId[],
  now: Instant,
): Agent {
  return {
    agentId,
    displayName,
    queues,
    presence: { at: 'signedOut', since: now, cause: 'never' },
    activity: { at: 'idle', since: now },
    reachability: { reachable: false, why: 'unregistered' },
    misses: 0,
    clearing: [],
  };
}

/** May a call be offered to her now? */
export function isAvailable(agent: Agent): boolean {
  return (
    agent.activity.at === 'idle' &&
    agent.activity.restUntil === undefined &&
    agent.presence.at === 'ready' &&
    reachOf(agent).reachable &&
    agent.clearing.length === 0
  );
}

/** May she begin a call of her own, or take one she asks for? Also in a break. */
export function isFree(agent: Agent): boolean {
  const { activity, presence, clearing } = agent;
  return (
    activity.at === 'idle' && presence.at !== 'signedOut' && reachOf(agent).reachable && clearing.length === 0
  );
}

/** Can a call reach her? Her device must be there and, where she has a line of her own, that must stand. */
export function reachOf({ reachability, line }: Agent): Reachability {
  if (!reachability.reachable || line === undefined || line.at === 'up') return reachability;
  return { reachable: false, why: 'line_down' };
}

/** Her leg that stands on the switch from call to call. */
export function standingLegOf({ line }: Agent): LegId | undefined {
  return line?.at === 'up' ? line.legId : undefined;
}

/** The device she signed in with. */
export function deviceOf(agent: Agent): Device | undefined {
  return agent.presence.at === 'signedOut' ? undefined : agent.presence.device;
}

/** The leg of hers that takes part in a session, ringing or talking. */
export function callLegOf(agent: Agent): LegId | undefined {
  const { activity } = agent;
  return 'legId' in activity ? activity.legId : undefined;
}

/** The session she is concerned with, from the offer to the end of wrap-up. */
export function sessionOf(agent: Agent): SessionId | undefined {
  return agent.activity.at === 'idle' ? undefined : agent.activity.sessionId;
}
