// Where a part's output goes. The file is put aside when it has grown large (the newest two are kept). A disk that is full or
// gone costs log lines, never the parts: the supervisor does not fall over its logs.

import { createWriteStream, mkdirSync, openSync, renameSync, statSync, type WriteStream } from 'node:fs';
import path from 'node:path';

export interface LogFileOptions {
  /** Told once per outage, in one line. */
  readonly onTrouble: (line: string) => void;
  /** Bytes after which the file is put aside. */
  readonly largest?: number;
  /** How long after a failure the file is tried again, ms. */
  readonly retryAfterMs?: number;
}

/** Bytes that may wait for a slow disk; what comes beyond is dropped. */
const longestQueue = 4 * 1024 * 1024;

export class LogFile {
  readonly #file: string;
  readonly #onTrouble: (line: string) => void;
  readonly #largest: number;
  readonly #retryAfterMs: number;
  #stream: WriteStream | undefined;
  #size = 0;
  #retryAt = 0;
  #troubled = false;

  /** Nothing is opened before the first line. */
  constructor(
    file: string,
    { onTrouble, largest = 10 * 1024 * 1024, retryAfterMs = 10_000 }: LogFileOptions,
  ) {
    this.#file = file;
    this.#onTrouble = onTrouble;
    this.#largest = largest;
    this.#retryAfterMs = retryAfterMs;
  }

  line(text: string): void {
    const stream = this.#size < this.#largest ? (this.#stream ?? this.#open()) : this.#open();
    if (!stream || stream.writableLength > longestQueue) return;
    const bytes = Buffer.from(`${text}\n`);
    this.#size += bytes.length;
    stream.write(bytes);
  }

  /** Resolves when everything is written, or cannot be. */
  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (!stream || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }

  #open(): WriteStream | undefined {
    if (performance.now() < this.#retryAt) return undefined;
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
      // Our own count is ahead of the file's size while lines wait to be written.
      if (!this.#stream) this.#size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
      if (this.#size >= this.#largest) this.#putAside();
      return this.#streamOf(openSync(this.#file, 'a', 0o600));
    } catch (error) {
      this.#failed(error as Error);
      return undefined;
    }
  }

  #streamOf(fd: number): WriteStream {
    const stream = createWriteStream(this.#file, { fd });
    stream.on('error', (error) => {
      if (this.#stream === stream) this.#stream = undefined;
      this.#failed(error);
    });
    stream.on('drain', () => (this.#troubled = false));
    this.#stream = stream;
    return stream;
  }

  /** What is still to be written follows the file to its new name. */
  #putAside(): void {
    this.#stream?.end();
    this.#stream = undefined;
    this.#size = 0;
    renameSync(this.#file, `${this.#file}.1`);
  }

  #failed(error: Error): void {
    this.#retryAt = performance.now() + this.#retryAfterMs;
    if (this.#troubled) return;
    this.#troubled = true;
    this.#onTrouble(`the log ${this.#file} cannot be written (${error.message}); lines are lost`);
  }
}
