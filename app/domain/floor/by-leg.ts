// What the wire says about legs. Each signal names a leg; who it is follows from the books. Unknown, late and double news
// are ignored with a reason.

import { type Leg, type Origin } from '../call-log.ts';
import { ignored } from '../change.ts';
import type { LegEnding } from '../ending.ts';
import type { LegId, QueueId, SessionId } from '../ids.ts';
import { missOf } from '../offer.ts';
import type { RefusalCode } from '../refusal.ts';
import { customerLegOf, customerOf, isLive, roleOf, type LiveSession, type Session } from '../session.ts';
import { moveAgent, moveSession } from './books.ts';
import { begin, endingWhenCustomerLeaves, refusalOf, turnAway } from './by-customer.ts';
import type { HangUpCause } from './effects.ts';
import type { Signal } from './inputs.ts';
import {
  buried,
  endSession,
  join,
  loseAgent,
  missOffer,
  release,
  released,
  startMusic,
  startRecording,
} from './moves.ts';
import { cancelTimer, done, startTimer, type Outcome, type Work } from './work.ts';

type Of<K extends Signal['kind']> = Extract<Signal, { kind: K }>;
export type LegSignal = Of<'leg.ringing' | 'leg.answered' | 'leg.ended' | 'leg.digit'>;

// ---------------------------------------------------------------- arrival

/** An inbound leg is parked: a session's customer has come (or come back), or a phone caller begins a session. */
export function legArrived(work: Work, signal: Of<'leg.arrived'>): Outcome {
  const { legId, sessionId } = signal;
  const { floor } = work;
  if (floor.legs.has(legId) || floor.releases.has(legId) || floor.gone.has(legId))
    return ignored('known leg');
  const session = sessionId === undefined ? undefined : floor.sessions.get(sessionId);
  if (session !== undefined) return customerArrives(work, session, signal);
  return sessionId === undefined ? callerArrives(work, signal) : strangerArrives(work, signal);
}

function customerArrives(work: Work, session: Session, { legId }: Of<'leg.arrived'>): Outcome {
  const { sessionId } = session;
  if (!isLive(session)) {
    release(work, legId, 'normal', { sessionId, agentId: null });
    return ignored('the session is over');
  }
  if (session.at === 'arriving') cancelTimer(work, { name: 'arrival', sessionId });
  if (customerOf(session)?.at === 'away') cancelTimer(work, { name: 'return', sessionId });
  const oldLeg = customerLegOf(session);
  seat(work, session, legId);
  if (oldLeg) release(work, oldLeg.legId, 'answered_elsewhere', { sessionId, agentId: null });
  return done;
}

/** The customer's leg is taken in: answered, labelled, and given music unless an agent is on the line. */
function seat(work: Work, session: LiveSession, legId: LegId): void {
  const { sessionId } = session;
  const leg: Leg = { legId, createdAt: work.now, answeredAt: null };
  const place = { sessionId, head: false, priority: session.log.priority, sequence: work.floor.sequence++ };
  moveSession(work, sessionId, { kind: 'arrives', leg, place });
  work.effects.push({ kind: 'leg.answer', legId });
  work.effects.push({ kind: 'leg.label', legId, labels: { role: 'customer', sessionId } });
  if (session.at === 'connecting' || session.at === 'talking') join(work, sessionId);
  else startMusic(work, session, legId);
}

function callerArrives(work: Work, signal: Of<'leg.arrived'>): Outcome {
  const origin = originOf(signal, work.newId() as SessionId);
  const code = refusalOf(work, origin);
  if (code !== undefined) return refuse(work, origin, signal.legId, code);
  seat(work, begin(work, origin, work.now), signal.legId);
  return done;
}

/** A browser whose session is not known here (any more): told so, and recorded under its leg's id. */
function strangerArrives(work: Work, signal: Of<'leg.arrived'>): Outcome {
  const origin = originOf(signal, signal.legId as string as SessionId);
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

function originOf(signal: Of<'leg.arrived'>, sessionId: SessionId): Origin {
  return {
    sessionId,
    source: signal.source,
    queueId: signal.queueId ?? ('' as QueueId),
    priority: signal.priority ?? 0,
    customerNumber: signal.from ?? null,
    customerName: signal.fromName ?? null,
    dialledNumber: signal.to ?? null,
  };
}

// ---------------------------------------------------------------- the life of a leg

/** What happened to a leg the books know. */
export function byLeg(work: Work, signal: LegSignal): Outcome {
  const { legId } = signal;
  if (signal.kind === 'leg.digit') return ignored('digits mean nothing here');
  const sessionId = work.floor.legs.get(legId);
  const session = sessionId && work.floor.sessions.get(sessionId);
  if (!session || !isLive(session)) return outOfCall(work, signal);
  const role = roleOf(session, legId);
  switch (signal.kind) {
    case 'leg.ringing':
      return role === 'agent' ? rings(work, session) : ignored('a customer does not ring');
    case 'leg.answered':
      return role === 'agent' ? agentAnswered(work, session) : customerAnswered(work, session);
    case 'leg.ended':
      if (role === 'agent') agentLegEnded(work, session, signal.ending);
      else customerLegEnded(work, session, signal.ending);
      return done;
  }
}

function outOfCall(work: Work, signal: Exclude<LegSignal, { kind: 'leg.digit' }>): Outcome {
  if (signal.kind === 'leg.ended' && work.floor.releases.has(signal.legId)) {
    released(work, signal.legId);
    return done;
  }
  if (work.floor.releases.has(signal.legId)) return ignored('leg on its way out');
  return ignored(work.floor.gone.has(signal.legId) ? 'leg already gone' : 'unknown leg');
}

function rings(work: Work, session: LiveSession): Outcome {
  const change = moveSession(work, session.sessionId, { kind: 'rings' });
  if (change.outcome !== 'moved' || session.at !== 'offered') return ignored('already ringing');
  moveAgent(work, session.offer.agentId, { kind: 'rings' });
  return done;
}

function agentAnswered(work: Work, session: LiveSession): Outcome {
  if (session.at !== 'offered') return ignored('already answered');
  const { sessionId, offer } = session;
  cancelTimer(work, { name: 'offer', offerId: offer.offerId });
  moveSession(work, sessionId, { kind: 'answered' });
  moveAgent(work, offer.agentId, { kind: 'answers' });
  if (session.customer.at === 'away') startMusic(work, session, offer.leg.legId);
  join(work, sessionId);
  return done;
}

function customerAnswered(work: Work, session: LiveSession): Outcome {
  const change = moveSession(work, session.sessionId, { kind: 'customerAnswered' });
  if (change.outcome !== 'moved') return change;
  join(work, session.sessionId);
  return done;
}

/** A phone caller who is gone is gone. A web customer who did not ask may be reloading her page. */
export function customerLegEnded(work: Work, session: LiveSession, ending: LegEnding): void {
  const leg = customerLegOf(session);
  if (leg === undefined) return;
  if (session.log.source === 'web') {
    goAway(work, session, leg, ending);
    return;
  }
  endSession(work, session, endingOfCaller(session, ending), { customerLeg: ending });
}

function endingOfCaller(session: LiveSession, ending: LegEnding) {
  if (ending === 'media_lost') return 'media_lost';
  if (ending === 'hung_up' || ending === 'cancelled') return endingWhenCustomerLeaves(session);
  return session.log.connectedAt === null ? endingWhenCustomerLeaves(session) : 'customer_lost';
}

function goAway(work: Work, session: LiveSession, leg: Leg, ending: LegEnding): void {
  const { sessionId } = session;
  const until = work.now + work.floor.rules.returnMs;
  moveSession(work, sessionId, { kind: 'customerGone', ending, until });
  buried(work, leg.legId, sessionId);
  startTimer(work, { name: 'return', sessionId }, until);
  if (session.at !== 'connecting' && session.at !== 'talking') return;
  cancelTimer(work, { name: 'bridge', sessionId });
  startMusic(work, session, session.agent.leg.legId);
}

/** Her phone never took the call: a miss. She ended a conversation: it is over. Her phone died: the customer must not pay. */
export function agentLegEnded(work: Work, session: LiveSession, ending: LegEnding): void {
  switch (session.at) {
    case 'offered':
      missOffer(work, session, missOf(ending), ending);
      return;
    case 'talking':
    case 'held':
      if (ending === 'hung_up') endSession(work, session, 'agent_hung_up', { agentLeg: ending });
      else loseAgent(work, session, ending);
      return;
    case 'connecting':
      loseAgent(work, session, ending);
      return;
    case 'arriving':
    case 'waiting':
      return;
  }
}

// ---------------------------------------------------------------- pairs and recordings

export function byPair(work: Work, signal: Of<'legs.bridged' | 'legs.unbridged'>): Outcome {
  const session = sessionOfPair(work, signal);
  if (session === undefined) return ignored('not a pair of ours');
  if (signal.kind === 'legs.bridged') return bridged(work, session);
  const change = moveSession(work, session.sessionId, { kind: 'unbridged' });
  if (change.outcome !== 'moved') return change;
  // Usually the end of one of the two follows at once. If not, they are joined again.
  startTimer(work, { name: 'bridge', sessionId: session.sessionId }, work.now + work.floor.rules.bridgeMs);
  return done;
}

function sessionOfPair(
  { floor }: Work,
  { a, b }: Of<'legs.bridged' | 'legs.unbridged'>,
): LiveSession | undefined {
  const sessionId = floor.legs.get(a);
  if (sessionId === undefined || floor.legs.get(b) !== sessionId) return undefined;
  const session = floor.sessions.get(sessionId);
  return session && isLive(session) ? session : undefined;
}

export function bridged(work: Work, session: LiveSession): Outcome {
  const { sessionId } = session;
  const change = moveSession(work, sessionId, { kind: 'bridged' });
  if (change.outcome !== 'moved') return change;
  cancelTimer(work, { name: 'bridge', sessionId });
  if (isLive(change.to)) startRecording(work, change.to);
  return done;
}

export function byRecording(work: Work, signal: Of<'recording.started' | 'recording.stopped'>): Outcome {
  const { legId, file } = signal;
  const sessionId =
    work.floor.legs.get(legId) ?? work.floor.gone.get(legId) ?? work.floor.releases.get(legId)?.sessionId;
  if (sessionId === undefined || sessionId === null) return ignored('unknown leg');
  const event =
    signal.kind === 'recording.started'
      ? ({ kind: 'recordingStarted', file } as const)
      : ({ kind: 'recordingStopped', file, durationMs: signal.durationMs } as const);
  const change = moveSession(work, sessionId, event);
  return change.outcome === 'moved' ? done : change;
}
