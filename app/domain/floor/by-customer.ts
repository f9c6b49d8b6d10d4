// What customers do: ask for a call, hang up, give stars.

import { newCallLog, type Origin } from '../call-log.ts';
import { ignored, refused } from '../change.ts';
import type { SessionEnding } from '../ending.ts';
import type { Instant, SessionId } from '../ids.ts';
import { refusalToJoin } from '../queue.ts';
import type { RefusalCode } from '../refusal.ts';
import { isLive, type Arriving, type LiveSession } from '../session.ts';
import { changeSession } from '../session-changes.ts';
import { moveSession, putSession } from './books.ts';
import type { CustomerCommand } from './inputs.ts';
import { bookEnd, endSession } from './moves.ts';
import { done, startTimer, type Outcome, type Work } from './work.ts';

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
  startTimer(work, { name: 'arrival', sessionId }, until);
  return done;
}

/** Why this caller cannot be taken; undefined when she can. */
export function refusalOf({ floor }: Work, { queueId }: Origin): RefusalCode | undefined {
  if (floor.live >= floor.rules.maxSessions) return 'too_many_sessions';
  return refusalToJoin(floor.queues.get(queueId));
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
  const change = changeSession(session, { kind: 'ended', ending: 'refused' }, work.now);
  if (change.outcome !== 'moved') return;
  work.facts.push(...change.facts);
  bookEnd(work, change.to);
}

function hangUp(work: Work, sessionId: SessionId): Outcome {
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined) return refused('unknown_session');
  if (!isLive(session)) return ignored('already ended');
  endSession(work, session, endingWhenCustomerLeaves(session));
  return done;
}

/** The customer left of her own will; what she left says what it is called. */
export function endingWhenCustomerLeaves(session: LiveSession): SessionEnding {
  switch (session.at) {
    case 'arriving':
    case 'waiting':
      return 'abandoned_waiting';
    case 'offered':
    case 'connecting':
      return session.log.connectedAt === null ? 'abandoned_ringing' : 'customer_hung_up';
    case 'talking':
    case 'held':
      return 'customer_hung_up';
  }
}
