// What time does. A timer that comes too late finds that its reason is gone and is ignored.

import { ignored } from '../change.ts';
import type { LegId, OfferId, SessionId } from '../ids.ts';
import { customerOf, isLive } from '../session-parts.ts';
import { linkOf } from '../wiring.ts';
import type { LiveSession } from '../session.ts';
import { announceDue } from './announcements.ts';
import { moveAgent, moveSession } from './books.ts';
import type { Timer } from './effects.ts';
import { dialOver } from './dialling.ts';
import { menuTimeOver } from './menu.ts';
import { bridgeMissing, dropThird, endSession } from './moves.ts';
import { missOffer } from './offers.ts';
import { offHookOver } from './off-hook.ts';
import { released } from './release.ts';
import { rejoinDue } from './rejoin.ts';
import { remindOfHold } from './reminder.ts';
import { lineDue } from './standing-lines.ts';
import { loseThird } from './third.ts';
import { done, startTimer, write, type Outcome, type Work } from './work.ts';

const stale = ignored('stale timer');

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
    case 'line':
      return lineDue(work, timer.agentId);
    case 'release':
      return releaseOver(work, timer.legId);
    default:
      return ofSession(work, timer.name, timer.sessionId);
  }
}

function offerOver(work: Work, offerId: OfferId): Outcome {
  const sessionId = work.floor.offers.get(offerId);
  const session = sessionId && work.floor.sessions.get(sessionId);
  if (!session || session.at !== 'offered') return stale;
  missOffer(work, session, 'no_answer');
  return done;
}

type SessionTimer = Extract<Timer, { sessionId: SessionId }>['name'];

/** A timer that is early belongs to a state that is over: the session is in the same one again. */
function ofSession(work: Work, name: SessionTimer, sessionId: SessionId): Outcome {
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined || !isLive(session)) return stale;
  switch (name) {
    case 'return':
      return returnOver(work, session);
    case 'bridge':
      if (linkOf(session)?.made !== false) return stale;
      bridgeMissing(work, sessionId);
      return done;
    default:
      return stateOver(work, name, session);
  }
}

function returnOver(work: Work, session: LiveSession): Outcome {
  const customer = customerOf(session);
  if (customer?.at !== 'away' || customer.until > work.now) return stale;
  endSession(work, session, session.at === 'surveying' ? session.ending : 'customer_lost');
  return done;
}

// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
function stateOver(
  work: Work,
  name: Exclude<SessionTimer, 'return' | 'bridge'>,
  session: LiveSession,
): Outcome {
  switch (name) {
    case 'arrival':
      if (session.at !== 'arriving') return stale;
      endSession(work, session, 'never_arrived');
      return done;
    case 'menu':
      return menuTimeOver(work, session);
    case 'announce':
      return announceDue(work, session);
    case 'hold':
      return remindOfHold(work, session);
    case 'park':
      if (session.at !== 'parked' || session.until > work.now) return stale;
      return told(moveSession(work, session.sessionId, { kind: 'backToLine' }));
    case 'rejoin':
      return rejoinDue(work, session);
    case 'offHook':
      return offHookOver(work, session);
    case 'third':
      return thirdOver(work, session);
    case 'dial':
      if ((session.at !== 'dialling' && session.at !== 'notifying') || session.until > work.now) return stale;
      dialOver(work, session);
      return done;
  }
}

const told = (change: ReturnType<typeof moveSession>): Outcome =>
  change.outcome === 'moved' ? done : change;

function thirdOver(work: Work, session: LiveSession): Outcome {
  if (session.at !== 'consulting' && session.at !== 'transferring') return stale;
  if (session.third.progress === 'answered' || session.third.until > work.now) return stale;
  if (session.at === 'consulting') dropThird(work, session, 'failed');
  else loseThird(work, session, 'no_answer');
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
