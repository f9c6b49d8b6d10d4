// Sounds played into a room or to one of its members, over the voices: one after the other, or at the same time as the rest.

import { FRAME_SAMPLES, type SampleSource } from '../audio/frame.ts';
import { addInto } from '../audio/mixer.ts';

/** A sound being played. */
export interface Playing {
  readonly id: string;
  readonly source: SampleSource;
  /** Samples heard so far. */
  samples: number;
}

/** See the file's head. */
export class SoundQueue {
  readonly #inTurn: Playing[] = [];
  readonly #together: Playing[] = [];
  readonly #onEnd: (playing: Playing) => void;
  readonly #frame = new Int16Array(FRAME_SAMPLES);

  constructor(onEnd: (playing: Playing) => void) {
    this.#onEnd = onEnd;
  }

  /** @param together at once, whatever else plays; otherwise when its turn comes */
  add(playing: Playing, together: boolean): void {
    (together ? this.#together : this.#inTurn).push(playing);
  }

  /** Mixes this tick's sound into a frame. */
  mixInto(frame: Int16Array): void {
    const [turn] = this.#inTurn;
    if (turn) this.#play(turn, frame);
    for (const playing of [...this.#together]) this.#play(playing, frame);
  }

  #play(playing: Playing, frame: Int16Array): void {
    if (playing.source.read(this.#frame)) {
      playing.samples += this.#frame.length;
      addInto(frame, this.#frame);
    } else this.remove(playing.id);
  }

  /** Takes a sound off, wherever it is. */
  remove(id: string): void {
    for (const list of [this.#inTurn, this.#together]) {
      const index = list.findIndex((playing) => playing.id === id);
      if (index < 0) continue;
      const [playing] = list.splice(index, 1);
      playing!.source.close();
      this.#onEnd(playing!);
    }
  }

  close(): void {
    for (const { id } of [...this.#inTurn, ...this.#together]) this.remove(id);
  }
}
