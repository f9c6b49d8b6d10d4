// Any sample rate to 8 kHz, in a stream: band-limited interpolation with a windowed sinc, its cut-off below the
// lower of the two Nyquist frequencies so that nothing folds back into the voice band.

import { SAMPLE_RATE, saturate } from './frame.ts';

/** Zero crossings of the kernel on each side. */
const LOBES = 12;
/** Kernel points per zero crossing. */
const RESOLUTION = 256;
const ROLL_OFF = 0.94;

const blackman = (x: number): number => 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);

const KERNEL: Float32Array = Float32Array.from({ length: LOBES * RESOLUTION + 1 }, (_, i) => {
  const x = i / RESOLUTION;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  return sinc * blackman(x / LOBES);
});

/** Converts a mono stream chunk by chunk; one instance per stream. */
export class Resampler {
  readonly #step: number;
  readonly #scale: number;
  readonly #reach: number;
  #history: Int16Array = new Int16Array(0);
  #position: number;

  /** @param fromRate samples per second of the input */
  constructor(fromRate: number) {
    this.#step = fromRate / SAMPLE_RATE;
    this.#scale = ROLL_OFF * Math.min(1, SAMPLE_RATE / fromRate);
    this.#reach = Math.ceil(LOBES / this.#scale);
    this.#position = this.#reach;
    this.#history = new Int16Array(this.#reach);
  }

  /** Takes input samples and returns what can be given at 8 kHz so far. */
  push(samples: Int16Array): Int16Array {
    const input = new Int16Array(this.#history.length + samples.length);
    input.set(this.#history);
    input.set(samples, this.#history.length);
    const count = Math.max(0, Math.ceil((input.length - this.#reach - this.#position) / this.#step));
    const output = new Int16Array(count);
    for (let i = 0; i < count; i++) output[i] = this.#at(input, this.#position + i * this.#step);
    const next = this.#position + count * this.#step;
    const drop = Math.max(0, Math.floor(next) - this.#reach);
    this.#history = input.slice(drop);
    this.#position = next - drop;
    return output;
  }

  #at(input: Int16Array, position: number): number {
    const from = Math.max(0, Math.ceil(position - this.#reach));
    const to = Math.min(input.length - 1, Math.floor(position + this.#reach));
    let sum = 0;
    for (let i = from; i <= to; i++) {
      const x = Math.round(Math.abs(i - position) * this.#scale * RESOLUTION);
      if (x < KERNEL.length) sum += input[i]! * KERNEL[x]!;
    }
    return saturate(Math.round(sum * this.#scale));
  }
}
