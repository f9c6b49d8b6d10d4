// What time does. A timer that comes too late finds that its reason is gone and is ignored.

import { ignored } from '../change.ts';
import type { LegId, OfferId, SessionId } from '../ids.ts';
import { customerOf, isLive } from '../session.ts';
import { moveAgent } from './books.ts';
import type { Timer } from './effects.ts';
import { bridgeMissing, endSession, missOffer, released } from './moves.ts';
import { done, startTimer, write, type Outcome, type Work } from './work.ts';

const stale = ignored('stale timer');

// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
export function byTimer(work: Work, timer: Timer): Outcome {
  switch (timer.name) {
    case 'offer':
      return offerOver(work, timer.offerId);
    case 'wrapUp': {
      const agent = work.floor.agents.get(timer.agentId);
      if (agent?.activity.at !== 'wrapUp' || agent.activity.until > work.now) return stale;
      moveAgent(work, timer.agentId, { kind: 'wrapUpOver' });
      return done;
    }
    case 'rest': {
      const activity = work.floor.agents.get(timer.agentId)?.activity;
      if (activity?.at !== 'idle' || (activity.restUntil ?? Infinity) > work.now) return stale;
      moveAgent(work, timer.agentId, { kind: 'restOver' });
      return done;
    }
    case 'arrival':
      return arrivalOver(work, timer.sessionId);
    case 'return':
      return returnOver(work, timer.sessionId);
    case 'bridge':
      return bridgeOver(work, timer.sessionId);
    case 'release':
      return releaseOver(work, timer.legId);
  }
}

function offerOver(work: Work, offerId: OfferId): Outcome {
  const sessionId = work.floor.offers.get(offerId);
  const session = sessionId && work.floor.sessions.get(sessionId);
  if (!session || session.at !== 'offered') return stale;
  missOffer(work, session, 'no_answer');
  return done;
}

function arrivalOver(work: Work, sessionId: SessionId): Outcome {
  const session = work.floor.sessions.get(sessionId);
  if (session?.at !== 'arriving') return stale;
  endSession(work, session, 'never_arrived');
  return done;
}

function returnOver(work: Work, sessionId: SessionId): Outcome {
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined || !isLive(session)) return stale;
  const customer = customerOf(session);
  if (customer?.at !== 'away' || customer.until > work.now) return stale;
  endSession(work, session, 'customer_lost');
  return done;
}

function bridgeOver(work: Work, sessionId: SessionId): Outcome {
  const session = work.floor.sessions.get(sessionId);
  if (session?.at !== 'connecting' && session?.at !== 'talking') return stale;
  if (session.customer.at === 'away' || (session.at === 'talking' && session.joined)) return stale;
  bridgeMissing(work, sessionId);
  return done;
}

const releaseTries = 3;

/** Asked to hang up and still here: ask again; after that only the reconciler can tell. */
function releaseOver(work: Work, legId: LegId): Outcome {
  const entry = work.floor.releases.get(legId);
  if (entry === undefined) return stale;
  if (entry.asked >= releaseTries) {
    released(work, legId);
    work.repairs.push('release given up');
    return done;
  }
  write(work, work.floor.releases, legId, { ...entry, asked: entry.asked + 1 });
  work.effects.push({ kind: 'leg.hangUp', legId, cause: 'normal' });
  startTimer(work, { name: 'release', legId }, work.now + work.floor.rules.releaseMs);
  work.repairs.push('hang-up asked again');
  return done;
}
