// What may be read of the floor from outside, made when asked for. Nothing here decides anything, and nothing is kept.

import { deviceOf, sessionOf, type Agent } from '../agent.ts';
import type { AgentId, Instant, SessionId } from '../ids.ts';
import type { Queue } from '../queue.ts';
import { agentSideOf, customerLegOf, customerOf, placeOf, type Session } from '../session.ts';
import type { Floor } from './floor.ts';
import type { AgentView, FloorView, QueueView, SessionView } from './view.ts';

/** A window on the floor: always as the floor is at the moment of asking. */
export function viewOf(floor: Floor): FloorView {
  return {
    session: (sessionId) => viewIf(floor.sessions.get(sessionId), (session) => sessionView(floor, session)),
    sessions: () => [...floor.sessions.values()].map((session) => sessionView(floor, session)),
    agent: (agentId: AgentId) => viewIf(floor.agents.get(agentId), agentView),
    agents: () => [...floor.agents.values()].map(agentView),
    queues: () => [...floor.queues.values()].map((queue) => queueView(floor, queue)),
  };
}

function viewIf<T, V>(value: T | undefined, view: (value: T) => V): V | undefined {
  return value === undefined ? undefined : view(value);
}

function sessionView(floor: Floor, session: Session): SessionView {
  const { sessionId, since, log } = session;
  const agentSide = agentSideOf(session);
  const agentId = session.at === 'ended' ? session.agentId : agentSide?.agentId;
  return {
    sessionId,
    source: log.source,
    queueId: log.queueId,
    state: session.at === 'offered' ? 'ringing' : session.at,
    since,
    requestedAt: log.requestedAt,
    away: customerOf(session)?.at === 'away',
    ...present('place', placeInLine(floor, session)),
    ...present('agentId', agentId),
    ...present('customerLeg', customerLegOf(session)?.legId),
    ...present('agentLeg', agentSide?.leg.legId),
    ...present('customerNumber', log.customerNumber),
    ...present('customerName', log.customerName),
    ...(session.at === 'ended' && { ending: session.ending }),
  };
}

function present<K extends string, V>(key: K, value: V | null | undefined): { [key in K]?: V } {
  return value === undefined || value === null ? {} : ({ [key]: value } as { [key in K]: V });
}

function placeInLine(floor: Floor, session: Session): number | undefined {
  const place = placeOf(session);
  if (place === null) return undefined;
  const ahead = floor.queues.get(session.log.queueId)?.line.ahead(place);
  return ahead === undefined ? undefined : ahead + 1;
}

function agentView(agent: Agent): AgentView {
  const { agentId, displayName, queues, presence, activity, reachability, next } = agent;
  const sessionId: SessionId | undefined = sessionOf(agent);
  return {
    agentId,
    displayName,
    queues,
    presence: presence.at,
    presenceSince: presence.since,
    activity: activity.at,
    activitySince: activity.since,
    reachability,
    ...(presence.at === 'break' && { breakReason: presence.reason }),
    ...(next && { next: next.to }),
    ...(activity.at === 'wrapUp' && { wrapUpUntil: activity.until }),
    ...present('device', deviceOf(agent)),
    ...present('sessionId', sessionId),
  };
}

function queueView(floor: Floor, { settings, line, agents }: Queue): QueueView {
  return {
    queueId: settings.queueId,
    open: settings.open,
    waiting: line.size,
    agents: { ...agents },
    ...present('longestSince', longestSince(floor, line)),
  };
}

/** Priorities let somebody who came later stand in front, so the first in line need not have waited longest. */
function longestSince(floor: Floor, line: Queue['line']): Instant | undefined {
  let longest: Instant | undefined;
  for (const { sessionId } of line) {
    const queuedAt = floor.sessions.get(sessionId)?.log.queuedAt;
    if (queuedAt !== null && queuedAt !== undefined && queuedAt < (longest ?? Infinity)) longest = queuedAt;
  }
  return longest;
}
