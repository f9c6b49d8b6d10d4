// Work that is dear and that strangers may ask for: a few at a time, the others in line, the lines by turns. So neither a crowd that comes back
// in one second nor somebody who guesses takes the processor, or the threads the database needs, from everything else.

export interface TurnsOptions {
  readonly atOnce: number;
  /** More than so many in line are turned away. */
  readonly mostWaiting?: number;
}

export class Turns {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  /** By line; the line whose turn is next first. */
  readonly #lines = new Map<string, (() => void)[]>();
  #waiting = 0;
  #busy = 0;

  constructor({ atOnce, mostWaiting = 1_000 }: TurnsOptions) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /**
   * Performs `act` when its turn comes.
   * @param line for example the address it is asked from
   * @param wanted asked then: false when nobody waits for it any more
   * @returns undefined when it was turned away or not wanted
   */
  async take<T>(line: string, act: () => Promise<T>, wanted = (): boolean => true): Promise<T | undefined> {
    if (this.#busy < this.#atOnce) this.#busy += 1;
    else if (this.#waiting < this.#mostWaiting) await this.#queue(line);
    else return undefined;
    try {
      return wanted() ? await act() : undefined;
    } finally {
      this.#next();
    }
  }

  #queue(line: string): Promise<void> {
    this.#waiting += 1;
    return new Promise((resolve) => {
      const others = this.#lines.get(line);
      if (others) others.push(resolve);
      else this.#lines.set(line, [resolve]);
    });
  }

  /** Whoever is done hands its place on. */
  #next(): void {
    const [next] = this.#lines;
    if (!next) {
      this.#busy -= 1;
      return;
    }
    const [line, [first, ...others]] = next;
    this.#lines.delete(line);
    if (others.length > 0) this.#lines.set(line, others);
    this.#waiting -= 1;
    first?.();
  }
}
