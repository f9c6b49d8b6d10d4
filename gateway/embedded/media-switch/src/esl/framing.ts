// What a client sends: a command line, header lines, a blank line, and a body when content-length says so.
//
//   line ──> headers ──blank line──> [body of content-length octets] ──> command

/** One complete command. */
export interface ClientCommand {
  readonly line: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The client sent what can never become a command; the connection is closed. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** Octets of command line and headers together; an originate with many variables stays far below. */
const MAX_HEAD = 65_536;
const MAX_BODY = 1_048_576;
const MAX_HEAD_BEFORE_AUTH = 4_096;

/** Cuts a byte stream into commands. */
export class CommandFramer {
  #buffer: Buffer = Buffer.alloc(0);
  #scanned = 0;
  #awaiting: { line: string; headers: Map<string, string>; bodyBytes: number } | undefined;
  /** Until the client has authenticated, little is buffered for it. */
  trusted = false;

  /**
   * Takes what arrived.
   * @returns the commands it completes, in order
   * @throws FramingError when a limit is exceeded
   */
  push(chunk: Buffer): ClientCommand[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const commands: ClientCommand[] = [];
    for (let command = this.#next(); command; command = this.#next()) commands.push(command);
    return commands;
  }

  #next(): ClientCommand | undefined {
    if (!this.#awaiting) this.#readHead();
    const awaiting = this.#awaiting;
    if (!awaiting || this.#buffer.length < awaiting.bodyBytes) return undefined;
    const body = this.#buffer.toString('utf8', 0, awaiting.bodyBytes);
    this.#consume(awaiting.bodyBytes);
    this.#awaiting = undefined;
    return { line: awaiting.line, headers: awaiting.headers, body };
  }

  #consume(octets: number): void {
    this.#buffer = this.#buffer.subarray(octets);
    this.#scanned = 0;
  }

  #readHead(): void {
    this.#skipBlankLines();
    const end = this.#findBlankLine();
    if (end === undefined) {
      const limit = this.trusted ? MAX_HEAD : MAX_HEAD_BEFORE_AUTH;
      if (this.#buffer.length > limit) throw new FramingError(`a command of more than ${limit} octets`);
      return;
    }
    const [line = '', ...rest] = this.#buffer.toString('utf8', 0, end.at).split(/\r?\n/);
    this.#consume(end.after);
    const headers = new Map<string, string>();
    for (const field of rest) {
      const colon = field.indexOf(':');
      if (colon > 0) headers.set(field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim());
    }
    this.#awaiting = { line: line.trimStart(), headers, bodyBytes: bodyLength(headers) };
  }

  #skipBlankLines(): void {
    let at = 0;
    while (this.#buffer[at] === 0x0a || this.#buffer[at] === 0x0d) at++;
    if (at > 0) this.#consume(at);
  }

  #findBlankLine(): { at: number; after: number } | undefined {
    for (;;) {
      const newline = this.#buffer.indexOf(0x0a, this.#scanned);
      if (newline < 0) {
        this.#scanned = this.#buffer.length;
        return undefined;
      }
      const next = newline + 1;
      if (this.#buffer[next] === 0x0a) return { at: newline, after: next + 1 };
      if (this.#buffer[next] === 0x0d && this.#buffer[next + 1] === 0x0a)
        return { at: newline, after: next + 2 };
      const undecided =
        next >= this.#buffer.length || (this.#buffer[next] === 0x0d && next + 1 >= this.#buffer.length);
      if (undecided) {
        this.#scanned = newline;
        return undefined;
      }
      this.#scanned = next;
    }
  }
}

const bodyLength = (headers: ReadonlyMap<string, string>): number => {
  const text = headers.get('content-length');
  if (text === undefined) return 0;
  const length = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(length <= MAX_BODY)) throw new FramingError(`content-length ${text.slice(0, 20)} is not acceptable`);
  return length;
};
