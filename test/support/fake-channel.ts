// A channel of the switch in memory: what it is joined with, what it hears, what is done to it.

import type { MonitorMode } from '../../app/domain/floor/effects.ts';
import type { LiveLeg } from '../../app/domain/floor/inputs.ts';
import type { AgentId, LegId, QueueId, SessionId } from '../../app/domain/ids.ts';

/**
 * What a phone does when it is rung. `ring`: rings until somebody acts, or a talk event asks for it; `byHeader`: answers by itself only a
 * call that asks for it from the start; `byHand`: nothing but a hand; `silent`: does not even ring.
 */
export type PhoneHabit =
  'ring' | 'byHeader' | 'byHand' | 'answer' | 'decline' | 'busy' | 'unreachable' | 'fail' | 'silent';

export interface InboundCall {
  readonly source: 'web' | 'phone';
  readonly sessionId?: SessionId;
  readonly queueId?: QueueId;
  readonly agentId?: AgentId;
  readonly callerAgent?: AgentId;
  readonly flowId?: string;
  readonly priority?: number;
  readonly from?: string;
  readonly fromName?: string;
}

export interface Channel {
  readonly legId: LegId;
  readonly createdAt: number;
  state: 'ringing' | 'answered';
  /** It sends sound before its answer. */
  early: boolean;
  bridgedTo: LegId | undefined;
  /** The conference it is in. */
  room: SessionId | undefined;
  music: boolean;
  ringback: boolean;
  muted: boolean;
  recording: boolean | 'paused';
  /** When the recording that runs was begun. */
  recordingSince: number;
  /** How many recordings of it were begun. */
  recordings: number;
  /** What is being played to it, newest last. */
  playing: readonly Playing[];
  /** Whom it listens to, as a supervisor. */
  tap: { readonly on: LegId; readonly mode: MonitorMode } | undefined;
  /** Keys it was sent. */
  digits: string;
  labels: Pick<LiveLeg, 'role' | 'sessionId' | 'agentId' | 'offerId' | 'supervisorId' | 'standing'>;
  readonly address: string | undefined;
  readonly inbound: InboundCall | undefined;
}

export interface Playing {
  readonly playId: string;
  readonly soundId: string;
}

/** What every channel begins with. */
export const fresh = () => ({
  bridgedTo: undefined,
  early: false,
  room: undefined,
  music: false,
  ringback: false,
  muted: false,
  recording: false as const,
  recordingSince: 0,
  recordings: 0,
  playing: [],
  tap: undefined,
  digits: '',
});
