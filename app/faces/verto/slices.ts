// Much work at once, done a few milliseconds at a time: between two slices timers run and everybody else's sockets are read. When hundreds
// come back in one second, those who stayed hear what happens all the same.

/** Something to do. True: there is more of it, when its turn comes again. */
export type Act = () => boolean | void;

export interface SlicesOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Runs `act` once everybody else has had a turn (setImmediate). */
  readonly afterOthers: (act: () => void) => unknown;
  readonly sliceMs?: number;
}

export class Slices {
  readonly #options: Required<SlicesOptions>;
  readonly #acts: Act[] = [];
  /** When the present slice began; undefined while there is none. */
  #began: number | undefined;
  #working = false;

  constructor(options: SlicesOptions) {
    this.#options = { sliceMs: 5, ...options };
  }

  /** How much waits for a later slice. */
  get waiting(): number {
    return this.#acts.length;
  }

  /** At once while nothing waits and the slice lasts, else in its turn. */
  do(act: Act): void {
    this.#acts.push(act);
    this.#work();
  }

  /** The same for what goes on after its beginning: only that is counted. */
  run<T>(act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.do(() => void act().then(resolve, reject));
    });
  }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    try {
      const began = (this.#began ??= this.#begin());
      const { now, sliceMs } = this.#options;
      while (now() - began < sliceMs) {
        const act = this.#acts.shift();
        if (act === undefined) return;
        if (act() === true) this.#acts.push(act);
      }
    } finally {
      this.#working = false;
    }
  }

  #begin(): number {
    this.#options.afterOthers(() => {
      this.#began = undefined;
      if (this.#acts.length > 0) this.#work();
    });
    return this.#options.now();
  }
}
