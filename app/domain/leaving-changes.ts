// Somebody leaves a conversation that goes on without her: to a third party, to another queue, into a slot, back into line.

import { closeLeg, inQueue, type CallLog } from './call-log.ts';
import { nameOf } from './call-changes.ts';
import { ignored, refused } from './change.ts';
import type { Fact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import { unlinked } from './link.ts';
import { headOfLine } from './offer-changes.ts';
import type { Conferencing, Consulting, LiveSession, Talking, Third } from './session.ts';
import type { ThirdParty } from './party.ts';
import {
  agentParty,
  monitorOver,
  monitorParty,
  to,
  without,
  type Of,
  type SessionChange,
} from './session-moves.ts';
import { customerLegOf, isConversation, thirdOf, thirdParty } from './session-parts.ts';

type Leaving = Of<
  | 'agentLeaves'
  | 'customerLeaves'
  | 'transferredTo'
  | 'takenOver'
  | 'parks'
  | 'passedOn'
  | 'agentLost'
  | 'backToLine'
>;

export function changeLeaving(session: LiveSession, event: Leaving, now: Instant): SessionChange {
  switch (event.kind) {
    case 'agentLeaves':
      return agentLeaves(session, event, now);
    case 'customerLeaves':
      return customerLeaves(session, event, now);
    case 'transferredTo':
      return transferredTo(session, event, now);
    case 'takenOver':
      return takenOver(session, event, now);
    case 'parks':
      return parks(session, event, now);
    case 'passedOn':
      return passedOn(session, event, now);
    case 'agentLost':
      return agentLost(session, event, now);
    case 'backToLine':
      return backToLine(session, event, now);
  }
}

/** A consulted agent becomes the session's agent; a number, or nobody of ours, leaves the session without one. */
function agentLeaves(session: LiveSession, { ending }: Of<'agentLeaves'>, now: Instant): SessionChange {
  if (session.at !== 'consulting' && session.at !== 'conferencing') return refused('not_consulting');
  const { third, sessionId, since, customer, link, monitors } = session;
  if (third.progress !== 'answered') return refused('not_answered');
  const log = without(session, agentParty(session), ending, now);
  const facts = leavingFacts(session);
  if (third.party.kind !== 'agent') {
    return to(session, { at: 'transferred', sessionId, since, log, customer, third, link }, now, facts);
  }
  const next = { agentId: third.party.agentId, leg: third.leg };
  const talking: Talking = {
    at: 'talking',
    sessionId,
    since,
    log: { ...log, agentId: next.agentId },
    customer,
    agent: next,
    link,
    monitors,
  };
  return to(session, talking, now, facts);
}

function leavingFacts(session: Consulting | Conferencing): readonly Fact[] {
  const { sessionId, agent, third } = session;
  const { agentId } = agent;
  const over: Fact =
    session.at === 'consulting'
      ? { kind: 'consult.ended', sessionId, agentId, how: 'completed' }
      : { kind: 'conference.ended', sessionId, agentId, left: 'agent' };
  const transferred: Fact = {
    kind: 'session.transferred',
    sessionId,
    agentId,
    to: nameOf(third.party),
    how: 'attended',
  };
  return [over, transferred];
}

function customerLeaves(session: LiveSession, event: Of<'customerLeaves'>, now: Instant): SessionChange {
  if (session.at !== 'conferencing') return refused('not_conferencing');
  const leg = customerLegOf(session);
  const party = leg && ({ role: 'customer', leg, agentId: null } as const);
  const log = without(session, party, event.ending, now);
  const { sessionId, since, agent, third, link } = session;
  const aside = {
    at: 'aside',
    sessionId,
    since,
    log,
    agent,
    third,
    link,
    ending: event.sessionEnding,
  } as const;
  const fact: Fact = { kind: 'conference.ended', sessionId, agentId: agent.agentId, left: 'customer' };
  return to(session, aside, now, [fact]);
}

type WithOneAgent = Extract<LiveSession, { at: 'talking' | 'held' }>;

/** May the agent let the customer go now? */
function free(session: LiveSession): session is WithOneAgent {
  if (session.at === 'held') return session.customer.at === 'here';
  return session.at === 'talking' && session.link.made;
}

function transferredTo(session: LiveSession, event: Of<'transferredTo'>, now: Instant): SessionChange {
  if (!free(session)) return refused('wrong_state');
  const { sessionId, since, customer, agent } = session;
  const log = without(session, agentParty(session), event.ending, now);
  const { third } = event;
  const by = { kind: 'agent', agentId: agent.agentId } as const;
  return to(session, { at: 'transferring', sessionId, since, log, customer, third, by }, now);
}

function takenOver(session: LiveSession, event: Of<'takenOver'>, now: Instant): SessionChange {
  if (session.at !== 'talking' && session.at !== 'held' && session.at !== 'rejoining')
    return refused('wrong_state');
  const { supervisorId, ending } = event;
  const monitor = session.monitors.find((other) => other.supervisorId === supervisorId);
  if (monitor === undefined) return refused('not_monitoring');
  if (monitor.leg.answeredAt === null) return refused('not_answered');
  const { sessionId, since, customer } = session;
  const { agentId } = session.at === 'rejoining' ? session : session.agent;
  const others = session.monitors.filter((other) => other !== monitor);
  let log = without(session, agentParty(session), ending, now);
  for (const other of others) log = closeLeg(log, monitorParty(other), 'released', now);
  const party: ThirdParty = { kind: 'supervisor', supervisorId };
  const third: Third = { party, leg: monitor.leg, progress: 'answered', until: now };
  const facts: Fact[] = [
    { kind: 'monitor.tookOver', sessionId, supervisorId, agentId },
    ...others.map((other) => monitorOver(session, other.supervisorId, 'over')),
  ];
  // Her leg goes on as the third party's: it is not one of a listener that is over.
  const bare = { ...session, monitors: [] };
  return to(bare, { at: 'transferred', sessionId, since, log, customer, third, link: unlinked }, now, facts);
}

function parks(session: LiveSession, event: Of<'parks'>, now: Instant): SessionChange {
  if (!free(session)) return refused('wrong_state');
  const { slot, until, ending } = event;
  const { sessionId, since, customer, agent } = session;
  const log = without(session, agentParty(session), ending, now);
  const by = agent.agentId;
  const fact: Fact = { kind: 'session.parked', sessionId, agentId: by, slot, until };
  return to(session, { at: 'parked', sessionId, since, log, customer, slot, until, by }, now, [fact]);
}

function passedOn(session: LiveSession, event: Of<'passedOn'>, now: Instant): SessionChange {
  if (!free(session)) return refused('wrong_state');
  const { sessionId, since, customer } = session;
  const closed = without(session, agentParty(session), event.ending, now);
  const log = inQueue(closed, event.queueId, event.place, now);
  return to(session, { at: 'waiting', sessionId, since, customer, log }, now);
}

function agentLost(session: LiveSession, { ending }: Of<'agentLost'>, now: Instant): SessionChange {
  const alone = isConversation(session) && !('third' in session);
  if (!alone && session.at !== 'rejoining') return ignored('nobody is talking');
  const log = without(session, agentParty(session), ending, now);
  return intoLine(session, session.customer, log, now);
}

function backToLine(session: LiveSession, { thirdEnding }: Of<'backToLine'>, now: Instant): SessionChange {
  if (session.at !== 'parked' && session.at !== 'transferring' && session.at !== 'transferred') {
    return ignored('not to go back');
  }
  const third = thirdOf(session);
  const log = third ? without(session, thirdParty(third), thirdEnding ?? 'released', now) : session.log;
  return intoLine(session, session.customer, log, now);
}

/** She was as good as served: to the head of the line, before everybody who has not been. */
function intoLine(
  session: LiveSession,
  customer: Talking['customer'],
  log: CallLog,
  now: Instant,
): SessionChange {
  const { sessionId, since } = session;
  const next = { at: 'waiting', sessionId, since, customer, log: headOfLine(log) } as const;
  return to(session, next, now, [{ kind: 'session.requeued', sessionId, queueId: log.queueId, to: 'head' }]);
}
