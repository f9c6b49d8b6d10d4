// An agent's page drops out of a conversation: a reload, a lost network, another tab that takes over. A browser tells nobody whether it
// comes back, so the customer is kept for her, with music, for a while. What she wishes comes as a command: whoever hangs up says so.
//
//   talking, held ──her leg ended──▶ rejoining ⇄ her page is called       answered: as before       not in time: head of the line
//
// A page that is coming back registers anew, and is called as soon as it has. One whose registration stands (the server itself holds it
// for pages without one of their own) is called again and again until it takes the call.

import { ignored } from '../change.ts';
import { deviceOf } from '../agent.ts';
import type { LegEnding } from '../ending.ts';
import type { AgentId, LegId } from '../ids.ts';
import type { Leg } from '../party.ts';
import type { Conversation, LiveSession, Rejoining } from '../session.ts';
import { canRing } from './by-edge.ts';
import { moveAgent, moveSession } from './books.ts';
import { callOver, dropThird, wrapUpMsOf } from './moves.ts';
import { callerFor, destinationOf } from './numbers.ts';
import { callerOf } from './offers.ts';
import { letGo } from './release.ts';
import { lineUp } from './standing-lines.ts';
import { done, type Outcome, type Work } from './work.ts';

/** Is this call kept for an agent whose leg ended? Not a desk phone's, not one of somebody who is leaving, not where others go on. */
export function isKept({ floor }: Work, session: Conversation): boolean {
  if (session.at === 'connecting') return false;
  if ('third' in session && session.third.progress === 'answered') return false;
  const agent = floor.agents.get(session.agent.agentId);
  return agent !== undefined && deviceOf(agent)?.kind === 'browser' && agent.next?.to !== 'signedOut';
}

/** @param ending how her leg ended */
export function keepForAgent(work: Work, session: Conversation, ending: LegEnding): void {
  const { now } = work;
  const { rejoinMs, recallMs } = work.floor.rules;
  const { sessionId, agent } = session;
  if (session.at === 'consulting' || session.at === 'conferencing') dropThird(work, session, 'cancelled');
  const times = { callAt: now + recallMs, until: now + rejoinMs };
  moveSession(work, sessionId, { kind: 'agentAway', ending, ...times });
  moveAgent(work, agent.agentId, { kind: 'drops' });
  letGo(work, agent.leg.legId, { sessionId, agentId: agent.agentId }, ending);
}

/** Her page's registration came or went. */
export function pageChanged(work: Work, agentId: AgentId): void {
  const agent = work.floor.agents.get(agentId);
  if (agent?.activity.at !== 'reconnecting') return;
  const session = work.floor.sessions.get(agent.activity.sessionId);
  if (session?.at !== 'rejoining') return;
  if (!agent.reachability.reachable) miss(work, session, undefined, null);
  else if (session.leg === null) recall(work, session);
}

/** The time for the next call has come, or the time to give up. */
export function rejoinDue(work: Work, session: LiveSession): Outcome {
  if (session.at !== 'rejoining') return ignored('stale timer');
  if (session.until <= work.now) giveUp(work, session);
  else if (session.callAt !== null && session.callAt <= work.now) recall(work, session);
  else return ignored('stale timer');
  return done;
}

function recall(work: Work, session: Rejoining): void {
  const { floor, now } = work;
  const { sessionId, agentId, until, log } = session;
  const agent = floor.agents.get(agentId);
  const device = agent && deviceOf(agent);
  if (device === undefined || !agent?.reachability.reachable) return miss(work, session, undefined, null);
  if (!canRing(floor)) return miss(work, session, undefined, now + floor.rules.recallMs);
  const leg: Leg = { legId: work.newId() as LegId, createdAt: now, answeredAt: null };
  moveSession(work, sessionId, { kind: 'recalled', leg });
  work.effects.push({
    kind: 'leg.dial',
    legId: leg.legId,
    to: destinationOf(device),
    labels: { role: 'agent', sessionId, agentId, ...(agent.line && { standing: true }) },
    ...callerFor(work, log.queueId, device, callerOf(log)),
    ringUntil: until,
  });
}

/** @param ended how the leg to her page ended; undefined when it still has to be hung up */
export function recallFailed(work: Work, session: Rejoining, ended?: LegEnding): void {
  miss(work, session, ended, work.now + work.floor.rules.recallMs);
}

function miss(
  work: Work,
  { sessionId, agentId, leg }: Rejoining,
  ended: LegEnding | undefined,
  callAt: number | null,
): void {
  moveSession(work, sessionId, { kind: 'recallMissed', callAt, ending: ended ?? 'released' });
  if (leg) letGo(work, leg.legId, { sessionId, agentId }, ended);
}

/** Her page took the call: it goes on where it was. If she had a nailed-up line, this is it now. */
export function agentBack(work: Work, session: Rejoining): Outcome {
  const { sessionId, agentId, leg, held } = session;
  if (leg === null) return ignored('no leg of hers is called');
  const remindAt = work.now + work.floor.rules.holdReminderMs;
  moveSession(work, sessionId, { kind: 'agentBack', remindAt });
  moveAgent(work, agentId, { kind: 'returns', legId: leg.legId, into: held ? 'held' : 'talking' });
  lineUp(work, agentId, leg.legId);
  return done;
}

/** As when a phone dies under a call: the customer does not pay for it. */
function giveUp(work: Work, session: Rejoining): void {
  const { sessionId } = session;
  moveSession(work, sessionId, { kind: 'agentLost', ending: 'no_answer' });
  work.facts.push({ kind: 'session.returned', sessionId, to: 'head', cause: 'unreachable' });
  waitNoLonger(work, session);
}

/** The call goes on without her. @param session as it was when she was waited for */
export function waitNoLonger(work: Work, session: Rejoining): void {
  const { sessionId, agentId, leg } = session;
  callOver(work, agentId, wrapUpMsOf(work, session), null);
  if (leg) letGo(work, leg.legId, { sessionId, agentId }, undefined, 'no_answer');
}
