// Before the line: what the queue asks of a caller first. Today that is whether she may be recorded; a business-hours message or a
// choice of queues would be further kinds of MenuStep, begun and finished here.

import { ignored } from '../change.ts';
import type { Menu } from '../session.ts';
import { customerLegOf } from '../session-parts.ts';
import { moveSession } from './books.ts';
import type { Signal } from './inputs.ts';
import { offerToWanted } from './offers.ts';
import { done, type Outcome, type Work } from './work.ts';

/** Her leg is answered: she can hear. */
export function beginMenu(work: Work, session: Menu): void {
  const leg = customerLegOf(session);
  if (leg === undefined || session.step.playId !== null) return;
  const playId = work.newId();
  const { soundId } = session.step;
  moveSession(work, session.sessionId, { kind: 'menuPlays', playId });
  const sound = { soundId, playId, mix: false, volume: 0, times: 1, to: 'leg' } as const;
  work.effects.push({ kind: 'sound.play', legId: leg.legId, ...sound });
}

/** The prompt was heard to its end without a key: she may be recorded. One that could not be played said nothing. */
export function menuSoundEnded(
  work: Work,
  session: Menu,
  { playId, how }: Extract<Signal, { kind: 'sound.ended' }>,
): Outcome {
  if (session.step.playId !== playId) return ignored('another sound');
  return leaveMenu(work, session, how === 'done');
}

export function menuDigit(work: Work, session: Menu, digit: string): Outcome {
  if (digit !== session.step.optOutDigit) return ignored('not a key that means anything');
  const { playId } = session.step;
  const leg = customerLegOf(session);
  if (leg && playId !== null) work.effects.push({ kind: 'sound.stop', legId: leg.legId, playId });
  return leaveMenu(work, session, false);
}

export function leaveMenu(work: Work, { sessionId }: Menu, consent: boolean): Outcome {
  const change = moveSession(work, sessionId, { kind: 'menuOver', consent });
  if (change.outcome !== 'moved') return change;
  offerToWanted(work, sessionId);
  return done;
}
