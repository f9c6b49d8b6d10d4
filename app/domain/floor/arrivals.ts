// An inbound leg is parked: a session's customer has come (or come back), or a phone caller begins a session.

import type { Origin, Place } from '../call-log.ts';
import type { Leg } from '../party.ts';
import { ignored } from '../change.ts';
import type { LegId, QueueId, SessionId } from '../ids.ts';
import type { RefusalCode } from '../refusal.ts';
import { flowAtDoor, isClosed } from '../queue.ts';
import type { Arriving, LiveSession, MenuStep, Session } from '../session.ts';
import { customerLegOf, customerOf, isLive } from '../session-parts.ts';
import { moveAgent, moveSession, queueOf } from './books.ts';
import { begin, refusalOf, turnAway } from './by-customer.ts';
import { consentOf } from './consent.ts';
import type { HangUpCause } from './effects.ts';
import type { Signal } from './inputs.ts';
import { offerToWanted } from './offers.ts';
import { release } from './release.ts';
import { done, type Outcome, type Work } from './work.ts';

type Arrived = Extract<Signal, { kind: 'leg.arrived' }>;

export function legArrived(work: Work, signal: Arrived): Outcome {
  const { legId, sessionId } = signal;
  const { floor } = work;
  if (floor.legs.has(legId) || floor.releases.has(legId) || floor.gone.has(legId))
    return ignored('known leg');
  const session = sessionId === undefined ? undefined : floor.sessions.get(sessionId);
  if (session !== undefined) return customerArrives(work, session, signal);
  return sessionId === undefined ? callerArrives(work, signal) : strangerArrives(work, signal);
}

function customerArrives(work: Work, session: Session, { legId }: Arrived): Outcome {
  const { sessionId } = session;
  if (!isLive(session) || (session.at !== 'arriving' && customerOf(session) === undefined)) {
    release(work, legId, 'normal', { sessionId, agentId: null });
    return ignored('the session is over');
  }
  const oldLeg = customerLegOf(session);
  seat(work, session, legId);
  if (oldLeg) release(work, oldLeg.legId, 'answered_elsewhere', { sessionId, agentId: null });
  return done;
}

/** The customer's leg is taken in: answered and labelled; what she hears follows from where she is. */
function seat(work: Work, session: LiveSession, legId: LegId): void {
  const { sessionId, log } = session;
  const leg: Leg = { legId, createdAt: work.now, answeredAt: null };
  const place = { sessionId, head: false, priority: log.priority, sequence: work.floor.sequence++ };
  const menu = session.at === 'arriving' ? menuOf(work, session, place) : null;
  const closed = isClosed(queueOf(work.floor, log.queueId), work.now);
  const until = work.now + work.floor.rules.menuMs;
  moveSession(work, sessionId, { kind: 'arrives', leg, place, menu, closed, until });
  work.effects.push({ kind: 'leg.answer', legId });
  work.effects.push({ kind: 'leg.label', legId, labels: { role: 'customer', sessionId } });
  if (session.at === 'arriving') offerToWanted(work, sessionId);
}

/** What a caller meets before the line: the flow of her number or her queue, or what the queue asks of everybody. */
function menuOf(work: Work, { log }: Arriving, place: Place): MenuStep | null {
  const queue = queueOf(work.floor, log.queueId);
  // An agent's own number is hers; her queue only stands in for her.
  const atDoor = log.wantedAgent === null ? flowAtDoor(queue, work.now) : undefined;
  const flow = work.floor.flows.get(log.flowId ?? atDoor ?? '');
  if (flow === undefined) return consentOf(queue, place);
  return { kind: 'flow', flowId: flow.flowId, step: flow.start, tries: 0, hears: { at: 'nothing' } };
}

function callerArrives(work: Work, signal: Arrived): Outcome {
  const origin = originOf(work, signal, work.newId() as SessionId);
  const code = refusalOf(work, origin);
  if (code !== undefined) return refuse(work, origin, signal.legId, code);
  const { callerAgent } = origin;
  // Before she could be offered a call: her own phone is busy with this one.
  if (callerAgent !== undefined) moveAgent(work, callerAgent, { kind: 'legClearing', legId: signal.legId });
  seat(work, begin(work, origin, work.now), signal.legId);
  return done;
}

/** A browser whose session is not known here (any more): told so, and recorded under its leg's id. */
function strangerArrives(work: Work, signal: Arrived): Outcome {
  const origin = originOf(work, signal, signal.legId as string as SessionId);
  return refuse(work, origin, signal.legId, 'unknown_session');
}

function refuse(work: Work, origin: Origin, legId: LegId, code: RefusalCode): Outcome {
  turnAway(work, origin);
  release(work, legId, causeOf(code), { sessionId: origin.sessionId, agentId: null });
  return { outcome: 'refused', code };
}

function causeOf(code: RefusalCode): HangUpCause {
  switch (code) {
    case 'queue_full':
      return 'queue_full';
    case 'queue_closed':
      return 'closed';
    case 'too_many_sessions':
      return 'temporary_failure';
    default:
      return 'not_found';
  }
}

function originOf({ floor }: Work, signal: Arrived, sessionId: SessionId): Origin {
  const agent = signal.agentId === undefined ? undefined : floor.agents.get(signal.agentId);
  const flow = signal.flowId === undefined ? undefined : floor.flows.get(signal.flowId);
  return {
    sessionId,
    source: signal.source,
    queueId: signal.queueId ?? agent?.queues[0] ?? flow?.queueId ?? ('' as QueueId),
    ...(signal.flowId !== undefined && { flowId: signal.flowId }),
    wantedAgent: agent?.agentId ?? null,
    ...colleagueIn(signal),
    priority: signal.priority ?? 0,
    customerNumber: signal.from ?? null,
    customerName: signal.fromName ?? null,
    dialledNumber: signal.to ?? null,
  };
}

const colleagueIn = ({ callerAgent }: Arrived): Pick<Origin, 'callerAgent'> =>
  callerAgent === undefined ? {} : { callerAgent };
