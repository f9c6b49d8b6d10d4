// The playout buffer of one leg: packets go in as the network delivers them, frames come out one per clock tick.
//
//        playout                      ring of samples, indexed by RTP timestamp
//           v
//   ........[ frame ][ packet ][  gap  ][ packet ]........
//           |<-- margin of an arriving packet -->|
//
// Samples are placed by timestamp, so packet size, order and duplicates do not matter. A packet behind the playout
// point is late: playout steps back by as much (one concealed frame) and the delay has grown. When every packet of a
// while came with too much margin, playout skips ten milliseconds and the delay has shrunk; the same two moves
// follow a sender whose clock drifts. A gap is covered by the last good frame, fading.

import { FRAME_SAMPLES } from './frame.ts';

const RING_SAMPLES = 8_192;
const MASK = RING_SAMPLES - 1;
/** Delay a fresh stream starts with: two frames. */
const START_DELAY = 2 * FRAME_SAMPLES;
/** The delay never grows beyond this: 240 ms. */
const MAX_DELAY = 12 * FRAME_SAMPLES;
/** Packets that must all have had too much margin before the delay shrinks (about 4 s of 20 ms packets). */
const SHRINK_WINDOW = 200;
const SHRINK_STEP = FRAME_SAMPLES / 2;
/** After so many empty frames the stream counts as stopped and the next packet starts afresh: 400 ms. */
const STOPPED_AFTER_FRAMES = 20;
/** How the last good frame fades while it stands in for lost ones. */
const FADE = [0.8, 0.5, 0.25] as const;

/** Counters of one stream, as events report them. */
export interface JitterCounters {
  received: number;
  late: number;
  duplicate: number;
  concealedFrames: number;
  resyncs: number;
}

/** See the drawing above. Times are RTP timestamps at 8 kHz. */
export class JitterBuffer {
  readonly #ring = new Int16Array(RING_SAMPLES);
  readonly #filled = new Uint8Array(RING_SAMPLES);
  readonly #last = new Int16Array(FRAME_SAMPLES);
  readonly counters: JitterCounters = { received: 0, late: 0, duplicate: 0, concealedFrames: 0, resyncs: 0 };
  /** Most samples that ever waited. */
  largestDelay = 0;
  #playout: number | undefined;
  #emptyFrames = 0;
  #window = 0;
  #leastMargin = Infinity;
  #heardOnce = false;

  /** Forgets the stream: another source, or a payload change. */
  reset(): void {
    this.#playout = undefined;
    this.#filled.fill(0);
    this.#emptyFrames = 0;
    this.#window = 0;
    this.#leastMargin = Infinity;
    this.#heardOnce = false;
  }

  /** Samples waiting between playout and the newest one, for tests and counters. */
  get delaySamples(): number {
    let newest = 0;
    if (this.#playout === undefined) return 0;
    for (let i = 0; i < RING_SAMPLES; i++) if (this.#filled[(this.#playout + i) & MASK]) newest = i + 1;
    return newest;
  }

  /**
   * Takes one packet.
   * @param timestamp RTP timestamp of its first sample
   * @param samples what it decodes to
   */
  put(timestamp: number, samples: Readonly<Int16Array>): void {
    const length = samples.length;
    if (length === 0 || length > RING_SAMPLES / 4) return;
    this.counters.received++;
    this.#playout ??= this.#startAt(timestamp);
    let margin = (timestamp - this.#playout) | 0;
    if (margin < -MAX_DELAY || margin + length > RING_SAMPLES) {
      this.#resync(timestamp);
      margin = START_DELAY;
    } else if (margin < 0) {
      this.#lateBy(-margin);
      margin = (timestamp - this.#playout) | 0;
    }
    this.largestDelay = Math.max(this.largestDelay, margin + length);
    this.#store(timestamp, samples);
    this.#considerShrinking(margin);
  }

  #startAt(timestamp: number): number {
    this.#emptyFrames = 0;
    return (timestamp - START_DELAY) >>> 0;
  }

  #resync(timestamp: number): void {
    this.counters.resyncs++;
    this.#filled.fill(0);
    this.#playout = this.#startAt(timestamp);
    this.#window = 0;
    this.#leastMargin = Infinity;
  }

  #lateBy(samples: number): void {
    this.counters.late++;
    const back = Math.ceil(samples / SHRINK_STEP) * SHRINK_STEP;
    this.#playout = (this.#playout! - back) >>> 0;
    this.#window = 0;
    this.#leastMargin = Infinity;
  }

  #store(timestamp: number, samples: Readonly<Int16Array>): void {
    if (this.#filled[timestamp & MASK]) this.counters.duplicate++;
    for (let i = 0; i < samples.length; i++) {
      const at = (timestamp + i) & MASK;
      this.#ring[at] = samples[i]!;
      this.#filled[at] = 1;
    }
  }

  #considerShrinking(margin: number): void {
    this.#leastMargin = Math.min(this.#leastMargin, margin);
    if (++this.#window < SHRINK_WINDOW) return;
    if (this.#leastMargin > START_DELAY) this.#skip(SHRINK_STEP);
    this.#window = 0;
    this.#leastMargin = Infinity;
  }

  #skip(samples: number): void {
    const from = this.#playout!;
    for (let i = 0; i < samples; i++) this.#filled[(from + i) & MASK] = 0;
    this.#playout = (from + samples) >>> 0;
  }

  /**
   * Gives the next frame and moves on by twenty milliseconds.
   * @returns true when at least one sample of it was received (not concealed)
   */
  read(frame: Int16Array): boolean {
    if (this.#playout === undefined) {
      frame.fill(0);
      return false;
    }
    const missing = this.#take(frame, this.#playout);
    this.#playout = (this.#playout + FRAME_SAMPLES) >>> 0;
    if (missing === FRAME_SAMPLES) this.#countEmpty();
    else {
      this.#emptyFrames = 0;
      this.#heardOnce = true;
      this.#last.set(frame);
    }
    return missing < FRAME_SAMPLES;
  }

  #take(frame: Int16Array, from: number): number {
    const fade = FADE[this.#emptyFrames] ?? 0;
    let missing = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      const at = (from + i) & MASK;
      if (this.#filled[at]) {
        frame[i] = this.#ring[at]!;
        this.#filled[at] = 0;
      } else {
        frame[i] = this.#last[i]! * fade;
        missing++;
      }
    }
    return missing;
  }

  #countEmpty(): void {
    if (this.#heardOnce) this.counters.concealedFrames++;
    if (++this.#emptyFrames < STOPPED_AFTER_FRAMES) return;
    this.#playout = undefined;
    this.#last.fill(0);
  }
}
