// Collects what changed and hands it over together, at most once per interval. Nothing is scheduled while nothing changes.

export class Coalescer<T> {
  readonly #everyMs: number;
  readonly #hand: (changed: ReadonlySet<T>) => void;
  #changed = new Set<T>();
  #timer: NodeJS.Timeout | undefined;

  constructor(everyMs: number, hand: (changed: ReadonlySet<T>) => void) {
    this.#everyMs = everyMs;
    this.#hand = hand;
  }

  add(item: T): void {
    this.#changed.add(item);
    this.#timer ??= setTimeout(() => this.flush(), this.#everyMs);
  }

  /** Hands over now what has been collected. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#changed.size === 0) return;
    const changed = this.#changed;
    this.#changed = new Set();
    this.#hand(changed);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#changed.clear();
  }
}
