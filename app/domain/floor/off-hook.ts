// Answer pressed at the page while a desk phone rings. Phones differ in what they obey: some go off-hook on a talk event (Polycom,
// Yealink, Snom), others only for a call that says from the start that it is to be answered at once (Call-Info answer-after, Alert-Info).
// So the first is tried; a phone that has not answered soon after is rung by a second call, once the first is off it: most phones answer
// nothing by themselves while another call rings. One that obeys neither rings again, under the same offer and deadline.

import { deviceOf, type Agent } from '../agent.ts';
import { ignored, refused } from '../change.ts';
import type { LegEnding } from '../ending.ts';
import type { LegId } from '../ids.ts';
import type { Leg, Party } from '../party.ts';
import type { LiveSession } from '../session.ts';
import { partyOf } from '../session-parts.ts';
import { moveAgent, moveSession } from './books.ts';
import { callerFor, destinationOf } from './numbers.ts';
import { callerOf } from './offers.ts';
import { buried } from './release.ts';
import { done, type Outcome, type Work } from './work.ts';

/** A browser answers by itself, its page only says so. */
export function answerAtPage(work: Work, agent: Agent): Outcome {
  const { activity } = agent;
  if (activity.at !== 'ringing') return refused('not_ringing');
  if (deviceOf(agent)?.kind !== 'sip') return done;
  const { legId, sessionId } = activity;
  const session = work.floor.sessions.get(sessionId);
  const offHook = session && partyOf(session, legId)?.leg.offHook;
  if (offHook?.at === 'parting') return ignored('rung anew in a moment');
  work.effects.push({ kind: 'leg.autoAnswer', legId });
  if (offHook === undefined) {
    const until = work.now + work.floor.rules.offHookMs;
    moveSession(work, sessionId, { kind: 'offHook', legId, offHook: { at: 'asked', until } });
  }
  return done;
}

/** It rings on: it does not listen to that. */
export function offHookOver(work: Work, session: LiveSession): Outcome {
  if (session.at !== 'offered' && session.at !== 'consulting') return ignored('stale timer');
  const { leg } = session.at === 'offered' ? session.offer : session.third;
  const { legId, offHook } = leg;
  if (leg.answeredAt !== null || offHook?.at !== 'asked' || offHook.until > work.now)
    return ignored('stale timer');
  moveSession(work, session.sessionId, { kind: 'offHook', legId, offHook: { at: 'parting' } });
  // The phone is not to note a missed call.
  work.effects.push({ kind: 'leg.hangUp', legId, cause: 'answered_elsewhere' });
  return done;
}

/** Is this call being taken back, for another to take its place? What its phone still says means nothing. */
export const isParting = ({ offHook }: Leg): boolean => offHook?.at === 'parting';

/** The ringing call is off the phone. @param ending how it ended */
export function ringAnew(work: Work, session: LiveSession, party: Party, ending: LegEnding): void {
  const { sessionId, log } = session;
  const agent = party.agentId === null ? undefined : work.floor.agents.get(party.agentId);
  const device = agent && deviceOf(agent);
  const until = deadlineOf(session);
  if (!agent || !device || until === undefined) throw new Error("only an agent's ringing phone is rung anew");
  const { agentId, activity } = agent;
  const offerId = 'offerId' in activity ? activity.offerId : undefined;
  const legId = work.newId() as LegId;
  const leg: Leg = { legId, createdAt: work.now, answeredAt: null, offHook: { at: 'anew' } };
  const old = party.leg.legId;
  moveSession(work, sessionId, { kind: 'rungAnew', legId: old, leg, ending });
  moveAgent(work, agentId, { kind: 'rungAnew', legId });
  buried(work, old, sessionId);
  work.effects.push({
    kind: 'leg.dial',
    legId,
    to: destinationOf(device),
    labels: { role: party.role, sessionId, agentId, ...(offerId !== undefined && { offerId }) },
    ...callerFor(work, log.queueId, device, whoCalls(work, session)),
    ringUntil: until,
    autoAnswer: true,
  });
}

/** A consulted colleague sees who asks. */
function whoCalls({ floor }: Work, session: LiveSession): { number: string; name: string } {
  const asker = session.at === 'consulting' ? floor.agents.get(session.agent.agentId) : undefined;
  return asker ? { number: asker.agentId, name: asker.displayName } : callerOf(session.log);
}

function deadlineOf(session: LiveSession): number | undefined {
  if (session.at === 'offered') return session.offer.until;
  return session.at === 'consulting' ? session.third.until : undefined;
}
