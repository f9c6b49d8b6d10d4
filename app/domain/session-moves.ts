// How a living session goes from one state to the next, whatever the event: the record's open segment follows the state, the link
// begins anew where the wiring does, and supervisors who listened are gone where there is no conversation any more.

import { closeLeg, turn, type CallLog } from './call-log.ts';
import { moved, type Change } from './change.ts';
import type { LegEnding } from './ending.ts';
import type { Fact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import type { LiveSession, Monitor, Session } from './session.ts';
import type { SessionEvent } from './session-events.ts';
import { agentIdOf, agentSideOf, monitorsOf, segmentOf, thirdRecord } from './session-parts.ts';
import type { Party } from './party.ts';
import { keyOf, legsOf, wiringOf, type Together } from './wiring.ts';
import type { Link } from './link.ts';

export type SessionChange = Change<Session, Fact>;
export type Of<K extends SessionEvent['kind']> = Extract<SessionEvent, { kind: K }>;

/** Every move of a living session goes through here. */
export function to(
  session: LiveSession,
  next: LiveSession,
  now: Instant,
  facts: readonly Fact[] = [],
): SessionChange {
  const since = next.at === session.at ? session.since : now;
  const doing = {
    kind: segmentOf(next),
    agentId: agentIdOf(next) ?? null,
    third: thirdRecord(next),
  };
  const dropped = droppedMonitors(session, next);
  const log = turn(closeMonitors(next.log, dropped, now), doing, now);
  const overs = dropped.map(({ supervisorId }) => monitorOver(session, supervisorId, 'over'));
  return moved<Session, Fact>({ ...relinked(session, next), since, log }, ...facts, ...overs);
}

/** Nothing of the call changes but what is written about it. */
export function noted(session: LiveSession, log: CallLog, ...facts: readonly Fact[]): SessionChange {
  return moved<Session, Fact>({ ...session, log }, ...facts);
}

function relinked(session: LiveSession, next: LiveSession): LiveSession {
  if (!('link' in next)) return next;
  const was = wiringOf(session).together;
  const is = wiringOf(next).together;
  return keyOf(was) === keyOf(is) ? next : { ...next, link: freshLink(session, is) };
}

/** Whoever is in the room already need not come in again. */
function freshLink(session: LiveSession, is: Together): Link {
  const before = 'link' in session ? session.link.joined : [];
  const joined = is.kind === 'room' ? before.filter((legId) => is.legs.includes(legId)) : [];
  return { made: is.kind === 'room' && joined.length === legsOf(is).length, asked: 0, joined };
}

function droppedMonitors(session: LiveSession, next: LiveSession): readonly Monitor[] {
  const kept = monitorsOf(next);
  return monitorsOf(session).filter(
    ({ leg }) => !kept.some((monitor) => monitor.leg.legId === leg.legId) && !isClosed(next.log, leg.legId),
  );
}

const isClosed = ({ legs }: CallLog, id: string): boolean => legs.some(({ legId }) => legId === id);

function closeMonitors(log: CallLog, dropped: readonly Monitor[], now: Instant): CallLog {
  return dropped.reduce((closed, monitor) => closeLeg(closed, monitorParty(monitor), 'released', now), log);
}

export const monitorParty = ({ leg, supervisorId }: Monitor): Party => ({
  role: 'supervisor',
  leg,
  agentId: null,
  supervisorId,
});

export const monitorOver = (
  { sessionId }: Session,
  supervisorId: string,
  how: 'left' | 'over' | 'failed',
): Fact => ({ kind: 'monitor.ended', sessionId, supervisorId, how });

/** Closes the leg of somebody who leaves a session that goes on. */
export function without(
  session: LiveSession,
  party: Party | undefined,
  ending: LegEnding,
  now: Instant,
): CallLog {
  return party ? closeLeg(session.log, party, ending, now) : session.log;
}

export const agentParty = (session: LiveSession): Party | undefined => {
  const agent = agentSideOf(session);
  return agent && { role: 'agent', ...agent };
};
