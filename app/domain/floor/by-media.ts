// What the switch says of pairs, rooms, sounds, keys and recordings.

import { ignored } from '../change.ts';
import type { LegId } from '../ids.ts';
import type { LiveSession } from '../session.ts';
import { isLive } from '../session-parts.ts';
import { keyOf, linkOf, wiringOf } from '../wiring.ts';
import { announcementOver, isAnnouncement } from './announcements.ts';
import { moveSession } from './books.ts';
import { askNoMore, confirmDigit } from './confirm.ts';
import { callDestination } from './dialling.ts';
import type { Signal } from './inputs.ts';
import { menuDigit, menuSoundEnded } from './menu.ts';
import { isInLine, lineKey } from './line-keys.ts';
import { monitorHears } from './monitors.ts';
import { endSession, startRecording } from './moves.ts';
import { accept } from './offers.ts';
import { lineDigit } from './standing-lines.ts';
import { surveyDigit, surveySoundEnded } from './survey.ts';
import { thirdThere } from './third.ts';
import { done, type Outcome, type Work } from './work.ts';

type Of<K extends Signal['kind']> = Extract<Signal, { kind: K }>;

function liveSessionOf({ floor }: Work, legId: LegId): LiveSession | undefined {
  const sessionId = floor.legs.get(legId);
  const session = sessionId && floor.sessions.get(sessionId);
  return session && isLive(session) ? session : undefined;
}

/** Only the pair that is wanted now is news; the others are on their way to it. */
export function byPair(work: Work, { kind, a, b }: Of<'legs.bridged' | 'legs.unbridged'>): Outcome {
  const session = liveSessionOf(work, a);
  if (session === undefined || work.floor.legs.get(b) !== session.sessionId)
    return ignored('not a pair of ours');
  const wanted = keyOf(wiringOf(session).together);
  if (linkOf(session) === undefined) return ignored('no bridge wanted');
  if (wanted !== keyOf({ kind: 'pair', a, b })) return ignored('not the pair that is wanted');
  if (kind === 'legs.bridged') return joined(work, session);
  // Usually the end of one of the two follows at once. If not, they are joined again.
  return told(moveSession(work, session.sessionId, { kind: 'unbridged' }));
}

const told = (change: ReturnType<typeof moveSession>): Outcome =>
  change.outcome === 'moved' ? done : change;

/** They have each other. */
export function joined(work: Work, session: LiveSession): Outcome {
  const change = moveSession(work, session.sessionId, { kind: 'bridged' });
  if (change.outcome !== 'moved') return change;
  if (isLive(change.to) && change.to.at === 'talking') startRecording(work, change.to);
  return done;
}

export function byRoom(
  work: Work,
  { kind, legId, room }: Of<'conference.joined' | 'conference.left'>,
): Outcome {
  const session = liveSessionOf(work, legId);
  if (session === undefined || session.sessionId !== room) return ignored('not a room of ours');
  if (wiringOf(session).together.kind !== 'room') return ignored('no room wanted');
  const event =
    kind === 'conference.joined'
      ? ({ kind: 'joined', legId } as const)
      : ({ kind: 'unbridged', legId } as const);
  const change = moveSession(work, session.sessionId, event);
  if (change.outcome === 'moved' && isLive(change.to) && linkOf(change.to)?.made === true) {
    startRecording(work, change.to);
  }
  return told(change);
}

export function byEarlyMedia(work: Work, { legId }: Of<'leg.earlyMedia'>): Outcome {
  const session = liveSessionOf(work, legId);
  if (session?.at !== 'dialling' || !session.wantsEarlyMedia) return ignored('early sound is not wanted');
  return told(moveSession(work, session.sessionId, { kind: 'earlyMedia' }));
}

export function bySound(work: Work, signal: Of<'sound.ended'>): Outcome {
  const session = liveSessionOf(work, signal.legId);
  if (session === undefined) return ignored('leg not in a call');
  const { playId, how } = signal;
  if (session.at === 'menu') return menuSoundEnded(work, session, signal);
  if (session.at === 'surveying') return surveySoundEnded(work, session, signal);
  if (session.at === 'notifying') {
    if (session.playId !== playId) return ignored('another sound');
    work.facts.push({ kind: 'session.soundEnded', sessionId: session.sessionId, playId, how });
    endSession(work, session, how === 'done' ? 'notified' : 'failed');
    return done;
  }
  if (isAnnouncement(session, playId)) return announcementOver(work, session);
  return told(moveSession(work, session.sessionId, { kind: 'played', playId, how }));
}

export function byDigit(work: Work, { legId, digit }: Of<'leg.digit'>): Outcome {
  const session = liveSessionOf(work, legId);
  if (session === undefined) return lineDigit(work, legId, digit);
  if (session.at === 'menu') return menuDigit(work, session, digit);
  if (session.at === 'surveying') return surveyDigit(work, session, digit);
  if (isInLine(session, legId)) return lineKey(work, session, digit);
  if (digit !== confirmDigit) return ignored('digits mean nothing here');
  return confirmed(work, session, legId);
}

/** Somebody on a telephone pressed 1: it is a person. */
function confirmed(work: Work, session: LiveSession, legId: LegId): Outcome {
  const outcome = confirmedBy(work, session, legId);
  if (outcome === done) askNoMore(work, legId);
  return outcome;
}

function confirmedBy(work: Work, session: LiveSession, legId: LegId): Outcome {
  if (session.at === 'offered') {
    const { leg } = session.offer;
    if (leg.legId === legId && leg.answeredAt !== null) return accept(work, session);
  } else if (session.at === 'dialling') {
    if (session.stage.at === 'confirming' && session.agent.leg.legId === legId)
      return callDestination(work, session);
  } else if (session.at === 'consulting') {
    const { third } = session;
    if (third.leg.legId === legId && third.progress === 'confirming') return thirdThere(work, session);
  }
  return ignored('digits mean nothing here');
}

export function byEavesdrop(work: Work, { legId }: Of<'eavesdrop.started'>): Outcome {
  const session = liveSessionOf(work, legId);
  return session ? monitorHears(work, session, legId) : ignored('leg not in a call');
}

export function byRecording(work: Work, signal: Of<'recording.started' | 'recording.stopped'>): Outcome {
  const { legId, file } = signal;
  const sessionId =
    work.floor.legs.get(legId) ?? work.floor.gone.get(legId) ?? work.floor.releases.get(legId)?.sessionId;
  if (sessionId === undefined || sessionId === null) return ignored('unknown leg');
  const event =
    signal.kind === 'recording.started'
      ? ({ kind: 'recordingStarted', legId, file } as const)
      : ({ kind: 'recordingStopped', file, durationMs: signal.durationMs } as const);
  return told(moveSession(work, sessionId, event));
}
