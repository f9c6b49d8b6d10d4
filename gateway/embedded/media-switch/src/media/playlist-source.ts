// Files one after the other, for ever: music from a folder.

import type { SampleSource } from '../audio/frame.ts';
import { FileSource } from './file-source.ts';

/** See the file's head. */
export class PlaylistSource implements SampleSource {
  readonly #paths: readonly string[];
  #index = 0;
  #current: SampleSource | undefined;
  #opening = false;
  #closed = false;

  private constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Opens the first file, so that the list begins with sound. */
  static async of(paths: readonly string[]): Promise<PlaylistSource> {
    const list = new PlaylistSource(paths);
    await list.#openNext();
    return list;
  }

  read(frame: Int16Array): boolean {
    if (this.#current?.read(frame)) return true;
    frame.fill(0);
    this.#current?.close();
    this.#current = undefined;
    if (!this.#opening) void this.#openNext();
    return true;
  }

  async #openNext(): Promise<void> {
    this.#opening = true;
    const path = this.#paths[this.#index++ % this.#paths.length]!;
    // A file that went missing is skipped: the list goes on with the next one.
    const next = await FileSource.open(path).catch(() => undefined);
    this.#opening = false;
    if (this.#closed) next?.close();
    else this.#current = next;
  }

  close(): void {
    this.#closed = true;
    this.#current?.close();
  }
}
