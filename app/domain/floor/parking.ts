// Parking: the customer hears music in a numbered slot until somebody of her queue picks her up, or for so long that she goes to the
// head of the line.

import { isFree, type Agent } from '../agent.ts';
import { refused } from '../change.ts';
import type { Conversation } from '../session.ts';
import { moveSession, queueOf } from './books.ts';
import { dismissAgent } from './moves.ts';
import { offerTo } from './offers.ts';
import { done, type Outcome, type Work } from './work.ts';

export function park(work: Work, session: Conversation): Outcome {
  if (session.at !== 'talking' && session.at !== 'held') return refused('wrong_state');
  const slot = freeSlot(work);
  if (slot === undefined) return refused('no_free_slot');
  const { sessionId, log } = session;
  const { parkMs = work.floor.rules.parkMs } = queueOf(work.floor, log.queueId).settings;
  const until = work.now + parkMs;
  const change = moveSession(work, sessionId, { kind: 'parks', slot, until, ending: 'released' });
  if (change.outcome !== 'moved') return change;
  dismissAgent(work, session);
  return done;
}

/** The lowest; there are only so many. */
function freeSlot({ floor }: Work): number | undefined {
  const { first, count } = floor.rules.parkSlots;
  for (let slot = first; slot < first + count; slot += 1) if (!floor.slots.has(slot)) return slot;
  return undefined;
}

/** Her own phone is called and answers by itself, where it can. Also in a break: she asked for it. */
export function pickUp(work: Work, agent: Agent, slot: number): Outcome {
  const sessionId = work.floor.slots.get(slot);
  const session = sessionId && work.floor.sessions.get(sessionId);
  if (!session || session.at !== 'parked' || session.customer.at === 'away') return refused('slot_empty');
  if (!agent.queues.includes(session.log.queueId)) return refused('not_allowed');
  if (agent.presence.at === 'signedOut') return refused('not_signed_in');
  if (!isFree(agent)) return refused(agent.activity.at === 'idle' ? 'agent_unavailable' : 'wrong_state');
  const { until, by } = session;
  offerTo(work, session.sessionId, agent.agentId, { kind: 'pickUp', slot, until, by });
  return done;
}
