// How often a sign-in may fail. Counted per name and address, per address, and per name, in fixed windows, alike for names
// that exist and names that do not. An attempt is counted before the password is checked and given back when it was right,
// so that a hundred attempts at once are not a hundred free ones.

export interface AttemptLimits {
  readonly windowMs: number;
  readonly perNameAndAddress: number;
  readonly perAddress: number;
  /** Higher, so that a stranger cannot easily lock a person out. */
  readonly perName: number;
}

const defaultLimits: AttemptLimits = {
  windowMs: 5 * 60_000,
  perNameAndAddress: 5,
  perAddress: 50,
  perName: 100,
};

/** Most keys remembered: an attacker who invents names cannot fill the memory. */
const mostKeys = 20_000;

export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #counts = new Map<string, { until: number; count: number }>();

  constructor(limits: AttemptLimits = defaultLimits) {
    this.#limits = limits;
  }

  /** 0 when an attempt may be made, else for how many milliseconds it may not. */
  wait(name: string, address: string, now: number): number {
    return Math.max(...this.#keys(name, address).map(({ key, most }) => this.#wait(key, most, now)));
  }

  /** Counts one attempt. @returns as wait() */
  begin(name: string, address: string, now: number): number {
    const wait = this.wait(name, address, now);
    if (wait === 0) for (const { key } of this.#keys(name, address)) this.#count(key, now);
    return wait;
  }

  /** The attempt was right: it does not count, and this name at this address starts afresh. */
  succeeded(name: string, address: string): void {
    for (const { key } of this.#keys(name, address)) {
      const entry = this.#counts.get(key);
      if (entry) entry.count -= 1;
    }
    this.#counts.delete(pairKey(name, address));
  }

  #keys(name: string, address: string): readonly { key: string; most: number }[] {
    const { perNameAndAddress, perAddress, perName } = this.#limits;
    return [
      { key: pairKey(name, address), most: perNameAndAddress },
      { key: `address ${address}`, most: perAddress },
      { key: `name ${name.toLowerCase()}`, most: perName },
    ];
  }

  #wait(key: string, most: number, now: number): number {
    const entry = this.#counts.get(key);
    if (!entry || entry.until <= now || entry.count < most) return 0;
    return entry.until - now;
  }

  #count(key: string, now: number): void {
    const entry = this.#counts.get(key);
    if (entry && entry.until > now) {
      entry.count += 1;
      return;
    }
    this.#counts.delete(key); // to the end of the insertion order: the map stays sorted by `until`
    this.#counts.set(key, { until: now + this.#limits.windowMs, count: 1 });
    this.#forget(now);
  }

  /** Rarely, and then many at once: first what is over, then the oldest. */
  #forget(now: number): void {
    if (this.#counts.size <= mostKeys) return;
    for (const [key, { until }] of this.#counts) {
      if (until > now && this.#counts.size <= 0.8 * mostKeys) return;
      this.#counts.delete(key);
    }
  }
}

const pairKey = (name: string, address: string): string => `pair ${name.toLowerCase()} ${address}`;
