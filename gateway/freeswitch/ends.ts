// How a leg's life here ends: what it was part of is told first, its end once.

import type { LegEnding } from '../../app/domain/ending.ts';
import type { LegId } from '../../app/domain/ids.ts';
import { isAside } from './aside.ts';
import type { Leg } from './legs.ts';
import { forget } from './playing.ts';
import type { Switchboard } from './switchboard.ts';

/** How long the event that tells a leg's true end may lag behind other proof that the leg is gone, ms. */
const doubtMs = 700;

/**
 * Signals a leg's end, once.
 * @param recordedMs length of its recording, where the switch told it
 */
export function endLeg(
  board: Switchboard,
  id: LegId,
  ending: LegEnding,
  detail: string,
  recordedMs?: number,
): void {
  const leg = board.legs.get(id);
  if (leg) leaveAll(board, leg, recordedMs);
  if (board.legs.end(id) && !(leg && isAside(leg)))
    board.emit({ kind: 'leg.ended', legId: id, ending, detail });
}

function leaveAll(board: Switchboard, leg: Leg, recordedMs: number | undefined): void {
  const { id, recording } = leg;
  part(board, leg);
  leaveRoom(board, leg);
  forget(board, leg);
  if (!recording) return;
  leg.recording = undefined;
  // Without word of the switch the length is what the clock says.
  const durationMs = recordedMs ?? Math.max(0, board.clock.now() - recording.startedAt);
  board.emit({ kind: 'recording.stopped', legId: id, file: recording.file, durationMs });
}

/** The leg is in no bridge any more, and neither is its partner in this one. */
export function part(board: Switchboard, leg: Leg): void {
  const other = leg.bridgedTo;
  if (other === undefined) return;
  leg.bridgedTo = undefined;
  const partner = board.legs.get(other);
  if (partner?.bridgedTo === leg.id) partner.bridgedTo = undefined;
  board.emit({ kind: 'legs.unbridged', a: leg.id, b: other });
}

/** The leg is in no conference any more; told only if it was in one. */
export function leaveRoom(board: Switchboard, leg: Leg): void {
  const { room } = leg;
  if (room === undefined) return;
  leg.room = undefined;
  board.emit({ kind: 'conference.left', legId: leg.id, room });
}

/**
 * Something says the leg is gone, but the event that says why has not come (yet). Waits for it a moment, then ends the leg
 * with `ending`.
 */
export function doubtLeg(board: Switchboard, leg: Leg, ending: LegEnding, detail: string): void {
  leg.timers.add(
    board.clock.wakeAt(board.clock.now() + doubtMs, () => endLeg(board, leg.id, ending, detail)),
  );
}
