// eavesdrop: a bug on the watched leg, and the sound of the listening one.
//
//   listener hears   what the watched leg says + what is sent to it, without the listener's own voice
//   listener is heard by the watched leg (`target`), by those who hear the watched leg (`other`), by both, or by nobody

import { addInto, subtractFrom } from '../audio/mixer.ts';
import type { MediaBug } from './media-bug.ts';

/** Who hears the listener. */
export interface EavesdropMode {
  readonly target: boolean;
  readonly other: boolean;
}

/** The listening leg, as far as this bug needs it. */
export interface Listener {
  /** What she says this tick, with her own bugs applied. */
  voice(): Readonly<Int16Array>;
}

/** See the file's head. */
export class EavesdropBug implements MediaBug {
  mode: EavesdropMode;
  /** Which directions of the watched leg the listener hears. */
  readonly #hears: { readonly read: boolean; readonly write: boolean };
  readonly #listener: Listener;
  readonly #said: Int16Array;
  readonly #sent: Int16Array;
  #spoken: Readonly<Int16Array> | undefined;

  constructor(
    listener: Listener,
    mode: EavesdropMode,
    hears: { readonly read: boolean; readonly write: boolean },
    samples: number,
  ) {
    this.#listener = listener;
    this.mode = mode;
    this.#hears = hears;
    this.#said = new Int16Array(samples);
    this.#sent = new Int16Array(samples);
  }

  replaceRead(frame: Int16Array): void {
    this.#spoken = undefined;
    this.#sent.fill(0);
    if (!this.mode.other) return;
    this.#spoken = this.#listener.voice();
    addInto(frame, this.#spoken);
  }

  tapRead(frame: Readonly<Int16Array>): void {
    this.#said.set(frame);
    if (this.#spoken) subtractFrom(this.#said, this.#spoken);
  }

  tapWrite(frame: Readonly<Int16Array>): void {
    this.#sent.set(frame);
  }

  replaceWrite(frame: Int16Array): void {
    if (this.mode.target) addInto(frame, this.#listener.voice());
  }

  /** Writes what the listener hears this tick. */
  hearInto(frame: Int16Array): void {
    if (this.#hears.read) frame.set(this.#said);
    else frame.fill(0);
    if (this.#hears.write) addInto(frame, this.#sent);
  }
}
