// local_stream://name — music that is there whether or not anybody hears it: all who listen to a stream hear the same bar, and
// what it costs does not grow with them.
//
//   first listener of a tick ─> the stream moves on to that tick ─> everybody else of the tick gets the same frame

import { FRAME_SAMPLES, type SampleSource } from '../audio/frame.ts';

/** One stream, whoever listens. */
export class LocalStream {
  readonly #source: SampleSource;
  readonly #position: () => number;
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #at = -1;

  /**
   * @param source what plays; it never ends
   * @param position ticks since the engine's start
   */
  constructor(source: SampleSource, position: () => number) {
    this.#source = source;
    this.#position = position;
  }

  /** A place in it for one listener. */
  listen(): SampleSource {
    return {
      read: (frame) => {
        frame.set(this.#now());
        return true;
      },
      close: () => undefined,
    };
  }

  #now(): Int16Array {
    const position = this.#position();
    if (position !== this.#at) {
      this.#at = position;
      this.#source.read(this.#frame);
    }
    return this.#frame;
  }
}
