// Music on hold, composed at start-up: no recording to license, no binary in the repository. A slow progression of
// seventh chords, each a soft pad under a plucked arpeggio, that closes on itself without a seam.

import { FRAME_SAMPLES, SAMPLE_RATE, type SampleSource } from './frame.ts';

/** MIDI notes of each bar, lowest first. */
const CHORDS: readonly (readonly number[])[] = [
  [48, 55, 64, 67, 71],
  [45, 52, 60, 64, 67],
  [41, 53, 57, 60, 64],
  [43, 55, 59, 62, 65],
  [40, 52, 59, 62, 67],
  [45, 57, 60, 64, 72],
  [38, 50, 57, 60, 65],
  [43, 53, 59, 62, 67],
];
/** The order in which a bar's notes are plucked, as indexes into its chord. */
const PATTERN = [0, 2, 3, 4, 3, 2, 1, 3] as const;
const NOTE_SECONDS = 0.36;
const RING_SECONDS = 2.4;
const PLUCK_LEVEL = 2_600;
const PAD_LEVEL = 420;

const frequencyOf = (note: number): number => 440 * 2 ** ((note - 69) / 12);

/** A sine by rotation: two multiplications a sample instead of a call, as the composing is part of the start-up time. */
const oscillator = (note: number, harmonic: number): (() => number) => {
  const angle = (2 * Math.PI * harmonic * frequencyOf(note)) / SAMPLE_RATE;
  const [turnX, turnY] = [Math.cos(angle), Math.sin(angle)];
  let x = 1;
  let y = 0;
  return () => {
    const value = y;
    [x, y] = [x * turnX - y * turnY, x * turnY + y * turnX];
    return value;
  };
};

const addPluck = (into: Float32Array, at: number, note: number): void => {
  const ground = oscillator(note, 1);
  const octave = oscillator(note, 2);
  const fade = Math.exp(-3.2 / SAMPLE_RATE);
  const brightness = Math.exp(-6 / SAMPLE_RATE);
  let level = PLUCK_LEVEL;
  let bright = 0.35;
  const length = RING_SECONDS * SAMPLE_RATE;
  for (let i = 0; i < length; i++) {
    const place = (at + i) % into.length;
    into[place] = into[place]! + Math.min(1, i / 80) * level * (ground() + bright * octave());
    level *= fade;
    bright *= brightness;
  }
};

const addPad = (into: Float32Array, at: number, chord: readonly number[], length: number): void => {
  const whole = Math.round(length * 1.25);
  for (const note of chord.slice(1)) {
    const voice = oscillator(note, 1);
    for (let i = 0; i < whole; i++) {
      const rise = i / whole;
      const swell = 16 * rise * rise * (1 - rise) * (1 - rise);
      const place = (at + i) % into.length;
      into[place] = into[place]! + PAD_LEVEL * swell * voice();
    }
  }
};

/** Composes the loop: 16-bit samples at 8 kHz, a whole number of frames, a little over twenty seconds. */
export function composeMusic(): Int16Array {
  const noteSamples = Math.round((NOTE_SECONDS * SAMPLE_RATE) / FRAME_SAMPLES) * FRAME_SAMPLES;
  const barSamples = noteSamples * PATTERN.length;
  const mix = new Float32Array(barSamples * CHORDS.length);
  CHORDS.forEach((chord, bar) => {
    addPad(mix, bar * barSamples, chord, barSamples);
    PATTERN.forEach((which, i) => addPluck(mix, bar * barSamples + i * noteSamples, chord[which]! + 12));
  });
  return Int16Array.from(mix, (value) => Math.round(32_767 * Math.tanh(value / 20_000)));
}

/** A place in a shared loop: everybody on hold hears the same bar, as with FreeSWITCH's local_stream. */
export class LoopSource implements SampleSource {
  readonly #samples: Int16Array;
  readonly #position: () => number;

  /** @param position how many frames the stream has played since its start */
  constructor(samples: Int16Array, position: () => number) {
    this.#samples = samples;
    this.#position = position;
  }

  read(frame: Int16Array): boolean {
    const frames = this.#samples.length / FRAME_SAMPLES;
    const at = (this.#position() % frames) * FRAME_SAMPLES;
    frame.set(this.#samples.subarray(at, at + FRAME_SAMPLES));
    return true;
  }

  close(): void {
    // The loop is shared and outlives its listeners.
  }
}
