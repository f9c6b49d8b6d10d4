// So many per second: a bucket that holds one second's worth (at least one) and refills evenly.

export class RateLimit {
  #perSecond: number;
  #tokens: number;
  #filledAt = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#tokens = sizeOf(perSecond);
  }

  set perSecond(perSecond: number) {
    this.#perSecond = perSecond;
    this.#tokens = Math.min(this.#tokens, sizeOf(perSecond));
  }

  /** Milliseconds until there is room for one; 0: now. @param now epoch milliseconds */
  waitMs(now: number): number {
    const gained = (Math.max(0, now - this.#filledAt) / 1_000) * this.#perSecond;
    this.#tokens = Math.min(sizeOf(this.#perSecond), this.#tokens + gained);
    this.#filledAt = Math.max(now, this.#filledAt);
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / this.#perSecond) * 1_000;
  }

  /** Takes room for one, if there is. */
  take(now: number): boolean {
    if (this.waitMs(now) > 0) return false;
    this.#tokens -= 1;
    return true;
  }
}

const sizeOf = (perSecond: number): number => Math.max(1, perSecond);
