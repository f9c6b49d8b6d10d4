// The floor: the only call state there is. One value with one writer (the step); everything a decision looks up is a map or a
// line. `sessions` and `agents` are the truth, the rest are indexes over them or notes about legs on their way out.

import type { Agent } from '../agent.ts';
import type { Reachability } from '../device.ts';
import type { Flow, FlowId } from '../flow.ts';
import type { AgentId, Instant, LegId, OfferId, QueueId, SessionId } from '../ids.ts';
import type { IdlePlace, Queue } from '../queue.ts';
import type { Session } from '../session.ts';

/** Durations the floor decides by, milliseconds. */
export interface Rules {
  /** From the click to the browser's leg. */
  readonly arrivalMs: number;
  /** A web customer whose leg died may come back for so long. */
  readonly returnMs: number;
  /** An agent whose page dropped out of a call may come back for so long. */
  readonly rejoinMs: number;
  /** Between two calls to a page that is coming back. */
  readonly recallMs: number;
  /** From asking for a bridge to the switch's word that it is made. */
  readonly bridgeMs: number;
  /** From asking for a hang-up to asking again. */
  readonly releaseMs: number;
  /** From asking a ringing desk phone to go off-hook to ringing it with a call it answers by itself. */
  readonly offHookMs: number;
  /** Pause of a phone that turned an offer down at once. */
  readonly restMs: number;
  /** Who dialled a code is still hearing what became of it. */
  readonly codeMs: number;
  /** A nailed-up line rings for so long. */
  readonly lineRingMs: number;
  /** From the loss of a nailed-up line to the next call to her. */
  readonly lineRedialMs: number;
  /** Calls to her in a row, until she is sent on a break. */
  readonly lineTries: number;
  /** Not where several switches share the load: a leg that stands is on one of them, and callers are on any (ADR 0015). */
  readonly nailedUpLines: boolean;
  /** An ended session is still shown for so long. */
  readonly lingerMs: number;
  /** From a hold to the reminder, and to the next. */
  readonly holdReminderMs: number;
  /** A parked caller waits for so long where her queue says nothing. */
  readonly parkMs: number;
  /** The prompt before the line, with the time for a key. */
  readonly menuMs: number;
  /** A sound of a flow whose end is never told is over then. */
  readonly promptMs: number;
  /** A recording shorter than that is no message. */
  readonly messageMs: number;
  /** A telephone rings for so long to reach a supervisor. */
  readonly monitorRingMs: number;
  /** A notification, from the answer to its end. */
  readonly notifyMs: number;
  /** Slots callers are parked in: the first of them, and how many. */
  readonly parkSlots: { readonly first: number; readonly count: number };
  /** Live sessions at most. */
  readonly maxSessions: number;
}

export const defaultRules: Rules = {
  arrivalMs: 30_000,
  returnMs: 15_000,
  rejoinMs: 15_000,
  recallMs: 1_000,
  bridgeMs: 3_000,
  releaseMs: 5_000,
  offHookMs: 1_000,
  restMs: 4_000,
  codeMs: 1_500,
  lineRingMs: 30_000,
  lineRedialMs: 5_000,
  lineTries: 3,
  nailedUpLines: true,
  lingerMs: 60_000,
  holdReminderMs: 60_000,
  parkMs: 120_000,
  menuMs: 30_000,
  promptMs: 180_000,
  messageMs: 1_000,
  monitorRingMs: 20_000,
  notifyMs: 600_000,
  parkSlots: { first: 701, count: 99 },
  maxSessions: 10_000,
};

/** A leg that was told to hang up and has not gone yet. */
export interface Release {
  readonly legId: LegId;
  readonly sessionId: SessionId | null;
  readonly agentId: AgentId | null;
  readonly asked: number;
}

/** A leg the switch and we disagree about, and how often in a row we saw that. */
export interface Doubt {
  readonly seen: number;
}

export interface Floor {
  readonly rules: Rules;
  readonly sessions: Map<SessionId, Session>;
  readonly agents: Map<AgentId, Agent>;
  readonly queues: Map<QueueId, Queue>;
  readonly flows: Map<FlowId, Flow>;
  /** Every leg that takes part in a live session. */
  readonly legs: Map<LegId, SessionId>;
  /** Every leg of a nailed-up line, in a call or not. */
  readonly lines: Map<LegId, AgentId>;
  /** Every open offer. */
  readonly offers: Map<OfferId, SessionId>;
  /** Every parked caller, by her slot. */
  readonly slots: Map<number, SessionId>;
  readonly releases: Map<LegId, Release>;
  /** Legs that are gone, while their session is still shown: late news about them is not a surprise. */
  readonly gone: Map<LegId, SessionId>;
  readonly devices: Map<string, Reachability>;
  /** Agents signed in with a device, by its address. */
  readonly agentsByDevice: Map<string, Set<AgentId>>;
  readonly idlePlaces: Map<AgentId, IdlePlace>;
  /** Ended sessions in the order of their ends. */
  readonly lingering: { readonly sessionId: SessionId; readonly until: Instant }[];
  /** Legs on the switch nobody here knows. */
  readonly strangers: Map<LegId, Doubt>;
  /** Legs of ours the switch did not name. */
  readonly missing: Map<LegId, Doubt>;
  /** Talking sessions whose two legs the switch did not show as bridged. */
  readonly apart: Map<SessionId, Doubt>;
  live: number;
  /** False while the switch is lost: nobody is offered. */
  mediaUp: boolean;
  /** False while the SIP edge has no server: no phone can be rung (by-edge.ts). */
  edgeUp: boolean;
  /** When it was last lost. */
  edgeLostAt: Instant | null;
  /** Next number for a place in line, and for a place among the idle. */
  sequence: number;
}

export function newFloor(rules: Partial<Rules> = {}): Floor {
  return {
    rules: { ...defaultRules, ...rules },
    sessions: new Map(),
    agents: new Map(),
    queues: new Map(),
    flows: new Map(),
    legs: new Map(),
    lines: new Map(),
    offers: new Map(),
    slots: new Map(),
    releases: new Map(),
    gone: new Map(),
    devices: new Map(),
    agentsByDevice: new Map(),
    idlePlaces: new Map(),
    lingering: [],
    strangers: new Map(),
    missing: new Map(),
    apart: new Map(),
    live: 0,
    mediaUp: true,
    edgeUp: true,
    edgeLostAt: null,
    sequence: 1,
  };
}
