// An offer to one agent: made, missed, and what a miss means for a caller who was meant for her alone.

import type { CallLog } from '../call-log.ts';
import type { LegEnding, OfferMiss } from '../ending.ts';
import type { AgentId, LegId, OfferId, SessionId } from '../ids.ts';
import { deviceOf, isAvailable, standingLegOf, type Agent } from '../agent.ts';
import { needsRest } from '../offer.ts';
import type { Offered, OfferPurpose } from '../session.ts';
import { isOfferable } from '../session-parts.ts';
import { canRing, wayWasGone } from './by-edge.ts';
import { moveAgent, moveSession, queueOf } from './books.ts';
import { callerFor, destinationOf } from './numbers.ts';
import { noteTaken } from './pace.ts';
import { letGo } from './release.ts';
import { zip } from './standing-lines.ts';
import { cancelTimer, done, startTimer, type Outcome, type Work } from './work.ts';

export const callerOf = ({ customerNumber, customerName }: CallLog) => ({
  number: customerNumber ?? '',
  name: customerName ?? '',
});

/**
 * One id, one deadline; the phone is dialled in the same breath. Whose line stands has the call at once. The session is waiting, or
 * parked for a pick-up.
 * @throws when agent or session cannot be paired: the caller has looked
 */
export function offerTo(work: Work, sessionId: SessionId, agentId: AgentId, purpose: OfferPurpose): void {
  const { floor, now } = work;
  const session = floor.sessions.get(sessionId);
  const agent = floor.agents.get(agentId);
  const device = agent && deviceOf(agent);
  if (session === undefined || agent === undefined || device === undefined)
    throw new Error('an index names somebody who is not there');
  const offerId = work.newId() as OfferId;
  const standing = standingLegOf(agent);
  const legId = standing ?? (work.newId() as LegId);
  const until = now + queueOf(floor, session.log.queueId).settings.ringMs;
  const leg = { legId, createdAt: now, answeredAt: null };
  const offer = { offerId, agentId, madeAt: now, until, leg, ringing: false, purpose };
  const wished = purpose.kind === 'pickUp';
  const ofSession = moveSession(work, sessionId, { kind: 'offered', offer });
  const ofAgent = moveAgent(work, agentId, { kind: 'offer', offerId, sessionId, legId, wished });
  if (ofSession.outcome !== 'moved' || ofAgent.outcome !== 'moved')
    throw new Error('a pairing that cannot be offered');
  if (standing !== undefined) {
    zip(work, standing);
    if (ofSession.to.at === 'offered') accept(work, ofSession.to);
    return;
  }
  work.effects.push({
    kind: 'leg.dial',
    legId,
    to: destinationOf(device),
    labels: { role: 'agent', sessionId, agentId, offerId },
    ...callerFor(work, session.log.queueId, device, callerOf(session.log)),
    ringUntil: until,
    ...(wished && device.kind === 'sip' && { autoAnswer: true }),
  });
}

/** She has taken the call. */
export function accept(work: Work, session: Offered): Outcome {
  const { sessionId, offer } = session;
  noteTaken(work, session);
  moveSession(work, sessionId, { kind: 'answered' });
  moveAgent(work, offer.agentId, { kind: 'answers', into: 'talking' });
  return done;
}

/**
 * The offer came to nothing: the agent is free or at rest; the customer is back at her own place, or in her slot, or, when she was
 * meant for this agent, with whoever passed her on, or at the head of the line.
 * @param ended how the agent's leg ended by itself; undefined when it still has to be hung up
 */
export function missOffer(work: Work, session: Offered, miss: OfferMiss, ended?: LegEnding): void {
  const { offer, sessionId } = session;
  const { purpose, agentId } = offer;
  const toHead = toHeadAfter(work, purpose);
  moveSession(work, sessionId, { kind: 'missed', miss, ending: ended ?? 'released', toHead });
  missAgent(work, session, miss);
  const cause = miss === 'no_answer' ? 'no_answer' : 'normal';
  letGo(work, offer.leg.legId, { sessionId, agentId }, ended, cause);
  if (purpose.kind === 'transfer') giveBack(work, sessionId, purpose.by, miss);
  if (purpose.kind === 'flow') work.onward.push({ sessionId, place: purpose.otherwise });
}

/** Whoever has only called waits her turn; whoever was served before does not. */
function toHeadAfter({ now }: Work, purpose: OfferPurpose): boolean {
  if (purpose.kind === 'pickUp') return purpose.until <= now;
  return purpose.kind === 'transfer' || purpose.kind === 'return';
}

/** A caller of an agent's own number is hers first, if she is free; otherwise, and after a miss, her queue's. */
export function offerToWanted(work: Work, sessionId: SessionId): void {
  const session = work.floor.sessions.get(sessionId);
  if (session?.at !== 'waiting' || !isOfferable(session) || !canRing(work.floor)) return;
  const { wantedAgent } = session.log;
  const agent = wantedAgent === null ? undefined : work.floor.agents.get(wantedAgent);
  if (agent && isAvailable(agent)) offerTo(work, sessionId, agent.agentId, { kind: 'wanted' });
}

export function missAgent(work: Work, { offer, log }: Offered, miss: OfferMiss): void {
  const { maxMisses } = queueOf(work.floor, log.queueId).settings;
  const { agentId } = offer;
  const excused = wayWasGone(work.floor, miss, offer.madeAt);
  const restUntil = needsRest(miss) && !excused ? work.now + work.floor.rules.restMs : null;
  const hers = excused ? 'withdrawn' : miss;
  const change = moveAgent(work, agentId, { kind: 'missed', miss: hers, maxMisses, restUntil });
  if (change.outcome !== 'moved' || change.to.activity.at !== 'idle') return;
  const { restUntil: resting } = change.to.activity;
  if (resting !== undefined) startTimer(work, { name: 'rest', agentId }, resting);
}

/**
 * A blind transfer reached nobody. Who made it gets the caller back if she can take her: free, or still writing about this very call.
 * Otherwise the caller stays at the head of the line.
 */
export function giveBack(work: Work, sessionId: SessionId, by: AgentId, cause: LegEnding | OfferMiss): void {
  const agent = work.floor.agents.get(by);
  const session = work.floor.sessions.get(sessionId);
  const isHere = session?.at === 'waiting' && session.customer.at === 'here';
  if (isHere && agent && recalled(work, agent, sessionId)) {
    work.facts.push({ kind: 'session.returned', sessionId, to: 'agent', agentId: by, cause });
    offerTo(work, sessionId, by, { kind: 'return' });
    return;
  }
  work.facts.push({ kind: 'session.returned', sessionId, to: 'head', cause });
}

/** Ends a wrap-up of this call, so that it can go on. */
function recalled(work: Work, agent: Agent, sessionId: SessionId): boolean {
  const { activity, agentId } = agent;
  if (activity.at === 'wrapUp' && activity.sessionId === sessionId && agent.next === undefined) {
    if (agent.clearing.length > 0) return false;
    moveAgent(work, agentId, { kind: 'wrapUpOver' });
    cancelTimer(work, { name: 'wrapUp', agentId });
  }
  const now = work.floor.agents.get(agentId);
  return now !== undefined && isAvailable(now);
}
