// The session's machine: one answer for every pair of state and event. Its table is printed in session.test.ts.

import { callRecord, closeLeg, closeOffer, turn, type CallLog } from './call-log.ts';
import { ignored, moved, refused, type Change } from './change.ts';
import type { LegEnding, OfferMiss } from './ending.ts';
import type { OfferFact, SessionFact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import {
  agentSideOf,
  customerLegOf,
  isLive,
  isOfferable,
  segmentOf,
  type Customer,
  type Ended,
  type LiveSession,
  type Offer,
  type Session,
  type SessionEvent,
} from './session.ts';

export type SessionChange = Change<Session, SessionFact | OfferFact>;
type Of<K extends SessionEvent['kind']> = Extract<SessionEvent, { kind: K }>;
type Facts = readonly (SessionFact | OfferFact)[];

/** Decides what `event` does to `session` at `now`. Pure; see the drawing in session.ts. */
// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
export function changeSession(session: Session, event: SessionEvent, now: Instant): SessionChange {
  if (!isLive(session)) return changeEnded(session, event);
  switch (event.kind) {
    case 'arrives':
    case 'customerAnswered':
    case 'customerGone':
      return changeCustomer(session, event, now);
    case 'offered':
    case 'rings':
    case 'answered':
    case 'missed':
      return changeOffer(session, event, now);
    case 'bridgeAsked':
    case 'bridged':
    case 'unbridged':
    case 'bridgeFailed':
      return changeBridge(session, event, now);
    case 'held':
    case 'resumed':
      return changeHold(session, event.kind, now);
    case 'agentLost':
      return agentLost(session, event.ending, now);
    case 'recordingAsked':
    case 'recordingStarted':
    case 'recordingStopped':
      return changeRecording(session, event);
    case 'recovered':
      return recovered(session);
    case 'ended':
      return ended(session, event, now);
    case 'rated':
      return refused('wrong_state');
  }
}

/** After the end only stars and the last word about the recording mean anything. */
function changeEnded(session: Ended, event: SessionEvent): SessionChange {
  const { sessionId } = session;
  if (event.kind === 'recordingStopped') {
    const { file, durationMs } = event;
    return moved<Session, SessionFact>(session, {
      kind: 'session.recordingStopped',
      sessionId,
      file,
      durationMs,
    });
  }
  if (event.kind !== 'rated') return ignored('the session is over');
  if (session.log.connectedAt === null) return refused('wrong_state');
  if (session.stars !== undefined) return ignored('already rated');
  const { stars } = event;
  return moved<Session, SessionFact>({ ...session, stars }, { kind: 'session.rated', sessionId, stars });
}

/** Every move of a living session goes through here: the record's open segment follows the state. */
function to(session: LiveSession, next: LiveSession, now: Instant, facts: Facts = []): SessionChange {
  const since = next.at === session.at ? session.since : now;
  const log = turn(next.log, segmentOf(next), agentSideOf(next)?.agentId ?? null, now);
  return moved<Session, SessionFact | OfferFact>({ ...next, since, log }, ...facts);
}

function changeCustomer(
  session: LiveSession,
  event: Of<'arrives' | 'customerAnswered' | 'customerGone'>,
  now: Instant,
): SessionChange {
  switch (event.kind) {
    case 'arrives':
      return session.at === 'arriving' ? firstArrival(session, event, now) : back(session, event, now);
    case 'customerAnswered': {
      if (session.at === 'arriving' || session.customer.at === 'away')
        return ignored('no leg of hers is here');
      const { leg } = session.customer;
      if (leg.answeredAt !== null) return ignored('already answered');
      return to(session, { ...session, customer: { at: 'here', leg: { ...leg, answeredAt: now } } }, now);
    }
    case 'customerGone': {
      if (session.at === 'arriving' || session.customer.at === 'away')
        return ignored('no leg of hers is here');
      const log = closeLeg(session.log, session.customer.leg, { agentId: null }, event.ending, now);
      const fact: SessionFact = { kind: 'session.customerAway', sessionId: session.sessionId };
      return to(session, parted({ ...session, log }, { at: 'away', until: event.until }), now, [fact]);
    }
  }
}

type Present = Exclude<LiveSession, { at: 'arriving' }>;

/** Another leg, or none, stands for the customer: whatever was bridged is so no longer. */
function parted(session: Present, customer: Customer): Present {
  switch (session.at) {
    case 'connecting':
      return { ...session, customer, asked: 0 };
    case 'talking':
      return { ...session, customer, joined: false, asked: 0 };
    case 'waiting':
    case 'offered':
    case 'held':
      return { ...session, customer };
  }
}

function firstArrival(
  session: Extract<LiveSession, { at: 'arriving' }>,
  { leg, place }: Of<'arrives'>,
  now: Instant,
): SessionChange {
  const { sessionId } = session;
  const { queueId, priority } = session.log;
  const log: CallLog = { ...session.log, arrivedAt: now, queuedAt: now, place };
  return to(session, { at: 'waiting', sessionId, since: now, log, customer: { at: 'here', leg } }, now, [
    { kind: 'session.arrived', sessionId, legId: leg.legId },
    { kind: 'session.queued', sessionId, queueId, priority },
  ]);
}

/** She is back (a reload, another network): same place, same agent. A leg that is still there is taken over from. */
function back(session: Present, { leg }: Of<'arrives'>, now: Instant): SessionChange {
  const { sessionId, customer } = session;
  const log =
    customer.at === 'here'
      ? closeLeg(session.log, customer.leg, { agentId: null }, 'released', now)
      : session.log;
  const fact: SessionFact = { kind: 'session.customerBack', sessionId, legId: leg.legId };
  return to(session, parted({ ...session, log }, { at: 'here', leg }), now, [fact]);
}

function changeOffer(
  session: LiveSession,
  event: Of<'offered' | 'rings' | 'answered' | 'missed'>,
  now: Instant,
): SessionChange {
  if (event.kind === 'offered') {
    if (session.at !== 'waiting' || !isOfferable(session)) return refused('wrong_state');
    const { offerId, agentId, until } = event.offer;
    const fact: OfferFact = { kind: 'offer.made', offerId, sessionId: session.sessionId, agentId, until };
    return to(session, { ...session, at: 'offered', offer: event.offer }, now, [fact]);
  }
  if (session.at !== 'offered') return ignored('no offer open');
  const { offer, sessionId } = session;
  const about = { offerId: offer.offerId, sessionId, agentId: offer.agentId };
  switch (event.kind) {
    case 'rings':
      if (offer.ringing) return ignored('already ringing');
      return to(session, { ...session, offer: { ...offer, ringing: true } }, now, [
        { kind: 'offer.ringing', ...about },
      ]);
    case 'answered': {
      const leg = { ...offer.leg, answeredAt: now };
      const { customer, log, since } = session;
      const agent = { agentId: offer.agentId, leg };
      return to(
        session,
        {
          at: 'connecting',
          sessionId,
          since,
          customer,
          agent,
          asked: 0,
          log: closeOffer(log, offerRecord(offer, 'accepted', now)),
        },
        now,
        [{ kind: 'offer.accepted', ...about }],
      );
    }
    case 'missed': {
      const { customer, since } = session;
      const log = closeMissed(session.log, offer, event, now);
      return to(session, { at: 'waiting', sessionId, since, customer, log }, now, [
        { kind: 'offer.missed', ...about, miss: event.miss },
        { kind: 'session.requeued', sessionId, queueId: log.queueId, to: 'own_place' },
      ]);
    }
  }
}

function offerRecord({ offerId, agentId, madeAt }: Offer, outcome: 'accepted' | OfferMiss, now: Instant) {
  return { offerId, agentId, madeAt, endedAt: now, outcome };
}

function closeMissed(
  log: CallLog,
  offer: Offer,
  { miss, ending }: { readonly miss: OfferMiss; readonly ending: LegEnding },
  now: Instant,
): CallLog {
  return closeOffer(closeLeg(log, offer.leg, offer, ending, now), offerRecord(offer, miss, now));
}

function changeBridge(
  session: LiveSession,
  event: Of<'bridgeAsked' | 'bridged' | 'unbridged' | 'bridgeFailed'>,
  now: Instant,
): SessionChange {
  if (session.at !== 'connecting' && session.at !== 'talking') return ignored('no bridge wanted');
  switch (event.kind) {
    case 'bridgeAsked':
      return to(session, { ...session, asked: session.asked + 1 }, now);
    case 'bridged':
      return session.at === 'connecting' ? connected(session, now) : rejoined(session, now);
    case 'unbridged':
      if (session.at === 'connecting' || !session.joined) return ignored('not joined');
      return to(session, { ...session, joined: false, asked: 0 }, now);
    case 'bridgeFailed': {
      const log = { ...session.log, bridgeFailures: session.log.bridgeFailures + 1 };
      return to(session, { ...session, log }, now);
    }
  }
}

function connected(session: Extract<LiveSession, { at: 'connecting' }>, now: Instant): SessionChange {
  const { sessionId, customer, agent, since } = session;
  if (customer.at === 'away') return ignored('the customer is away');
  const { agentId } = agent;
  const log: CallLog = { ...session.log, connectedAt: session.log.connectedAt ?? now, agentId };
  return to(session, { at: 'talking', sessionId, since, customer, agent, log, joined: true, asked: 0 }, now, [
    { kind: 'session.connected', sessionId, agentId },
  ]);
}

function rejoined(session: Extract<LiveSession, { at: 'talking' }>, now: Instant): SessionChange {
  if (session.joined) return ignored('already joined');
  if (session.customer.at === 'away') return ignored('the customer is away');
  return to(session, { ...session, joined: true, asked: 0 }, now);
}

function changeHold(session: LiveSession, wanted: 'held' | 'resumed', now: Instant): SessionChange {
  if (session.at !== 'talking' && session.at !== 'held') return refused('not_in_call');
  const { sessionId, customer, agent, log, since } = session;
  const { agentId } = agent;
  if (wanted === 'held') {
    if (session.at === 'held') return refused('already_held');
    if (!session.joined) return refused('wrong_state');
    const held: LiveSession = { at: 'held', sessionId, since, customer, agent, log };
    return to(session, held, now, [{ kind: 'session.held', sessionId, agentId }]);
  }
  if (session.at === 'talking') return refused('not_held');
  const talking: LiveSession = {
    at: 'talking',
    sessionId,
    since,
    customer,
    agent,
    log,
    joined: false,
    asked: 0,
  };
  return to(session, talking, now, [{ kind: 'session.resumed', sessionId, agentId }]);
}

/** She was as good as served: to the head of the line, before everybody who has not been. */
function agentLost(session: LiveSession, ending: LegEnding, now: Instant): SessionChange {
  if (session.at !== 'connecting' && session.at !== 'talking' && session.at !== 'held') {
    return ignored('nobody is talking');
  }
  const { sessionId, customer, agent, since } = session;
  const closed = closeLeg(session.log, agent.leg, agent, ending, now);
  const log: CallLog = { ...closed, place: closed.place && { ...closed.place, head: true } };
  return to(session, { at: 'waiting', sessionId, since, customer, log }, now, [
    { kind: 'session.requeued', sessionId, queueId: log.queueId, to: 'head' },
  ]);
}

function changeRecording(
  session: LiveSession,
  event: Of<'recordingAsked' | 'recordingStarted' | 'recordingStopped'>,
): SessionChange {
  const { sessionId, log } = session;
  if (event.kind === 'recordingAsked') {
    return moved<Session, SessionFact>({ ...session, log: { ...log, recordingLeg: event.legId } });
  }
  const { file } = event;
  if (event.kind === 'recordingStopped') {
    const { durationMs } = event;
    return moved<Session, SessionFact>(session, {
      kind: 'session.recordingStopped',
      sessionId,
      file,
      durationMs,
    });
  }
  const next = { ...session, log: { ...log, recordingFile: log.recordingFile ?? file } };
  return moved<Session, SessionFact>(next, { kind: 'session.recordingStarted', sessionId, file });
}

function recovered(session: LiveSession): SessionChange {
  const { sessionId, log } = session;
  const next = { ...session, log: { ...log, recovered: true } };
  return moved<Session, SessionFact>(next, { kind: 'session.recovered', sessionId });
}

function ended(session: LiveSession, event: Of<'ended'>, now: Instant): SessionChange {
  const { sessionId } = session;
  const facts: (SessionFact | OfferFact)[] = [];
  let log = session.log;
  const customerLeg = customerLegOf(session);
  if (customerLeg) log = closeLeg(log, customerLeg, { agentId: null }, event.customerLeg ?? 'released', now);
  const agent = agentSideOf(session);
  if (agent) log = closeLeg(log, agent.leg, agent, event.agentLeg ?? 'released', now);
  if (session.at === 'offered') {
    const { offer } = session;
    const miss = missAtEnd(event);
    log = closeOffer(log, offerRecord(offer, miss, now));
    facts.push({ kind: 'offer.missed', offerId: offer.offerId, sessionId, agentId: offer.agentId, miss });
  }
  const record = callRecord(log, event.ending, now);
  facts.push({ kind: 'session.ended', sessionId, ending: event.ending });
  const over: Ended = {
    at: 'ended',
    sessionId,
    since: now,
    ending: event.ending,
    log,
    record,
    legs: log.legs,
    agentId: agent?.agentId ?? log.agentId,
  };
  return moved<Session, SessionFact | OfferFact>(over, ...facts);
}

/** Nobody's fault on the agent's side, whoever ended the session while her phone rang. */
function missAtEnd({ ending }: Of<'ended'>): OfferMiss {
  return ending === 'abandoned_ringing' || ending === 'customer_lost' ? 'customer_left' : 'withdrawn';
}
