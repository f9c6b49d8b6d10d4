// G.722 at 64 kbit/s (ITU-T G.722), its lower sub-band only: the switch mixes at 8 kHz, and that sub-band is the voice below
// 4 kHz at just this rate, so no resampling stands between. The upper sub-band is sent as silence and passed over when received.
//
//   octet:  [ upper: 2 bits ][ lower: 6 bits ]      one octet per 8 kHz sample, as in G.711 (RFC 3551 section 4.5.2)
//
// Names of blocks (QUANTL, LOGSCL, UPPOL2, …) and tables are those of the recommendation's section 4.

import { saturate } from './frame.ts';

/** Decision levels of the lower quantiser (table 7). */
const Q6 = [
  0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219,
  1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
] as const;
/** Output levels for 4, 6 and (upper) 2 bits (tables 10, 12, 19). */
const QM4 = [
  0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
] as const;
const QM6 = [
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360,
  -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688,
  -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192,
  6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432,
  -136,
] as const;
const QM2 = [-7408, -1616, 7408, 1616] as const;
/** Logarithmic scale factor: its steps by code, and its inverse (tables 13 to 16, 20, 21). */
const WL = [-60, -30, 58, 172, 334, 538, 1198, 3042] as const;
const RL42 = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0] as const;
const WH = [0, -214, 798] as const;
const RH2 = [2, 1, 2, 1] as const;
const ILB = [
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960,
  3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
] as const;
/** The lower sub-band carries half the amplitude of what it is made of. */
const SUB_BAND_SHIFT = 1;
const RECONSTRUCTION_LIMIT = 16_383;

/** Code of a lower quantiser interval (table 8): counted down from both ends, the largest ones last. */
const codeOf = (interval: number, negative: boolean): number => {
  if (negative) return interval < 3 ? 64 - interval : 34 - interval;
  return 62 - interval;
};

/** One sub-band: its adaptive predictor and the scale of its quantiser. */
class SubBand {
  /** Prediction of the next sample. */
  s = 0;
  /** Quantiser scale factor, linear. */
  det: number;
  #nb = 0;
  #zero = 0;
  #reconstructed = 0;
  #reconstructedBefore = 0;
  #partial = 0;
  #partialBefore = 0;
  #pole1 = 0;
  #pole2 = 0;
  readonly #differences = new Int16Array(6);
  readonly #zeros = new Int16Array(6);

  constructor(det: number) {
    this.det = det;
  }

  /** LOGSCL, SCALEL / LOGSCH, SCALEH. @param shift 8 for the lower sub-band, 10 for the upper */
  scale(step: number, most: number, shift: number): void {
    this.#nb = Math.max(0, Math.min(most, ((this.#nb * 127) >> 7) + step));
    const down = shift - (this.#nb >> 11);
    const level = ILB[(this.#nb >> 6) & 31]!;
    this.det = (down < 0 ? level << -down : level >> down) << 2;
  }

  /** Adapts to a quantised difference and predicts the next sample. */
  adapt(difference: number): void {
    const partial = saturate(this.#zero + difference);
    this.#adaptPoles(partial);
    this.#adaptZeros(difference);
    this.#reconstructedBefore = this.#reconstructed;
    this.#reconstructed = saturate(this.s + difference);
    this.#partialBefore = this.#partial;
    this.#partial = partial;
    this.#predict();
  }

  /** UPPOL2, UPPOL1. */
  #adaptPoles(partial: number): void {
    const sameAsLast = partial < 0 === this.#partial < 0;
    const sameAsBefore = partial < 0 === this.#partialBefore < 0;
    const first = saturate(this.#pole1 << 2);
    const push = Math.min(32_767, sameAsLast ? -first : first);
    const second = (push >> 7) + (sameAsBefore ? 128 : -128) + ((this.#pole2 * 32_512) >> 15);
    this.#pole2 = Math.max(-12_288, Math.min(12_288, second));
    const limit = saturate(15_360 - this.#pole2);
    const next = saturate((sameAsLast ? 192 : -192) + ((this.#pole1 * 32_640) >> 15));
    this.#pole1 = Math.max(-limit, Math.min(limit, next));
  }

  /** UPZERO. */
  #adaptZeros(difference: number): void {
    const step = difference === 0 ? 0 : 128;
    for (let i = 5; i >= 0; i--) {
      const same = this.#differences[i]! < 0 === difference < 0;
      this.#zeros[i] = saturate((same ? step : -step) + ((this.#zeros[i]! * 32_640) >> 15));
      this.#differences[i] = i === 0 ? difference : this.#differences[i - 1]!;
    }
  }

  /** FILTEP, FILTEZ, PREDIC. */
  #predict(): void {
    const twice = (value: number): number => saturate(value + value);
    const pole =
      ((this.#pole1 * twice(this.#reconstructed)) >> 15) +
      ((this.#pole2 * twice(this.#reconstructedBefore)) >> 15);
    let zero = 0;
    for (let i = 0; i < 6; i++) zero += (this.#zeros[i]! * twice(this.#differences[i]!)) >> 15;
    this.#zero = saturate(zero);
    this.s = saturate(saturate(pole) + this.#zero);
  }
}

/** What a code says in the lower sub-band's own words: the 4 bits that drive adaptation. */
function adaptLower(band: SubBand, code: number): void {
  const index = code >> 2;
  const difference = (band.det * QM4[index]!) >> 15;
  band.scale(WL[RL42[index]!], 18_432, 8);
  band.adapt(difference);
}

/** Encodes one direction. */
export class G722Encoder {
  readonly #lower = new SubBand(32);
  readonly #upper = new SubBand(8);

  /** One 8 kHz sample. @returns its octet */
  encode(sample: number): number {
    const code = this.#quantise(saturate((sample >> SUB_BAND_SHIFT) - this.#lower.s));
    adaptLower(this.#lower, code);
    return (this.#encodeSilence() << 6) | code;
  }

  /** QUANTL. */
  #quantise(difference: number): number {
    const magnitude = difference < 0 ? -(difference + 1) : difference;
    let interval = 1;
    while (interval < 30 && magnitude >= (Q6[interval]! * this.#lower.det) >> 12) interval++;
    return codeOf(interval, difference < 0);
  }

  /** The upper sub-band of silence: QUANTH, LOGSCH, SCALEH, and its predictor, which the far end runs, too. */
  #encodeSilence(): number {
    const band = this.#upper;
    const difference = saturate(-band.s);
    const magnitude = difference < 0 ? -(difference + 1) : difference;
    const large = magnitude >= (564 * band.det) >> 12;
    const code = difference < 0 ? (large ? 0 : 1) : large ? 2 : 3;
    const quantised = (band.det * QM2[code]) >> 15;
    band.scale(WH[RH2[code]], 22_528, 10);
    band.adapt(quantised);
    return code;
  }
}

/** Decodes one direction. */
export class G722Decoder {
  readonly #lower = new SubBand(32);

  /** One octet. @returns its 8 kHz sample */
  decode(octet: number): number {
    const band = this.#lower;
    const code = octet & 0x3f;
    const fine = band.s + ((band.det * QM6[code]!) >> 15);
    const sample = Math.max(-RECONSTRUCTION_LIMIT - 1, Math.min(RECONSTRUCTION_LIMIT, fine));
    adaptLower(band, code);
    return saturate(sample << SUB_BAND_SHIFT);
  }
}
