// How often a source did something within a time: wrong passwords, users asked for in vain.

export interface StrikeLimits {
  /** The strike that is one too many. */
  readonly strikes: number;
  readonly withinMs: number;
  /** Sources remembered at most; beyond that the one longest known is forgotten. */
  readonly sources: number;
}

interface Source {
  readonly since: number;
  readonly what: Set<string>;
  count: number;
}

export class Strikes {
  readonly #limits: StrikeLimits;
  readonly #sources = new Map<string, Source>();

  constructor(limits: StrikeLimits) {
    this.#limits = limits;
  }

  /**
   * @param what counted once, however often it comes; absent: every strike counts
   * @returns true when this one is one too many; counting begins anew then
   */
  strike(source: string, now: number, what?: string): boolean {
    const known = this.#sources.get(source);
    const current =
      known && now - known.since < this.#limits.withinMs
        ? known
        : { since: now, what: new Set<string>(), count: 0 };
    if (what === undefined) current.count += 1;
    else current.what.add(what);
    this.#sources.delete(source);
    if (current.count + current.what.size >= this.#limits.strikes) return true;
    this.#sources.set(source, current);
    const [oldest] = this.#sources.keys();
    if (this.#sources.size > this.#limits.sources && oldest !== undefined) this.#sources.delete(oldest);
    return false;
  }

  /** It turned out well. */
  forgive(source: string, what: string): void {
    this.#sources.get(source)?.what.delete(what);
  }
}
