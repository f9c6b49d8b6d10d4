// tone_stream:// — call-progress tones described as text, FreeSWITCH's (libteletone's) notation:
//   tone_stream://[v=<dB>;]%(on_ms,off_ms,hz[,hz…])[;%(…)…][;loops=<n>]      loops=-1 repeats for ever

import { FRAME_SAMPLES, SAMPLE_RATE, type SampleSource, saturate } from './frame.ts';

/** One `%(…)`: sound, then pause. */
export interface ToneSegment {
  readonly onSamples: number;
  readonly offSamples: number;
  readonly frequencies: readonly number[];
}

/** A whole tone stream. */
export interface ToneScript {
  readonly segments: readonly ToneSegment[];
  /** Peak amplitude of each frequency. */
  readonly amplitude: number;
  /** How often the segments are played; Infinity for ever. */
  readonly loops: number;
}

const MAX_SEGMENT_MS = 3_600_000;
const DEFAULT_LEVEL_DB = -7;
/** The loudest sine µ-law can carry (ITU-T G.711): levels are dBm0, which is what FreeSWITCH's come out as. */
const FULL_SCALE_DBM0 = 3.17;
const samplesOf = (ms: number): number => Math.round((ms * SAMPLE_RATE) / 1_000);

const parseSegment = (body: string): ToneSegment | undefined => {
  const numbers = body.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [on, off, ...frequencies] = numbers;
  if (on === undefined || off === undefined || frequencies.length === 0 || frequencies.length > 4)
    return undefined;
  if (!numbers.every((n) => Number.isFinite(n) && n >= 0) || on + off <= 0) return undefined;
  if (on > MAX_SEGMENT_MS || off > MAX_SEGMENT_MS || frequencies.some((hz) => hz > SAMPLE_RATE / 2))
    return undefined;
  return { onSamples: samplesOf(on), offSamples: samplesOf(off), frequencies };
};

/**
 * Reads the part behind `tone_stream://`.
 * @returns undefined when the text is not in the notation above
 */
export function parseTones(text: string): ToneScript | undefined {
  const segments: ToneSegment[] = [];
  let loops = 1;
  let level = DEFAULT_LEVEL_DB;
  for (const part of text.split(';')) {
    const tone = /^%\(([^()]*)\)$/.exec(part.trim());
    const setting = /^(loops|v)=(-?\d+)$/.exec(part.trim());
    if (tone) {
      const segment = parseSegment(tone[1]!);
      if (!segment) return undefined;
      segments.push(segment);
    } else if (setting?.[1] === 'loops')
      loops = Number(setting[2]) < 0 ? Infinity : Math.max(1, Number(setting[2]));
    else if (setting) level = Math.min(0, Math.max(-63, Number(setting[2])));
    else if (part.trim() !== '') return undefined;
  }
  if (segments.length === 0) return undefined;
  const voices = Math.max(...segments.map((segment) => segment.frequencies.length));
  return { segments, loops, amplitude: (32_767 * 10 ** ((level - FULL_SCALE_DBM0) / 20)) / voices };
}

/** Plays a tone script. */
export class ToneSource implements SampleSource {
  readonly #script: ToneScript;
  #segment = 0;
  #at = 0;
  #loop = 0;

  constructor(script: ToneScript) {
    this.#script = script;
  }

  read(frame: Int16Array): boolean {
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      if (this.#loop >= this.#script.loops) {
        frame.fill(0, i);
        return i > 0;
      }
      frame[i] = this.#next();
    }
    return true;
  }

  #next(): number {
    const segment = this.#script.segments[this.#segment]!;
    const sample = this.#at < segment.onSamples ? this.#sum(segment.frequencies) : 0;
    if (++this.#at >= segment.onSamples + segment.offSamples) this.#advance();
    return sample;
  }

  #sum(frequencies: readonly number[]): number {
    let value = 0;
    for (const hz of frequencies) value += Math.sin((2 * Math.PI * hz * this.#at) / SAMPLE_RATE);
    return saturate(Math.round(value * this.#script.amplitude));
  }

  #advance(): void {
    this.#at = 0;
    if (++this.#segment < this.#script.segments.length) return;
    this.#segment = 0;
    this.#loop++;
  }

  close(): void {
    this.#loop = Infinity;
  }
}

/** silence_stream://<ms>; a negative length never ends. */
export class SilenceSource implements SampleSource {
  #left: number;

  /** @param ms length in milliseconds, negative for endless */
  constructor(ms: number) {
    this.#left = ms < 0 ? Infinity : samplesOf(ms);
  }

  read(frame: Int16Array): boolean {
    frame.fill(0);
    if (this.#left <= 0) return false;
    this.#left -= FRAME_SAMPLES;
    return true;
  }

  close(): void {
    this.#left = 0;
  }
}
