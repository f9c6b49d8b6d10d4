// Records one leg into a WAV file. Frames arrive with the clock tick, so file time is wall time; writing happens off
// the tick. The header is rewritten after every block of sound, so the file is valid whenever the process dies.

import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FRAME_SAMPLES, SAMPLE_RATE } from '../audio/frame.ts';
import { WAV_HEADER_BYTES, wavHeader } from '../audio/wav.ts';
import { SoundFileError } from './file-source.ts';
import type { RecordingLength } from './protocol.ts';

/** Sound is handed to the disk in blocks of this many frames: half a second. */
const BLOCK_FRAMES = 25;
/** When the disk is this far behind, the recording is given up rather than the memory: 30 s. */
const MAX_BACKLOG_BLOCKS = 60;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/**
 * Makes a folder and those above it. Node's own recursive mkdir never returns where a folder refuses children as if it
 * did not exist itself (/proc), and keeps a thread of the pool busy for ever.
 */
async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    const parent = dirname(path);
    if (codeOf(error) !== 'ENOENT' || parent === path) throw error;
    if ((await stat(parent).catch(() => undefined)) !== undefined) throw error;
    await ensureFolder(parent);
    await mkdir(path);
  }
}

/** One file being written. */
export class Recorder {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #channels: 1 | 2;
  #block: Buffer;
  #fill = 0;
  #samples = 0;
  #written = 0;
  #backlog = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  /** Silence of the same length instead of the sound. */
  masked = false;
  /** Nothing at all meanwhile: the file is shorter by it. */
  paused = false;

  private constructor(path: string, file: FileHandle, channels: 1 | 2) {
    this.path = path;
    this.#file = file;
    this.#channels = channels;
    this.#block = this.#newBlock();
  }

  /**
   * Creates the file and its folders.
   * @param path absolute, ending in .wav
   * @param stereo left = the leg's own voice, right = what it hears; otherwise both mixed
   * @throws SoundFileError not-writable
   */
  static async open(path: string, stereo: boolean): Promise<Recorder> {
    try {
      if (!path.toLowerCase().endsWith('.wav')) throw new Error('only .wav is written');
      await ensureFolder(dirname(path));
      const file = await open(path, 'w');
      const recorder = new Recorder(path, file, stereo ? 2 : 1);
      await file.write(wavHeader(recorder.#channels, SAMPLE_RATE, 0), 0, WAV_HEADER_BYTES, 0);
      return recorder;
    } catch (cause) {
      throw new SoundFileError('not-writable', path, { cause });
    }
  }

  /** The error that ended this recording early, if any. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Takes one tick of sound: the leg's own voice and what it heard. */
  add(own: Readonly<Int16Array>, heard: Readonly<Int16Array>): void {
    if (this.paused) return;
    this.#samples += FRAME_SAMPLES;
    if (!this.masked) this.#copy(own, heard);
    this.#fill += FRAME_SAMPLES * this.#channels * 2;
    if (this.#fill === this.#block.length) this.#flush();
  }

  #copy(own: Readonly<Int16Array>, heard: Readonly<Int16Array>): void {
    const block = this.#block;
    let at = this.#fill;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      if (this.#channels === 2) {
        block.writeInt16LE(own[i]!, at);
        block.writeInt16LE(heard[i]!, at + 2);
        at += 4;
      } else {
        block.writeInt16LE(Math.max(-32_768, Math.min(32_767, own[i]! + heard[i]!)), at);
        at += 2;
      }
    }
  }

  #newBlock(): Buffer {
    return Buffer.alloc(BLOCK_FRAMES * FRAME_SAMPLES * this.#channels * 2);
  }

  #flush(): void {
    const block = this.#block.subarray(0, this.#fill);
    this.#block = this.#newBlock();
    this.#fill = 0;
    if (this.#failure || block.length === 0) return;
    if (++this.#backlog > MAX_BACKLOG_BLOCKS) {
      this.#failure = new Error('the disk does not keep up');
      return;
    }
    this.#writing = this.#writing.then(() => this.#write(block));
  }

  async #write(block: Buffer): Promise<void> {
    try {
      await this.#file.write(block, 0, block.length, WAV_HEADER_BYTES + this.#written);
      this.#written += block.length;
      const header = wavHeader(this.#channels, SAMPLE_RATE, this.#written);
      await this.#file.write(header, 0, WAV_HEADER_BYTES, 0);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#backlog--;
  }

  /** Writes what is left and closes the file. */
  async finish(): Promise<RecordingLength> {
    this.#flush();
    await this.#writing;
    await this.#file.close();
    return { samples: this.#samples, bytes: WAV_HEADER_BYTES + this.#written };
  }
}
