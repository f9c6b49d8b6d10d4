// uuid_displace: a sound in place of, or mixed over, one direction of a leg.
//
//   side    mix                                           replace
//   write   the leg hears sound + the others              the leg hears the sound only; nobody hears the leg
//   read    the others hear sound + the leg               the others hear the sound only; the leg hears nobody
//   both    both of the above                             both sides hear the sound only

import type { SampleSource } from '../audio/frame.ts';
import { addInto } from '../audio/mixer.ts';
import type { MediaBug } from './media-bug.ts';

/** Where and how a sound displaces. */
export interface DisplacementMode {
  readonly side: 'read' | 'write' | 'both';
  readonly mix: boolean;
}

/** See the file's head. */
export class DisplacementBug implements MediaBug {
  readonly #source: SampleSource;
  readonly #mode: DisplacementMode;
  readonly #onEnd: () => void;
  readonly #frame: Int16Array;
  #ended = false;
  #framesLeft: number;

  /**
   * @param limitFrames ends by itself after so many ticks; Infinity for never
   * @param onEnd the sound or the limit is over; called once
   */
  constructor(
    source: SampleSource,
    mode: DisplacementMode,
    frame: { samples: number; limit: number },
    onEnd: () => void,
  ) {
    this.#source = source;
    this.#mode = mode;
    this.#frame = new Int16Array(frame.samples);
    this.#framesLeft = frame.limit;
    this.#onEnd = onEnd;
  }

  replaceRead(frame: Int16Array): void {
    const { side, mix } = this.#mode;
    if (side === 'write') {
      if (!mix) frame.fill(0);
      return;
    }
    if (this.#pull()) this.#lay(frame);
  }

  replaceWrite(frame: Int16Array): void {
    const { side, mix } = this.#mode;
    if (side === 'read') {
      if (!mix) frame.fill(0);
      return;
    }
    if (side === 'both' ? !this.#ended : this.#pull()) this.#lay(frame);
  }

  #lay(frame: Int16Array): void {
    if (this.#mode.mix) addInto(frame, this.#frame);
    else frame.set(this.#frame);
  }

  /** Time passes for the limit whether or not the sound could be heard. */
  endTick(): void {
    if (--this.#framesLeft <= 0) this.#end();
  }

  #pull(): boolean {
    if (!this.#ended && !this.#source.read(this.#frame)) this.#end();
    return !this.#ended;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  }

  close(): void {
    this.#ended = true;
    this.#source.close();
  }
}
