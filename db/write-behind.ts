// A table that follows a map in memory. Changes are in memory at once and are written behind: collected, committed together, tried
// again for as long as the database will not take them. What has changed twice meanwhile is written once.
//
//   changed ──► dirty ──(collectMs)──► written together ──► clean        not now (locked) ──► dirty        never (bad) ──► given up, told

import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from './dialect.ts';

export interface WriteBehindOptions<T> {
  /** Brings the table up to these: the value by its key, undefined where it is gone. All of them or none. */
  readonly write: (changes: ReadonlyMap<string, T | undefined>) => Promise<void>;
  /** How long a change waits for others to be written with, milliseconds. Default none. */
  readonly collectMs?: number;
  /** Before it is tried again, milliseconds. Default 500. */
  readonly retryMs?: number;
  /** Told once when writing begins to fail, and of each change that the database will never take. */
  readonly onTrouble: (error: unknown) => void;
}

const usualRetryMs = 500;

export class WriteBehind<T> {
  readonly #options: WriteBehindOptions<T>;
  /** What differs from the table. */
  #dirty = new Map<string, { readonly now: T | undefined }>();
  #writer: Promise<void> | undefined;
  /** Ends the pauses of a writer that is to close. */
  readonly #closing = new AbortController();

  constructor(options: WriteBehindOptions<T>) {
    this.#options = options;
  }

  /** @returns when it is in the table; never rejects */
  changed(key: string, now: T | undefined): Promise<void> {
    this.#dirty.set(key, { now });
    // Whoever closes hears of what could not be written.
    return this.#wake().catch(() => undefined);
  }

  /** Resolves when memory and table are alike; rejects when the last try to write fails. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writer;
    await this.#writeAll();
  }

  #wake(): Promise<void> {
    this.#writer ??= this.#writeAll().finally(() => {
      this.#writer = undefined;
      if (this.#dirty.size > 0 && !this.#closing.signal.aborted) void this.#wake();
    });
    return this.#writer;
  }

  async #writeAll(): Promise<void> {
    for (let told = false; this.#dirty.size > 0;) {
      await this.#pause(this.#options.collectMs ?? 0);
      try {
        await this.#writeOnce([...this.#dirty]);
      } catch (error) {
        if (!told) this.#options.onTrouble(error);
        told = true;
        if (this.#closing.signal.aborted) throw error;
        await this.#pause(this.#options.retryMs ?? usualRetryMs);
      }
    }
  }

  async #writeOnce(changes: readonly (readonly [string, { readonly now: T | undefined }])[]): Promise<void> {
    try {
      await this.#options.write(new Map(changes.map(([key, { now }]) => [key, now])));
    } catch (error) {
      if (isTransient(error)) throw error;
      const [only] = changes;
      // One that is wrong must not keep the others out.
      if (changes.length > 1) {
        for (const change of changes) await this.#writeOnce([change]);
        return;
      }
      this.#options.onTrouble(error);
      if (only) this.#clean(only);
      return;
    }
    for (const change of changes) this.#clean(change);
  }

  /** Unless it has changed again since. */
  #clean([key, change]: readonly [string, { readonly now: T | undefined }]): void {
    if (this.#dirty.get(key) === change) this.#dirty.delete(key);
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closing;
    if (ms === 0 || signal.aborted) return;
    await sleep(ms, undefined, { ref: false, signal }).catch(() => undefined);
  }
}
