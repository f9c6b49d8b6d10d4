// A leg's two directions, brought together once per tick for its recorder. A direction that had nothing this tick is silence,
// so file time is wall time.

import { FRAME_SAMPLES } from '../audio/frame.ts';
import type { MediaBug } from './media-bug.ts';
import type { Recorder } from './recorder.ts';

/** See the file's head. */
export class RecordingBug implements MediaBug {
  readonly recorder: Recorder;
  readonly #own = new Int16Array(FRAME_SAMPLES);
  readonly #heard = new Int16Array(FRAME_SAMPLES);

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  tapRead(frame: Readonly<Int16Array>): void {
    this.#own.set(frame);
  }

  tapWrite(frame: Readonly<Int16Array>): void {
    this.#heard.set(frame);
  }

  endTick(): void {
    this.recorder.add(this.#own, this.#heard);
    this.#own.fill(0);
    this.#heard.fill(0);
  }

  skip(frames: number): void {
    for (let frame = 0; frame < frames; frame++) this.recorder.add(this.#own, this.#heard);
  }
}
