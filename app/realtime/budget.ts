// A token bucket: how many commands one socket may give. Time is an argument.

export interface BudgetOptions {
  /** Commands that may come at once. */
  readonly burst: number;
  readonly perSecond: number;
}

export class Budget {
  readonly #options: BudgetOptions;
  #tokens: number;
  #at: number;

  constructor(options: BudgetOptions, now: number) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#at = now;
  }

  /** True when one more may pass. */
  take(now: number): boolean {
    const { burst, perSecond } = this.#options;
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) * perSecond) / 1000);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
