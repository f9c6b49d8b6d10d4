// Removes recordings whose time is over: at start, then at an interval, a page at a time.
//
//   due ──claim──► claimed ──unlink──► no file ──deleted──► deletedAt, why
//          │ held meanwhile: stays
//
// The claim is committed before the file goes, so that a hold either comes first and wins or is refused; `deleted` is committed
// after it, so that no record ever says of a file that it is gone while it is there. A crash in between leaves a claim, and the
// next look begins with those (ADR 0016).

import { realpath, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Deletion, KeptRecording, RecordingArchive } from '../ports/recordings.ts';
import type { RecordingListener } from './events.ts';
import { inside, isMissing, isNamedInside } from './files.ts';

export interface RetentionOptions {
  readonly archive: RecordingArchive;
  /** Absolute; nothing outside is ever removed. */
  readonly folder: string;
  readonly now: () => number;
  readonly tell: RecordingListener;
  /** Milliseconds between the end of one look and the next. */
  readonly everyMs?: number;
  /** Recordings read at a time. */
  readonly atOnce?: number;
}

const quarterHour = 15 * 60_000;

export class Retention {
  readonly #options: RetentionOptions;
  /** Recordings whose files could not be removed, so that each is told once. */
  readonly #stuck = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #ended = false;

  /** Begins with a look at once; does not wait for it. */
  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#lookSoon(0);
  }

  /** Resolves once a look that is under way has ended; another never begins. */
  async stop(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #lookSoon(afterMs: number): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => {
        if (!this.#ended) this.#lookSoon(this.#options.everyMs ?? quarterHour);
      });
    }, afterMs);
  }

  async #look(): Promise<void> {
    const { archive, folder, now, tell, atOnce = 50 } = this.#options;
    let deleted = 0;
    try {
      // Without the folder (a disk that is not mounted) every file would look as if it had gone.
      await realpath(folder);
      let last: KeptRecording | undefined;
      do {
        const page = await archive.due(now(), atOnce, last);
        for (const recording of page) {
          if (this.#ended) return;
          if (await this.#remove(recording)) deleted += 1;
        }
        last = page.length === atOnce ? page.at(-1) : undefined;
      } while (last);
      tell({ kind: 'retention.done', deleted, stuck: this.#stuck.size });
    } catch (error) {
      tell({ kind: 'retention.failed', error });
    }
  }

  async #remove(recording: KeptRecording): Promise<boolean> {
    const { archive, now, tell } = this.#options;
    const { recordingId } = recording;
    if (!(await archive.claim(recordingId, now()))) return false;
    const why = await this.#unlink(recording).catch((error: unknown) => {
      if (!this.#stuck.has(recordingId)) tell({ kind: 'recording.stuck', recordingId, error });
      this.#stuck.add(recordingId);
      return undefined;
    });
    if (why === undefined) return false;
    await archive.deleted(recordingId, { at: now(), why });
    this.#stuck.delete(recordingId);
    tell({ kind: 'recording.deleted', recordingId, why });
    return true;
  }

  /** @throws what the file system says, or that the file is not ours to remove */
  async #unlink({ file, claimedAt }: KeptRecording): Promise<Deletion['why']> {
    const { folder } = this.#options;
    if (!isNamedInside(folder, file)) throw new Error('it lies outside of the recordings folder');
    try {
      const path = await inside(folder, file);
      // A name in the folder that leads out of it: whatever it leads to is not ours, the name is.
      await unlink(path ?? resolve(folder, file));
      return 'retention';
    } catch (error) {
      if (!isMissing(error)) throw error;
      // Claimed by an earlier look, which came no further than this: that one removed it.
      return claimedAt === null ? 'missing' : 'retention';
    }
  }
}
