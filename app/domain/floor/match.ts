// The last act of every step: whoever became free or came into line is paired. Before the step no queue had both a caller who
// can be offered and a free agent, so it is enough to look where this step changed something.

import type { AgentId, LegId, OfferId } from '../ids.ts';
import { nextPairing, nextPairingFor, type Pairing } from '../routing.ts';
import { deviceOf, isAvailable } from '../agent.ts';
import { moveAgent, moveSession, queueOf } from './books.ts';
import { startTimer, type Work } from './work.ts';

/** Makes every offer that has become possible. */
export function match(work: Work): void {
  if (!work.floor.mediaUp) return;
  for (const agentId of work.freed) matchAgent(work, agentId);
  for (const queueId of work.called) {
    const queue = queueOf(work.floor, queueId);
    for (let pairing = nextPairing(queue); pairing; pairing = nextPairing(queue)) offer(work, pairing);
  }
}

/** The caller goes to the longest idle agent of that queue, who need not be the one just freed. */
function matchAgent(work: Work, agentId: AgentId): void {
  for (;;) {
    const agent = work.floor.agents.get(agentId);
    if (agent === undefined || !isAvailable(agent)) return;
    const pairing = nextPairingFor(agent, work.floor.queues);
    if (pairing === undefined) return;
    offer(work, pairing);
  }
}

/** One id, one deadline; the phone is dialled in the same breath. */
function offer(work: Work, { place, agentId }: Pairing): void {
  const { floor, now } = work;
  const { sessionId } = place;
  const session = floor.sessions.get(sessionId);
  const agent = floor.agents.get(agentId);
  const device = agent && deviceOf(agent);
  if (session === undefined || device === undefined)
    throw new Error('an index names somebody who is not there');
  const offerId = work.newId() as OfferId;
  const legId = work.newId() as LegId;
  const until = now + queueOf(floor, session.log.queueId).settings.ringMs;
  const leg = { legId, createdAt: now, answeredAt: null };
  const made = { offerId, agentId, madeAt: now, until, leg, ringing: false };
  const ofSession = moveSession(work, sessionId, { kind: 'offered', offer: made });
  const ofAgent = moveAgent(work, agentId, { kind: 'offer', offerId, sessionId, legId });
  if (ofSession.outcome !== 'moved' || ofAgent.outcome !== 'moved')
    throw new Error('a pairing that cannot be offered');
  work.effects.push({
    kind: 'leg.dial',
    legId,
    to: { kind: 'device', device },
    labels: { role: 'agent', sessionId, agentId, offerId },
    callerNumber: session.log.customerNumber ?? '',
    callerName: session.log.customerName ?? '',
    ringUntil: until,
  });
  startTimer(work, { name: 'offer', offerId }, until);
}
