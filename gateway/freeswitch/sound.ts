// What a parked leg hears. A wish for music is kept until the leg is really parked, because a broadcast sent while a
// transfer is under way is lost with the application it replaces. A leg that has talked, or is being recorded, is never left
// without packets: a phone takes that for a dead line, and the recording would run behind the clock (0.5 s per pause).

import * as commands from './commands.ts';
import type { Leg } from './legs.ts';
import { begin, run, type Switchboard } from './switchboard.ts';

/** @throws MediaError */
export async function startMusic(board: Switchboard, leg: Leg): Promise<void> {
  leg.wantsMusic = true;
  // Whoever wants music now has given up on the bridge that was asked for.
  leg.joining = false;
  await play(board, leg);
}

/** @throws MediaError */
export async function stopMusic(board: Switchboard, leg: Leg): Promise<void> {
  leg.wantsMusic = false;
  await play(board, leg);
}

/** The leg has just been parked: nothing plays, whatever did. */
export function parked(board: Switchboard, leg: Leg): void {
  leg.parked = true;
  leg.playing = undefined;
  if (leg.joining) return;
  const command = commandFor(leg, board.clock.now());
  if (command) begin(board, leg.id, command);
}

/** A broadcast begins about 100 ms after its command (seen: up to 122). Until then a bridge may overtake it. */
const broadcastLagMs = 300;

/**
 * The leg went into a bridge: the switch ends what it played, but not what it was only about to play. That would begin inside
 * the bridge and silence both sides for as long as it lasts; it is broken off once it must have begun.
 */
export function bridged(board: Switchboard, leg: Leg): void {
  const begins = leg.soundAskedAt + broadcastLagMs;
  if (leg.playing !== undefined && board.clock.now() < begins) {
    const cancel = board.clock.wakeAt(begins, () => {
      leg.timers.delete(cancel);
      if (leg.bridgedTo !== undefined) begin(board, leg.id, commands.stopPlaying(leg.id));
    });
    leg.timers.add(cancel);
  }
  leg.parked = false;
  leg.joining = false;
  leg.playing = undefined;
  leg.wantsMusic = false;
  leg.hasTalked = true;
}

/** A bridge was asked for. */
export function joining(leg: Leg): void {
  leg.joining = true;
  leg.wantsMusic = false;
}

/** The bridge that was asked for will not come about. */
export function notJoining(board: Switchboard, leg: Leg): void {
  leg.joining = false;
  if (leg.parked) parked(board, leg);
}

async function play(board: Switchboard, leg: Leg): Promise<void> {
  if (!leg.parked) return; // parked() will see to it.
  const before = leg.playing;
  const command = commandFor(leg, board.clock.now());
  if (!command) return;
  // Sent in one go, so that the order holds without waiting: the break ends what plays, the broadcast follows it.
  const stopped =
    before !== undefined && leg.playing !== undefined ? run(board, commands.stopPlaying(leg.id)) : undefined;
  await Promise.all([stopped, run(board, command)]);
}

/** The command that makes `playing` what it should be, noted as done; undefined when it is so already. */
function commandFor(leg: Leg, now: number): string | undefined {
  const wanted = wantedSound(leg);
  if (wanted === leg.playing) return undefined;
  leg.playing = wanted;
  leg.soundAskedAt = now;
  if (wanted === 'music') return commands.playMusic(leg.id);
  if (wanted === 'silence') return commands.playSilence(leg.id);
  return commands.stopPlaying(leg.id);
}

function wantedSound(leg: Leg): Leg['playing'] {
  if (leg.wantsMusic) return 'music';
  const answered = leg.stage === 'answered';
  return answered && (leg.hasTalked || leg.recording !== undefined) ? 'silence' : undefined;
}
