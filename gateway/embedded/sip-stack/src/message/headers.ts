// The header section of one message: raw lines in order, as received or as given, and typed views parsed on demand.
import { headerKey } from './names.ts';
import {
  breaksLine,
  endOfElement,
  isToken,
  octetsOf,
  parseDecimal,
  splitList,
  textOf,
  trimBlank,
} from './octets.ts';
import { parseCSeq, parseNameAddr, parseRAck, parseVia } from './values.ts';
import type { CSeq, NameAddr, RAck, Via } from './value-types.ts';

/** A mandatory header was asked of a message that lacks it: a message that was never validated, so a bug. */
export class MissingHeader extends Error {
  override readonly name = 'MissingHeader';
}

/** A header name or value that cannot be put on one line (CR, LF, NUL, or no token as a name). */
export class InvalidHeader extends Error {
  override readonly name = 'InvalidHeader';
}

/** One line with its folded continuations, as octets without the final CRLF. Never changed once made. */
export interface HeaderLine {
  readonly key: string;
  readonly octets: string;
  readonly colon: number;
}

function valueOf(line: HeaderLine): string {
  let octets = line.octets.slice(line.colon + 1);
  if (octets.includes('\r')) octets = octets.replace(/\r\n[ \t]+/g, ' ');
  return textOf(trimBlank(octets));
}

function lineOf(name: string, value: string | number): HeaderLine {
  const text = String(value);
  if (!isToken(name)) throw new InvalidHeader(`not a header name: ${JSON.stringify(name)}`);
  if (breaksLine(text)) throw new InvalidHeader(`${name} holds CR, LF or NUL`);
  return { key: headerKey(name), octets: `${name}: ${octetsOf(text)}`, colon: name.length };
}

function nameOf(line: HeaderLine): string {
  return trimBlank(line.octets.slice(0, line.colon));
}

interface MandatoryViews {
  readonly via: Via;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly 'call-id': string;
  readonly cseq: CSeq;
}

const MANDATORY: { readonly [K in keyof MandatoryViews]: (text: string) => MandatoryViews[K] | undefined } = {
  via: (text) => parseVia(text.slice(0, endOfElement(text, 0))),
  from: parseNameAddr,
  to: parseNameAddr,
  'call-id': (text) => (text === '' ? undefined : text),
  cseq: parseCSeq,
};

/** The header fields of one message, in order and as they were written; names match in any case and in their compact form (RFC 3261 section 7.3). */
export class SipHeaders {
  readonly #lines: HeaderLine[];
  /** Parsed views by header key; an entry goes when a line of that key changes. */
  #views: Map<string, unknown> | undefined;

  /** @param lines raw lines, owned by this object from now on */
  constructor(lines: HeaderLine[] = []) {
    this.#lines = lines;
  }

  /** Raw lines in order, for the serialiser. */
  get lines(): readonly HeaderLine[] {
    return this.#lines;
  }

  /** Value of the first line of that name (compact and long forms alike), unfolded and trimmed, as text. */
  get(name: string): string | undefined {
    const key = headerKey(name);
    for (const line of this.#lines) if (line.key === key) return valueOf(line);
    return undefined;
  }

  /** Values of all lines of that name, one per line. */
  all(name: string): string[] {
    const key = headerKey(name);
    return this.#lines.filter((line) => line.key === key).map(valueOf);
  }

  /** All lines of that name, split at the commas that separate list elements. */
  list(name: string): string[] {
    return this.all(name).flatMap(splitList);
  }

  has(name: string): boolean {
    return this.count(name) > 0;
  }

  /** Number of lines of that name. */
  count(name: string): number {
    const key = headerKey(name);
    let count = 0;
    for (const line of this.#lines) if (line.key === key) count++;
    return count;
  }

  /** Name (as written) and value of every line. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (const line of this.#lines) yield [nameOf(line), valueOf(line)];
  }

  /**
   * Replaces the first line of that name in its place and removes the others; appends when there is none.
   * @throws InvalidHeader as do `append` and `prepend`
   */
  set(name: string, value: string | number): void {
    const line = lineOf(name, value);
    const first = this.#lines.findIndex((other) => other.key === line.key);
    if (first < 0) this.#lines.push(line);
    else {
      this.#lines[first] = line;
      this.#drop(line.key, first + 1);
    }
    this.#views?.delete(line.key);
  }

  /** Adds a line at the end. */
  append(name: string, value: string | number): void {
    const line = lineOf(name, value);
    this.#lines.push(line);
    this.#views?.delete(line.key);
  }

  /** Adds a line before the first one of that name (Via, Route, Record-Route), or on top. */
  prepend(name: string, value: string | number): void {
    const line = lineOf(name, value);
    const first = this.#lines.findIndex((other) => other.key === line.key);
    this.#lines.splice(Math.max(first, 0), 0, line);
    this.#views?.delete(line.key);
  }

  /** Removes all lines of that name. */
  remove(name: string): void {
    const key = headerKey(name);
    this.#drop(key, 0);
    this.#views?.delete(key);
  }

  /** Takes off and returns the first list element (top Via, first Route). */
  shift(name: string): string | undefined {
    const key = headerKey(name);
    const first = this.#lines.findIndex((line) => line.key === key);
    const line = this.#lines[first];
    if (!line) return undefined;
    const value = valueOf(line);
    const end = endOfElement(value, 0);
    const rest = trimBlank(value.slice(end + 1));
    if (rest === '') this.#lines.splice(first, 1);
    else this.#lines[first] = lineOf(nameOf(line), rest);
    this.#views?.delete(key);
    return trimBlank(value.slice(0, end));
  }

  /** Replaces the first list element of that name, leaving the others as they are. */
  replaceFirst(name: string, element: string): void {
    const key = headerKey(name);
    const first = this.#lines.findIndex((line) => line.key === key);
    const line = this.#lines[first];
    if (!line) return this.append(name, element);
    const value = valueOf(line);
    const rest = value.slice(endOfElement(value, 0));
    this.#lines[first] = lineOf(nameOf(line), element + rest);
    this.#views?.delete(key);
  }

  /** Adds all lines of that name of another message, byte-true. */
  copyFrom(other: SipHeaders, name: string): void {
    const key = headerKey(name);
    for (const line of other.#lines) if (line.key === key) this.#lines.push(line);
    this.#views?.delete(key);
  }

  clone(): SipHeaders {
    return new SipHeaders(this.#lines.slice());
  }

  /** The view of a mandatory header where it exists and can be parsed: for validation, and for answering what failed it. */
  optional<K extends keyof MandatoryViews>(key: K): MandatoryViews[K] | undefined {
    return this.#view(key, () => parseOptional(this.get(key), MANDATORY[key])) as
      MandatoryViews[K] | undefined;
  }

  // Typed views. The first five throw MissingHeader on a message that lacks them, which no message delivered by the
  // stack does; the others give `undefined` (or an empty list) when absent or malformed.

  get via(): Via {
    return required('Via', this.optional('via'));
  }

  get from(): NameAddr {
    return required('From', this.optional('from'));
  }

  get to(): NameAddr {
    return required('To', this.optional('to'));
  }

  get callId(): string {
    return required('Call-ID', this.optional('call-id'));
  }

  get cseq(): CSeq {
    return required('CSeq', this.optional('cseq'));
  }

  get vias(): readonly Via[] {
    return this.list('via').flatMap((text) => parseVia(text) ?? []);
  }

  get contacts(): readonly NameAddr[] {
    return this.#addresses('contact');
  }

  get routes(): readonly NameAddr[] {
    return this.#addresses('route');
  }

  get recordRoutes(): readonly NameAddr[] {
    return this.#addresses('record-route');
  }

  get maxForwards(): number | undefined {
    return parseOptional(this.get('max-forwards'), (text) => parseDecimal(text, 255));
  }

  /** Seconds; a value above 2^32-1 is read as 2^32-1 (20.19). */
  get expires(): number | undefined {
    return parseOptional(this.get('expires'), parseSeconds);
  }

  get contentLength(): number | undefined {
    return parseOptional(this.get('content-length'), (text) => parseDecimal(text, 0x7fff_ffff));
  }

  get contentType(): string | undefined {
    return this.get('content-type');
  }

  get rseq(): number | undefined {
    return parseOptional(this.get('rseq'), (text) => parseDecimal(text, 0xffff_ffff));
  }

  get rack(): RAck | undefined {
    return parseOptional(this.get('rack'), parseRAck);
  }

  /** True when a list header (Supported, Require, Allow …) names `token`, case-insensitively. */
  names(header: string, token: string): boolean {
    const wanted = token.toLowerCase();
    return this.list(header).some((element) => element.toLowerCase() === wanted);
  }

  #addresses(key: string): readonly NameAddr[] {
    return this.#view(key, () => this.list(key).flatMap((text) => parseNameAddr(text) ?? [])) as NameAddr[];
  }

  #view(key: string, parse: () => unknown): unknown {
    this.#views ??= new Map();
    let view = this.#views.get(key);
    if (view === undefined && !this.#views.has(key)) {
      view = parse();
      this.#views.set(key, view);
    }
    return view;
  }

  #drop(key: string, from: number): void {
    let kept = from;
    for (let i = from; i < this.#lines.length; i++) {
      const line = this.#lines[i];
      if (line && line.key !== key) this.#lines[kept++] = line;
    }
    this.#lines.length = kept;
  }
}

function required<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new MissingHeader(`no usable ${name}`);
  return value;
}

function parseOptional<T>(text: string | undefined, parse: (text: string) => T | undefined): T | undefined {
  return text === undefined ? undefined : parse(text);
}

function parseSeconds(text: string): number | undefined {
  const digits = text.replace(/^0+(?=.)/, '');
  if (!/^[0-9]+$/.test(digits)) return undefined;
  return Math.min(Number(digits), 0xffff_ffff);
}
