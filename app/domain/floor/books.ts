// The only writers of sessions and agents. Each change brings every index along: lines, free agents, legs, devices, counts.
// Nobody else touches an index, so that none can disagree with the truth for longer than this file is wrong.

import { deviceOf, isAvailable, reachOf, type Agent } from '../agent.ts';
import { changeAgent, type AgentChange } from '../agent-changes.ts';
import type { AgentEvent } from '../agent.ts';
import type { AgentId, LegId, QueueId, SessionId } from '../ids.ts';
import type { Line } from '../line.ts';
import type { Place } from '../call-log.ts';
import { closedQueue, newQueue, type Queue } from '../queue.ts';
import type { Session } from '../session.ts';
import type { SessionEvent } from '../session-events.ts';
import { legOfLine } from '../standing-line.ts';
import { isLive, isOfferable, partiesOf, placeOf, slotOf } from '../session-parts.ts';
import { changeSession, type SessionChange } from '../session-changes.ts';
import type { Floor } from './floor.ts';
import type { QueueSettings } from './inputs.ts';
import type { Work } from './work.ts';

/** Runs the session's machine and books what comes of it. */
export function moveSession(work: Work, sessionId: SessionId, event: SessionEvent): SessionChange {
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined) return { outcome: 'ignored', why: 'unknown session' };
  const change = changeSession(session, event, work.now);
  if (change.outcome === 'moved') {
    putSession(work, sessionId, change.to);
    work.facts.push(...change.facts);
  }
  return change;
}

/** Runs the agent's machine and books what comes of it. */
export function moveAgent(work: Work, agentId: AgentId, event: AgentEvent): AgentChange {
  const agent = work.floor.agents.get(agentId);
  if (agent === undefined) return { outcome: 'refused', code: 'unknown_agent' };
  const change = changeAgent(agent, event, work.now);
  if (change.outcome === 'moved') {
    putAgent(work, agentId, change.to);
    work.facts.push(...change.facts);
  }
  return change;
}

/** Books a session as it now is. */
export function putSession(work: Work, sessionId: SessionId, next: Session): void {
  const { floor } = work;
  const before = floor.sessions.get(sessionId);
  if (before === next) return;
  work.sessions.add(sessionId);
  if (!work.before.has(sessionId)) work.before.set(sessionId, before);
  work.undo.push(() => bookSession(floor, sessionId, next, before));
  bookSession(floor, sessionId, before, next);
  if (isOfferable(next)) work.called.add(next.log.queueId);
}

/** Forgets a session that ended a while ago; its record was written then, so nothing is left to journal. */
export function forgetSession(work: Work, sessionId: SessionId): void {
  const { floor } = work;
  const before = floor.sessions.get(sessionId);
  work.undo.push(() => bookSession(floor, sessionId, undefined, before));
  bookSession(floor, sessionId, before, undefined);
}

function bookSession(
  floor: Floor,
  sessionId: SessionId,
  before: Session | undefined,
  next: Session | undefined,
): void {
  if (next === undefined) floor.sessions.delete(sessionId);
  else floor.sessions.set(sessionId, next);
  if (before && next && before.log.queueId !== next.log.queueId) {
    bookPlace(floor, before, undefined);
    bookPlace(floor, undefined, next);
  } else bookPlace(floor, before, next);
  bookLegs(floor, sessionId, before, next);
  bookSlot(floor, sessionId, before && slotOf(before), next && slotOf(next));
  bookOffer(floor, sessionId, before, next);
  floor.live += oneIf(next && isLive(next)) - oneIf(before && isLive(before));
}

const oneIf = (condition: boolean | undefined): 0 | 1 => (condition === true ? 1 : 0);

function bookPlace(floor: Floor, before: Session | undefined, next: Session | undefined): void {
  const queueId = (next ?? before)?.log.queueId;
  const was = seatOf(before);
  const is = seatOf(next);
  const arrivals = is.arriving - was.arriving;
  // A refused caller of a queue that does not exist must not make one.
  if (queueId === undefined || (!was.place && !is.place && arrivals === 0)) return;
  const queue = queueOf(floor, queueId);
  queue.arriving += arrivals;
  bookLine(queue.line, was.place, is.place);
  bookLine(queue.offerable, was.offerable, is.offerable);
}

/** What the queue's books say of one session. */
function seatOf(session: Session | undefined) {
  if (session === undefined) return noSeat;
  const place = placeOf(session);
  return {
    place,
    offerable: isOfferable(session) ? place : null,
    arriving: oneIf(session.at === 'arriving'),
  };
}
const noSeat = { place: null, offerable: null, arriving: 0 } as const;

function bookLine(line: Line<Place>, was: Place | null, is: Place | null): void {
  if (was === is) return;
  if (was) line.remove(was);
  if (is) line.insert(is);
}

function bookLegs(
  floor: Floor,
  sessionId: SessionId,
  before: Session | undefined,
  next: Session | undefined,
): void {
  for (const { leg } of before ? partiesOf(before) : []) floor.legs.delete(leg.legId);
  for (const { leg } of next ? partiesOf(next) : []) floor.legs.set(leg.legId, sessionId);
}

function bookSlot(floor: Floor, sessionId: SessionId, was: number | undefined, is: number | undefined): void {
  if (was === is) return;
  if (was !== undefined) floor.slots.delete(was);
  if (is !== undefined) floor.slots.set(is, sessionId);
}

function bookOffer(
  floor: Floor,
  sessionId: SessionId,
  before: Session | undefined,
  next: Session | undefined,
): void {
  if (before?.at === 'offered') floor.offers.delete(before.offer.offerId);
  if (next?.at === 'offered') floor.offers.set(next.offer.offerId, sessionId);
}

/** Books an agent as she now is. */
export function putAgent(work: Work, agentId: AgentId, next: Agent): void {
  const { floor } = work;
  const before = floor.agents.get(agentId);
  const rank = floor.idlePlaces.get(agentId)?.rank;
  work.agents.add(agentId);
  work.undo.push(() => bookAgent(floor, agentId, next, before, rank));
  bookAgent(floor, agentId, before, next, undefined);
  if (isAvailable(next)) work.freed.add(agentId);
}

function bookAgent(
  floor: Floor,
  agentId: AgentId,
  before: Agent | undefined,
  next: Agent | undefined,
  rank: number | undefined,
): void {
  if (next === undefined) floor.agents.delete(agentId);
  else floor.agents.set(agentId, next);
  bookIdle(floor, agentId, before, next, rank);
  bookDevice(floor, agentId, before && deviceOf(before)?.address, next && deviceOf(next)?.address);
  bookStandingLeg(floor, agentId, legOfLine(before?.line), legOfLine(next?.line));
  bookCounts(floor, before, -1);
  bookCounts(floor, next, +1);
}

function bookIdle(
  floor: Floor,
  agentId: AgentId,
  before: Agent | undefined,
  next: Agent | undefined,
  rank: number | undefined,
): void {
  const queuesBefore = before && isAvailable(before) ? before.queues : none;
  const queuesNext = next && isAvailable(next) ? next.queues : none;
  if (queuesBefore === queuesNext) return;
  const was = floor.idlePlaces.get(agentId);
  if (was) for (const queueId of queuesBefore) queueOf(floor, queueId).idle.remove(was);
  if (!next || !isAvailable(next)) {
    floor.idlePlaces.delete(agentId);
    return;
  }
  const is = was ?? { agentId, rank: rank ?? floor.sequence++ };
  floor.idlePlaces.set(agentId, is);
  for (const queueId of queuesNext) queueOf(floor, queueId).idle.insert(is);
}

const none: readonly QueueId[] = [];

function bookDevice(floor: Floor, agentId: AgentId, was: string | undefined, is: string | undefined): void {
  if (was === is) return;
  if (was !== undefined) {
    const users = floor.agentsByDevice.get(was);
    users?.delete(agentId);
    if (users?.size === 0) floor.agentsByDevice.delete(was);
  }
  if (is === undefined) return;
  const users = floor.agentsByDevice.get(is) ?? new Set();
  floor.agentsByDevice.set(is, users.add(agentId));
}

function bookStandingLeg(
  floor: Floor,
  agentId: AgentId,
  was: LegId | undefined,
  is: LegId | undefined,
): void {
  if (was === is) return;
  if (was !== undefined) floor.lines.delete(was);
  if (is !== undefined) floor.lines.set(is, agentId);
}

function bookCounts(floor: Floor, agent: Agent | undefined, by: 1 | -1): void {
  const column = agent && columnOf(agent);
  if (!agent || !column) return;
  for (const queueId of agent.queues) queueOf(floor, queueId).agents[column] += by;
}

/** Where an agent is counted in her queues' figures. */
function columnOf(agent: Agent): 'ready' | 'busy' | 'onBreak' | undefined {
  if (agent.activity.at !== 'idle') return 'busy';
  if (agent.presence.at === 'break') return 'onBreak';
  return agent.presence.at === 'ready' && reachOf(agent).reachable ? 'ready' : undefined;
}

/** The queue of that name; an agent or caller may belong to one the settings have not named yet, or no longer name. */
export function queueOf(floor: Floor, queueId: QueueId): Queue {
  let queue = floor.queues.get(queueId);
  if (queue === undefined) {
    queue = closedQueue(queueId);
    floor.queues.set(queueId, queue);
  }
  return queue;
}

export function putQueue(work: Work, settings: QueueSettings): void {
  const { floor } = work;
  const queue = floor.queues.get(settings.queueId);
  work.called.add(settings.queueId);
  if (queue === undefined) {
    floor.queues.set(settings.queueId, newQueue(settings));
    work.undo.push(() => floor.queues.delete(settings.queueId));
    return;
  }
  const before = queue.settings;
  queue.settings = settings;
  work.undo.push(() => {
    queue.settings = before;
  });
}
