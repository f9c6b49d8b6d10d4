// A session is offered to one agent, and taken by her or not.

import { closeLeg, closeOffer, type CallLog } from './call-log.ts';
import { ignored, refused } from './change.ts';
import type { OfferMiss } from './ending.ts';
import type { Fact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import type { LiveSession, Offer, Offered } from './session.ts';
import { to, type Of, type SessionChange } from './session-moves.ts';
import { isOfferable } from './session-parts.ts';
import { unlinked } from './link.ts';

export function changeOffer(
  session: LiveSession,
  event: Of<'offered' | 'rings' | 'confirming' | 'answered' | 'missed'>,
  now: Instant,
): SessionChange {
  if (event.kind === 'offered') return offered(session, event.offer, now);
  if (session.at !== 'offered') return ignored('no offer open');
  const { offer, sessionId } = session;
  switch (event.kind) {
    case 'rings': {
      if (offer.ringing) return ignored('already ringing');
      const { offerId, agentId } = offer;
      const fact: Fact = { kind: 'offer.ringing', offerId, sessionId, agentId };
      return to(session, { ...session, offer: { ...offer, ringing: true } }, now, [fact]);
    }
    case 'confirming': {
      if (offer.leg.answeredAt !== null) return ignored('already answered');
      const leg = { ...offer.leg, answeredAt: now };
      return to(session, { ...session, offer: { ...offer, leg } }, now);
    }
    case 'answered':
      return accepted(session, now);
    case 'missed':
      return missed(session, event, now);
  }
}

function offered(session: LiveSession, offer: Offer, now: Instant): SessionChange {
  const { offerId, agentId, until, purpose } = offer;
  if (purpose.kind === 'pickUp' ? session.at !== 'parked' : !isOfferable(session))
    return refused('wrong_state');
  if (session.at !== 'waiting' && session.at !== 'parked') return refused('wrong_state');
  const { sessionId, since, log, customer } = session;
  const fact: Fact = { kind: 'offer.made', offerId, sessionId, agentId, until };
  return to(session, { at: 'offered', sessionId, since, log, customer, offer }, now, [fact]);
}

function accepted(session: Offered, now: Instant): SessionChange {
  const { offer, sessionId, customer, since } = session;
  const { offerId, agentId, purpose } = offer;
  const agent = { agentId, leg: { ...offer.leg, answeredAt: offer.leg.answeredAt ?? now } };
  const log = closeOffer(session.log, offerRecord(offer, 'accepted', now));
  const facts: Fact[] = [{ kind: 'offer.accepted', offerId, sessionId, agentId }];
  if (purpose.kind === 'pickUp')
    facts.push({ kind: 'session.pickedUp', sessionId, agentId, slot: purpose.slot });
  return to(
    session,
    { at: 'connecting', sessionId, since, customer, agent, link: unlinked, monitors: [], log },
    now,
    facts,
  );
}

export function offerRecord(
  { offerId, agentId, madeAt }: Offer,
  outcome: 'accepted' | OfferMiss,
  now: Instant,
) {
  return { offerId, agentId, madeAt, endedAt: now, outcome };
}

function missed(session: Offered, event: Of<'missed'>, now: Instant): SessionChange {
  const { customer, since, sessionId, offer } = session;
  const { miss, ending, toHead } = event;
  const { offerId, agentId, leg, purpose } = offer;
  const closed = closeLeg(session.log, { role: 'agent', leg, agentId }, ending, now);
  const log = closeOffer(closed, offerRecord(offer, miss, now));
  const fact: Fact = { kind: 'offer.missed', offerId, sessionId, agentId, miss };
  if (purpose.kind === 'pickUp' && !toHead) {
    const { slot, until, by } = purpose;
    return to(session, { at: 'parked', sessionId, since, customer, log, slot, until, by }, now, [fact]);
  }
  const next = toHead ? headOfLine(log) : log;
  return to(session, { at: 'waiting', sessionId, since, customer, log: next }, now, [
    fact,
    { kind: 'session.requeued', sessionId, queueId: log.queueId, to: toHead ? 'head' : 'own_place' },
  ]);
}

/** She was as good as served: before everybody who has not been. */
export function headOfLine(log: CallLog): CallLog {
  return { ...log, place: log.place && { ...log.place, head: true } };
}
