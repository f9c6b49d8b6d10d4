// A caller in line presses a key: her queue may let her leave a message instead, or leave.

import { ignored } from '../change.ts';
import type { LegId } from '../ids.ts';
import type { LiveSession, Offered, Waiting } from '../session.ts';
import { customerLegOf } from '../session-parts.ts';
import { stopAnnouncing } from './announcements.ts';
import { queueOf } from './books.ts';
import { missOffer } from './offers.ts';
import { done, type Outcome, type Work } from './work.ts';

/** In line, also while it is her turn and an agent's phone rings; not while somebody meant one agent for her. */
export function isInLine(session: LiveSession, legId: LegId): session is Waiting | Offered {
  if (customerLegOf(session)?.legId !== legId) return false;
  return session.at === 'waiting' || (session.at === 'offered' && session.offer.purpose.kind === 'turn');
}

export function lineKey(work: Work, session: Waiting | Offered, digit: string): Outcome {
  const { sessionId, log } = session;
  const flow = work.floor.flows.get(queueOf(work.floor, log.queueId).settings.keys?.[digit] ?? '');
  if (flow === undefined) return ignored('digits mean nothing here');
  stopAnnouncing(work, session);
  if (session.at === 'offered') missOffer(work, session, 'customer_left');
  work.facts.push({ kind: 'flow.key', sessionId, digit, understood: true });
  work.onward.push({ sessionId, place: { flowId: flow.flowId, step: flow.start } });
  return done;
}
