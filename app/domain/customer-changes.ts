// The customer comes, goes and comes back; what the queue asks of her before she is put in line, and what it tells her there.

import type { CallLog, Place } from './call-log.ts';
import { ignored } from './change.ts';
import type { Fact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import type { Arriving, Customer, LiveSession, Menu } from './session.ts';
import { noted, to, without, type Of, type SessionChange } from './session-moves.ts';
import { customerLegOf } from './session-parts.ts';
import type { Party } from './party.ts';

type Present = Extract<LiveSession, { customer: Customer }>;

export function changeCustomer(
  session: LiveSession,
  event: Of<'arrives' | 'customerAnswered' | 'customerGone' | 'menuPlays' | 'menuOver' | 'announces'>,
  now: Instant,
): SessionChange {
  if (event.kind === 'announces') return announces(session, event);
  if (event.kind === 'menuPlays' || event.kind === 'menuOver') return changeMenu(session, event, now);
  if (session.at === 'arriving') {
    return event.kind === 'arrives' ? firstArrival(session, event, now) : ignored('no leg of hers is here');
  }
  if (!('customer' in session)) return ignored('no customer is in it');
  if (event.kind === 'arrives') return back(session, event, now);
  if (session.customer.at === 'away') return ignored('no leg of hers is here');
  const { leg } = session.customer;
  if (event.kind === 'customerAnswered') {
    if (leg.answeredAt !== null) return ignored('already answered');
    return to(session, { ...session, customer: { at: 'here', leg: { ...leg, answeredAt: now } } }, now);
  }
  const log = without(session, customerParty(session), event.ending, now);
  const fact: Fact = { kind: 'session.customerAway', sessionId: session.sessionId };
  return to(session, interrupted({ ...session, log, customer: { at: 'away', until: event.until } }), now, [
    fact,
  ]);
}

const customerParty = (session: LiveSession): Party | undefined => {
  const leg = customerLegOf(session);
  return leg && { role: 'customer', leg, agentId: null };
};

/** What was being played to the leg that is gone begins again on the next. */
function interrupted(session: Present): Present {
  if (session.at === 'surveying') return { ...session, hears: { at: 'nothing' } };
  if (session.at !== 'menu') return session;
  const { step } = session;
  if (step.kind === 'consent') return { ...session, step: { ...step, playId: null } };
  return { ...session, step: { ...step, hears: { at: 'nothing' } } };
}

function firstArrival(session: Arriving, event: Of<'arrives'>, now: Instant): SessionChange {
  const { sessionId, since } = session;
  const { leg, place, menu, until } = event;
  const log: CallLog = { ...session.log, arrivedAt: now, closed: event.closed ?? false };
  const here = { sessionId, since, log, customer: { at: 'here', leg } } as const;
  const arrived: Fact = { kind: 'session.arrived', sessionId, legId: leg.legId };
  if (menu?.kind === 'flow') {
    const { flowId, step } = menu;
    const led: Fact = { kind: 'flow.step', sessionId, flowId, step };
    return to(session, { ...here, at: 'menu', step: menu, until }, now, [arrived, led]);
  }
  if (menu) return to(session, { ...here, at: 'menu', step: menu, until }, now, [arrived]);
  return queued(session, { ...here, place }, now, [arrived]);
}

/** In line, at that place. */
export function queued(
  session: LiveSession,
  {
    sessionId,
    since,
    customer,
    place,
    log,
  }: Pick<Menu, 'sessionId' | 'since' | 'customer' | 'log'> & { readonly place: Place },
  now: Instant,
  facts: readonly Fact[],
): SessionChange {
  const { queueId, priority } = log;
  const inLine: CallLog = { ...log, queuedAt: log.queuedAt ?? now, place };
  return to(session, { at: 'waiting', sessionId, since, customer, log: inLine }, now, [
    ...facts,
    { kind: 'session.queued', sessionId, queueId, priority },
  ]);
}

/** She is back (a reload, another network): same place, same agent. A leg that is still there is taken over from. */
function back(session: Present, { leg }: Of<'arrives'>, now: Instant): SessionChange {
  const { sessionId, customer } = session;
  const log =
    customer.at === 'here' ? without(session, customerParty(session), 'released', now) : session.log;
  const fact: Fact = { kind: 'session.customerBack', sessionId, legId: leg.legId };
  return to(session, interrupted({ ...session, log, customer: { at: 'here', leg } }), now, [fact]);
}

function changeMenu(session: LiveSession, event: Of<'menuPlays' | 'menuOver'>, now: Instant): SessionChange {
  if (session.at !== 'menu' || session.step.kind !== 'consent') return ignored('nothing is asked');
  const { sessionId, step } = session;
  if (event.kind === 'menuPlays') {
    const { playId, until } = event;
    const { soundId } = step;
    const fact: Fact = { kind: 'session.soundStarted', sessionId, soundId, playId };
    return to(session, { ...session, until, step: { ...step, playId } }, now, [fact]);
  }
  const { consent } = event;
  const log: CallLog = { ...session.log, optedOut: !consent };
  const { place } = step;
  return queued(session, { ...session, log, place }, now, [
    { kind: 'session.consent', sessionId, given: consent },
  ]);
}

/** Whoever is not in line is told nothing. */
function announces(session: LiveSession, { announcing, told }: Of<'announces'>): SessionChange {
  const { sessionId, log } = session;
  const isInLine = session.at === 'waiting' || session.at === 'offered';
  if (announcing && !isInLine) return ignored('not in line');
  const facts: Fact[] = told ? [{ kind: 'session.announced', sessionId, ...told }] : [];
  return noted(session, { ...log, announcing }, ...facts);
}
