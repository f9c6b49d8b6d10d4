// Sounds one after the other, as one: file_string://a!b!c. What is missing is passed over; the next is opened while one plays.

import type { SampleSource } from '../audio/frame.ts';

/** See the file's head. */
export class SequenceSource implements SampleSource {
  readonly #waiting: string[];
  readonly #open: (path: string) => Promise<SampleSource>;
  #current: SampleSource | undefined;
  #next: SampleSource | undefined;
  #opening = false;
  #closed = false;

  private constructor(first: SampleSource, waiting: string[], open: (path: string) => Promise<SampleSource>) {
    this.#current = first;
    this.#waiting = waiting;
    this.#open = open;
    void this.#prepare();
  }

  /**
   * @param open how one of them is opened
   * @throws what `open` throws for the last one when none can be played
   */
  static async of(
    paths: readonly string[],
    open: (path: string) => Promise<SampleSource>,
  ): Promise<SampleSource> {
    const waiting = [...paths];
    for (;;) {
      const path = waiting.shift() ?? '';
      try {
        return new SequenceSource(await open(path), waiting, open);
      } catch (error) {
        if (waiting.length === 0) throw error;
      }
    }
  }

  read(frame: Int16Array): boolean {
    if (this.#current?.read(frame)) return true;
    this.#current?.close();
    this.#current = this.#next;
    this.#next = undefined;
    void this.#prepare();
    if (this.#current) return this.read(frame);
    frame.fill(0);
    return this.#opening && !this.#closed;
  }

  async #prepare(): Promise<void> {
    if (this.#opening || this.#next) return;
    this.#opening = true;
    while (!this.#next && !this.#closed) {
      const path = this.#waiting.shift();
      if (path === undefined) break;
      this.#next = await this.#open(path).catch(() => undefined);
    }
    this.#opening = false;
    if (this.#closed) this.#next?.close();
  }

  close(): void {
    this.#closed = true;
    this.#current?.close();
    this.#next?.close();
  }
}
