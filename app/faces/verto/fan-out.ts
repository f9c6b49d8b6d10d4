// Who hears what, and how it gets there. A change on a quiet stream goes out at once; more within the next 100 ms are collected and leave as
// one write, the same bytes for every reader. A reader who does not keep up is not written to until the network has taken what waits for
// her: then she gets what she missed (latecomers.ts). So what waits for one reader is bounded, and nobody waits for her.
//
//   held ──begin──▶ catching up ──all told──▶ live ──more than 256 KB wait──▶ catching up        not reading for 30 s ──▶ cut

import { eventText, type Audience, type Entry, type History, type Occurrence } from './history.ts';
import { Latecomers, type Reader } from './latecomers.ts';
import { Replays, type ReplaysOptions } from './replays.ts';
import type { Slices } from './slices.ts';
import { textFrame } from './web-socket-frame.ts';

export interface FanOutOptions {
  readonly history: History;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Runs `act` once, `ms` from now. Returns the way to prevent it. */
  readonly later: (ms: number, act: () => void) => () => void;
  readonly snapshot: ReplaysOptions['snapshot'];
  readonly slices: Slices;
  readonly windowMs?: number;
  readonly mostBacklog?: number;
  readonly patienceMs?: number;
}

/** Where a subscription begins. */
export type Begin = { readonly after?: number; readonly snapshot?: boolean };

interface Stream {
  readonly name: string;
  readonly readers: Set<Reader>;
  pending: Entry[];
  flushedAt: number;
  /** Number of the last event the live readers were given. */
  told: number;
}

export class FanOut {
  readonly #options: Required<FanOutOptions>;
  readonly #streams = new Map<string, Stream>();
  readonly #subscriptions = new Map<Reader, Set<Stream>>();
  readonly #latecomers: Latecomers;
  readonly #dirty = new Set<Stream>();
  #timer: (() => void) | undefined;
  #id = 1;

  constructor(options: FanOutOptions) {
    this.#options = { windowMs: 100, mostBacklog: 256 * 1024, patienceMs: 30_000, ...options };
    this.#latecomers = new Latecomers({
      ...this.#options,
      replays: new Replays({ ...this.#options, nextId: () => this.nextId() }),
      stream: (name) => this.#streams.get(name),
    });
  }

  /** Numbers of readers, for metrics. */
  get readers(): { readonly all: number; readonly behind: number } {
    return { all: this.#subscriptions.size, behind: this.#latecomers.size };
  }

  /** The next number of a request of the server's. */
  nextId(): number {
    return this.#id++;
  }

  isSubscribed(reader: Reader, channel: string): boolean {
    const stream = this.#streams.get(channel);
    return stream !== undefined && stream.readers.has(reader);
  }

  /** Number of the last event the readers of a channel were given. */
  serno(channel: string): number {
    return this.#streams.get(channel)?.told ?? this.#options.history.serno(channel);
  }

  subscriptions(reader: Reader): readonly string[] {
    return [...(this.#subscriptions.get(reader) ?? [])].map(({ name }) => name);
  }

  /**
   * From now on she is told, but nothing before begin(): her answer goes first.
   * @returns the stream's number at this moment
   */
  subscribe(reader: Reader, channel: string): number {
    const stream = this.#streams.get(channel) ?? this.#open(channel);
    this.#flush(stream);
    stream.readers.add(reader);
    const own = this.#subscriptions.get(reader) ?? new Set();
    this.#subscriptions.set(reader, own.add(stream));
    this.#latecomers.take(reader, own);
    this.#latecomers.place(reader, channel, stream.told);
    return stream.told;
  }

  /** Tells her what came before the subscription, or how things are, and what has come since. */
  begin(reader: Reader, channel: string, { after, snapshot = false }: Begin): void {
    const stream = this.#streams.get(channel);
    if (!stream?.readers.has(reader)) return;
    this.#latecomers.take(reader, this.#subscriptions.get(reader) ?? []);
    const gap = after !== undefined && this.#options.history.since(channel, after, 0) === undefined;
    if (gap || (snapshot && after === undefined))
      this.#latecomers.place(reader, channel, { picture: gap ? 'gap' : 'asked' });
    else if (after !== undefined) this.#latecomers.place(reader, channel, after);
    this.#latecomers.goOn(reader);
  }

  unsubscribe(reader: Reader, channel: string): boolean {
    const stream = this.#streams.get(channel);
    if (!stream?.readers.delete(reader)) return false;
    this.#subscriptions.get(reader)?.delete(stream);
    this.#latecomers.drop(reader, channel);
    this.#closeIfIdle(stream);
    return true;
  }

  leave(reader: Reader): void {
    for (const stream of this.#subscriptions.get(reader) ?? []) {
      stream.readers.delete(reader);
      this.#closeIfIdle(stream);
    }
    this.#subscriptions.delete(reader);
    this.#latecomers.forget(reader);
  }

  /** @param except the reader who said it and does not want to hear it */
  publish(occurrence: Occurrence, except?: Reader): void {
    const entry = this.#options.history.append(occurrence);
    for (const name of entry.places.keys()) {
      const stream = this.#streams.get(name);
      if (!stream) continue;
      if (except && stream.readers.has(except)) this.#publishExcept(stream, entry, except);
      else {
        stream.pending.push(entry);
        this.#dirty.add(stream);
      }
    }
  }

  /** Sends what is due. Called when everything of one moment has been published. */
  settle(): void {
    const { now, windowMs, later } = this.#options;
    let next = Infinity;
    for (const stream of this.#dirty) {
      const due = stream.flushedAt + windowMs - now();
      if (due <= 0) this.#flush(stream);
      else next = Math.min(next, due);
    }
    if (next === Infinity || this.#timer) return;
    this.#timer = later(next, () => {
      this.#timer = undefined;
      this.settle();
    });
  }

  /** The network took what waited for her. */
  drained(reader: Reader): void {
    this.#latecomers.goOn(reader);
  }

  /** Cuts those who have been behind for too long. Called every few seconds. */
  sweep(): void {
    this.#latecomers.sweep();
  }

  close(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #open(name: string): Stream {
    const { history } = this.#options;
    history.hold(name);
    const stream = {
      name,
      readers: new Set<Reader>(),
      pending: [],
      flushedAt: -Infinity,
      told: history.serno(name),
    };
    this.#streams.set(name, stream);
    return stream;
  }

  #closeIfIdle(stream: Stream): void {
    if (stream.readers.size > 0) return;
    this.#streams.delete(stream.name);
    this.#dirty.delete(stream);
    this.#options.history.release(stream.name);
  }

  #flush(stream: Stream): void {
    this.#dirty.delete(stream);
    const { pending } = stream;
    if (pending.length === 0) return;
    stream.pending = [];
    stream.flushedAt = this.#options.now();
    stream.told = pending.at(-1)?.places.get(stream.name)?.serno ?? stream.told;
    this.#tell(stream, pending);
  }

  /** Rare: a broadcast goes to everybody but its speaker, at once. Her own numbers go on with it. */
  #publishExcept(stream: Stream, entry: Entry, except: Reader): void {
    this.#flush(stream);
    stream.told = entry.places.get(stream.name)?.serno ?? stream.told;
    this.#tell(stream, [entry], except);
  }

  /** The same bytes for everybody who may see the same. */
  #tell(stream: Stream, entries: readonly Entry[], except?: Reader): void {
    const bytes: Partial<Record<Audience, Buffer>> = {};
    for (const reader of [...stream.readers]) {
      if (reader === except || this.#latecomers.has(reader)) continue;
      reader.write((bytes[reader.audience] ??= this.#frames(entries, stream.name, reader.audience)));
      this.#weigh(reader);
    }
  }

  #weigh(reader: Reader): void {
    if (reader.backlog() > this.#options.mostBacklog)
      this.#latecomers.take(reader, this.#subscriptions.get(reader) ?? []);
  }

  #frames(entries: readonly Entry[], stream: string, audience: Audience): Buffer {
    return Buffer.concat(
      entries.map((entry) => textFrame(eventText(entry, stream, audience, this.nextId()))),
    );
  }
}
