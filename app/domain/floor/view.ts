// What may be read of the floor from outside: plain values, made on request. Realtime and HTTP publish projections of
// these and nothing else.

import type { Device, Reachability } from '../device.ts';
import type { SessionEnding } from '../ending.ts';
import type { AgentId, Instant, LegId, QueueId, SessionId } from '../ids.ts';

export interface SessionView {
  readonly sessionId: SessionId;
  readonly source: 'web' | 'phone';
  readonly queueId: QueueId;
  readonly state: 'arriving' | 'waiting' | 'ringing' | 'connecting' | 'talking' | 'held' | 'ended';
  /** When the present state began. */
  readonly since: Instant;
  readonly requestedAt: Instant;
  /** 1 is next. Only while waiting or ringing. */
  readonly place?: number;
  readonly agentId?: AgentId;
  readonly customerLeg?: LegId;
  readonly agentLeg?: LegId;
  /** Web customer's browser is gone for the moment (page reload). */
  readonly away: boolean;
  readonly customerNumber?: string;
  readonly customerName?: string;
  readonly ending?: SessionEnding;
}

export interface AgentView {
  readonly agentId: AgentId;
  readonly displayName: string;
  readonly queues: readonly QueueId[];
  readonly presence: 'signedOut' | 'ready' | 'break';
  readonly presenceSince: Instant;
  readonly breakReason?: string;
  /** Kept until the call is over. */
  readonly next?: 'ready' | 'break' | 'signedOut';
  readonly activity: 'idle' | 'offered' | 'ringing' | 'talking' | 'held' | 'wrapUp';
  readonly activitySince: Instant;
  readonly wrapUpUntil?: Instant;
  readonly device?: Device;
  readonly reachability: Reachability;
  readonly sessionId?: SessionId;
}

export interface QueueView {
  readonly queueId: QueueId;
  readonly open: boolean;
  readonly waiting: number;
  /** When the caller who waits longest was put in line. */
  readonly longestSince?: Instant;
  readonly agents: { readonly ready: number; readonly busy: number; readonly onBreak: number };
}

export interface FloorView {
  session(sessionId: SessionId): SessionView | undefined;
  /** Live sessions only, and those ended within the last minute. */
  sessions(): readonly SessionView[];
  agent(agentId: AgentId): AgentView | undefined;
  agents(): readonly AgentView[];
  queues(): readonly QueueView[];
}
