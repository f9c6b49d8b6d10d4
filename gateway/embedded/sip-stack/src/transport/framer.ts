// Messages out of a byte stream (RFC 3261 18.3): header section up to the empty line, then Content-Length octets.
// Each octet is looked at once; a stream that cannot be cut any more is `broken` and must be closed.
//
//   between ──CRLFCRLF──► between (ping)        head ──no length, two lengths, too long──► broken
//      └──octets──► head ──empty line──► body ──enough──► between (message)

export type Frame =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** RFC 5626 4.4.1: answer with one CRLF. */
  | { readonly kind: 'ping' }
  /** `bytes` is what was there: enough to answer with 400 when it parses that far. */
  | { readonly kind: 'broken'; readonly reason: string; readonly bytes: Buffer };

const CR = 0x0d;
const LF = 0x0a;
const LENGTH_LINES = /\r\n(?:content-length|l)[ \t]*:((?:[ \t]|\r\n[ \t])*)([^\r\n]*)/gi;

export class StreamFramer {
  readonly #maxMessage: number;
  /** Octets not yet given out: `#buffer[#start, #end)`. */
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** How far the search for the empty line has come. */
  #searched = 0;
  /** Length of the whole message at `#start`, once its header section is complete. */
  #expected: number | undefined;
  #broken = false;

  constructor(maxMessage: number) {
    this.#maxMessage = maxMessage;
  }

  /** True while a message is begun and not complete. */
  get midMessage(): boolean {
    return this.#end > this.#start;
  }

  /** Takes octets in and gives out what became complete. After `broken` nothing more comes. */
  push(chunk: Buffer): Frame[] {
    if (this.#broken) return [];
    this.#take(chunk);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame; frame = this.#next()) {
      frames.push(frame);
      if (frame.kind === 'broken') {
        this.#broken = true;
        break;
      }
    }
    if (this.#start === this.#end) this.#reset();
    return frames;
  }

  #take(chunk: Buffer): void {
    const kept = this.#end - this.#start;
    if (kept === 0) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#searched = 0;
      return;
    }
    // Doubling keeps the copying linear however small the pieces are. The old array is never written to again, because
    // messages given out earlier may still point into it.
    if (this.#buffer.length - this.#end < chunk.length) {
      const room = Math.max(2 * kept, kept + chunk.length, 4096);
      const grown = Buffer.allocUnsafe(room);
      this.#buffer.copy(grown, 0, this.#start, this.#end);
      this.#searched -= this.#start;
      this.#buffer = grown;
      this.#start = 0;
      this.#end = kept;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  #reset(): void {
    this.#buffer = Buffer.alloc(0);
    this.#start = 0;
    this.#end = 0;
    this.#searched = 0;
    this.#expected = undefined;
  }

  #next(): Frame | undefined {
    if (this.#expected === undefined) {
      const ping = this.#skipLineBreaks();
      if (ping) return ping;
      const problem = this.#findHead();
      if (problem !== undefined) return this.#break(problem);
    }
    if (this.#expected === undefined || this.#end - this.#start < this.#expected) return undefined;
    const bytes = this.#buffer.subarray(this.#start, this.#start + this.#expected);
    this.#start += this.#expected;
    this.#searched = this.#start;
    this.#expected = undefined;
    return { kind: 'message', bytes };
  }

  /** Line breaks between messages mean nothing (7.5), two in a row are a ping; a flood of them is answered once. */
  #skipLineBreaks(): Frame | undefined {
    const from = this.#start;
    let at = from;
    while (at < this.#end && (this.#buffer[at] === CR || this.#buffer[at] === LF)) at++;
    if (at === from) return undefined;
    this.#start = at;
    this.#searched = at;
    return at - from >= 4 ? { kind: 'ping' } : undefined;
  }

  /** Finds the end of the header section; sets `#expected`, or says what is wrong. */
  #findHead(): string | undefined {
    const from = Math.max(this.#start, this.#searched - 3);
    const found = this.#buffer.subarray(0, this.#end).indexOf('\r\n\r\n', from, 'latin1');
    if (found < 0) {
      this.#searched = this.#end;
      return this.#end - this.#start > this.#maxMessage ? 'Message Too Large' : undefined;
    }
    const head = found + 4 - this.#start;
    const length = contentLength(this.#buffer.toString('latin1', this.#start, found));
    if (typeof length === 'string') return length;
    if (head + length > this.#maxMessage) return 'Message Too Large';
    this.#expected = head + length;
    return undefined;
  }

  #break(reason: string): Frame {
    const bytes = this.#buffer.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return { kind: 'broken', reason, bytes };
  }
}

/** The one Content-Length of a header section, or what is wrong with it. On streams it is mandatory (18.3, 20.14). */
function contentLength(head: string): number | string {
  let length: number | undefined;
  for (const match of head.matchAll(LENGTH_LINES)) {
    const digits = (match[2] ?? '').trimEnd();
    if (length !== undefined) return 'Duplicate Content-Length';
    if (!/^[0-9]{1,9}$/.test(digits)) return 'Bad Content-Length';
    length = Number(digits);
  }
  return length ?? 'Missing Content-Length';
}
