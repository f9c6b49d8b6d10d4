// What a parked leg hears by itself: music, ring-back, or nothing. A wish is kept until the leg is really parked, because a
// broadcast sent while a transfer is under way is lost with the application it replaces. A leg that has talked, is being
// recorded or has a sound laid over it is never left without packets: a phone takes that for a dead line, the recording would
// run behind the clock (0.5 s per pause), and the sound has nothing to be laid over.

import * as commands from './commands.ts';
import type { Leg } from './legs.ts';
import { begin, run, type Switchboard } from './switchboard.ts';

/** @throws MediaError */
export async function start(board: Switchboard, leg: Leg, what: 'music' | 'ringback'): Promise<void> {
  leg.wants = what;
  // Whoever wants to hear that has given up on the bridge that was asked for.
  leg.joining = false;
  leg.entering = undefined;
  await play(board, leg);
}

/** @throws MediaError */
export async function stop(board: Switchboard, leg: Leg, what: 'music' | 'ringback'): Promise<void> {
  if (leg.wants !== what && leg.playing !== what) return;
  leg.wants = undefined;
  await play(board, leg);
}

/** The leg has just been parked: nothing plays, whatever did. */
export function parked(board: Switchboard, leg: Leg): void {
  leg.parked = true;
  leg.parting = false;
  leg.playing = undefined;
  supply(board, leg);
}

/** Begins what a parked leg ought to hear and does not. */
export function supply(board: Switchboard, leg: Leg): void {
  if (!leg.parked || leg.joining) return;
  const before = leg.playing;
  const command = commandFor(leg, board.clock.now());
  if (!command) return;
  if (before !== undefined && leg.playing !== undefined) begin(board, leg.id, commands.stopPlaying(leg.id));
  begin(board, leg.id, command);
}

/** A broadcast begins about 100 ms after its command (seen: up to 122). Until then a bridge may overtake it. */
const broadcastLagMs = 300;

/**
 * The leg went into a bridge or a conference: the switch ends what it played, but not what it was only about to play. That
 * would begin inside and silence it for as long as it lasts; it is broken off once it must have begun.
 */
export function joined(board: Switchboard, leg: Leg): void {
  const begins = leg.soundAskedAt + broadcastLagMs;
  if (leg.playing !== undefined && board.clock.now() < begins) {
    const cancel = board.clock.wakeAt(begins, () => {
      leg.timers.delete(cancel);
      if (leg.bridgedTo !== undefined || leg.room !== undefined)
        begin(board, leg.id, commands.stopPlaying(leg.id));
    });
    leg.timers.add(cancel);
  }
  leg.parked = false;
  leg.parting = false;
  leg.joining = false;
  leg.entering = undefined;
  leg.playing = undefined;
  leg.wants = undefined;
  leg.hasTalked = true;
}

/** A bridge or a conference was asked for. */
export function joining(leg: Leg): void {
  leg.joining = true;
  leg.wants = undefined;
}

/** What was asked for will not come about. */
export function notJoining(board: Switchboard, leg: Leg): void {
  leg.joining = false;
  leg.entering = undefined;
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

const playCommands = {
  music: commands.playMusic,
  ringback: commands.playRingback,
  silence: commands.playSilence,
};

/** The command that makes `playing` what it should be, noted as done; undefined when it is so already. */
function commandFor(leg: Leg, now: number): string | undefined {
  const wanted = wantedSound(leg);
  if (wanted === leg.playing) return undefined;
  leg.playing = wanted;
  leg.soundAskedAt = now;
  return wanted === undefined ? commands.stopPlaying(leg.id) : playCommands[wanted](leg.id);
}

function wantedSound(leg: Leg): Leg['playing'] {
  if (leg.wants !== undefined) return leg.wants;
  if (leg.overlays.size > 0) return 'silence';
  const answered = leg.stage === 'answered';
  return answered && (leg.hasTalked || leg.recording !== undefined) ? 'silence' : undefined;
}
