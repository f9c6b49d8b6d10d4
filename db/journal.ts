// The journal: facts, records and the floor's snapshot on their way to the database. append() only remembers; one writer at
// a time commits the oldest entries together and tries again until it can.
//
//   append ──► waiting ──(as many as fit a batch)──► in flight ──commit──► gone
//                 ▲                                     │
//                 └──────────── not now (locked) ───────┘
//
// Bounded: when more than `mostFacts` facts wait, the waiting entries are folded into one: snapshots keep their last
// value, records are all kept, facts are given up and counted. A record is never dropped.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal, JournalEntry } from '../app/ports/journal.ts';
import type { FloorSnapshot } from '../app/domain/floor/snapshot.ts';
import { isTransient, type Connections } from './dialect.ts';
import { commitEntries, readSnapshot } from './journal-rows.ts';

export interface JournalOptions {
  /** Most facts that may wait. */
  readonly mostFacts?: number;
  /** Told when writing begins to fail, when it works again, and of an entry the database will never take. */
  readonly onTrouble?: (what: JournalTrouble) => void;
}

export type JournalTrouble =
  | { readonly kind: 'degraded'; readonly error: unknown }
  | { readonly kind: 'recovered'; readonly pending: number }
  | { readonly kind: 'facts_dropped'; readonly count: number }
  | { readonly kind: 'rejected'; readonly error: unknown; readonly entry: JournalEntry };

/** Per transaction, about. */
const batchFacts = 500;
const firstPauseMs = 50;
const longestPauseMs = 1_000;

export class DatabaseJournal implements Journal {
  readonly #connections: Connections;
  readonly #mostFacts: number;
  readonly #onTrouble: (what: JournalTrouble) => void;

  #waiting: JournalEntry[] = [];
  #waitingFacts = 0;
  /** Appended and committed (or given up), counted in calls of append(). */
  #appended = 0;
  #settled = 0;
  /** How many appends each waiting entry stands for; more than one after folding. */
  readonly #weights = new WeakMap<JournalEntry, number>();
  #flushWaits: { readonly upTo: number; readonly done: () => void }[] = [];
  #writer: Promise<void> | undefined;
  #closing = false;
  #failure: { readonly since: number; readonly message: string } | undefined;
  #droppedFacts = 0;
  #rejected = 0;

  constructor(connections: Connections, options: JournalOptions = {}) {
    this.#connections = connections;
    this.#mostFacts = options.mostFacts ?? 100_000;
    this.#onTrouble = options.onTrouble ?? (() => undefined);
  }

  append(entry: JournalEntry): void {
    this.#appended += 1;
    this.#waiting.push(entry);
    this.#waitingFacts += entry.facts.length;
    if (this.#waitingFacts > this.#mostFacts) this.#fold();
    this.#wake();
  }

  async flushed(withinMs: number): Promise<void> {
    if (this.#settled === this.#appended) return;
    const committed = new Promise<'done'>((resolve) => {
      this.#flushWaits.push({ upTo: this.#appended, done: () => resolve('done') });
    });
    const late = new AbortController();
    const outcome = await Promise.race([committed, sleep(withinMs, 'late', { signal: late.signal })]).finally(
      () => late.abort(),
    );
    if (outcome === 'late') {
      throw new Error(`the journal could not commit within ${withinMs} ms: ${this.health().detail}`);
    }
  }

  lastSnapshot(): Promise<FloorSnapshot | undefined> {
    return readSnapshot(this.#connections.read);
  }

  health(): { readonly up: boolean; readonly pending: number; readonly detail: string } {
    const pending = this.#appended - this.#settled;
    const detail = [
      this.#failure
        ? `failing since ${new Date(this.#failure.since).toISOString()}: ${this.#failure.message}`
        : 'ok',
      ...(this.#droppedFacts > 0 ? [`${this.#droppedFacts} facts given up`] : []),
      ...(this.#rejected > 0 ? [`${this.#rejected} entries rejected`] : []),
    ].join(', ');
    return { up: this.#failure === undefined, pending, detail };
  }

  /**
   * Commits what waits, for as long as `withinMs` if the database is locked; then stops.
   * @throws when something is left that could not be committed
   */
  async close(withinMs = 5_000): Promise<void> {
    try {
      await this.flushed(withinMs);
    } finally {
      this.#closing = true;
      await this.#writer;
    }
  }

  #wake(): void {
    this.#writer ??= this.#writeAll().finally(() => {
      this.#writer = undefined;
      if (this.#waiting.length > 0 && !this.#closing) this.#wake();
    });
  }

  async #writeAll(): Promise<void> {
    for (let pause = firstPauseMs; this.#waiting.length > 0;) {
      const batch = this.#takeBatch();
      const error = await this.#tryCommit(batch);
      if (error === undefined) {
        this.#settle(batch);
        pause = firstPauseMs;
      } else if (isTransient(error)) {
        this.#putBack(batch, error);
        if (this.#closing) return;
        await sleep(pause);
        pause = Math.min(2 * pause, longestPauseMs);
      } else {
        await this.#isolate(batch, error);
      }
    }
  }

  /** Undefined when the batch is committed, else what went wrong. */
  async #tryCommit(batch: readonly JournalEntry[]): Promise<unknown> {
    try {
      await commitEntries(this.#connections.write, batch);
      return undefined;
    } catch (error) {
      return error ?? new Error('the commit failed without saying why');
    }
  }

  /** The database will never take this batch as it is: each entry alone, and the one that is wrong is reported and left out. */
  async #isolate(batch: readonly JournalEntry[], batchError: unknown): Promise<void> {
    const [only] = batch;
    if (batch.length === 1 && only) {
      this.#rejected += 1;
      this.#onTrouble({ kind: 'rejected', error: batchError, entry: only });
      return this.#settle(batch);
    }
    for (const [index, entry] of batch.entries()) {
      const error = await this.#tryCommit([entry]);
      if (error === undefined) this.#settle([entry]);
      else if (isTransient(error)) return this.#putBack(batch.slice(index), error);
      else await this.#isolate([entry], error);
    }
  }

  #takeBatch(): JournalEntry[] {
    let facts = 0;
    let count = 0;
    for (const entry of this.#waiting) {
      if (count > 0 && facts + entry.facts.length > batchFacts) break;
      facts += entry.facts.length;
      count += 1;
    }
    this.#waitingFacts -= facts;
    return this.#waiting.splice(0, count);
  }

  #putBack(batch: readonly JournalEntry[], error: unknown): void {
    this.#waiting = [...batch, ...this.#waiting];
    this.#waitingFacts += batch.reduce((sum, { facts }) => sum + facts.length, 0);
    if (this.#failure === undefined) this.#onTrouble({ kind: 'degraded', error });
    this.#failure = {
      since: this.#failure?.since ?? Date.now(),
      message: error instanceof Error ? error.message : String(error),
    };
  }

  #settle(batch: readonly JournalEntry[]): void {
    this.#settled += batch.reduce((sum, entry) => sum + (this.#weights.get(entry) ?? 1), 0);
    if (this.#failure !== undefined) {
      this.#failure = undefined;
      this.#onTrouble({ kind: 'recovered', pending: this.#appended - this.#settled });
    }
    for (const { done } of this.#flushWaits.filter(({ upTo }) => upTo <= this.#settled)) done();
    this.#flushWaits = this.#flushWaits.filter(({ upTo }) => upTo > this.#settled);
  }

  /** Too much waits: one entry in place of all, without its facts. */
  #fold(): void {
    const folded: JournalEntry = {
      facts: this.#waiting.at(-1)?.facts.slice(-1) ?? [], // the newest number must be known after a restart
      ended: this.#waiting.flatMap(({ ended }) => ended),
      snapshot: {
        sessions: Object.assign(
          {},
          ...this.#waiting.map(({ snapshot }) => snapshot.sessions),
        ) as JournalEntry['snapshot']['sessions'],
        agents: Object.assign(
          {},
          ...this.#waiting.map(({ snapshot }) => snapshot.agents),
        ) as JournalEntry['snapshot']['agents'],
      },
    };
    const dropped = this.#waitingFacts - folded.facts.length;
    this.#weights.set(
      folded,
      this.#waiting.reduce((sum, entry) => sum + (this.#weights.get(entry) ?? 1), 0),
    );
    this.#waiting = [folded];
    this.#waitingFacts = folded.facts.length;
    this.#droppedFacts += dropped;
    this.#onTrouble({ kind: 'facts_dropped', count: dropped });
  }
}
