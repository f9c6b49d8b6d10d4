// A line of people in a strict order, kept in chunks of a few hundred. Joining, leaving and asking who is first touch one
// chunk, so that they cost the same with ten and with a hundred thousand in line (bench: test/bench/routing.ts); the number of
// those ahead adds up chunk sizes and is meant for views. A balanced tree would promise more and, at these sizes, miss
// the cache more often.

const chunkLimit = 256;

/** Negative when `a` goes before `b`, zero only when both are the same entry. */
export type Compare<T> = (a: T, b: T) => number;

export class Line<T> implements Iterable<T> {
  readonly #compare: Compare<T>;
  readonly #chunks: T[][] = [];
  #size = 0;

  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  first(): T | undefined {
    return this.#chunks[0]?.[0];
  }

  /** @throws RangeError when an equal entry is in line already: two people in one place is a bug. */
  insert(item: T): void {
    const at = Math.min(this.#chunkFor(item), this.#chunks.length - 1);
    const chunk = this.#chunks[at];
    this.#size += 1;
    if (chunk === undefined) {
      this.#chunks.push([item]);
      return;
    }
    const index = this.#indexIn(chunk, item);
    if (this.#isAt(chunk, index, item)) {
      this.#size -= 1;
      throw new RangeError('this place in line is taken');
    }
    if (index === chunk.length) chunk.push(item);
    else chunk.splice(index, 0, item);
    if (chunk.length > chunkLimit)
      this.#chunks.splice(at + 1, 0, chunk.splice(splitPoint(at, this.#chunks.length)));
  }

  /** True when it was in line. */
  remove(item: T): boolean {
    const at = this.#chunkFor(item);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return false;
    const index = this.#indexIn(chunk, item);
    if (!this.#isAt(chunk, index, item)) return false;
    if (index === 0) chunk.shift();
    else chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
    this.#size -= 1;
    return true;
  }

  has(item: T): boolean {
    const chunk = this.#chunks[this.#chunkFor(item)];
    return chunk !== undefined && this.#isAt(chunk, this.#indexIn(chunk, item), item);
  }

  /** How many are ahead of this entry; undefined when it is not in line. */
  ahead(item: T): number | undefined {
    const at = this.#chunkFor(item);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return undefined;
    const index = this.#indexIn(chunk, item);
    if (!this.#isAt(chunk, index, item)) return undefined;
    let count = index;
    for (let before = 0; before < at; before += 1) count += this.#chunks[before]?.length ?? 0;
    return count;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const chunk of this.#chunks) yield* chunk;
  }

  /** The first chunk whose last entry is not before `item`; the number of chunks when there is none. */
  #chunkFor(item: T): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#chunks[middle]?.at(-1);
      if (last !== undefined && this.#compare(last, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #indexIn(chunk: readonly T[], item: T): number {
    let low = 0;
    let high = chunk.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(chunk[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isAt(chunk: readonly T[], index: number, item: T): boolean {
    return index < chunk.length && this.#compare(chunk[index] as T, item) === 0;
  }
}

/** New callers join at the end: leave the last chunk nearly full behind them, halve any other. */
function splitPoint(at: number, chunks: number): number {
  return at === chunks - 1 ? chunkLimit - 16 : chunkLimit >>> 1;
}
