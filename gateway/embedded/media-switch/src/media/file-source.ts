// A WAV file as sound, streamed: a second of it is read ahead off the tick, so a slow disk is heard as silence and
// never delays other legs, and a long announcement costs no more memory than a short one.

import { open, type FileHandle } from 'node:fs/promises';
import { FRAME_SAMPLES, SAMPLE_RATE, type SampleSource } from '../audio/frame.ts';
import { Resampler } from '../audio/resampler.ts';
import { decodeWav, parseWavHeader, type WavLayout } from '../audio/wav.ts';

const HEAD_BYTES = 65_536;
const READ_AHEAD_SAMPLES = SAMPLE_RATE;
/** One disk read: about 200 ms of sound, so that resampling it never holds up a tick. */
const CHUNK_MS = 200;

/** Why a file could not be played or recorded. */
export class SoundFileError extends Error {
  override readonly name = 'SoundFileError';
  readonly reason: 'missing' | 'not-a-wav-file' | 'not-writable';

  constructor(reason: SoundFileError['reason'], path: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.reason = reason;
  }
}

/** Plays one file once. */
export class FileSource implements SampleSource {
  readonly #file: FileHandle;
  readonly #layout: WavLayout;
  readonly #resampler: Resampler | undefined;
  #chunks: Int16Array[] = [];
  #offset = 0;
  #buffered = 0;
  #filePosition: number;
  #ended = false;
  #closed = false;
  #reading: Promise<void> | undefined;

  private constructor(file: FileHandle, layout: WavLayout) {
    this.#file = file;
    this.#layout = layout;
    this.#filePosition = layout.dataStart;
    this.#resampler = layout.rate === SAMPLE_RATE ? undefined : new Resampler(layout.rate);
  }

  /**
   * Opens a file and reads its first second.
   * @throws SoundFileError when it is missing or not playable
   */
  static async open(path: string): Promise<FileSource> {
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw new SoundFileError('missing', path, { cause });
    });
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    const layout = parseWavHeader(head.subarray(0, bytesRead));
    if (!layout) {
      await file.close();
      throw new SoundFileError('not-a-wav-file', path);
    }
    const source = new FileSource(file, layout);
    await source.#fill();
    return source;
  }

  read(frame: Int16Array): boolean {
    if (this.#buffered < READ_AHEAD_SAMPLES / 2 && !this.#ended) void this.#fill();
    let filled = 0;
    while (filled < FRAME_SAMPLES && this.#chunks.length > 0) {
      const chunk = this.#chunks[0]!;
      const take = Math.min(FRAME_SAMPLES - filled, chunk.length - this.#offset);
      frame.set(chunk.subarray(this.#offset, this.#offset + take), filled);
      filled += take;
      this.#offset += take;
      if (this.#offset === chunk.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
    }
    this.#buffered -= filled;
    frame.fill(0, filled);
    return filled > 0 || !this.#ended;
  }

  #fill(): Promise<void> {
    this.#reading ??= this.#readAhead().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readAhead(): Promise<void> {
    const { blockBytes, rate, dataStart, dataBytes } = this.#layout;
    const chunkBytes = Math.ceil((rate * CHUNK_MS) / 1_000) * blockBytes;
    while (!this.#closed && !this.#ended && this.#buffered < READ_AHEAD_SAMPLES) {
      const left = dataStart + dataBytes - this.#filePosition;
      const bytes = Buffer.alloc(Math.max(0, Math.min(chunkBytes, left)));
      const bytesRead = bytes.length === 0 ? 0 : await this.#readAt(bytes);
      this.#filePosition += bytesRead;
      if (bytesRead < blockBytes) this.#ended = true;
      else this.#append(decodeWav(bytes.subarray(0, bytesRead), this.#layout));
    }
  }

  /** A disk that fails in the middle ends the sound like the end of the file does. */
  async #readAt(bytes: Buffer): Promise<number> {
    try {
      return (await this.#file.read(bytes, 0, bytes.length, this.#filePosition)).bytesRead;
    } catch {
      return 0;
    }
  }

  #append(samples: Int16Array): void {
    const chunk = this.#resampler ? this.#resampler.push(samples) : samples;
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended = true;
    void Promise.resolve(this.#reading).finally(() => this.#file.close());
  }
}
