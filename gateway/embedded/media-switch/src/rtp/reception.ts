// What a receiver knows of a stream (RFC 3550 section 6.4.1, appendices A.1, A.3 and A.8): how much was lost, how unevenly it came.

const CLOCK_HZ = 8_000;
const SEQUENCE_MODULUS = 0x1_0000;

/** Figures of one report block. */
export interface ReceptionReport {
  /** Share lost since the last report, in 256ths. */
  readonly fractionLost: number;
  /** Since the stream began; negative when duplicates outweigh losses. */
  readonly lost: number;
  readonly highestSequence: number;
  /** RTP timestamp units. */
  readonly jitter: number;
}

/** One source's stream. */
export class Reception {
  #base: number | undefined;
  #cycles = 0;
  #highest = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #transit: number | undefined;
  #jitter = 0;
  #leastJitter = Infinity;
  #mostJitter = 0;
  #firstAt = 0;
  #lastAt = 0;

  /** Takes one packet. @param now monotonic milliseconds */
  note(sequence: number, timestamp: number, now: number): void {
    if (this.#base === undefined) {
      this.#base = this.#highest = sequence;
      this.#firstAt = now;
    }
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead < 0x8000) {
      if (sequence < this.#highest) this.#cycles += SEQUENCE_MODULUS;
      this.#highest = sequence;
    }
    this.#received++;
    this.#lastAt = now;
    this.#noteTransit(timestamp, now);
  }

  #noteTransit(timestamp: number, now: number): void {
    const transit = Math.round((now * CLOCK_HZ) / 1_000) - timestamp;
    // Timestamps wrap, transit times do not: only small differences are jitter.
    const difference = this.#transit === undefined ? 0 : Math.abs((transit - this.#transit) | 0);
    this.#transit = transit;
    if (difference > CLOCK_HZ) return;
    this.#jitter += (difference - this.#jitter) / 16;
    this.#leastJitter = Math.min(this.#leastJitter, this.#jitter);
    this.#mostJitter = Math.max(this.#mostJitter, this.#jitter);
  }

  get #expected(): number {
    return this.#base === undefined ? 0 : this.#cycles + this.#highest - this.#base + 1;
  }

  get lost(): number {
    return Math.max(0, this.#expected - this.#received);
  }

  /** Jitter in milliseconds: the least, the most, and the packets' mean distance. */
  get timing(): { readonly leastMs: number; readonly mostMs: number; readonly meanIntervalMs: number } {
    const toMs = (units: number): number => (units * 1_000) / CLOCK_HZ;
    return {
      leastMs: this.#received > 1 ? toMs(this.#leastJitter) : 0,
      mostMs: toMs(this.#mostJitter),
      meanIntervalMs: this.#received > 1 ? (this.#lastAt - this.#firstAt) / (this.#received - 1) : 0,
    };
  }

  /** The block for the next report; the interval it speaks of ends here. */
  report(): ReceptionReport {
    const expected = this.#expected - this.#expectedBefore;
    const received = this.#received - this.#receivedBefore;
    this.#expectedBefore = this.#expected;
    this.#receivedBefore = this.#received;
    const lost = Math.max(0, expected - received);
    return {
      fractionLost: expected <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected)),
      lost: this.#expected - this.#received,
      highestSequence: (this.#cycles + this.#highest) >>> 0,
      jitter: Math.floor(this.#jitter),
    };
  }
}
