// The desk of one step: what it was given, what it has decided so far, and how to take it all back. A step that throws is a
// bug; it is undone, so that the floor stays as it was before that input.

import type { LegEnding } from '../ending.ts';
import type { FlowPlace } from '../flow.ts';
import type { AgentId, Instant, QueueId, SessionId } from '../ids.ts';
import type { CallRecord, LegRecord } from '../record.ts';
import type { RefusalCode } from '../refusal.ts';
import type { Effect, Timer } from './effects.ts';
import type { Session } from '../session.ts';
import type { Fact } from './facts.ts';
import type { Floor } from './floor.ts';
import type { Moment } from './inputs.ts';

/** What the giver of the input is told. */
export type Outcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'ignored'; readonly why: string }
  | { readonly outcome: 'refused'; readonly code: RefusalCode };

export const done: Outcome = { outcome: 'done' };

export interface EndedSession {
  readonly record: CallRecord;
  readonly legs: readonly LegRecord[];
}

/** A caller who is to go on at a step of a flow, once what is being decided has been. */
export interface Onward {
  readonly sessionId: SessionId;
  readonly place: FlowPlace;
  /** Nobody is there at this hour. */
  readonly closed?: boolean;
  /** How the leg of the number ended that she was sent to. */
  readonly thirdEnding?: LegEnding;
}

export interface Work {
  readonly floor: Floor;
  readonly now: Instant;
  readonly newId: () => string;
  readonly effects: Effect[];
  readonly facts: Fact[];
  readonly ended: EndedSession[];
  /** Changed in this step; the journal writes their new values. */
  readonly sessions: Set<SessionId>;
  /** The same, as they were when the step began. */
  readonly before: Map<SessionId, Session | undefined>;
  readonly agents: Set<AgentId>;
  /** Where a pairing may have become possible. */
  readonly freed: Set<AgentId>;
  readonly called: Set<QueueId>;
  /** In the order they are led on (flows.ts). */
  readonly onward: Onward[];
  /** What the reconciler put right, by name. */
  readonly repairs: string[];
  readonly undo: (() => void)[];
}

export function newWork(floor: Floor, moment: Moment): Work {
  return {
    floor,
    now: moment.now,
    newId: moment.newId,
    effects: [],
    facts: [],
    ended: [],
    sessions: new Set(),
    before: new Map(),
    agents: new Set(),
    freed: new Set(),
    called: new Set(),
    onward: [],
    repairs: [],
    undo: [],
  };
}

/** Sets or deletes (`undefined`) one entry of one of the floor's maps, remembering how it was. */
export function write<K, V>(work: Work, map: Map<K, V>, key: K, value: V | undefined): void {
  const before = map.get(key);
  if (before === undefined && value === undefined) return;
  work.undo.push(() => put(map, key, before));
  put(map, key, value);
}

function put<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

export function startTimer(work: Work, timer: Timer, at: Instant): void {
  work.effects.push({ kind: 'timer.start', timer, at });
}

export function cancelTimer(work: Work, timer: Timer): void {
  work.effects.push({ kind: 'timer.cancel', timer });
}

/** Takes every change back, newest first. */
export function rollBack(work: Work): void {
  for (const undo of work.undo.reverse()) undo();
  work.undo.length = 0;
}
