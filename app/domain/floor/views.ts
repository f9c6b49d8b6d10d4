// What may be read of the floor from outside, made when asked for. Nothing here decides anything, and nothing is kept.

import { callLegOf, deviceOf, reachOf, sessionOf, type Agent } from '../agent.ts';
import type { AgentId, Instant, SessionId } from '../ids.ts';
import { flowAtDoor, isClosed, opensAt, type Queue } from '../queue.ts';
import type { Monitor, Session, Third } from '../session.ts';
import { legOfLine } from '../standing-line.ts';
import {
  agentIdOf,
  agentSideOf,
  customerLegOf,
  customerOf,
  monitorsOf,
  partyOf,
  slotOf,
  thirdOf,
} from '../session-parts.ts';
import { legsOf, linkOf, wiringOf } from '../wiring.ts';
import type { Floor } from './floor.ts';
import { flowPlaceOf, keysOf } from './keys.ts';
import { placeInLine, waitAt } from './pace.ts';
import type { AgentView, FloorView, MonitorView, QueueView, SessionView, ThirdView } from './view.ts';

/**
 * A window on the floor: always as the floor is at the moment of asking.
 * @param now for what goes by the clock: opening hours, the wait to come
 */
export function viewOf(floor: Floor, now: () => Instant): FloorView {
  const ofSession = (session: Session): SessionView => sessionView(floor, session, now);
  return {
    session: (sessionId) => viewIf(floor.sessions.get(sessionId), ofSession),
    sessions: () => [...floor.sessions.values()].map(ofSession),
    agent: (agentId: AgentId) => viewIf(floor.agents.get(agentId), (agent) => agentView(floor, agent)),
    agents: () => [...floor.agents.values()].map((agent) => agentView(floor, agent)),
    queues: () => [...floor.queues.values()].map((queue) => queueView(floor, queue, now())),
  };
}

function viewIf<T, V>(value: T | undefined, view: (value: T) => V): V | undefined {
  return value === undefined ? undefined : view(value);
}

function sessionView(floor: Floor, session: Session, now: () => Instant): SessionView {
  const { sessionId, since, log } = session;
  const agentSide = agentSideOf(session);
  const agentId = session.at === 'ended' ? session.agentId : agentIdOf(session);
  return {
    sessionId,
    source: log.source,
    queueId: log.queueId,
    state: session.at === 'offered' ? 'ringing' : session.at,
    since,
    requestedAt: log.requestedAt,
    away: customerOf(session)?.at === 'away',
    ...present('queuedAt', log.queuedAt),
    ...present('connectedAt', log.connectedAt),
    ...standing(floor, session, now),
    ...present('agentId', agentId),
    ...present('customerLeg', customerLegOf(session)?.legId),
    ...present('agentLeg', agentSide?.leg.legId),
    ...present('customerNumber', log.customerNumber),
    ...present('customerName', log.customerName),
    ...present('slot', slotOf(session)),
    ...present('flow', flowPlaceOf(session)),
    ...present('keys', keysOf(floor, session)),
    ...present('third', viewIf(thirdOf(session), thirdView)),
    ...(session.at === 'consulting' && { facing: session.facing }),
    ...(agentSide?.leg.muted === true && { muted: true }),
    ...((session.at === 'ended' || session.at === 'aside') && { ending: session.ending }),
    ...(session.at !== 'ended' && whatIsPlayed(session)),
    ...togetherIn(session),
    ...(monitorsOf(session).length > 0 && { monitors: monitorsOf(session).map(monitorView) }),
  };
}

function togetherIn(session: Session): Pick<SessionView, 'together' | 'joined'> {
  const link = linkOf(session);
  return link ? { together: legsOf(wiringOf(session).together), joined: link.made } : {};
}

function whatIsPlayed({ log }: Session): Pick<SessionView, 'recording' | 'playId'> {
  const { recording, playing } = log;
  return {
    ...(recording.at !== 'off' && { recording: recording.at }),
    ...(playing && { playId: playing.playId }),
  };
}

function thirdView({ party, leg, progress }: Third): ThirdView {
  return {
    kind: party.kind,
    legId: leg.legId,
    state: progress === 'confirming' ? 'ringing' : progress,
    ...(party.kind === 'agent' && { agentId: party.agentId }),
    ...(party.kind === 'number' && { number: party.number }),
    ...(party.kind === 'supervisor' && { supervisorId: party.supervisorId }),
  };
}

const monitorView = ({ supervisorId, mode, leg, on }: Monitor): MonitorView => ({
  supervisorId,
  mode,
  legId: leg.legId,
  state: on ? 'on' : leg.answeredAt === null ? 'dialling' : 'answered',
});

function present<K extends string, V>(key: K, value: V | null | undefined): { [key in K]?: V } {
  return value === undefined || value === null ? {} : ({ [key]: value } as { [key in K]: V });
}

/** Her place in line, and how long she will still wait, where that can be known. */
function standing(
  floor: Floor,
  session: Session,
  now: () => Instant,
): Pick<SessionView, 'place' | 'estimate'> {
  const place = placeInLine(floor, session);
  const queue = floor.queues.get(session.log.queueId);
  if (place === undefined || queue === undefined) return {};
  return { place, ...present('estimate', waitAt(floor, queue, place, now())) };
}

function agentView(floor: Floor, agent: Agent): AgentView {
  const { agentId, displayName, queues, presence, activity, line, next } = agent;
  const sessionId: SessionId | undefined = sessionOf(agent);
  return {
    agentId,
    displayName,
    queues,
    presence: presence.at,
    presenceSince: presence.since,
    activity: activity.at,
    activitySince: activity.since,
    reachability: reachOf(agent),
    ...(line && { line: { state: line.at, since: line.since, ...present('legId', legOfLine(line)) } }),
    ...(presence.at === 'break' && { breakReason: presence.reason }),
    ...(next && { next: next.to }),
    ...(activity.at === 'wrapUp' && { wrapUpUntil: activity.until }),
    ...present('device', deviceOf(agent)),
    ...present('sessionId', sessionId),
    ...(isMuted(floor, agent) && { muted: true }),
  };
}

function isMuted(floor: Floor, agent: Agent): boolean {
  const sessionId = sessionOf(agent);
  const legId = callLegOf(agent);
  const session = sessionId && floor.sessions.get(sessionId);
  return Boolean(session && legId && partyOf(session, legId)?.leg.muted);
}

function queueView(floor: Floor, queue: Queue, now: Instant): QueueView {
  const { settings, line, agents } = queue;
  const open = !isClosed(queue, now);
  const isNext = line.size === 0 && agents.ready > 0;
  return {
    queueId: settings.queueId,
    open,
    takesCalls: open || flowAtDoor(queue, now) !== undefined,
    waiting: line.size,
    agents: { ...agents },
    record: settings.record,
    ...present('opensAt', open ? undefined : opensAt(queue, now)),
    ...present('estimate', isNext ? undefined : waitAt(floor, queue, line.size + 1, now)),
    ...present('longestSince', longestSince(floor, line)),
    ...present('callerNumbers', settings.callerNumbers),
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
