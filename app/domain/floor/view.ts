// What may be read of the floor from outside: plain values, made on request. Realtime and HTTP publish projections of
// these and nothing else.

import type { Device, Reachability } from '../device.ts';
import type { SessionEnding } from '../ending.ts';
import type { AgentId, Instant, LegId, QueueId, SessionId } from '../ids.ts';
import type { WaitEstimate } from '../waiting-time.ts';
import type { MonitorMode } from './effects.ts';
import type { ActivityName } from './facts.ts';

export interface SessionView {
  readonly sessionId: SessionId;
  readonly source: 'web' | 'phone' | 'outbound';
  readonly queueId: QueueId;
  readonly state: SessionStateName;
  /** When the present state began. */
  readonly since: Instant;
  readonly requestedAt: Instant;
  /** First put in line. */
  readonly queuedAt?: Instant;
  /** First conversation began. */
  readonly connectedAt?: Instant;
  /** 1 is next. Only while waiting or ringing. */
  readonly place?: number;
  /** How long she will still wait, where enough is known. */
  readonly estimate?: WaitEstimate;
  readonly agentId?: AgentId;
  readonly customerLeg?: LegId;
  readonly agentLeg?: LegId;
  /** The legs that are to hear each other now; `joined` once the switch says that they do. */
  readonly together?: readonly LegId[];
  readonly joined?: boolean;
  /** The consulted agent, the outside number, or the supervisor who took over. */
  readonly third?: ThirdView;
  /** While consulting: with whom the agent talks now. */
  readonly facing?: 'customer' | 'third';
  /** While in a flow: the step she is at. */
  readonly flow?: { readonly flowId: string; readonly step: string };
  /** Keys of the customer's that mean something now. */
  readonly keys?: readonly string[];
  /** While parked. */
  readonly slot?: number;
  readonly muted?: boolean;
  readonly recording?: 'on' | 'paused';
  /** What is being played into the call. */
  readonly playId?: string;
  readonly monitors?: readonly MonitorView[];
  /** Web customer's browser is gone for the moment (page reload). */
  readonly away: boolean;
  readonly customerNumber?: string;
  readonly customerName?: string;
  readonly ending?: SessionEnding;
}

/**
 * `rejoining`: the agent's page is gone for the moment, the customer is kept for her; `transferring`: to a number that is not answered yet; `transferred`: the customer talks with the third party, no agent is in it;
 * `aside`: the customer left a conference, the other two go on; `dialling`: an outgoing call; `notifying`: a number hears a sound.
 */
export type SessionStateName =
  | 'arriving'
  | 'menu'
  | 'waiting'
  | 'ringing'
  | 'connecting'
  | 'talking'
  | 'held'
  | 'consulting'
  | 'conferencing'
  | 'rejoining'
  | 'transferring'
  | 'transferred'
  | 'aside'
  | 'parked'
  | 'dialling'
  | 'notifying'
  | 'surveying'
  | 'ended';

export interface ThirdView {
  readonly kind: 'agent' | 'number' | 'supervisor';
  readonly agentId?: AgentId;
  readonly supervisorId?: string;
  /** To be masked like any number. */
  readonly number?: string;
  readonly legId: LegId;
  readonly state: 'dialling' | 'ringing' | 'answered';
}

export interface MonitorView {
  readonly supervisorId: string;
  readonly mode: MonitorMode;
  readonly legId: LegId;
  readonly state: 'dialling' | 'answered' | 'on';
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
  readonly activity: ActivityName;
  readonly activitySince: Instant;
  readonly wrapUpUntil?: Instant;
  readonly device?: Device;
  readonly reachability: Reachability;
  /** Her nailed-up line, and its leg while there is one. */
  readonly line?: {
    readonly state: 'down' | 'dialling' | 'up';
    readonly since: Instant;
    readonly legId?: LegId;
  };
  readonly sessionId?: SessionId;
  /** In the call she has. */
  readonly muted?: boolean;
}

export interface QueueView {
  readonly queueId: QueueId;
  /** By order and by its hours. */
  readonly open: boolean;
  /** Open, or closed with something to say to whoever calls. */
  readonly takesCalls: boolean;
  /** While its hours keep it closed. */
  readonly opensAt?: Instant;
  readonly waiting: number;
  /** For whoever calls now, where enough is known and no agent is free. */
  readonly estimate?: WaitEstimate;
  /** When the caller who waits longest was put in line. */
  readonly longestSince?: Instant;
  readonly agents: { readonly ready: number; readonly busy: number; readonly onBreak: number };
  readonly record: 'always' | 'onDemand' | 'never';
  /** What a call out for this queue may show; the first where nobody says. */
  readonly callerNumbers?: readonly string[];
}

export interface FloorView {
  session(sessionId: SessionId): SessionView | undefined;
  /** Live sessions only, and those ended within the last minute. */
  sessions(): readonly SessionView[];
  agent(agentId: AgentId): AgentView | undefined;
  agents(): readonly AgentView[];
  queues(): readonly QueueView[];
}
