// Outward: effects as commands. Commands of one call to perform() are written to the socket at once and in order, and the
// switch runs a socket's commands one after the other, so effects for a leg keep the order they were given in.

import type { HangUpCause, MediaEffect } from '../../app/domain/floor/effects.ts';
import type { LegId } from '../../app/domain/ids.ts';
import { MediaError } from '../../app/ports/media.ts';
import { lineOf } from './browser-lines.ts';
import * as commands from './commands.ts';
import { originate, type Dial } from './dialstring.ts';
import { doubtLeg, endLeg } from './ends.ts';
import type { Leg } from './legs.ts';
import * as listening from './listening.ts';
import * as playing from './playing.ts';
import * as recording from './recording.ts';
import * as sound from './sound.ts';
import { legOf, run, type Switchboard } from './switchboard.ts';
import * as wiring from './wiring.ts';

/** How often a hang-up is repeated while the channel it is for is being made, ms. */
const killAgainMs = 60;
/** @throws MediaError */
export async function perform(board: Switchboard, effect: MediaEffect): Promise<void> {
  switch (effect.kind) {
    case 'leg.answer':
      return answer(board, effect.legId);
    case 'leg.ring':
      return run(board, commands.ring(effect.legId));
    case 'leg.dial':
      return dial(board, effect);
    case 'leg.autoAnswer':
      return run(board, commands.talk(effect.legId));
    case 'leg.hangUp':
      return hangUp(board, effect.legId, effect.cause);
    case 'leg.label':
      return label(board, effect);
    case 'leg.mute':
      return mute(board, effect.legId, effect.muted);
    case 'leg.sendDigits':
      return run(board, commands.sendDigits(effect.legId, effect.digits));
    case 'legs.bridge':
      return wiring.bridge(board, effect.a, effect.b);
    case 'legs.park':
      return wiring.parkPair(board, effect.a, effect.b);
    case 'leg.parkAlone':
      return wiring.parkAlone(board, effect.legId);
    case 'legs.conference':
      return wiring.confer(board, effect.room, effect.legs);
    default:
      return performSound(board, effect);
  }
}

type SoundEffect = Extract<
  MediaEffect,
  {
    kind:
      | `music.${string}`
      | `ringback.${string}`
      | `sound.${string}`
      | `recording.${string}`
      | `eavesdrop.${string}`;
  }
>;

/** What is heard, kept and overheard. */
async function performSound(board: Switchboard, effect: SoundEffect): Promise<void> {
  switch (effect.kind) {
    case 'music.start':
      return sound.start(board, legOf(board, effect.legId), 'music');
    case 'music.stop':
      return sound.stop(board, legOf(board, effect.legId), 'music');
    case 'ringback.start':
      return sound.start(board, legOf(board, effect.legId), 'ringback');
    case 'ringback.stop':
      return sound.stop(board, legOf(board, effect.legId), 'ringback');
    case 'sound.play':
      return playing.play(board, effect);
    case 'sound.stop':
      return playing.stop(board, effect.legId, effect.playId);
    case 'recording.start':
      return recording.start(board, effect.legId, effect.sessionId);
    case 'recording.stop':
      return recording.stop(board, effect.legId, effect.sessionId);
    case 'recording.pause':
      return recording.mask(board, effect.legId, effect.sessionId, true);
    case 'recording.resume':
      return recording.mask(board, effect.legId, effect.sessionId, false);
    case 'eavesdrop.start':
      return listening.startListening(board, effect.legId, effect.on, effect.mode);
    case 'eavesdrop.mode':
      return listening.changeMode(board, effect.legId, effect.mode);
  }
}

/** It hangs on the leg and stays through bridges, conferences and holds. */
async function mute(board: Switchboard, id: LegId, muted: boolean): Promise<void> {
  const leg = legOf(board, id);
  await Promise.all([
    run(board, muted ? commands.mute(id) : commands.unmute(id)),
    run(board, commands.noteMuted(id, muted)),
  ]);
  leg.muted = muted;
  if (muted) listening.relayListeners(board, id);
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
    line: lineOf(effect),
    createdAt: clock.now(),
    jobPending: true,
    kept: true,
    wantsEarly: effect.earlyMedia === true,
    labels: effect.labels,
  });
  leg.timers.add(clock.wakeAt(effect.ringUntil, () => ringNoLonger(board, leg)));
  await board.browsers.free(leg);
  if (legs.get(leg.id) !== leg) return;
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
  if (leg.heldBack) return endLeg(board, id, cause === 'no_answer' ? cause : 'released', 'not dialled yet');
  for (;;) {
    const reply = await board.api(command);
    if (!commands.isError(reply) || board.legs.get(id) !== leg) return;
    const error = commands.errorOf(command, reply);
    if (error.reason !== 'no_such_leg') throw error;
    if (!leg.jobPending) return doubtLeg(board, leg, 'released', 'the switch no longer knew the leg');
    await new Promise<void>((resolve) => board.clock.wakeAt(board.clock.now() + killAgainMs, resolve));
  }
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
