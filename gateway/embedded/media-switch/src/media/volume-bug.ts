// uuid_audio: mute and volume of either direction.

import { applyGain } from '../audio/mixer.ts';
import type { MediaBug } from './media-bug.ts';

/** See the file's head. */
export class VolumeBug implements MediaBug {
  readonly #gains: { readonly read: number; readonly write: number };

  /** @param gains factor of each direction; 0 silences */
  constructor(gains: { readonly read: number; readonly write: number }) {
    this.#gains = gains;
  }

  replaceRead(frame: Int16Array): void {
    applyGain(frame, this.#gains.read);
  }

  replaceWrite(frame: Int16Array): void {
    applyGain(frame, this.#gains.write);
  }
}
