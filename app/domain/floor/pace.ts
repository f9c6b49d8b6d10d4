// Where somebody stands in line and how the lines move: noted whenever an agent takes a caller out of one, read by whoever wants to know how
// long the wait is.

import { waitedSince } from '../call-log.ts';
import type { Instant } from '../ids.ts';
import type { Queue } from '../queue.ts';
import type { Offered, Session } from '../session.ts';
import { placeOf } from '../session-parts.ts';
import { estimateWait, taken, type WaitEstimate } from '../waiting-time.ts';
import { queueOf } from './books.ts';
import type { Floor } from './floor.ts';
import type { Work } from './work.ts';

/** Whoever was meant for one agent says nothing about the line. @param session as it was while the agent's phone rang */
export function noteTaken({ floor, now, undo }: Work, { offer, log }: Offered): void {
  if (offer.purpose.kind !== 'turn') return;
  const queue = queueOf(floor, log.queueId);
  const before = queue.pace;
  queue.pace = taken(before, { waitedSince: waitedSince(log), agents: agentsOf(queue) }, now);
  undo.push(() => {
    queue.pace = before;
  });
}

/** 1 is next; undefined when she is not in line. */
export function placeInLine({ queues }: Floor, session: Session): number | undefined {
  const place = placeOf(session);
  const ahead = place && queues.get(session.log.queueId)?.line.ahead(place);
  return typeof ahead === 'number' ? ahead + 1 : undefined;
}

/** For whoever has that place, or would have it. */
export function waitAt(floor: Floor, queue: Queue, place: number, now: Instant): WaitEstimate | undefined {
  const first = queue.line.first();
  const log = first && floor.sessions.get(first.sessionId)?.log;
  const firstSince = log && waitedSince(log);
  return estimateWait(queue.pace, { place, agents: agentsOf(queue), firstSince }, now);
}

const agentsOf = ({ agents }: Queue): number => agents.ready + agents.busy;
