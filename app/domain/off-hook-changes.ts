// A ringing desk phone that is to go off-hook by itself: asked, and rung anew where it does not listen (party.ts has the drawing).

import { closeLeg } from './call-log.ts';
import { ignored } from './change.ts';
import type { Instant, LegId } from './ids.ts';
import type { Leg } from './party.ts';
import type { LiveSession } from './session.ts';
import { to, type Of, type SessionChange } from './session-moves.ts';
import { partyOf } from './session-parts.ts';

export function changeOffHook(
  session: LiveSession,
  event: Of<'offHook' | 'rungAnew'>,
  now: Instant,
): SessionChange {
  const party = partyOf(session, event.legId);
  if (party === undefined || party.leg.answeredAt !== null) return ignored('no phone rings there');
  if (event.kind === 'offHook') {
    const { offHook } = event;
    return replaced(session, event.legId, { ...party.leg, offHook }, now);
  }
  const log = closeLeg(session.log, party, event.ending, now);
  return replaced({ ...session, log }, event.legId, event.leg, now);
}

/** Only an offer and a consultation ring an agent's phone. */
function replaced(session: LiveSession, legId: LegId, leg: Leg, now: Instant): SessionChange {
  if (session.at === 'offered') return to(session, { ...session, offer: { ...session.offer, leg } }, now);
  if (session.at === 'consulting' && session.third.leg.legId === legId)
    return to(session, { ...session, third: { ...session.third, leg } }, now);
  return ignored('no phone rings there');
}
