// A sound that begins again at its end, for as long as somebody wants it.

import type { SampleSource } from '../audio/frame.ts';

/** See the file's head. Opening again takes a moment, which is silence. */
export class LoopedSource implements SampleSource {
  readonly #reopen: () => Promise<SampleSource>;
  #current: SampleSource | undefined;
  #opening = false;
  #closed = false;

  constructor(first: SampleSource, reopen: () => Promise<SampleSource>) {
    this.#current = first;
    this.#reopen = reopen;
  }

  read(frame: Int16Array): boolean {
    if (this.#current?.read(frame)) return true;
    frame.fill(0);
    this.#current?.close();
    this.#current = undefined;
    if (!this.#opening) void this.#next();
    return !this.#closed;
  }

  async #next(): Promise<void> {
    this.#opening = true;
    try {
      const next = await this.#reopen();
      if (this.#closed) next.close();
      else this.#current = next;
    } catch {
      this.#closed = true; // The file is gone: the loop ends where it was.
    }
    this.#opening = false;
  }

  close(): void {
    this.#closed = true;
    this.#current?.close();
  }
}
