// What the inward half (happenings.ts), the outward half (performing.ts) and recovery share.

import type { Clock } from '../../app/ports/clock.ts';
import { MediaError, type MediaSignal } from '../../app/ports/media.ts';
import type { LegId } from '../../app/domain/ids.ts';
import { errorOf, isError } from './commands.ts';
import type { BrowserLines } from './browser-lines.ts';
import type { DialPlace } from './dialstring.ts';
import type { Leg, LegTable } from './legs.ts';
import type { SoundFiles } from './sound-files.ts';

/** The part of a pino logger that is used. */
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface Switchboard {
  readonly legs: LegTable;
  readonly browsers: BrowserLines;
  readonly clock: Clock;
  readonly log: Log;
  readonly place: DialPlace;
  /** Absolute folder, as the switch sees it. */
  readonly recordingsDir: string;
  readonly sounds: SoundFiles;
  /** By play id. */
  readonly plays: Map<string, Playing>;
  emit(signal: MediaSignal): void;
  /** @throws MediaError */
  api(command: string): Promise<string>;
  /** @throws MediaError */
  background(command: string, jobId: string): Promise<void>;
  /** Queues an event to the session its `unique-id` names. @throws MediaError */
  queueEvent(headers: Readonly<Record<string, string>>): Promise<void>;
  /** Subscribes to an event that is too dear to be heard always. @returns the disposer; calling it again does nothing */
  watch(event: WatchedEvent): () => void;
}

/** A sound that is being played. */
export interface Playing {
  readonly legId: LegId;
  readonly source: string;
  /** Those who still hear it. */
  readonly ears: Set<LegId>;
  readonly unwatch: () => void;
  stopping: boolean;
}

export type WatchedEvent = 'MEDIA_BUG_START' | 'MEDIA_BUG_STOP';

/** @throws MediaError `no_such_leg` for a leg the switch never showed us or that has ended */
export function legOf(board: Switchboard, id: LegId): Leg {
  const leg = board.legs.get(id);
  if (!leg) throw new MediaError('no_such_leg', `no leg ${id}`);
  return leg;
}

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
