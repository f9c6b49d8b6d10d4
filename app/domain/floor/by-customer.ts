// What customers do: ask for a call, hang up, give stars.

import { newCallLog, type Origin } from '../call-log.ts';
import { ignored, refused } from '../change.ts';
import type { SessionEnding } from '../ending.ts';
import type { Instant, SessionId } from '../ids.ts';
import { refusalToJoin } from '../queue.ts';
import type { RefusalCode } from '../refusal.ts';
import { isLive, type Arriving, type LiveSession } from '../session.ts';
import { moveSession, putSession } from './books.ts';
import type { CustomerCommand } from './inputs.ts';
import { endSession } from './moves.ts';
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
  const session = begin(work, origin, until);
  if (code !== undefined) {
    endSession(work, session, 'refused');
    return refused(code);
  }
  startTimer(work, { name: 'arrival', sessionId }, until);
  return done;
}

/** Why this caller cannot be taken; undefined when she can. */
export function refusalOf({ floor }: Work, { queueId }: Origin): RefusalCode | undefined {
  if (floor.live >= floor.rules.maxSessions) return 'too_many_sessions';
  return refusalToJoin(floor.queues.get(queueId));
}

/** A new session, of which nothing is here yet. Even one that is refused gets its record (N1). */
export function begin(work: Work, origin: Origin, until: Instant): Arriving {
  const { sessionId, queueId, source } = origin;
  const { now } = work;
  const session: Arriving = { at: 'arriving', sessionId, since: now, until, log: newCallLog(origin, now) };
  putSession(work, sessionId, session);
  work.facts.push({ kind: 'session.requested', sessionId, queueId, source });
  return session;
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
