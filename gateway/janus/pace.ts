// How fast one browser may speak: a bucket of tokens, filled by time. Time is an argument.

export interface Pace {
  /** Requests at once. */
  readonly burst: number;
  /** Requests per second in the long run. */
  readonly perSecond: number;
  /** Refused requests in a row after which the connection is given up. */
  readonly patience: number;
}

/** A call set-up with a dozen trickled candidates is about twenty requests. */
export const ordinaryPace: Pace = { burst: 60, perSecond: 20, patience: 200 };

export class Bucket {
  readonly #pace: Pace;
  #tokens: number;
  #at: number;
  #refused = 0;

  /** @param now milliseconds of any clock that does not go backwards */
  constructor(pace: Pace, now: number) {
    this.#pace = pace;
    this.#tokens = pace.burst;
    this.#at = now;
  }

  /** `pass`; `refuse` this one; or `leave`: she does not listen. */
  take(now: number): 'pass' | 'refuse' | 'leave' {
    const earned = (Math.max(0, now - this.#at) / 1_000) * this.#pace.perSecond;
    this.#tokens = Math.min(this.#pace.burst, this.#tokens + earned);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      this.#refused = 0;
      return 'pass';
    }
    this.#refused += 1;
    return this.#refused > this.#pace.patience ? 'leave' : 'refuse';
  }
}
