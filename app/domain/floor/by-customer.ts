// What customers do: ask for a call, hang up, give stars.

import { newCallLog, type Origin } from '../call-log.ts';
import { ignored, refused } from '../change.ts';
import type { SessionEnding } from '../ending.ts';
import type { Instant, SessionId } from '../ids.ts';
import { flowAtDoor, refusalToJoin } from '../queue.ts';
import type { RefusalCode } from '../refusal.ts';
import type { Arriving, LiveSession } from '../session.ts';
import { isLive } from '../session-parts.ts';
import { changeSession } from '../session-changes.ts';
import { moveSession, putSession } from './books.ts';
import type { CustomerCommand } from './inputs.ts';
import { hasMessage } from './messages.ts';
import { bookEnd, endSession, leaveConference } from './moves.ts';
import { done, type Outcome, type Work } from './work.ts';

export function byCustomer(work: Work, command: CustomerCommand): Outcome {
  switch (command.kind) {
    case 'customer.request':
      return request(work, command);
    case 'customer.hangUp':
      return hangUp(work, command.sessionId);
    case 'customer.rate': {
      const session = work.floor.sessions.get(command.sessionId);
      if (session === undefined) return refused('unknown_session');
      const change = moveSession(work, command.sessionId, { kind: 'rated', stars: command.stars });
      return change.outcome === 'moved' ? done : change;
    }
  }
}

function request(work: Work, command: Extract<CustomerCommand, { kind: 'customer.request' }>): Outcome {
  const { sessionId, queueId, displayName } = command;
  if (work.floor.sessions.has(sessionId)) return ignored('known session');
  const origin: Origin = {
    sessionId,
    source: 'web',
    queueId,
    priority: 0,
    customerNumber: null,
    customerName: displayName ?? null,
    dialledNumber: null,
  };
  const until = work.now + work.floor.rules.arrivalMs;
  const code = refusalOf(work, origin);
  if (code !== undefined) {
    turnAway(work, origin);
    return refused(code);
  }
  begin(work, origin, until);
  return done;
}

/** Why this caller cannot be taken; undefined when she can. A closed queue may have something to say all the same. */
export function refusalOf({ floor, now }: Work, { queueId, flowId }: Origin): RefusalCode | undefined {
  if (floor.live >= floor.rules.maxSessions) return 'too_many_sessions';
  if (flowId !== undefined) return floor.flows.has(flowId) ? undefined : 'unknown_flow';
  const queue = floor.queues.get(queueId);
  if (queue && flowAtDoor(queue, now) !== undefined) return undefined;
  return refusalToJoin(queue, now);
}

/** A new session, of which nothing is here yet. */
export function begin(work: Work, origin: Origin, until: Instant): Arriving {
  const session = newSession(work, origin, until);
  putSession(work, session.sessionId, session);
  return session;
}

function newSession(work: Work, origin: Origin, until: Instant): Arriving {
  const { sessionId, queueId, source } = origin;
  const { now } = work;
  work.facts.push({ kind: 'session.requested', sessionId, queueId, source });
  return { at: 'arriving', sessionId, since: now, until, log: newCallLog(origin, now) };
}

/** A caller who is refused leaves a record (N1), and no trace in any queue: it may not even exist. */
export function turnAway(work: Work, origin: Origin): void {
  const session = newSession(work, origin, work.now);
  const change = changeSession(session, { kind: 'ended', ending: 'refused', legs: {} }, work.now);
  if (change.outcome !== 'moved' || change.to.at !== 'ended') return;
  work.facts.push(...change.facts);
  bookEnd(work, change.to);
}

function hangUp(work: Work, sessionId: SessionId): Outcome {
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined) return refused('unknown_session');
  if (!isLive(session) || session.at === 'aside') return ignored('already ended');
  if (session.at === 'conferencing') return leaveConference(work, session, 'customer_hung_up');
  endSession(work, session, endingWhenCustomerLeaves(work, session));
  return done;
}

/** The customer left of her own will; what she left says what it is called. */
// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
export function endingWhenCustomerLeaves(work: Work, session: LiveSession): SessionEnding {
  switch (session.at) {
    case 'menu':
      if (session.step.kind === 'consent') return 'abandoned_waiting';
      return hasMessage(session.log, work) ? 'left_message' : 'abandoned_menu';
    case 'arriving':
    case 'waiting':
      return 'abandoned_waiting';
    case 'offered':
    case 'connecting':
      if (session.log.connectedAt !== null) return 'customer_hung_up';
      return session.log.source === 'outbound' ? 'destination_not_reached' : 'abandoned_ringing';
    case 'transferring':
      return session.by.kind === 'flow' ? 'abandoned_menu' : 'customer_hung_up';
    case 'talking':
    case 'held':
    case 'consulting':
    case 'conferencing':
    case 'rejoining':
    case 'transferred':
    case 'parked':
      return 'customer_hung_up';
    case 'aside':
    case 'surveying':
      return session.ending;
    case 'dialling':
      return 'destination_not_reached';
    case 'notifying':
      return session.playId === null ? 'destination_not_reached' : 'notification_cut';
  }
}
