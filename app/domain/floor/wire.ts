// The last act of every step: what the changed sessions ask of the switch. Nobody else starts music, joins legs or parts them:
// the wiring before the step is held against the wiring after it, and the switch is asked for the difference.

import type { LegId } from '../ids.ts';
import type { LiveSession, Monitor, Session } from '../session.ts';
import { customerLegOf, heardLegOf, isLive, monitorsOf, partiesOf, partyOf } from '../session-parts.ts';
import { keyOf, legsOf, linkOf, wiringOf, type Together, type Wiring } from '../wiring.ts';
import { keepAnnouncing } from './announcements.ts';
import { moveSession } from './books.ts';
import { release } from './release.ts';
import { moveTimers } from './timers.ts';
import { cancelTimer, startTimer, type Work } from './work.ts';

/** Asks for all that this step has changed. */
export function wireAll(work: Work): void {
  for (const [sessionId, before] of work.before) {
    const now = work.floor.sessions.get(sessionId);
    if (now !== undefined && before !== undefined) standBack(work, before, now);
  }
  for (const [sessionId, before] of work.before) {
    const decided = work.floor.sessions.get(sessionId);
    if (decided !== undefined) keepAnnouncing(work, decided);
    const now = work.floor.sessions.get(sessionId);
    if (now !== undefined) wire(work, before, now);
  }
}

/**
 * Nailed-up lines that are no longer in this call, or in it anew: out of it, silent and unmuted, before anything else takes them. One
 * whose partner goes is parked by that.
 */
function standBack(work: Work, before: Session, now: Session): void {
  const was = wiringOf(before);
  for (const { leg } of partiesOf(before)) {
    const { legId } = leg;
    const hasStayed = isHere(work, now, legId) && partyOf(now, legId)?.leg.createdAt === leg.createdAt;
    if (hasStayed || !work.floor.lines.has(legId)) continue;
    if (isJoined(work, was.together, legId)) work.effects.push({ kind: 'leg.parkAlone', legId });
    const heard = was.hears.get(legId);
    if (heard !== undefined)
      work.effects.push({ kind: heard === 'music' ? 'music.stop' : 'ringback.stop', legId });
    if (leg.muted === true) work.effects.push({ kind: 'leg.mute', legId, muted: false });
  }
}

function isJoined({ floor }: Work, together: Together, legId: LegId): boolean {
  const others = legsOf(together).filter((other) => other !== legId);
  if (others.length === legsOf(together).length) return false;
  return together.kind === 'room' || others.some((other) => floor.legs.has(other) || floor.lines.has(other));
}

const unwired: Wiring = { together: { kind: 'apart' }, ready: true, hears: new Map() };

function wire(work: Work, before: Session | undefined, now: Session): void {
  moveTimers(work, before, now);
  const was = before ? wiringOf(before) : unwired;
  const is = wiringOf(now);
  const isMissing = linkOf(now)?.made === false;
  const wasMissing = before !== undefined && linkOf(before)?.made === false;
  if (wasMissing && !isMissing) cancelTimer(work, { name: 'bridge', sessionId: now.sessionId });
  if (!isLive(now)) return;
  const isNew = keyOf(was.together) !== keyOf(is.together);
  if (isNew) part(work, was, is, now);
  if (isMissing && (isNew || isDue(was, is, before, now))) ask(work, now);
  else if (isMissing && !wasMissing) startBridgeTimer(work, now);
  sound(work, was, is, now);
  if (before) tend(work, before, now);
}

/**
 * The same legs, and now they can bear it; or they meet anew: a caller who came back, in one step, to the very line she had left.
 */
const isDue = (was: Wiring, is: Wiring, before: Session | undefined, now: Session): boolean =>
  was.ready !== is.ready ||
  (now.at === 'connecting' && before !== undefined && linkOf(before)?.made !== false);

const isHere = (work: Work, { sessionId }: Session, legId: LegId): boolean =>
  work.floor.legs.get(legId) === sessionId;

/**
 * Out of what was. A new pair needs no parting, the switch takes its legs out of whatever they are in; and whose partner is
 * gone is parked by that.
 */
function part(work: Work, was: Wiring, is: Wiring, session: LiveSession): void {
  if (is.together.kind !== 'apart' && is.ready) return;
  const stay = legsOf(was.together).filter((legId) => isHere(work, session, legId));
  const [a, b] = stay;
  if (was.together.kind === 'pair' && a !== undefined && b !== undefined) {
    work.effects.push({ kind: 'legs.park', a, b });
  }
  if (was.together.kind === 'room') {
    for (const legId of stay) work.effects.push({ kind: 'leg.parkAlone', legId });
  }
}

/**
 * Asks for the pair or the room as soon as every leg can bear it: bridging a leg that is not answered ends both (FreeSWITCH),
 * so until the switch says that it is answered only the deadline runs.
 */
export function ask(work: Work, session: LiveSession): void {
  const { together, ready } = wiringOf(session);
  if (linkOf(session)?.made !== false) return;
  startBridgeTimer(work, session);
  if (!ready) return;
  moveSession(work, session.sessionId, { kind: 'bridgeAsked' });
  join(work, session, together);
}

function startBridgeTimer(work: Work, { sessionId }: LiveSession): void {
  startTimer(work, { name: 'bridge', sessionId }, work.now + work.floor.rules.bridgeMs);
}

function join(work: Work, { sessionId }: LiveSession, together: Together): void {
  if (together.kind === 'pair') {
    const { a, b } = together;
    work.effects.push({ kind: 'legs.bridge', a, b, sessionId });
  } else if (together.kind === 'room') {
    work.effects.push({ kind: 'legs.conference', room: sessionId, legs: together.legs });
  }
}

/** Music and ring-back for those who are not joined with anybody. A bridge or a room ends either. */
function sound(work: Work, was: Wiring, is: Wiring, session: LiveSession): void {
  const joined = legsOf(is.together);
  for (const [legId, heard] of was.hears) {
    if (is.hears.has(legId) || joined.includes(legId) || !isHere(work, session, legId)) continue;
    work.effects.push({ kind: heard === 'music' ? 'music.stop' : 'ringback.stop', legId });
  }
  for (const [legId, heard] of is.hears) {
    if (was.hears.get(legId) === heard) continue;
    if (heard === 'ringback') work.effects.push({ kind: 'ringback.start', legId });
    else work.effects.push({ kind: 'music.start', legId, queueId: session.log.queueId });
  }
}

/** What hangs on a conversation and ends or moves with it: listeners, a recording, a sound that is played into it. */
function tend(work: Work, before: Session, now: LiveSession): void {
  for (const { leg } of monitorsOf(before)) letGo(work, now, leg.legId);
  tap(work, before, now);
  if (now.log.recording.at !== 'off' && !isRecordable(now)) stopRecording(work, now);
  const { playing } = now.log;
  if (playing === null || isPlayable(now, playing.legId)) return;
  const { legId, playId } = playing;
  if (isHere(work, now, legId)) work.effects.push({ kind: 'sound.stop', legId, playId });
  moveSession(work, now.sessionId, { kind: 'played', playId, how: 'stopped' });
}

function letGo(work: Work, now: LiveSession, legId: LegId): void {
  const { floor } = work;
  if (isHere(work, now, legId) || floor.releases.has(legId) || floor.gone.has(legId)) return;
  release(work, legId, 'normal', { sessionId: now.sessionId, agentId: null });
}

/** A supervisor who is there hears the agent's leg; when another agent has the call, or hers is a new one, that. */
function tap(work: Work, before: Session, now: LiveSession): void {
  const on = heardLegOf(now);
  const wasOn = heardLegOf(before);
  for (const monitor of monitorsOf(now)) {
    const { leg, mode } = monitor;
    if (leg.answeredAt === null || on === undefined) continue;
    const old = monitorsOf(before).find((other) => other.leg.legId === leg.legId);
    if (isNewTap(old) || on !== wasOn) {
      work.effects.push({ kind: 'eavesdrop.start', legId: leg.legId, on, mode });
    } else if (old?.mode !== mode) work.effects.push({ kind: 'eavesdrop.mode', legId: leg.legId, mode });
  }
}

const isNewTap = (old: Monitor | undefined): boolean => old === undefined || old.leg.answeredAt === null;

const recordable: readonly Session['at'][] = [
  'connecting',
  'talking',
  'held',
  'consulting',
  'conferencing',
  'rejoining',
  'transferred',
];

const isRecordable = (session: Session): boolean =>
  recordable.includes(session.at) || isSpeakingMessage(session);

const isSpeakingMessage = (session: Session): boolean =>
  session.at === 'menu' && session.step.kind === 'flow' && session.step.hears.at === 'message';

function stopRecording(work: Work, session: LiveSession): void {
  const { recording } = session.log;
  if (recording.at === 'off') return;
  const { legId } = recording;
  const { sessionId } = session;
  moveSession(work, sessionId, { kind: 'recordingAsked', legId: null });
  if (legId !== null && isHere(work, session, legId)) {
    work.effects.push({ kind: 'recording.stop', legId, sessionId });
  }
}

const isPlayable = (session: LiveSession, legId: LegId): boolean =>
  (session.at === 'talking' || session.at === 'conferencing') && customerLegOf(session)?.legId === legId;
