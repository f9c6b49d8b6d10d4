// Which timers a session needs follows from its state; starting and cancelling them is a difference between two states.

import type { Instant, LegId } from '../ids.ts';
import type { Session } from '../session.ts';
import { customerOf } from '../session-parts.ts';
import type { Timer } from './effects.ts';
import { cancelTimer, startTimer, type Work } from './work.ts';

interface Due {
  readonly timer: Timer;
  readonly at: Instant;
}

/** All but `bridge`, which runs from when the switch was asked. */
export function timersOf(session: Session): readonly Due[] {
  const customer = customerOf(session);
  const { sessionId } = session;
  const due = [ownTimer(session), offHookTimer(session)].filter((each) => each !== undefined);
  if (customer?.at !== 'away') return due;
  return [...due, { timer: { name: 'return', sessionId }, at: customer.until }];
}

/** One phone at a time rings in a session. */
function offHookTimer(session: Session): Due | undefined {
  if (session.at !== 'offered' && session.at !== 'consulting') return undefined;
  const { leg } = session.at === 'offered' ? session.offer : session.third;
  if (leg.answeredAt !== null || leg.offHook?.at !== 'asked') return undefined;
  return { timer: { name: 'offHook', sessionId: session.sessionId }, at: leg.offHook.until };
}

// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
function ownTimer(session: Session): Due | undefined {
  const { sessionId } = session;
  switch (session.at) {
    case 'arriving':
      return { timer: { name: 'arrival', sessionId }, at: session.until };
    case 'waiting': {
      const { announcing } = session.log;
      if (!announcing || session.customer.at === 'away') return undefined;
      return { timer: { name: 'announce', sessionId }, at: announcing.until };
    }
    case 'menu':
    case 'surveying':
      return { timer: { name: 'menu', sessionId }, at: session.until };
    case 'offered':
      return { timer: { name: 'offer', offerId: session.offer.offerId }, at: session.offer.until };
    case 'held':
      return { timer: { name: 'hold', sessionId }, at: session.remindAt };
    case 'consulting':
    case 'transferring':
      if (session.third.progress === 'answered') return undefined;
      return { timer: { name: 'third', sessionId }, at: session.third.until };
    case 'rejoining': {
      const at = Math.min(session.callAt ?? session.until, session.until);
      return { timer: { name: 'rejoin', sessionId }, at };
    }
    case 'parked':
      return { timer: { name: 'park', sessionId }, at: session.until };
    case 'dialling':
    case 'notifying':
      return { timer: { name: 'dial', sessionId }, at: session.until };
    default:
      return undefined;
  }
}

/** Starts and cancels what the change from `before` to `now` asks for. */
export function moveTimers(work: Work, before: Session | undefined, now: Session): void {
  const was = before ? timersOf(before) : [];
  const is = timersOf(now);
  for (const { timer } of was) if (!is.some((due) => same(due.timer, timer))) cancelTimer(work, timer);
  for (const { timer, at } of is) {
    if (!was.some((due) => due.at === at && same(due.timer, timer))) startTimer(work, timer, at);
  }
}

function same(a: Timer, b: Timer): boolean {
  return a.name === b.name && subjectOf(a) === subjectOf(b);
}

/** Whom or what it is about: with its name that tells it from every other. */
export function subjectOf(timer: Timer): string | LegId {
  if ('sessionId' in timer) return timer.sessionId;
  if ('offerId' in timer) return timer.offerId;
  return 'legId' in timer ? timer.legId : timer.agentId;
}
