// What was said on the event channels, for those who come back: bounded in events and in bytes, whoever speaks.
//
// Every prefix of a channel somebody could listen to is a stream with serial numbers of its own, which grow by one per event of that
// stream. A stream's numbers begin at the clock (epoch milliseconds), so those of an earlier run of the server, or of the same stream
// after it was forgotten, are always smaller: a reader who names one is told that there is a gap, never the wrong events.

import { prefixesOf } from './channels.ts';

/** Who may see full telephone numbers, and who masked ones. */
export type Audience = 'full' | 'masked';

/** Something to tell, on one or several channels that share a story (an agent of two queues): each stream hears it once. */
export interface Occurrence {
  /** Full channel names, the principal one first. */
  readonly channels: readonly string[];
  /** JSON members that follow the channel's names in `params`, without braces; the same for everybody on this channel. */
  readonly members: (eventChannel: string, audience: Audience) => string;
}

export interface Entry {
  readonly occurrence: Occurrence;
  /** By stream: its number there, and the channel it is shown under. */
  readonly places: ReadonlyMap<string, { readonly serno: number; readonly eventChannel: string }>;
  readonly bytes: number;
}

export interface HistoryOptions {
  readonly mostEvents?: number;
  readonly mostBytes?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Kept {
  serno: number;
  readonly entries: Queue<Entry>;
  /** Somebody listens: the numbers must go on. */
  readers: number;
}

export class History {
  readonly #options: Required<HistoryOptions>;
  readonly #all = new Queue<Entry>();
  readonly #streams = new Map<string, Kept>();
  #bytes = 0;

  constructor(options: HistoryOptions) {
    this.#options = { mostEvents: 20_000, mostBytes: 32 * 2 ** 20, ...options };
  }

  /** How much is kept, for metrics and tests. */
  get size(): { readonly events: number; readonly bytes: number; readonly streams: number } {
    return { events: this.#all.size, bytes: this.#bytes, streams: this.#streams.size };
  }

  append(occurrence: Occurrence): Entry {
    const places = new Map<string, { serno: number; eventChannel: string }>();
    for (const eventChannel of occurrence.channels) {
      for (const name of prefixesOf(eventChannel)) {
        if (!places.has(name)) places.set(name, { serno: (this.#stream(name).serno += 1), eventChannel });
      }
    }
    const [first = ''] = occurrence.channels;
    const entry: Entry = { occurrence, places, bytes: 200 + occurrence.members(first, 'full').length };
    for (const name of places.keys()) this.#stream(name).entries.push(entry);
    this.#all.push(entry);
    this.#bytes += entry.bytes;
    while (this.#all.size > this.#options.mostEvents || this.#bytes > this.#options.mostBytes) this.#forget();
    return entry;
  }

  /** Number of the newest event of a stream. */
  serno(name: string): number {
    return this.#streams.get(name)?.serno ?? this.#options.now();
  }

  /**
   * Events after `serno`, oldest first; undefined when some of them are no longer kept, or were never ours.
   * @param most no more than so many
   */
  since(name: string, serno: number, most = Infinity): readonly Entry[] | undefined {
    const stream = this.#streams.get(name);
    if (!stream) return undefined;
    const missed = stream.serno - serno;
    if (missed < 0 || missed > stream.entries.size) return undefined;
    return stream.entries.slice(stream.entries.size - missed, most);
  }

  /** The numbers of this stream go on until as many release() as hold(). */
  hold(name: string): void {
    this.#stream(name).readers += 1;
  }

  release(name: string): void {
    const stream = this.#streams.get(name);
    if (!stream) return;
    stream.readers -= 1;
    this.#tidy(name, stream);
  }

  #stream(name: string): Kept {
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = { serno: this.#options.now(), entries: new Queue<Entry>(), readers: 0 };
      this.#streams.set(name, stream);
    }
    return stream;
  }

  #forget(): void {
    const entry = this.#all.shift();
    if (!entry) return;
    this.#bytes -= entry.bytes;
    for (const name of entry.places.keys()) {
      const stream = this.#stream(name);
      stream.entries.shift();
      this.#tidy(name, stream);
    }
  }

  #tidy(name: string, stream: Kept): void {
    if (stream.readers <= 0 && stream.entries.size === 0) this.#streams.delete(name);
  }
}

/** First in, first out, without moving the rest for each one that leaves. */
class Queue<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** @param from counted from the first that is left */
  slice(from: number, most: number): readonly T[] {
    const begin = this.#head + from;
    return this.#items.slice(begin, begin + most);
  }
}

/** One event as one stream's readers get it. `id` numbers the server's requests. */
export function eventText(entry: Entry, stream: string, audience: Audience, id: number): string {
  const place = entry.places.get(stream);
  if (!place) throw new RangeError(`not an event of ${stream}`);
  const { eventChannel, serno } = place;
  return eventTextOf({
    eventChannel,
    stream,
    serno,
    id,
    members: entry.occurrence.members(eventChannel, audience),
  });
}

export function eventTextOf(event: {
  readonly eventChannel: string;
  readonly stream: string;
  readonly serno: number;
  readonly id: number;
  /** JSON members without braces. */
  readonly members: string;
}): string {
  const { eventChannel, stream, serno, id, members } = event;
  const names = `"eventChannel":${JSON.stringify(eventChannel)},"subscribedChannel":${JSON.stringify(stream)}`;
  const rest = members === '' ? '' : `,${members}`;
  return `{"jsonrpc":"2.0","id":${id},"method":"verto.event","params":{${names},"eventSerno":${serno}${rest}}}`;
}
