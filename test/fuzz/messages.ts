// SIP messages as drafts: parts that can be moved, repeated and spoiled one by one before they become octets.

export interface Draft {
  start: string;
  headers: [name: string, value: string][];
  body: string;
  /** What the Content-Length says: the truth, nothing at all, or this. */
  length: 'right' | 'none' | { readonly says: string };
}

export type Random = () => number;

/** Numbers from 0 up to 1 that depend on nothing but `seed` and `index`: message 731 is the same in every run. */
export function randomOf(seed: number, index: number): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) | 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const below = (random: Random, count: number): number => Math.floor(random() * count);

/** One of them. @throws RangeError when there is none */
export function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[below(random, from.length)];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
}

/** A well-formed message as text, read into a draft; octets are latin1 characters throughout. */
export function draftOf(text: string): Draft {
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end);
  const [start = '', ...lines] = head.split(/\r\n(?![ \t])/);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const body = end < 0 ? '' : text.slice(end + 4);
  const named = headers.some(([name]) => /^(content-length|l)$/i.test(name));
  return {
    start,
    headers: headers.filter(([name]) => !/^(content-length|l)$/i.test(name)),
    body,
    length: named || body !== '' ? 'right' : 'none',
  };
}

export function textOf({ start, headers, body, length }: Draft): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  if (length !== 'none') lines.push(`Content-Length: ${length === 'right' ? body.length : length.says}`);
  return [start, ...lines, '', body].join('\r\n');
}

/** Replaces the value of the first header of that name, or adds it. */
export function setHeader(draft: Draft, name: string, value: string): void {
  const at = draft.headers.findIndex(([each]) => each.toLowerCase() === name.toLowerCase());
  if (at < 0) draft.headers.push([name, value]);
  else draft.headers[at] = [name, value];
}

export const headerOf = (draft: Draft, name: string): string | undefined =>
  draft.headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
