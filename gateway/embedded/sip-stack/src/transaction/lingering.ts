// Transactions that have had their say and only absorb what is repeated (timers D, I, J, K: up to 64*T1). Under a flood
// they are most of what a server holds; beyond a bound the oldest goes early, which costs no more than a repetition taken for
// a new request.

export interface Lingerer {
  /** Ends it as its timer would. */
  expire(): void;
}

export class Lingering<T extends Lingerer> {
  readonly #most: number;
  /** In the order they were done. */
  readonly #done = new Set<T>();

  constructor(most: number) {
    this.#most = most;
  }

  add(transaction: T): void {
    this.#done.add(transaction);
    const [oldest] = this.#done;
    if (this.#done.size <= this.#most || !oldest) return;
    this.#done.delete(oldest);
    oldest.expire();
  }

  /** It ended by itself. */
  delete(transaction: T): void {
    this.#done.delete(transaction);
  }
}
