// Within a conversation: hold, mute, a third party, a conference of three.

import { ignored, refused } from './change.ts';
import type { Fact } from './floor/facts.ts';
import type { PartyName } from './floor/session-facts.ts';
import type { Instant } from './ids.ts';
import type { Conferencing, Consulting, LiveSession, Third, Transferring } from './session.ts';
import type { ThirdParty } from './party.ts';
import { to, without, type Of, type SessionChange } from './session-moves.ts';
import { agentSideOf, thirdOf, thirdParty } from './session-parts.ts';

type InCall = Of<
  | 'held'
  | 'reminded'
  | 'resumed'
  | 'muted'
  | 'consults'
  | 'thirdProgress'
  | 'toggled'
  | 'confers'
  | 'thirdGone'
>;

export function changeCall(session: LiveSession, event: InCall, now: Instant): SessionChange {
  switch (event.kind) {
    case 'held':
      return held(session, event, now);
    case 'reminded': {
      if (session.at !== 'held') return ignored('not held');
      const { sessionId, agent } = session;
      const fact: Fact = { kind: 'session.holdReminder', sessionId, agentId: agent.agentId };
      return to(session, { ...session, remindAt: event.remindAt }, now, [fact]);
    }
    case 'resumed':
      return resumed(session, now);
    case 'muted':
      return muted(session, event, now);
    case 'consults':
      return consults(session, event.third, now);
    case 'thirdProgress':
      return thirdProgress(session, event.progress, now);
    case 'toggled':
      return toggled(session, now);
    case 'confers':
      return confers(session, now);
    case 'thirdGone':
      return thirdGone(session, event, now);
  }
}

/** A fact names nobody by a number. */
export function nameOf(party: ThirdParty): PartyName {
  if (party.kind === 'agent') return { kind: 'agent', agentId: party.agentId };
  return party.kind === 'number' ? { kind: 'number' } : party;
}

function held(session: LiveSession, { remindAt }: Of<'held'>, now: Instant): SessionChange {
  if (session.at === 'held') return refused('already_held');
  if (session.at === 'consulting' || session.at === 'conferencing') return refused('wrong_state');
  if (session.at !== 'talking') return refused('not_in_call');
  if (!session.link.made) return refused('wrong_state');
  const { sessionId, agent } = session;
  const fact: Fact = { kind: 'session.held', sessionId, agentId: agent.agentId };
  return to(session, { ...session, at: 'held', remindAt }, now, [fact]);
}

function resumed(session: LiveSession, now: Instant): SessionChange {
  if (session.at === 'consulting' || session.at === 'conferencing') return refused('wrong_state');
  if (session.at === 'talking') return refused('not_held');
  if (session.at !== 'held') return refused('not_in_call');
  const { remindAt: _over, ...rest } = session;
  const { sessionId, agent } = session;
  const fact: Fact = { kind: 'session.resumed', sessionId, agentId: agent.agentId };
  return to(session, { ...rest, at: 'talking' }, now, [fact]);
}

function muted(session: LiveSession, { legId, muted: off }: Of<'muted'>, now: Instant): SessionChange {
  const agent = agentSideOf(session);
  const third = thirdOf(session);
  const { sessionId } = session;
  if ('agent' in session && agent?.leg.legId === legId) {
    if ((agent.leg.muted ?? false) === off) return ignored('already so');
    const { agentId } = agent;
    const next = { ...session, agent: { agentId, leg: { ...agent.leg, muted: off } } };
    return to(session, next, now, [{ kind: 'agent.muted', agentId, sessionId, muted: off }]);
  }
  if ('third' in session && third?.party.kind === 'agent' && third.leg.legId === legId) {
    if ((third.leg.muted ?? false) === off) return ignored('already so');
    const next = { ...session, third: { ...third, leg: { ...third.leg, muted: off } } };
    return to(session, next, now, [
      { kind: 'agent.muted', agentId: third.party.agentId, sessionId, muted: off },
    ]);
  }
  return refused('not_in_call');
}

/** From a hold as well: then the customer hears music already. */
function consults(session: LiveSession, third: Third, now: Instant): SessionChange {
  if (session.at !== 'talking' && session.at !== 'held') return refused('wrong_state');
  if (session.at === 'talking' && !session.link.made) return refused('wrong_state');
  const { sessionId, since, log, customer, agent, link, monitors } = session;
  const fact: Fact = { kind: 'consult.started', sessionId, agentId: agent.agentId, to: nameOf(third.party) };
  return to(
    session,
    { at: 'consulting', sessionId, since, log, customer, agent, link, monitors, third, facing: 'third' },
    now,
    [fact],
  );
}

const steps: readonly Third['progress'][] = ['dialling', 'ringing', 'confirming', 'answered'];

function thirdProgress(session: LiveSession, progress: Third['progress'], now: Instant): SessionChange {
  if (session.at !== 'consulting' && session.at !== 'transferring') return ignored('nobody is being called');
  const { third, sessionId } = session;
  if (steps.indexOf(progress) <= steps.indexOf(third.progress)) return ignored('already so');
  const isThere = progress === 'answered' || progress === 'confirming';
  const leg = isThere ? { ...third.leg, answeredAt: third.leg.answeredAt ?? now } : third.leg;
  const next: Third = { ...third, progress, leg };
  if (session.at === 'transferring' && progress === 'answered') return passedOver(session, next, now);
  const facts = session.at === 'consulting' ? progressFacts(sessionId, next) : [];
  return to(session, { ...session, third: next }, now, facts);
}

function progressFacts(sessionId: Consulting['sessionId'], { party, progress }: Third): readonly Fact[] {
  const about = { sessionId, to: nameOf(party) };
  if (progress === 'ringing') return [{ kind: 'consult.ringing', ...about }];
  return progress === 'answered' ? [{ kind: 'consult.answered', ...about }] : [];
}

/** The number a customer was let go to has answered. */
function passedOver(session: Transferring, third: Third, now: Instant): SessionChange {
  const { sessionId, since, log, customer, by } = session;
  const link = { made: false, asked: 0, joined: [] };
  const whom = nameOf(third.party);
  const fact: Fact =
    by.kind === 'agent'
      ? { kind: 'session.transferred', sessionId, agentId: by.agentId, to: whom, how: 'blind' }
      : { kind: 'flow.sentOut', sessionId, to: whom, state: 'answered' };
  return to(session, { at: 'transferred', sessionId, since, log, customer, third, link }, now, [fact]);
}

function toggled(session: LiveSession, now: Instant): SessionChange {
  if (session.at !== 'consulting') return refused('not_consulting');
  if (session.third.progress !== 'answered') return refused('not_answered');
  const facing = session.facing === 'third' ? 'customer' : 'third';
  const { sessionId, agent } = session;
  const fact: Fact = { kind: 'consult.toggled', sessionId, agentId: agent.agentId, facing };
  return to(session, { ...session, facing }, now, [fact]);
}

function confers(session: LiveSession, now: Instant): SessionChange {
  if (session.at !== 'consulting') return refused('not_consulting');
  if (session.third.progress !== 'answered') return refused('not_answered');
  const { facing: _all, ...rest } = session;
  const { sessionId, agent } = session;
  const { agentId } = agent;
  return to(session, { ...rest, at: 'conferencing' }, now, [
    { kind: 'consult.ended', sessionId, agentId, how: 'conference' },
    { kind: 'conference.started', sessionId, agentId },
  ]);
}

/** Customer and agent have each other again. */
function thirdGone(session: LiveSession, event: Of<'thirdGone'>, now: Instant): SessionChange {
  if (session.at !== 'consulting' && session.at !== 'conferencing') return ignored('no third party');
  const log = without(session, thirdParty(session.third), event.ending, now);
  const { sessionId, since, customer, agent, link, monitors } = session;
  const next = { at: 'talking', sessionId, since, log, customer, agent, link, monitors } as const;
  return to(session, next, now, [goneFact(session, event)]);
}

function goneFact(session: Consulting | Conferencing, { how, ending }: Of<'thirdGone'>): Fact {
  const { sessionId, agent } = session;
  const { agentId } = agent;
  if (session.at === 'conferencing') return { kind: 'conference.ended', sessionId, agentId, left: 'third' };
  return { kind: 'consult.ended', sessionId, agentId, how, ...(how !== 'cancelled' && { cause: ending }) };
}
