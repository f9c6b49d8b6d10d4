// `;name=value` parameters of headers (RFC 3261 25.1 generic-param) and of URIs (uri-parameter).
import { endOfQuoted, endOfToken, skipBlank } from './octets.ts';
import type { Params } from './value-types.ts';

const NONE: Params = new Map();
/** A value that is neither token nor quoted: hosts, IPv6 references and what real peers send. */
const PLAIN_VALUE_END = /[\0- ;,"<>\u007f]/g;

/**
 * Header parameters from `start` to the end of `text`; blanks around `;` and `=` are allowed.
 * `undefined`: malformed (empty parameter, stray text, open quote).
 */
export function parseParams(text: string, start: number): Params | undefined {
  let at = skipBlank(text, start);
  if (at === text.length) return NONE;
  const params = new Map<string, string | null>();
  while (at < text.length) {
    if (text.charCodeAt(at) !== 0x3b) return undefined;
    const nameStart = skipBlank(text, at + 1);
    const nameEnd = endOfToken(text, nameStart);
    if (nameEnd === nameStart) return undefined;
    const name = text.slice(nameStart, nameEnd).toLowerCase();
    at = skipBlank(text, nameEnd);
    let value: string | null = null;
    if (text.charCodeAt(at) === 0x3d) {
      const valueStart = skipBlank(text, at + 1);
      const valueEnd = endOfValue(text, valueStart);
      if (valueEnd < 0) return undefined;
      value = text.slice(valueStart, valueEnd);
      at = skipBlank(text, valueEnd);
    }
    // The first of a repeated parameter wins, so that nobody can override `tag` or `branch` behind another reader's back.
    if (!params.has(name)) params.set(name, value);
  }
  return params;
}

function endOfValue(text: string, start: number): number {
  if (text.charCodeAt(start) === 0x22) return endOfQuoted(text, start);
  PLAIN_VALUE_END.lastIndex = start;
  const stop = PLAIN_VALUE_END.exec(text);
  const end = stop ? stop.index : text.length;
  return end > start ? end : -1;
}

/** URI parameters from `start` (at a `;` or the end); no blanks, no quotes. */
export function parseUriParams(text: string, start: number, end: number): Params | undefined {
  if (start === end) return NONE;
  const params = new Map<string, string | null>();
  let at = start;
  while (at < end) {
    let next = text.indexOf(';', at + 1);
    if (next < 0 || next > end) next = end;
    const equals = text.indexOf('=', at + 1);
    const named = equals >= 0 && equals < next ? equals : next;
    if (named === at + 1) return undefined;
    const name = text.slice(at + 1, named).toLowerCase();
    if (!params.has(name)) params.set(name, named === next ? null : text.slice(named + 1, next));
    at = next;
  }
  return params;
}

/** `;a=1;lr` of parameters. */
export function formatParams(params: Params | Readonly<Record<string, string | null>>): string {
  let text = '';
  const pairs =
    params instanceof Map ? params.entries() : Object.entries(params as Record<string, string | null>);
  for (const [name, value] of pairs as Iterable<[string, string | null]>)
    text += value === null ? `;${name}` : `;${name}=${value}`;
  return text;
}
