// Who hears what, and how it gets there. A change on a quiet stream goes out at once; more within the next 100 ms are collected and leave as
// one write, the same bytes for every reader. A reader who does not keep up is not written to until the network has taken what waits for
// her: then she gets what she missed from the history, or, when that is gone, a picture of how things are. So what waits for one
// reader is bounded, and nobody waits for her.
//
//   live ──more than 256 KB wait──▶ behind ──drained──▶ catching up ──all told──▶ live        behind for 30 s ──▶ cut

import {
  eventText,
  eventTextOf,
  type Audience,
  type Entry,
  type History,
  type Occurrence,
} from './history.ts';
import { textFrame } from './web-socket-frame.ts';

/** A connection, as far as it is told things. */
export interface Reader {
  readonly audience: Audience;
  write(bytes: Buffer): void;
  /** Bytes that wait for the network. */
  backlog(): number;
  /** Gives up on it: it reads too slowly. */
  cut(): void;
}

export type SnapshotReason = 'asked' | 'gap' | 'slow';

export interface FanOutOptions {
  readonly history: History;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Runs `act` once, `ms` from now. Returns the way to prevent it. */
  readonly later: (ms: number, act: () => void) => () => void;
  /** JSON members of the picture that takes the place of what can no longer be told. */
  readonly snapshot: (stream: string, audience: Audience, reason: SnapshotReason) => string;
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

/** What a reader behind the others has been told, by stream. */
interface Behind {
  since: number;
  readonly told: Map<string, number>;
}

export class FanOut {
  readonly #options: Required<FanOutOptions>;
  readonly #streams = new Map<string, Stream>();
  readonly #subscriptions = new Map<Reader, Set<Stream>>();
  readonly #behind = new Map<Reader, Behind>();
  readonly #dirty = new Set<Stream>();
  #timer: (() => void) | undefined;
  #id = 1;

  constructor(options: FanOutOptions) {
    this.#options = { windowMs: 100, mostBacklog: 256 * 1024, patienceMs: 30_000, ...options };
  }

  /** Numbers of readers, for metrics. */
  get readers(): { readonly all: number; readonly behind: number } {
    return { all: this.#subscriptions.size, behind: this.#behind.size };
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
    this.#behindOf(reader).told.set(channel, stream.told);
    return stream.told;
  }

  /** Tells her what came before the subscription, or how things are, and what has come since. */
  begin(reader: Reader, channel: string, { after, snapshot = false }: Begin): void {
    const stream = this.#streams.get(channel);
    if (!stream?.readers.has(reader)) return;
    const { told } = this.#behindOf(reader);
    const gap = after !== undefined && this.#options.history.since(channel, after) === undefined;
    if (after !== undefined && !gap) told.set(channel, after);
    else if (gap || snapshot) {
      reader.write(this.#picture(stream, reader.audience, gap ? 'gap' : 'asked'));
      told.set(channel, stream.told);
    }
    if (reader.backlog() <= this.#options.mostBacklog) this.drained(reader);
  }

  unsubscribe(reader: Reader, channel: string): boolean {
    const stream = this.#streams.get(channel);
    if (!stream?.readers.delete(reader)) return false;
    this.#subscriptions.get(reader)?.delete(stream);
    this.#behind.get(reader)?.told.delete(channel);
    this.#closeIfIdle(stream);
    return true;
  }

  leave(reader: Reader): void {
    for (const stream of this.#subscriptions.get(reader) ?? []) {
      stream.readers.delete(reader);
      this.#closeIfIdle(stream);
    }
    this.#subscriptions.delete(reader);
    this.#behind.delete(reader);
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
    const behind = this.#behind.get(reader);
    if (!behind) return;
    behind.since = this.#options.now();
    for (const [channel, told] of behind.told) {
      const stream = this.#streams.get(channel);
      if (stream && !this.#catchUp(reader, stream, told, behind)) return;
    }
    this.#behind.delete(reader);
  }

  /** Cuts those who have been behind for too long. Called every few seconds. */
  sweep(): void {
    const { now, patienceMs } = this.#options;
    for (const [reader, { since }] of this.#behind) if (now() - since > patienceMs) reader.cut();
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
    const bytes: Partial<Record<Audience, Buffer>> = {};
    for (const reader of [...stream.readers]) {
      if (this.#behind.has(reader)) continue;
      reader.write((bytes[reader.audience] ??= this.#frames(pending, stream.name, reader.audience)));
      this.#weigh(reader);
    }
  }

  /** Rare: a broadcast goes to everybody but its speaker, at once. Her own numbers go on with it. */
  #publishExcept(stream: Stream, entry: Entry, except: Reader): void {
    this.#flush(stream);
    stream.told = entry.places.get(stream.name)?.serno ?? stream.told;
    for (const reader of [...stream.readers]) {
      if (reader === except || this.#behind.has(reader)) continue;
      reader.write(this.#frames([entry], stream.name, reader.audience));
      this.#weigh(reader);
    }
  }

  #weigh(reader: Reader): void {
    if (reader.backlog() > this.#options.mostBacklog) this.#behindOf(reader);
  }

  #behindOf(reader: Reader): Behind {
    let behind = this.#behind.get(reader);
    if (!behind) {
      const streams = this.#subscriptions.get(reader) ?? [];
      const told = new Map([...streams].map((stream) => [stream.name, stream.told]));
      behind = { since: this.#options.now(), told };
      this.#behind.set(reader, behind);
    }
    return behind;
  }

  /** @returns false when the network is full again */
  #catchUp(reader: Reader, stream: Stream, told: number, behind: Behind): boolean {
    const { history, mostBacklog } = this.#options;
    const missed = history.since(stream.name, told);
    // What is pending goes to everybody together, later.
    const due = missed?.filter((entry) => (entry.places.get(stream.name)?.serno ?? 0) <= stream.told);
    if (!due) {
      reader.write(this.#picture(stream, reader.audience, 'slow'));
      behind.told.set(stream.name, stream.told);
      return reader.backlog() <= mostBacklog;
    }
    for (const entry of due) {
      reader.write(this.#frames([entry], stream.name, reader.audience));
      behind.told.set(stream.name, entry.places.get(stream.name)?.serno ?? told);
      if (reader.backlog() > mostBacklog) return false;
    }
    return true;
  }

  #frames(entries: readonly Entry[], stream: string, audience: Audience): Buffer {
    return Buffer.concat(
      entries.map((entry) => textFrame(eventText(entry, stream, audience, this.nextId()))),
    );
  }

  #picture(stream: Stream, audience: Audience, reason: SnapshotReason): Buffer {
    const { name, told } = stream;
    const members = this.#options.snapshot(name, audience, reason);
    return textFrame(
      eventTextOf({ eventChannel: name, stream: name, serno: told, id: this.nextId(), members }),
    );
  }
}
