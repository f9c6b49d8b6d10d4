// Mix-minus: every member hears the sum of the others, never itself. The sum is kept in 32 bits and clamped once,
// per listener, so that a loud room saturates instead of wrapping. The cost of a room grows with its members, not
// with their pairs: one total, then total minus own.

import { FRAME_SAMPLES, saturate } from './frame.ts';

/** One room's sum of a tick. */
export class MixBus {
  readonly #total = new Int32Array(FRAME_SAMPLES);

  /** Starts a new tick. */
  clear(): void {
    this.#total.fill(0);
  }

  /** Adds what one member said. */
  add(frame: Readonly<Int16Array>): void {
    const total = this.#total;
    for (let i = 0; i < FRAME_SAMPLES; i++) total[i] = total[i]! + frame[i]!;
  }

  /**
   * What one listener hears.
   * @param without frames that were added and are not for this listener: her own, and those of members who may not
   *   be heard by her (whisper, relate)
   * @param into receives the clamped result
   */
  mixFor(without: readonly Readonly<Int16Array>[], into: Int16Array): void {
    const total = this.#total;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      let value = total[i]!;
      for (const frame of without) value -= frame[i]!;
      into[i] = saturate(value);
    }
  }
}

/** Adds `more` to a frame in place, clamped. */
export function addInto(frame: Int16Array, more: Readonly<Int16Array>): void {
  for (let i = 0; i < frame.length; i++) frame[i] = saturate(frame[i]! + more[i]!);
}

/** Takes `part` out of a frame in place; the reverse of `addInto` wherever that did not clamp. */
export function subtractFrom(frame: Int16Array, part: Readonly<Int16Array>): void {
  for (let i = 0; i < frame.length; i++) frame[i] = saturate(frame[i]! - part[i]!);
}

/** Multiplies a frame in place; 0 silences, 1 leaves as it is. */
export function applyGain(frame: Int16Array, gain: number): void {
  if (gain === 1) return;
  if (gain === 0) {
    frame.fill(0);
    return;
  }
  for (let i = 0; i < frame.length; i++) frame[i] = saturate(Math.round(frame[i]! * gain));
}

/**
 * FreeSWITCH's volume steps: level −4…4 as a factor (each step 1.3 with rounding as in its `switch_change_sln_volume_granular`
 * is about 2.3 for two steps, measured).
 */
export const gainOfLevel = (level: number): number => {
  const bounded = Math.max(-4, Math.min(4, level));
  return bounded === 0
    ? 1
    : bounded > 0
      ? [1, 1.3, 2.3, 3.3, 4.3][bounded]!
      : [1, 0.8, 0.6, 0.4, 0.2][-bounded]!;
};
