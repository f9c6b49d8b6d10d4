// A caller alone with the machine: asked by the queue whether she may be recorded (consent.ts), or led through a flow (flows.ts). What
// happens to her is the same in both; what it means is theirs.

import type { LiveSession, Menu } from '../session.ts';
import { askConsent, consentDigit, consentSoundEnded, isAtConsent, leaveConsent } from './consent.ts';
import {
  beginAgain,
  flowDigit,
  flowSoundEnded,
  flowSoundFailed,
  flowTimeOver,
  isInFlow,
  takeStep,
} from './flows.ts';
import { ignored } from '../change.ts';
import { customerOf } from '../session-parts.ts';
import type { Signal } from './inputs.ts';
import { endSession } from './moves.ts';
import { surveyTimeOver } from './survey.ts';
import type { Outcome, Work } from './work.ts';

/** Her leg is answered: she can hear. */
export function beginMenu(work: Work, session: Menu): void {
  if (isAtConsent(session)) askConsent(work, session);
  else if (isInFlow(session)) takeStep(work, session);
}

export function menuSoundEnded(
  work: Work,
  session: Menu,
  signal: Extract<Signal, { kind: 'sound.ended' }>,
): Outcome {
  if (isAtConsent(session)) return consentSoundEnded(work, session, signal);
  return isInFlow(session) ? flowSoundEnded(work, session, signal) : ignored('no menu');
}

/** A sound that could not be begun. */
export function menuSoundFailed(work: Work, session: Menu): Outcome {
  if (isAtConsent(session)) return leaveConsent(work, session, false);
  return isInFlow(session) ? flowSoundFailed(work, session) : ignored('no menu');
}

export function menuDigit(work: Work, session: Menu, digit: string): Outcome {
  if (isAtConsent(session)) return consentDigit(work, session, digit);
  return isInFlow(session) ? flowDigit(work, session, digit) : ignored('no menu');
}

/** Whoever is away for the moment begins anew when she is back; nobody can say what she heard otherwise. */
export function menuTimeOver(work: Work, session: LiveSession): Outcome {
  const isTimed = session.at === 'menu' || session.at === 'surveying';
  if (!isTimed || session.until > work.now) return ignored('stale timer');
  if (session.at === 'surveying') return surveyTimeOver(work, session);
  if (customerOf(session)?.at === 'away') return ignored('she is away');
  if (isAtConsent(session)) return leaveConsent(work, session, false);
  return isInFlow(session) ? flowTimeOver(work, session) : ignored('no menu');
}

/** After a restart. What she has answered is written down; she is not asked again. */
export function resumeMenu(work: Work, session: LiveSession): void {
  if (session.at === 'surveying') endSession(work, session, session.ending);
  if (isInFlow(session)) beginAgain(work, session);
}
