// A supervisor's leg at somebody's call. The switch lays it over the leg that is listened to, so it follows that leg through
// hold, transfer and conference, and ends with it (the supervisor is parked then).
//
// Modes are digits the eavesdrop application reads from the supervisor's keypad, where `*` also ends it. The keypad is switched
// off, and the digits are queued to her session as an event instead (switch_ivr_eavesdrop_session, "eavesdrop-command").

import type { MonitorMode } from '../../app/domain/floor/effects.ts';
import type { LegId } from '../../app/domain/ids.ts';
import { MediaError } from '../../app/ports/media.ts';
import * as commands from './commands.ts';
import type { Leg } from './legs.ts';
import * as sound from './sound.ts';
import { begin, legOf, run, type Switchboard } from './switchboard.ts';
import { dialsAreOver } from './wiring.ts';

/** How long the switch may take to begin, ms. */
const beginsMs = 3_000;

/** @throws MediaError */
export async function startListening(
  board: Switchboard,
  id: LegId,
  on: LegId,
  mode: MonitorMode,
): Promise<void> {
  const [leg, target] = [legOf(board, id), legOf(board, on)];
  if (leg.stage !== 'answered' || target.stage !== 'answered' || leg === target)
    throw new MediaError('refused', 'only an answered leg can listen, and only to another one');
  leg.listening = { on, mode, heard: false };
  sound.joining(leg);
  try {
    await dialsAreOver(board, [leg]);
    // The one event that proves it is too dear to be subscribed to all day.
    const unwatch = board.watch('MEDIA_BUG_START');
    leg.timers.add(unwatch);
    leg.timers.add(board.clock.wakeAt(board.clock.now() + beginsMs, unwatch));
    await Promise.all([run(board, commands.prepareListening(id, mode)), run(board, commands.listen(id, on))]);
  } catch (error) {
    leg.listening = undefined;
    sound.notJoining(board, leg);
    throw error;
  }
}

/** @throws MediaError */
export async function changeMode(board: Switchboard, id: LegId, mode: MonitorMode): Promise<void> {
  const leg = legOf(board, id);
  if (!leg.listening) throw new MediaError('refused', `leg ${id} listens to nobody`);
  leg.listening.mode = mode;
  await board.queueEvent(commands.listenInMode(id, mode));
}

/** A listener has been laid over a leg: of those that were asked for, the one that has waited longest. */
export function listens(board: Switchboard, on: LegId): void {
  const leg = board.legs.all().find(({ listening }) => listening?.on === on && !listening.heard);
  if (leg) heard(board, leg);
}

/** The leg listens, as an event or a look at its channel says: told once, and the leg counts as having talked. */
export function heard(board: Switchboard, leg: Leg): void {
  if (!leg.listening || leg.listening.heard) return;
  leg.listening.heard = true;
  leg.parked = false;
  leg.joining = false;
  leg.playing = undefined;
  leg.hasTalked = true;
  board.emit({ kind: 'eavesdrop.started', legId: leg.id, on: leg.listening.on });
}

/**
 * What is laid over a leg is worked off in the order it came, so a muting that comes after a listener silences the listener's
 * voice too: a supervisor who has barged in would fall silent with the agent. They are laid on again, on top.
 */
export function relayListeners(board: Switchboard, on: LegId): void {
  for (const leg of board.legs.all()) {
    if (leg.listening?.on !== on || !leg.listening.heard) continue;
    begin(board, leg.id, commands.prepareListening(leg.id, leg.listening.mode));
    begin(board, leg.id, commands.listen(leg.id, on));
  }
}
