// What a parked leg hears by itself: music, ring-back, or nothing. A wish is kept until the leg is really parked, because a
// broadcast sent while a transfer is under way is lost with the application it replaces. A leg that has talked, that stands
// for calls to come, is being recorded or has a sound laid over it is never left without packets: a phone takes that for a dead line, the recording would
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
  for (const command of changeOf(board, leg)) begin(board, leg.id, command);
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
  // Sent in one go, so that the order holds without waiting: the break ends what plays, the broadcast follows it.
  try {
    await Promise.all(changeOf(board, leg).map((command) => run(board, command)));
  } catch (error) {
    leg.playing = undefined; // As far as anybody knows: asked for again, it is sent again.
    throw error;
  }
}

const playCommands = {
  music: commands.playMusic,
  ringback: commands.playRingback,
  silence: commands.playSilence,
};

/** The commands that make `playing` what it should be, noted as done. A leg that is not parked yet is seen to by parked(). */
function changeOf(board: Switchboard, leg: Leg): readonly string[] {
  const [before, wanted] = [leg.playing, wantedSound(leg)];
  if (!leg.parked || leg.joining || wanted === before) return [];
  const now = board.clock.now();
  const begun = leg.soundAskedAt + broadcastLagMs;
  if (before !== undefined && now < begun) {
    // What has not begun cannot be broken off: it would begin afterwards, and what follows would wait for its end.
    lookAgain(board, leg, begun);
    return [];
  }
  leg.playing = wanted;
  leg.soundAskedAt = now;
  return [
    ...(before === undefined ? [] : [commands.stopPlaying(leg.id)]),
    ...(wanted === undefined ? [] : [playCommands[wanted](leg.id)]),
  ];
}

function lookAgain(board: Switchboard, leg: Leg, at: number): void {
  const cancel = board.clock.wakeAt(at, () => {
    leg.timers.delete(cancel);
    supply(board, leg);
  });
  leg.timers.add(cancel);
}

function wantedSound(leg: Leg): Leg['playing'] {
  if (leg.wants !== undefined) return leg.wants;
  if (leg.overlays.size > 0) return 'silence';
  const answered = leg.stage === 'answered';
  const isHeldOpen = leg.hasTalked || leg.recording !== undefined || leg.labels?.standing === true;
  return answered && isHeldOpen ? 'silence' : undefined;
}
