// Octets and characters. The header section is kept as a "byte string" (one UTF-16 unit per octet), which loses nothing
// and is cheap; it becomes text only where a value is looked at.

/** RFC 3261 25.1 `token`. */
const TOKEN = markAll("-.!%*_+`'~", true);

function markAll(extra: string, alphanumeric: boolean): Uint8Array {
  const table = new Uint8Array(256);
  const members =
    extra + (alphanumeric ? 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789' : '');
  for (const character of members) table[character.charCodeAt(0)] = 1;
  return table;
}

export const SPACE = 0x20;
export const TAB = 0x09;
const NON_ASCII = /[\u0080-\uffff]/;
const LINE_BREAKING = /[\0\r\n]/;

/** True when `text` from `start` to `end` is a non-empty RFC 3261 token. */
export function isToken(text: string, start = 0, end = text.length): boolean {
  if (start >= end) return false;
  for (let i = start; i < end; i++) if (TOKEN[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/** First index at or after `start` that holds no token character. */
export function endOfToken(text: string, start: number): number {
  let i = start;
  while (i < text.length && TOKEN[text.charCodeAt(i)] === 1) i++;
  return i;
}

export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** First index at or after `start` that is neither space nor tab. */
export function skipBlank(text: string, start: number): number {
  let i = start;
  while (i < text.length && isBlank(text.charCodeAt(i))) i++;
  return i;
}

/** `text` without spaces and tabs at both ends. Not `String.trim`, which would eat the octet 0xA0 out of UTF-8. */
export function trimBlank(text: string): string {
  const start = skipBlank(text, 0);
  let end = text.length;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** A decimal number without sign, or undefined when `text` is anything else or exceeds `max`. */
export function parseDecimal(text: string, max: number): number | undefined {
  if (text.length === 0 || text.length > 20) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    if (value > max) return undefined;
  }
  return value;
}

/** Text of a byte string: UTF-8 decoded, wrong sequences become U+FFFD. */
export function textOf(octets: string): string {
  return NON_ASCII.test(octets) ? Buffer.from(octets, 'latin1').toString('utf8') : octets;
}

/** Byte string of a text: its UTF-8 octets. */
export function octetsOf(text: string): string {
  return NON_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

export function breaksLine(text: string): boolean {
  return LINE_BREAKING.test(text);
}

/** Index just behind the quoted string that opens at `start` (a `"`), or -1 when it never closes. */
export function endOfQuoted(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22) return i + 1;
  }
  return -1;
}

/** Content of a quoted string, escapes resolved; anything not quoted is returned as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== 0x22 || text.charCodeAt(text.length - 1) !== 0x22)
    return text;
  const inner = text.slice(1, -1);
  return inner.includes('\\') ? inner.replace(/\\([^])/g, '$1') : inner;
}

/** `text` as a quoted string. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Elements of a comma-separated header value; commas within quotes and angle brackets do not count. */
export function splitList(text: string): string[] {
  if (!text.includes(',')) {
    const only = trimBlank(text);
    return only === '' ? [] : [only];
  }
  const elements: string[] = [];
  let start = 0;
  while (start <= text.length) {
    const end = endOfElement(text, start);
    const element = trimBlank(text.slice(start, end));
    if (element !== '') elements.push(element);
    start = end + 1;
  }
  return elements;
}

/** Index of the comma that ends the list element beginning at `start`, or the text's length. */
export function endOfElement(text: string, start: number): number {
  let bracketed = false;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22 && !bracketed) {
      const end = endOfQuoted(text, i);
      if (end < 0) return text.length;
      i = end - 1;
    } else if (code === 0x3c) bracketed = true;
    else if (code === 0x3e) bracketed = false;
    else if (code === 0x2c && !bracketed) return i;
  }
  return text.length;
}
