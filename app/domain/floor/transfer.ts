// Blind transfer: the agent lets the customer go at once, to a queue, to one agent, to a number.

import { refused } from '../change.ts';
import type { QueueId } from '../ids.ts';
import { refusalToJoin } from '../queue.ts';
import type { Conversation } from '../session.ts';
import { moveSession } from './books.ts';
import type { PartyName } from './session-facts.ts';
import type { ConsultTarget, TransferTarget } from './inputs.ts';
import { dismissAgent } from './moves.ts';
import { outsideNumber } from './numbers.ts';
import { offerTo } from './offers.ts';
import { callThird, newThird, refusalToCall } from './third.ts';
import { done, type Outcome, type Work } from './work.ts';

export function transfer(work: Work, session: Conversation, to: TransferTarget): Outcome {
  if (session.at !== 'talking' && session.at !== 'held') return refused('wrong_state');
  if (to.kind === 'queue') return toQueue(work, session, to.queueId);
  const code = refusalToCall(work, to);
  if (code !== undefined) return refused(code);
  return to.kind === 'agent' ? toAgent(work, session, to) : toNumber(work, session, to);
}

/** At the end of that line, with her own priority: nobody there has been served either. */
function toQueue(work: Work, session: Conversation, queueId: QueueId): Outcome {
  const { floor } = work;
  const code = refusalToJoin(floor.queues.get(queueId), work.now);
  if (code !== undefined) return refused(code);
  const { sessionId, log } = session;
  const place = { sessionId, head: false, priority: log.priority, sequence: floor.sequence++ };
  const change = moveSession(work, sessionId, { kind: 'passedOn', queueId, place, ending: 'released' });
  if (change.outcome !== 'moved') return change;
  gone(work, session, { kind: 'queue', queueId });
  return done;
}

/** Offered to that agent alone. */
function toAgent(work: Work, session: Conversation, to: Extract<ConsultTarget, { kind: 'agent' }>): Outcome {
  const { sessionId, log, agent } = session;
  const place = { ...(log.place ?? newPlace(work, session)), head: true };
  const change = moveSession(work, sessionId, {
    kind: 'passedOn',
    queueId: log.queueId,
    place,
    ending: 'released',
  });
  if (change.outcome !== 'moved') return change;
  gone(work, session, to);
  offerTo(work, sessionId, to.agentId, { kind: 'transfer', by: agent.agentId });
  return done;
}

function newPlace({ floor }: Work, { sessionId, log }: Conversation) {
  return { sessionId, head: false, priority: log.priority, sequence: floor.sequence++ };
}

/** She hears it ring. */
function toNumber(
  work: Work,
  session: Conversation,
  to: Extract<ConsultTarget, { kind: 'number' }>,
): Outcome {
  const { sessionId, log } = session;
  const third = newThird(work, session, to);
  const change = moveSession(work, sessionId, { kind: 'transferredTo', third, ending: 'released' });
  if (change.outcome !== 'moved') return change;
  dismissAgent(work, session);
  callThird(work, session, third, { number: outsideNumber(work, log.queueId), name: '' });
  return done;
}

function gone(work: Work, session: Conversation, to: PartyName): void {
  const { sessionId, agent } = session;
  const { agentId } = agent;
  work.facts.push({ kind: 'session.transferred', sessionId, agentId, to, how: 'blind' });
  dismissAgent(work, session);
}
