// A queue: who waits in it, in which order, and which of its agents are free. The lines are indexes over the sessions and
// agents of the floor, kept by floor/books.ts and by nobody else.

import type { Place } from './call-log.ts';
import type { FlowId } from './flow.ts';
import type { QueueSettings } from './floor/inputs.ts';
import { isOpenAt, nextOpening } from './hours.ts';
import type { AgentId, Instant, QueueId } from './ids.ts';
import { Line } from './line.ts';
import type { RefusalCode } from './refusal.ts';
import { noPace, type Pace } from './waiting-time.ts';

/** A free agent's place among the free: the lower, the longer idle. */
export interface IdlePlace {
  readonly agentId: AgentId;
  readonly rank: number;
}

export interface Queue {
  settings: QueueSettings;
  /** Everybody in line: waiting, away for the moment, or being offered. */
  readonly line: Line<Place>;
  /** Those of them who can be offered to an agent now. */
  readonly offerable: Line<Place>;
  /** Free agents, longest idle first. */
  readonly idle: Line<IdlePlace>;
  /** Sessions whose leg is still on its way. */
  arriving: number;
  readonly agents: { ready: number; busy: number; onBreak: number };
  pace: Pace;
}

/** Head of the line, then the higher priority, then who came first. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.head !== b.head) return a.head ? -1 : 1;
  return b.priority - a.priority || a.sequence - b.sequence;
}

const compareIdle = (a: IdlePlace, b: IdlePlace): number => a.rank - b.rank;

export function newQueue(settings: QueueSettings): Queue {
  return {
    settings,
    line: new Line(comparePlaces),
    offerable: new Line(comparePlaces),
    idle: new Line(compareIdle),
    arriving: 0,
    agents: { ready: 0, busy: 0, onBreak: 0 },
    pace: noPace,
  };
}

/** A queue that somebody waits in although the settings no longer name it: served to its end, closed to newcomers. */
export function closedQueue(queueId: QueueId): Queue {
  return newQueue({
    queueId,
    ringMs: 20_000,
    wrapUpMs: 0,
    maxMisses: 3,
    maxWaiting: 0,
    record: 'never',
    open: false,
  });
}

/** By order, or by its hours. */
export function isClosed({ settings }: Queue, now: Instant): boolean {
  return !settings.open || (settings.hours !== undefined && !isOpenAt(settings.hours, now));
}

/** When its hours open it; undefined when they do not say so. */
export function opensAt({ settings: { open, hours } }: Queue, now: Instant): Instant | undefined {
  return open && hours ? nextOpening(hours, now) : undefined;
}

/** Why a newcomer cannot join; undefined when she can. A free agent makes room even in a full queue. */
export function refusalToJoin(queue: Queue | undefined, now: Instant): RefusalCode | undefined {
  if (queue === undefined) return 'unknown_queue';
  if (isClosed(queue, now)) return 'queue_closed';
  const ahead = queue.line.size + queue.arriving;
  const full = ahead >= queue.settings.maxWaiting && ahead >= queue.idle.size;
  return full ? 'queue_full' : undefined;
}

/** The flow a caller of this queue meets before its line. */
export function flowAtDoor(queue: Queue, now: Instant): FlowId | undefined {
  const { closedFlow, firstFlow } = queue.settings;
  return isClosed(queue, now) ? closedFlow : firstFlow;
}
