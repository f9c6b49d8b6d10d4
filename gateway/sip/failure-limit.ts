// How many wrong passwords one source may try. Past the limit it is banned for a while: it hears 403 and costs no work.
//
//   free ──20th wrong within a minute──► banned ──five minutes──► free

export interface FailureLimits {
  readonly failures: number;
  readonly withinMs: number;
  readonly banMs: number;
  /** Sources remembered at most; beyond that the one longest known is forgotten. */
  readonly sources: number;
}

export const failureLimits: FailureLimits = {
  failures: 20,
  withinMs: 60_000,
  banMs: 5 * 60_000,
  sources: 10_000,
};

interface Source {
  readonly since: number;
  readonly failures: number;
  readonly bannedUntil: number;
}

export class FailureLimit {
  readonly #limits: FailureLimits;
  readonly #sources = new Map<string, Source>();

  constructor(limits: FailureLimits = failureLimits) {
    this.#limits = limits;
  }

  isBanned(source: string, now: number): boolean {
    return (this.#sources.get(source)?.bannedUntil ?? 0) > now;
  }

  /** @returns true when this failure is the one that bans the source */
  failed(source: string, now: number): boolean {
    if (this.isBanned(source, now)) return false;
    const known = this.#sources.get(source);
    const counting =
      known !== undefined && now - known.since < this.#limits.withinMs && known.bannedUntil === 0;
    const failures = counting ? known.failures + 1 : 1;
    const bans = failures >= this.#limits.failures;
    this.#sources.delete(source);
    this.#sources.set(source, {
      since: counting ? known.since : now,
      failures,
      bannedUntil: bans ? now + this.#limits.banMs : 0,
    });
    this.#forgetOldest();
    return bans;
  }

  #forgetOldest(): void {
    if (this.#sources.size <= this.#limits.sources) return;
    const [oldest] = this.#sources.keys();
    if (oldest !== undefined) this.#sources.delete(oldest);
  }
}
