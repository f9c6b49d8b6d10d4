// The queue asks a caller first whether she may be recorded.

import type { Place } from '../call-log.ts';
import { ignored } from '../change.ts';
import type { Queue } from '../queue.ts';
import type { ConsentAsked, LiveSession, Menu } from '../session.ts';
import { customerLegOf } from '../session-parts.ts';
import { moveSession } from './books.ts';
import type { Signal } from './inputs.ts';
import { offerToWanted } from './offers.ts';
import { playOnce } from './prompts.ts';
import { done, type Outcome, type Work } from './work.ts';

export type AtConsent = Menu & { readonly step: ConsentAsked };

export const isAtConsent = (session: LiveSession): session is AtConsent =>
  session.at === 'menu' && session.step.kind === 'consent';

/** What this queue asks before its line; null when it asks nothing. */
export function consentOf({ settings: { consent, record } }: Queue, place: Place): ConsentAsked | null {
  return consent && record !== 'never' ? { kind: 'consent', ...consent, place, playId: null } : null;
}

/** Her leg is answered: she can hear. */
export function askConsent(work: Work, session: AtConsent): void {
  const leg = customerLegOf(session);
  if (leg === undefined || leg.answeredAt === null || session.step.playId !== null) return;
  const playId = playOnce(work, leg.legId, session.step.soundId);
  const until = work.now + work.floor.rules.menuMs;
  moveSession(work, session.sessionId, { kind: 'menuPlays', playId, until });
}

/** The prompt was heard to its end without a key: she may be recorded. One that could not be played said nothing. */
export function consentSoundEnded(
  work: Work,
  session: AtConsent,
  { playId, how }: Extract<Signal, { kind: 'sound.ended' }>,
): Outcome {
  if (session.step.playId !== playId) return ignored('another sound');
  return leaveConsent(work, session, how === 'done');
}

export function consentDigit(work: Work, session: AtConsent, digit: string): Outcome {
  if (digit !== session.step.optOutDigit) return ignored('not a key that means anything');
  const { playId } = session.step;
  const leg = customerLegOf(session);
  if (leg && playId !== null) work.effects.push({ kind: 'sound.stop', legId: leg.legId, playId });
  return leaveConsent(work, session, false);
}

export function leaveConsent(work: Work, { sessionId }: AtConsent, consent: boolean): Outcome {
  const change = moveSession(work, sessionId, { kind: 'menuOver', consent });
  if (change.outcome !== 'moved') return change;
  offerToWanted(work, sessionId);
  return done;
}
