// Legs that hear each other. A bridge is a room of two; each listener gets her own mix, so that later somebody may be
// heard by one member only.
//
//   per tick:  total = Σ said     heard(listener) = clamp(total − own − those she must not hear)

import { FRAME_SAMPLES } from '../audio/frame.ts';
import { MixBus } from '../audio/mixer.ts';
import type { MediaLeg } from './leg.ts';

/** See the file's head. */
export class Room {
  readonly members = new Set<MediaLeg>();
  /** Pairs `speaker → listeners` that do not hear the speaker. */
  readonly unheard = new Map<MediaLeg, Set<MediaLeg>>();
  readonly #bus = new MixBus();

  remove(leg: MediaLeg): void {
    this.members.delete(leg);
    this.unheard.delete(leg);
    for (const listeners of this.unheard.values()) listeners.delete(leg);
  }

  /** Sums this tick. @param takesPart whether a member speaks into the room now (not while a sound plays to it) */
  gather(takesPart: (leg: MediaLeg) => boolean): void {
    this.#bus.clear();
    for (const leg of this.members) if (takesPart(leg)) this.#bus.add(leg.said);
  }

  /** Fills `listener.heard`. */
  mixFor(listener: MediaLeg, takesPart: (leg: MediaLeg) => boolean): void {
    const without = [listener.said];
    for (const [speaker, listeners] of this.unheard)
      if (speaker !== listener && listeners.has(listener) && takesPart(speaker)) without.push(speaker.said);
    if (!takesPart(listener)) listener.heard.fill(0, 0, FRAME_SAMPLES);
    else this.#bus.mixFor(without, listener.heard);
  }
}
