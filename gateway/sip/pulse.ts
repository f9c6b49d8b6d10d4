// Is the far end of a connection there? One that froze, or lost its power, says nothing and closes nothing:
//
//   opening ──up()──► up ──heard() again and again…
//      └──openMs──► onSilent      └──silenceMs without a word──► onSilent
//
// A word is due at least every ping; who asks for pings is whoever made the connection.

export interface PulseOptions {
  /** From the first attempt to a connection that is up, milliseconds. */
  readonly openMs: number;
  /** Longest silence of one that is up, milliseconds. */
  readonly silenceMs: number;
  /** Called once. */
  readonly onSilent: (why: string) => void;
}

export class Pulse {
  readonly #options: PulseOptions;
  #heardAt = performance.now();
  #timer: NodeJS.Timeout;

  constructor(options: PulseOptions) {
    this.#options = options;
    const { openMs, onSilent } = options;
    this.#timer = setTimeout(() => onSilent(`not connected within ${openMs} ms`), openMs);
  }

  up(): void {
    this.heard();
    this.#watch(this.#options.silenceMs);
  }

  heard(): void {
    this.#heardAt = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #watch(ms: number): void {
    clearTimeout(this.#timer);
    const { silenceMs, onSilent } = this.#options;
    const due = performance.now() + ms;
    this.#timer = setTimeout(() => {
      const left = this.#heardAt + silenceMs - performance.now();
      if (left > 0) return this.#watch(left);
      // Woken late, it was we who slept: what was said meanwhile is still unread.
      if (performance.now() - due > 1_000) return this.#watch(silenceMs);
      onSilent(`nothing heard for ${silenceMs} ms`);
    }, ms);
  }
}
