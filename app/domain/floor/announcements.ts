// A caller in line is told her place and her wait. When that is due follows from her state as every timer does (timers.ts); that she comes
// into line, leaves it, or is rung through for, is seen after each step (wire.ts), and nobody else has to think of it.

import type { Announcing } from '../announcement.ts';
import { wording } from '../announcement.ts';
import { ignored } from '../change.ts';
import type { LiveSession, Session, Waiting } from '../session.ts';
import { customerLegOf, isLive } from '../session-parts.ts';
import { moveSession, queueOf } from './books.ts';
import { placeInLine, waitAt } from './pace.ts';
import { playOnce } from './prompts.ts';
import { done, type Outcome, type Work } from './work.ts';

/** Whoever is newly in the line of a queue that announces hears the first after a while; whoever leaves it hears no more. */
export function keepAnnouncing(work: Work, session: Session): void {
  if (!isLive(session)) return;
  const { announcing } = session.log;
  const settings = settingsFor(work, session);
  if (session.at !== 'waiting' && session.at !== 'offered') {
    if (announcing) stopAnnouncing(work, session);
  } else if (announcing?.at === 'speaking') {
    if (!isHeard(session, announcing)) musicFor(work, session, settings?.everyMs);
  } else if (!announcing && settings && session.at === 'waiting') {
    announces(work, session, { at: 'music', until: work.now + settings.firstMs, said: null });
  }
}

const settingsFor = (work: Work, { at, log }: LiveSession) =>
  at === 'waiting' || at === 'offered' ? queueOf(work.floor, log.queueId).settings.announce : undefined;

/** Not while an agent's phone rings, nor by a leg that is gone. */
const isHeard = (session: LiveSession, { legId }: Announcing & { at: 'speaking' }): boolean =>
  session.at === 'waiting' && customerLegOf(session)?.legId === legId;

const announces = (work: Work, { sessionId }: LiveSession, announcing: Announcing | null): void =>
  void moveSession(work, sessionId, { kind: 'announces', announcing });

/** She leaves the line: what is being said to her ends. */
export function stopAnnouncing(work: Work, session: LiveSession): void {
  hush(work, session);
  announces(work, session, null);
}

function hush({ floor, effects }: Work, { sessionId, log: { announcing } }: LiveSession): void {
  if (announcing?.at !== 'speaking') return;
  const { legId, playId } = announcing;
  if (floor.legs.get(legId) === sessionId) effects.push({ kind: 'sound.stop', legId, playId });
}

/** Nothing is said for so long; for good where the queue announces no more. */
function musicFor(work: Work, session: LiveSession, ms: number | undefined): void {
  hush(work, session);
  const said = session.log.announcing?.said ?? null;
  announces(work, session, ms === undefined ? null : { at: 'music', until: work.now + ms, said });
}

/** The switch, or her leg, is not there yet: looked at again that soon. */
const notYetMs = 1_000;

export function announceDue(work: Work, session: LiveSession): Outcome {
  const { announcing } = session.log;
  if (session.at !== 'waiting' || !announcing || announcing.until > work.now) return ignored('stale timer');
  if (announcing.at === 'speaking') return announcementOver(work, session);
  const canHear = work.floor.mediaUp && (customerLegOf(session)?.answeredAt ?? null) !== null;
  if (canHear) announce(work, session, announcing.said);
  else musicFor(work, session, notYetMs);
  return done;
}

function announce(work: Work, session: Waiting, said: number | null): void {
  const { floor, now } = work;
  const settings = settingsFor(work, session);
  const leg = customerLegOf(session);
  const place = placeInLine(floor, session);
  if (!settings || !leg || place === undefined) return musicFor(work, session, settings?.everyMs);
  const estimate = waitAt(floor, queueOf(floor, session.log.queueId), place, now);
  const { prompt, ...told } = wording(settings, { place, estimate }, said);
  const [first, ...then] = prompt;
  if (first === undefined) return musicFor(work, session, settings.everyMs);
  const { legId } = leg;
  const playId = playOnce(work, legId, first, then);
  const until = now + floor.rules.promptMs;
  const announcing = { at: 'speaking', legId, playId, until, said: told.place ?? said } as const;
  moveSession(work, session.sessionId, { kind: 'announces', announcing, told });
}

export const isAnnouncement = ({ log: { announcing } }: LiveSession, playId: string): boolean =>
  announcing?.at === 'speaking' && announcing.playId === playId;

/** It was said, could not be, or nobody knows. */
export function announcementOver(work: Work, session: LiveSession): Outcome {
  if (session.log.announcing?.at !== 'speaking') return ignored('nothing is announced');
  musicFor(work, session, settingsFor(work, session)?.everyMs);
  return done;
}

/** After a restart. The end of what was being said then is told to nobody; it is not begun anew. */
export function resumeAnnouncing(work: Work, session: LiveSession): void {
  if (session.log.announcing?.at === 'speaking') announcementOver(work, session);
  else keepAnnouncing(work, session);
}
