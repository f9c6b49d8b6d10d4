// Sounds laid over a call, or played in its place. The switch hangs them on the leg (uuid_displace), so they need no bridge to be
// taken apart and they end by themselves; the path carries the play's id, by which their end is recognised.
//
//   play ──▶ on one or more legs ──▶ each ends: MEDIA_BUG_STOP, or the leg does ──▶ `sound.ended`, once
//
// The reply tells whether the file could be opened. The event of the end is subscribed to only while something plays.

import type { MediaEffect } from '../../app/domain/floor/effects.ts';
import type { LegId } from '../../app/domain/ids.ts';
import { MediaError } from '../../app/ports/media.ts';
import * as commands from './commands.ts';
import type { Leg } from './legs.ts';
import { safeUuid } from './safe-text.ts';
import * as sound from './sound.ts';
import { legOf, type Playing, type Switchboard } from './switchboard.ts';

type Play = Extract<MediaEffect, { kind: 'sound.play' }>;

/**
 * A sound the switch does not have is no error of the command: it is told as `sound.ended`, failed.
 * @throws MediaError
 */
export async function play(board: Switchboard, effect: Play): Promise<void> {
  const { legId, playId, mix } = effect;
  const leg = legOf(board, legId);
  if (board.plays.has(playId)) throw new MediaError('refused', 'this play id is in use');
  const endless = effect.times === 0;
  const named = `{cordboard_play=${safeUuid(playId)}}`;
  const files = [effect.soundId, ...(effect.then ?? [])];
  const source = await board.sounds.source(files, effect.volume, endless ? 1 : effect.times);
  if (board.legs.get(legId) !== leg) throw new MediaError('no_such_leg', `no leg ${legId}`);
  const ears = [leg, ...(effect.to === 'both' ? othersOf(board, leg) : [])];
  const playing: Playing = {
    legId,
    source: `${named}${source}`,
    ears: new Set(ears.map(({ id }) => id)),
    unwatch: board.watch('MEDIA_BUG_STOP'),
    stopping: false,
  };
  board.plays.set(playId, playing);
  await Promise.all(ears.map((ear) => layOver(board, ear, playId, playing, { mix, endless })));
}

async function layOver(
  board: Switchboard,
  leg: Leg,
  playId: string,
  playing: Playing,
  how: { mix: boolean; endless: boolean },
): Promise<void> {
  leg.overlays.add(playId);
  sound.supply(board, leg);
  const reply = await board.api(commands.layOver(leg.id, playing.source, how));
  if (!commands.isError(reply)) return;
  const error = commands.errorOf('uuid_displace', reply);
  board.log.warn({ legId: leg.id, playId, reason: error.reason }, 'a sound could not be played');
  noLongerHeard(board, playId, leg.id, 'failed');
}

/** Whoever it is joined with, in a bridge or in a room. */
function othersOf(board: Switchboard, leg: Leg): readonly Leg[] {
  return board.legs
    .all()
    .filter(
      (one) => one !== leg && (one.bridgedTo === leg.id || (one.room !== undefined && one.room === leg.room)),
    );
}

/** @throws MediaError */
export async function stop(board: Switchboard, legId: LegId, playId: string): Promise<void> {
  const playing = board.plays.get(playId);
  if (!playing) return stopForeign(board, legId, playId);
  playing.stopping = true;
  await Promise.all([...playing.ears].map((leg) => lift(board, leg, playing)));
}

/** Not begun by us, or over: one that an earlier owner left on the leg is taken off it. */
async function stopForeign(board: Switchboard, legId: LegId, playId: string): Promise<void> {
  const list = await board.api(commands.attached(legId));
  const source = targetsIn(list).find((target) => playIdIn.exec(target)?.[1] === playId);
  if (source !== undefined) await board.api(commands.liftOff(legId, source));
}

/** What hangs on a leg, by the path each was given; the list is XML. */
function targetsIn(list: string): readonly string[] {
  const targets = [...list.matchAll(/<target>([^<]*)<\/target>/g)].map(([, target = '']) => target);
  return targets.map((target) =>
    target.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  );
}

async function lift(board: Switchboard, leg: LegId, playing: Playing): Promise<void> {
  const reply = await board.api(commands.liftOff(leg, playing.source));
  // Not there any more: its end has been told, or will be.
  if (commands.isError(reply)) board.log.debug({ legId: leg }, 'a sound had ended before it was stopped');
}

const playIdIn = /\{cordboard_play=([^}]+)\}/;

/** Something that hung on a leg is gone. @param what the path it was given */
export function lifted(board: Switchboard, leg: LegId, what: string): void {
  const playId = playIdIn.exec(what)?.[1];
  if (playId !== undefined) noLongerHeard(board, playId, leg, 'done');
}

function noLongerHeard(
  board: Switchboard,
  playId: string,
  id: LegId,
  how: 'done' | 'failed' | 'stopped',
): void {
  const leg = board.legs.get(id);
  if (leg?.overlays.delete(playId)) sound.supply(board, leg);
  const playing = board.plays.get(playId);
  if (!playing?.ears.delete(id) || playing.ears.size > 0) return;
  board.plays.delete(playId);
  playing.unwatch();
  const told = playing.stopping ? 'stopped' : how;
  board.emit({ kind: 'sound.ended', legId: playing.legId, playId, how: told });
}

/** After the event socket was away: what plays no longer is told of. */
export async function catchUpPlays(board: Switchboard): Promise<void> {
  for (const [playId, playing] of [...board.plays]) {
    for (const leg of [...playing.ears]) {
      const list = await board.api(commands.attached(leg));
      if (!list.includes(playId)) noLongerHeard(board, playId, leg, 'done');
    }
  }
}

/** Nothing of it is awaited; the leg has been joined with others or is gone. */
export const forget = (board: Switchboard, leg: Leg): void => {
  for (const playId of [...leg.overlays]) noLongerHeard(board, playId, leg.id, 'stopped');
};
