// What was missed, as bytes that readers share: when a network comes back, hundreds of them ask for the same events in the same second.
//
// Events are given out in blocks that end at the same serial numbers for everybody, so that those who left at different moments share
// all but the first. A picture of how things are may be a moment old: it carries the number of its moment, and what has happened since follows.

import { eventText, eventTextOf, type Audience, type History } from './history.ts';
import { textFrame } from './web-socket-frame.ts';

export type SnapshotReason = 'asked' | 'gap' | 'slow';

/** Frames, and the number of the last event in them. */
export interface Piece {
  readonly bytes: Buffer;
  readonly upTo: number;
}

export interface ReplaysOptions {
  readonly history: History;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** The next number of a request of the server's. */
  readonly nextId: () => number;
  /** JSON members of the picture that takes the place of what can no longer be told. */
  readonly snapshot: (stream: string, audience: Audience, reason: SnapshotReason) => string;
  readonly mostBytes?: number;
  /** How old a picture may be, milliseconds. */
  readonly pictureMs?: number;
}

/** Events in a block. */
const block = 64;

export class Replays {
  readonly #options: Required<ReplaysOptions>;
  /** The longest unused first. */
  readonly #blocks = new Map<string, Piece>();
  readonly #pictures = new Map<string, Piece & { readonly at: number }>();
  #bytes = 0;

  constructor(options: ReplaysOptions) {
    this.#options = { mostBytes: 8 * 2 ** 20, pictureMs: 250, ...options };
  }

  /** The next events after `after`, up to `told` at most; undefined when they are not kept any more. */
  events(stream: string, audience: Audience, after: number, told: number): Piece | undefined {
    const upTo = Math.min(told, (Math.floor((after + 1) / block) + 1) * block - 1);
    const key = `${audience} ${after} ${upTo} ${stream}`;
    const kept = this.#blocks.get(key);
    if (kept) {
      this.#blocks.delete(key);
      this.#blocks.set(key, kept);
      return kept;
    }
    const { history, nextId } = this.#options;
    const entries = history.since(stream, after, upTo - after);
    if (!entries) return undefined;
    const frames = entries.map((entry) => textFrame(eventText(entry, stream, audience, nextId())));
    const piece = { bytes: Buffer.concat(frames), upTo };
    this.#keep(key, piece);
    return piece;
  }

  /** @param told number of the last event that everybody on the stream has heard */
  picture(stream: string, audience: Audience, reason: SnapshotReason, told: number): Piece {
    const { history, now, nextId, pictureMs, snapshot } = this.#options;
    const key = `${audience} ${reason} ${stream}`;
    const kept = this.#pictures.get(key);
    if (kept && now() - kept.at < pictureMs && history.since(stream, kept.upTo, 0)) return kept;
    for (const [other, { at }] of this.#pictures) if (now() - at >= pictureMs) this.#pictures.delete(other);
    const members = snapshot(stream, audience, reason);
    const text = eventTextOf({ eventChannel: stream, stream, serno: told, id: nextId(), members });
    const piece = { bytes: textFrame(text), upTo: told, at: now() };
    this.#pictures.set(key, piece);
    return piece;
  }

  #keep(key: string, piece: Piece): void {
    this.#blocks.set(key, piece);
    this.#bytes += piece.bytes.length;
    for (const [oldest, { bytes }] of this.#blocks) {
      if (this.#bytes <= this.#options.mostBytes) return;
      this.#blocks.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}
