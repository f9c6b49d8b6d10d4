// What became true of one call: its way in, who had it, what was done to it, how it ended. Part of facts.ts, whose rule holds here: no fact
// carries a phone number.

import type { LegEnding, OfferMiss, SessionEnding } from '../ending.ts';
import type { AgentId, Instant, LegId, QueueId, SessionId } from '../ids.ts';
import type { WaitEstimate } from '../waiting-time.ts';

/** Somebody in a call, as far as a fact may name her: never by a number. */
export type PartyName =
  | { readonly kind: 'agent'; readonly agentId: AgentId }
  | { readonly kind: 'supervisor'; readonly supervisorId: string }
  | { readonly kind: 'queue'; readonly queueId: QueueId }
  | { readonly kind: 'number' };

export type SessionFact =
  | {
      readonly kind: 'session.requested';
      readonly sessionId: SessionId;
      readonly queueId: QueueId;
      readonly source: 'web' | 'phone' | 'outbound';
    }
  | { readonly kind: 'session.arrived'; readonly sessionId: SessionId; readonly legId: LegId }
  | {
      readonly kind: 'session.queued';
      readonly sessionId: SessionId;
      readonly queueId: QueueId;
      readonly priority: number;
    }
  /** Back in line: at her own place after a miss, at the head when the agent's leg died. */
  | {
      readonly kind: 'session.requeued';
      readonly sessionId: SessionId;
      readonly queueId: QueueId;
      readonly to: 'own_place' | 'head';
    }
  /** In line, she is told her place and her wait, as far as they were said. */
  | {
      readonly kind: 'session.announced';
      readonly sessionId: SessionId;
      readonly place?: number;
      readonly estimate?: WaitEstimate;
    }
  | { readonly kind: 'session.connected'; readonly sessionId: SessionId; readonly agentId: AgentId }
  | { readonly kind: 'session.held'; readonly sessionId: SessionId; readonly agentId: AgentId }
  | { readonly kind: 'session.resumed'; readonly sessionId: SessionId; readonly agentId: AgentId }
  /** Held for so long that the agent is reminded. */
  | { readonly kind: 'session.holdReminder'; readonly sessionId: SessionId; readonly agentId: AgentId }
  /** `agentId` let her go to somebody else; with `blind` nobody had talked there yet. */
  | {
      readonly kind: 'session.transferred';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly to: PartyName;
      readonly how: 'blind' | 'attended';
    }
  /** A blind transfer reached nobody: back to the agent, or to the head of the line. */
  | {
      readonly kind: 'session.returned';
      readonly sessionId: SessionId;
      readonly to: 'agent' | 'head';
      readonly agentId?: AgentId;
      readonly cause: LegEnding | OfferMiss;
    }
  | {
      readonly kind: 'session.parked';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly slot: number;
      readonly until: Instant;
    }
  | {
      readonly kind: 'session.pickedUp';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly slot: number;
    }
  | {
      readonly kind: 'session.digitsSent';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly count: number;
    }
  | {
      readonly kind: 'session.soundStarted';
      readonly sessionId: SessionId;
      readonly soundId: string;
      readonly playId: string;
      readonly agentId?: AgentId;
    }
  | {
      readonly kind: 'session.soundEnded';
      readonly sessionId: SessionId;
      readonly playId: string;
      readonly how: 'done' | 'stopped' | 'failed';
    }
  /** The customer said by a key whether she may be recorded, or let the prompt pass (`given`). */
  | { readonly kind: 'session.consent'; readonly sessionId: SessionId; readonly given: boolean }
  | { readonly kind: 'session.customerAway'; readonly sessionId: SessionId }
  | { readonly kind: 'session.customerBack'; readonly sessionId: SessionId; readonly legId: LegId }
  | {
      readonly kind: 'session.agentAway';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly until: Instant;
    }
  | {
      readonly kind: 'session.agentBack';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly legId: LegId;
    }
  | { readonly kind: 'session.recovered'; readonly sessionId: SessionId }
  | { readonly kind: 'session.ended'; readonly sessionId: SessionId; readonly ending: SessionEnding }
  | { readonly kind: 'session.rated'; readonly sessionId: SessionId; readonly stars: number }
  | { readonly kind: 'session.recordingStarted'; readonly sessionId: SessionId; readonly file: string }
  | {
      readonly kind: 'session.recordingStopped';
      readonly sessionId: SessionId;
      readonly file: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'session.recordingPaused'; readonly sessionId: SessionId; readonly agentId: AgentId }
  | { readonly kind: 'session.recordingResumed'; readonly sessionId: SessionId; readonly agentId: AgentId };

/** A second call beside the first, and what becomes of the three. */
export type ConsultFact =
  | {
      readonly kind: 'consult.started';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly to: PartyName;
    }
  | { readonly kind: 'consult.ringing'; readonly sessionId: SessionId; readonly to: PartyName }
  | { readonly kind: 'consult.answered'; readonly sessionId: SessionId; readonly to: PartyName }
  | {
      readonly kind: 'consult.toggled';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly facing: 'customer' | 'third';
    }
  /** `failed`: was never reached; `left`: hung up, or her leg died. */
  | {
      readonly kind: 'consult.ended';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly how: 'completed' | 'cancelled' | 'conference' | 'failed' | 'left';
      readonly cause?: LegEnding;
    }
  | { readonly kind: 'conference.started'; readonly sessionId: SessionId; readonly agentId: AgentId }
  /** From three to two; `left` is who is no longer there. */
  | {
      readonly kind: 'conference.ended';
      readonly sessionId: SessionId;
      readonly agentId: AgentId;
      readonly left: 'customer' | 'agent' | 'third';
    };

/** An outgoing call, leg by leg; `cause` with `failed` only. */
export interface DialFact {
  readonly kind: 'dial.progress';
  readonly sessionId: SessionId;
  readonly agentId?: AgentId;
  readonly leg: 'agent' | 'destination';
  readonly state: 'dialling' | 'ringing' | 'earlyMedia' | 'answered' | 'failed';
  readonly cause?: LegEnding;
}

/** A caller's way through a flow. */
export type FlowFact =
  | {
      readonly kind: 'flow.step';
      readonly sessionId: SessionId;
      readonly flowId: string;
      readonly step: string;
    }
  /** `undefined`: the time for a key was over. */
  | {
      readonly kind: 'flow.key';
      readonly sessionId: SessionId;
      readonly digit?: string;
      readonly understood: boolean;
    }
  | {
      readonly kind: 'flow.sentOut';
      readonly sessionId: SessionId;
      readonly to: PartyName;
      readonly state: 'dialling' | 'answered' | 'failed';
      readonly cause?: LegEnding;
    };

/** What a caller says by keys after her call. */
export type SurveyFact =
  | { readonly kind: 'survey.started'; readonly sessionId: SessionId; readonly agentId: AgentId }
  | {
      readonly kind: 'survey.answered';
      readonly sessionId: SessionId;
      readonly question: string;
      readonly answer: number;
    };
