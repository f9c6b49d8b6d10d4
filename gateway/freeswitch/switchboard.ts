// What the inward half (happenings.ts), the outward half (performing.ts) and recovery share.

import type { Clock } from '../../app/ports/clock.ts';
import { MediaError, type MediaSignal } from '../../app/ports/media.ts';
import type { LegEnding } from '../../app/domain/ending.ts';
import type { LegId } from '../../app/domain/ids.ts';
import { errorOf, isError } from './commands.ts';
import type { DialPlace } from './dialstring.ts';
import type { Leg, LegTable } from './legs.ts';

/** The part of a pino logger that is used. */
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface Switchboard {
  readonly legs: LegTable;
  readonly clock: Clock;
  readonly log: Log;
  readonly place: DialPlace;
  /** Absolute folder, as the switch sees it. */
  readonly recordingsDir: string;
  emit(signal: MediaSignal): void;
  /** @throws MediaError */
  api(command: string): Promise<string>;
  /** @throws MediaError */
  background(command: string, jobId: string): Promise<void>;
}

/** How long the event that tells a leg's true end may lag behind other proof that the leg is gone, ms. */
const doubtMs = 700;

/** Runs a command whose reply is success or an error text. @throws MediaError */
export async function run(board: Switchboard, command: string): Promise<void> {
  const reply = await board.api(command);
  if (isError(reply)) throw errorOf(command, reply);
}

/** Begins a command nobody waits for; a failure is logged with the leg it was for. */
export function begin(board: Switchboard, leg: LegId, command: string): void {
  run(board, command).catch((error: unknown) => {
    if (!(error instanceof MediaError)) throw error;
    const level = error.reason === 'no_such_leg' ? 'debug' : 'warn';
    board.log[level]({ legId: leg, command: command.split(' ', 1)[0], reason: error.reason }, error.message);
  });
}

/** Signals a leg's end, once. */
export function endLeg(board: Switchboard, id: LegId, ending: LegEnding, detail: string): void {
  const recording = board.legs.get(id)?.recording;
  if (!board.legs.end(id)) return;
  if (recording?.announced) {
    // RECORD_STOP comes before the hang-up; it was missed, so the length is what the clock says.
    const durationMs = Math.max(0, board.clock.now() - recording.startedAt);
    board.emit({ kind: 'recording.stopped', legId: id, file: recording.file, durationMs });
  }
  board.emit({ kind: 'leg.ended', legId: id, ending, detail });
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
