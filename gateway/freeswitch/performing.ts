// Outward: effects as commands. Commands of one call to perform() are written to the socket at once and in order, and the
// switch runs a socket's commands one after the other, so effects for a leg keep the order they were given in.

import path from 'node:path';
import type { HangUpCause, MediaEffect } from '../../app/domain/floor/effects.ts';
import type { LegId, SessionId } from '../../app/domain/ids.ts';
import { MediaError } from '../../app/ports/media.ts';
import * as commands from './commands.ts';
import { originate, type Dial } from './dialstring.ts';
import type { Leg } from './legs.ts';
import { safeLabel, safePath, safeUuid } from './safe-text.ts';
import * as sound from './sound.ts';
import { doubtLeg, run, type Switchboard } from './switchboard.ts';

/** How often a hang-up is repeated while the channel it is for is being made, ms. */
const killAgainMs = 60;
/** How often a bridge looks whether a dial is over, and how long it waits for that at most, ms. */
const dialLookMs = 10;
const dialEndsMs = 1_000;

/** @throws MediaError */
// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
export async function perform(board: Switchboard, effect: MediaEffect): Promise<void> {
  switch (effect.kind) {
    case 'leg.answer':
      return answer(board, effect.legId);
    case 'leg.ring':
      return run(board, commands.ring(effect.legId));
    case 'music.start':
      return sound.startMusic(board, legOf(board, effect.legId));
    case 'music.stop':
      return sound.stopMusic(board, legOf(board, effect.legId));
    case 'leg.dial':
      return dial(board, effect);
    case 'leg.autoAnswer':
      return run(board, commands.talk(effect.legId));
    case 'leg.hangUp':
      return hangUp(board, effect.legId, effect.cause);
    case 'legs.bridge':
      return bridge(board, effect.a, effect.b);
    case 'legs.park':
      return run(board, commands.parkBoth(effect.a));
    case 'recording.start':
      return startRecording(board, effect.legId, effect.sessionId);
    case 'recording.stop':
      return stopRecording(board, effect.legId, effect.sessionId);
    case 'leg.label':
      return label(board, effect);
    case 'leg.parkAlone':
    case 'legs.conference':
    case 'leg.mute':
    case 'leg.sendDigits':
    case 'sound.play':
    case 'sound.stop':
    case 'ringback.start':
    case 'ringback.stop':
    case 'recording.pause':
    case 'recording.resume':
    case 'eavesdrop.start':
    case 'eavesdrop.mode':
      throw new MediaError('refused', `${effect.kind} is not supported`);
  }
}

/** @throws MediaError `no_such_leg` for a leg the switch never showed us or that has ended */
function legOf(board: Switchboard, id: LegId): Leg {
  const leg = board.legs.get(id);
  if (!leg) throw new MediaError('no_such_leg', `no leg ${id}`);
  return leg;
}

function answer(board: Switchboard, id: LegId): Promise<void> {
  const leg = board.legs.get(id);
  if (leg) leg.answerAsked = true;
  return run(board, commands.answer(id));
}

async function dial(board: Switchboard, effect: Dial): Promise<void> {
  const { clock, legs } = board;
  // The switch would answer a used id with a failure that reads like the living leg's.
  if (legs.get(effect.legId) || legs.hasEnded(effect.legId))
    throw new MediaError('refused', 'this leg id was used before');
  const command = originate(effect, board.place, clock.now());
  const leg = legs.add({
    id: effect.legId,
    direction: 'outbound',
    createdAt: clock.now(),
    jobPending: true,
    kept: true,
    labels: effect.labels,
  });
  leg.timers.add(clock.wakeAt(effect.ringUntil, () => ringNoLonger(board, leg)));
  try {
    await board.background(command, effect.legId);
  } catch (error) {
    // Whether the switch got it is unknown: recovery hangs up what turns up under an id that has ended.
    legs.end(effect.legId);
    throw error;
  }
}

/** FreeSWITCH counts ringing in whole epoch seconds; this is the deadline as it was meant. */
function ringNoLonger(board: Switchboard, leg: Leg): void {
  if (leg.stage === 'answered') return;
  hangUp(board, leg.id, 'no_answer').catch((error: unknown) => {
    if (!(error instanceof MediaError)) throw error;
    board.log.warn({ legId: leg.id, reason: error.reason }, 'a phone could not be told to stop ringing');
  });
}

/**
 * Hangs a leg up. A leg that is being dialled may not exist yet, so the command is repeated until it bites or the dial has
 * failed by itself. A leg that is known here but not to the switch is ended after a moment of doubt.
 */
async function hangUp(board: Switchboard, id: LegId, cause: HangUpCause): Promise<void> {
  const command = commands.kill(id, cause);
  const leg = board.legs.get(id);
  if (!leg) return board.legs.hasEnded(id) ? undefined : run(board, command);
  leg.killedFor ??= cause;
  for (;;) {
    const reply = await board.api(command);
    if (!commands.isError(reply) || board.legs.get(id) !== leg) return;
    const error = commands.errorOf(command, reply);
    if (error.reason !== 'no_such_leg') throw error;
    if (!leg.jobPending) return doubtLeg(board, leg, 'released', 'the switch no longer knew the leg');
    await new Promise<void>((resolve) => board.clock.wakeAt(board.clock.now() + killAgainMs, resolve));
  }
}

async function bridge(board: Switchboard, a: LegId, b: LegId): Promise<void> {
  const legs = [legOf(board, a), legOf(board, b)];
  // uuid_bridge says +OK to a leg that still rings, and then hangs up both.
  const unanswered = legs.find((leg) => leg.stage !== 'answered' && !leg.answerAsked);
  if (unanswered) throw new MediaError('refused', `leg ${unanswered.id} is not answered`);
  for (const leg of legs) sound.joining(leg);
  try {
    const beingMade = legs.filter((leg) => leg.jobPending);
    // Without a wait where none is needed: what is asked for next must not overtake this.
    if (beingMade.length > 0) await Promise.all(beingMade.map((leg) => dialIsOver(board, leg)));
    const keep = legs.filter((leg) => !leg.kept).map((leg) => run(board, commands.keepAfterBridge(leg.id)));
    for (const leg of legs) leg.kept = true;
    await Promise.all([...keep, run(board, commands.bridge(a, b))]);
  } catch (error) {
    for (const leg of legs) sound.notJoining(board, leg);
    throw error;
  }
}

/**
 * A phone's answer is told some 20 ms before its dial has come to its end. A bridge in between takes the leg out of FreeSWITCH's
 * hands: it calls the dial cancelled (ORIGINATOR_CANCEL) while the two talk.
 */
async function dialIsOver(board: Switchboard, leg: Leg): Promise<void> {
  const until = board.clock.now() + dialEndsMs;
  while (leg.jobPending && board.clock.now() < until) {
    await new Promise<void>((resolve) => board.clock.wakeAt(board.clock.now() + dialLookMs, resolve));
    legOf(board, leg.id);
  }
}

/** One file per session and leg; a recording that is begun again gets a number. */
async function startRecording(board: Switchboard, id: LegId, session: SessionId): Promise<void> {
  const leg = legOf(board, id);
  const again = leg.recordings > 0 ? `_${leg.recordings + 1}` : '';
  const file = path.posix.join(board.recordingsDir, `${safeLabel(session)}_${safeUuid(id)}${again}.wav`);
  leg.recordings += 1;
  leg.recording = { file: safePath(file), startedAt: board.clock.now(), announced: false };
  await Promise.all([run(board, commands.recordInStereo(id)), run(board, commands.startRecording(id, file))]);
}

async function stopRecording(board: Switchboard, id: LegId, session: SessionId): Promise<void> {
  const file =
    board.legs.get(id)?.recording?.file ??
    path.posix.join(board.recordingsDir, `${safeLabel(session)}_${safeUuid(id)}.wav`);
  await run(board, commands.stopRecording(id, file));
}

async function label(
  board: Switchboard,
  { legId, labels }: Extract<MediaEffect, { kind: 'leg.label' }>,
): Promise<void> {
  const command = commands.label(legId, labels);
  const leg = board.legs.get(legId);
  if (leg) leg.labels = labels;
  await run(board, command);
}
