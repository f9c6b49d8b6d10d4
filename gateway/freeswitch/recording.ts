// Recordings: one file per session and leg, stereo, the leg's own voice on the left. What hangs on the leg goes on through hold,
// conference and transfer, and never hears what is said while the leg itself does not.
//
// RECORD_START is not subscribed to: the file is opened before the reply, so here the reply is the truth (switch_ivr_async.c,
// switch_ivr_record_session). RECORD_STOP is heard in mid-call; at the leg's end its hang-up tells the length as well.

import path from 'node:path';
import type { LegId, SessionId } from '../../app/domain/ids.ts';
import * as commands from './commands.ts';
import { safeLabel, safePath, safeUuid } from './safe-text.ts';
import * as sound from './sound.ts';
import { legOf, run, type Switchboard } from './switchboard.ts';

/** A recording that is begun again gets a number. @throws MediaError */
export async function start(board: Switchboard, id: LegId, session: SessionId): Promise<void> {
  const leg = legOf(board, id);
  const file = fileFor(board, id, session, leg.recordings > 0 ? `_${leg.recordings + 1}` : '');
  await Promise.all([
    run(board, commands.recordInStereo(id, file)),
    run(board, commands.startRecording(id, file)),
  ]);
  if (board.legs.get(id) !== leg) return;
  leg.recordings += 1;
  leg.recording = { file, startedAt: board.clock.now() };
  sound.supply(board, leg);
  board.emit({ kind: 'recording.started', legId: id, file });
}

/** @throws MediaError */
export async function stop(board: Switchboard, id: LegId, session: SessionId): Promise<void> {
  await run(board, commands.stopRecording(id, fileOf(board, id, session)));
}

/** @throws MediaError */
export async function mask(
  board: Switchboard,
  id: LegId,
  session: SessionId,
  masked: boolean,
): Promise<void> {
  const command = masked ? commands.maskRecording : commands.unmaskRecording;
  await run(board, command(id, fileOf(board, id, session)));
}

/** The recording was stopped, or stopped by itself (a full disk). */
export function stopped(board: Switchboard, id: LegId, file: string, durationMs: number): void {
  if (board.legs.hasEnded(id)) return; // endLeg has spoken for it.
  const leg = board.legs.get(id);
  if (leg) leg.recording = undefined;
  board.emit({ kind: 'recording.stopped', legId: id, file, durationMs });
}

const fileOf = (board: Switchboard, id: LegId, session: SessionId): string =>
  board.legs.get(id)?.recording?.file ?? fileFor(board, id, session, '');

const fileFor = (board: Switchboard, id: LegId, session: SessionId, again: string): string =>
  safePath(path.posix.join(board.recordingsDir, `${safeLabel(session)}_${safeUuid(id)}${again}.wav`));
