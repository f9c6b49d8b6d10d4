// Readers who are not where the others are: those who have just subscribed or come back, and those who do not keep up. They are told here what
// they missed, a piece at a time and by turns, until they are where the others are; so a hundred who come back together hold up nobody.
//
//   held ──begin──▶ catching up ⇄ waiting for the network ──all told──▶ live        waiting for 30 s ──▶ cut

import type { Audience } from './history.ts';
import type { Replays, SnapshotReason } from './replays.ts';
import type { Slices } from './slices.ts';

/** A connection, as far as it is told things. */
export interface Reader {
  readonly audience: Audience;
  write(bytes: Buffer): void;
  /** Bytes that wait for the network. */
  backlog(): number;
  /** Gives up on it: it reads too slowly. */
  cut(): void;
}

/** A stream as everybody who is up to date hears it. */
export interface Told {
  readonly name: string;
  /** Number of the last event they were given. */
  readonly told: number;
}

/** How far she is on one stream: an event's number, or a picture that she gets first. */
type Place = number | { readonly picture: SnapshotReason };

interface Behind {
  /** When the network took something last. */
  since: number;
  readonly places: Map<string, Place>;
  /** A turn of hers is coming. */
  queued: boolean;
}

export interface LatecomersOptions {
  readonly replays: Replays;
  readonly slices: Slices;
  /** Undefined: there is no such stream any more. */
  readonly stream: (name: string) => Told | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly mostBacklog: number;
  readonly patienceMs: number;
}

export class Latecomers {
  readonly #options: LatecomersOptions;
  readonly #behind = new Map<Reader, Behind>();

  constructor(options: LatecomersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#behind.size;
  }

  has(reader: Reader): boolean {
    return this.#behind.has(reader);
  }

  /** From now on she is told from here alone. @param streams hers, with what she has been told of them */
  take(reader: Reader, streams: Iterable<Told>): void {
    if (this.#behind.has(reader)) return;
    const places = new Map<string, Place>();
    for (const { name, told } of streams) places.set(name, told);
    this.#behind.set(reader, { since: this.#options.now(), places, queued: false });
  }

  /** Where on a stream she goes on. */
  place(reader: Reader, stream: string, place: Place): void {
    this.#behind.get(reader)?.places.set(stream, place);
  }

  drop(reader: Reader, stream: string): void {
    this.#behind.get(reader)?.places.delete(stream);
  }

  forget(reader: Reader): void {
    this.#behind.delete(reader);
  }

  /** The network has room for her: she is told on. */
  goOn(reader: Reader): void {
    const behind = this.#behind.get(reader);
    if (!behind) return;
    behind.since = this.#options.now();
    if (behind.queued) return;
    behind.queued = true;
    this.#options.slices.do(() => this.#turn(reader, behind));
  }

  /** Cuts those who have been behind for too long. */
  sweep(): void {
    const { now, patienceMs } = this.#options;
    for (const [reader, { since }] of this.#behind) if (now() - since > patienceMs) reader.cut();
  }

  /** One piece. @returns whether there is more to tell and room for it */
  #turn(reader: Reader, behind: Behind): boolean {
    const { mostBacklog } = this.#options;
    behind.queued = false;
    if (this.#behind.get(reader) !== behind || reader.backlog() > mostBacklog) return false;
    const told = this.#tellOn(reader, behind);
    if (!told) this.#behind.delete(reader);
    behind.queued = told && reader.backlog() <= mostBacklog;
    return behind.queued;
  }

  /** @returns false when there is nothing more to tell */
  #tellOn(reader: Reader, { places }: Behind): boolean {
    for (const [name, place] of places) {
      const stream = this.#options.stream(name);
      if (!stream || (typeof place === 'number' && place >= stream.told)) continue;
      const { bytes, upTo } = this.#pieceFor(reader.audience, stream, place);
      places.set(name, upTo);
      reader.write(bytes);
      return true;
    }
    return false;
  }

  #pieceFor(audience: Audience, { name, told }: Told, place: Place) {
    const { replays } = this.#options;
    if (typeof place !== 'number') return replays.picture(name, audience, place.picture, told);
    return replays.events(name, audience, place, told) ?? replays.picture(name, audience, 'slow', told);
  }
}
