// A caller alone with the machine: she is led through a flow, and out of it into line or to a number.

import { inQueue, type CallLog } from './call-log.ts';
import { nameOf } from './call-changes.ts';
import { ignored } from './change.ts';
import { queued } from './customer-changes.ts';
import type { Fact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import type { LiveSession, Menu } from './session.ts';
import { to, without, type Of, type SessionChange } from './session-moves.ts';
import { thirdOf, thirdParty } from './session-parts.ts';

export function changeFlow(
  session: LiveSession,
  event: Of<'follows' | 'hears' | 'joinsLine' | 'sentOut'>,
  now: Instant,
): SessionChange {
  if (event.kind === 'follows') return follows(session, event, now);
  if (event.kind === 'hears') return hears(session, event, now);
  if (session.at !== 'menu' || session.step.kind !== 'flow') return ignored('in no flow');
  return event.kind === 'joinsLine' ? joinsLine(session, event, now) : sentOut(session, event, now);
}

/** From the line as well, and back from a number that did not answer. */
function follows(session: LiveSession, event: Of<'follows'>, now: Instant): SessionChange {
  if (session.at !== 'menu' && session.at !== 'waiting' && session.at !== 'transferring')
    return ignored('not to be led');
  const { flowId, step, until, closed = false, thirdEnding = 'released' } = event;
  const { sessionId, since, customer } = session;
  const third = thirdOf(session);
  const without3 = third ? without(session, thirdParty(third), thirdEnding, now) : session.log;
  const log: CallLog = { ...without3, closed: without3.closed || closed };
  const inFlow = { kind: 'flow', flowId, step, tries: 0, hears: { at: 'nothing' } } as const;
  const facts: Fact[] = third
    ? [{ kind: 'flow.sentOut', sessionId, to: nameOf(third.party), state: 'failed', cause: thirdEnding }]
    : [];
  facts.push({ kind: 'flow.step', sessionId, flowId, step });
  return to(session, { at: 'menu', sessionId, since, log, customer, step: inFlow, until }, now, facts);
}

function hears(session: LiveSession, event: Of<'hears'>, now: Instant): SessionChange {
  if (session.at === 'surveying') {
    const { hears: heard, until, tries = session.tries } = event;
    return to(session, { ...session, hears: heard, tries, until }, now);
  }
  if (session.at !== 'menu' || session.step.kind !== 'flow') return ignored('not alone with the machine');
  const { step } = session;
  const { hears: heard, until, tries = step.tries, queueId = session.log.queueId } = event;
  const log = inQueue(session.log, queueId, session.log.place, now);
  return to(session, { ...session, log, until, step: { ...step, hears: heard, tries } }, now);
}

function joinsLine(session: Menu, event: Of<'joinsLine'>, now: Instant): SessionChange {
  const { queueId, place, consent, until } = event;
  const log = inQueue(session.log, queueId, null, now);
  if (consent) return to(session, { ...session, log, step: consent, until }, now);
  return queued(session, { ...session, log, place }, now, []);
}

function sentOut(session: Menu, event: Of<'sentOut'>, now: Instant): SessionChange {
  const { third, otherwise, place } = event;
  const { sessionId, since, customer } = session;
  const log = { ...session.log, place };
  const by = { kind: 'flow', otherwise } as const;
  const fact: Fact = { kind: 'flow.sentOut', sessionId, to: nameOf(third.party), state: 'dialling' };
  return to(session, { at: 'transferring', sessionId, since, log, customer, third, by }, now, [fact]);
}
