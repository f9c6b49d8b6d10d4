// Structured header values: name-addr, Via, CSeq, RAck (RFC 3261 section 20 and 25.1, RFC 3262, RFC 3581).
// Every parser here is linear in its input and answers `undefined` to what it does not understand.
import { isIP } from 'node:net';
import {
  endOfQuoted,
  isToken,
  parseDecimal,
  skipBlank,
  trimBlank,
  quote,
  unquote,
  isBlank,
} from './octets.ts';
import { formatParams, parseParams } from './params.ts';
import { bracketed, parseHostPort, parseUri } from './uri.ts';
import type { CSeq, NameAddr, Params, RAck, Via } from './value-types.ts';

const MAX_CSEQ = 0xffff_ffff;
/** Display name without quotes: tokens and blanks; text above ASCII is let through as UTF-8. */
const PLAIN_DISPLAY = /^[a-zA-Z0-9\-.!%*_+`'~ \t\u0080-\uffff]*$/;
const SAFE_DISPLAY = /^[a-zA-Z0-9\-.!%*_+`'~]*$/;

/** One From, To, Contact, Route … element. URIs of sip and sips must be well formed, others well formed enough. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const start = skipBlank(text, 0);
  let open: number;
  let display: string;
  if (text.charCodeAt(start) === 0x22) {
    const end = endOfQuoted(text, start);
    if (end < 0) return undefined;
    display = unquote(text.slice(start, end));
    open = skipBlank(text, end);
    if (text.charCodeAt(open) !== 0x3c) return undefined;
  } else {
    open = text.indexOf('<', start);
    if (open < 0) return parseBareAddress(text, start);
    display = trimBlank(text.slice(start, open));
    if (!PLAIN_DISPLAY.test(display)) return undefined;
  }
  const close = text.indexOf('>', open);
  if (close < 0) return undefined;
  const uri = text.slice(open + 1, close);
  const params = parseParams(text, close + 1);
  if (!params || !parseUri(uri)) return undefined;
  return { display, uri, params, tag: params.get('tag') ?? undefined };
}

/** 20.10: without brackets, `;` begins header parameters, and the URI may contain neither comma nor question mark. */
function parseBareAddress(text: string, start: number): NameAddr | undefined {
  const semicolon = text.indexOf(';', start);
  const end = semicolon < 0 ? text.length : semicolon;
  const uri = trimBlank(text.slice(start, end));
  if (uri.includes(',') || uri.includes('?') || !parseUri(uri)) return undefined;
  const params = parseParams(text, end);
  return params && { display: '', uri, params, tag: params.get('tag') ?? undefined };
}

/** Text of a name-addr, always in brackets. */
export function formatNameAddr(value: {
  readonly display?: string;
  readonly uri: string;
  readonly params?: Params | Readonly<Record<string, string | null>>;
}): string {
  const { display = '', uri, params } = value;
  const shown = display === '' ? '' : SAFE_DISPLAY.test(display) ? `${display} ` : `${quote(display)} `;
  return `${shown}<${uri}>${params ? formatParams(params) : ''}`;
}

/** One Via element: `SIP/2.0/UDP host:port;branch=…`, blanks allowed around `/`, `:` and `;`. */
export function parseVia(text: string): Via | undefined {
  const sent = parseSentProtocol(text);
  if (!sent) return undefined;
  const semicolon = text.indexOf(';', sent.end);
  const hostEnd = semicolon < 0 ? text.length : semicolon;
  const hostPort = parseHostPort(withoutBlanksAtColon(trimBlank(text.slice(sent.end, hostEnd))));
  const params = parseParams(text, hostEnd);
  if (!hostPort || !params) return undefined;
  const rport = params.get('rport');
  const port = typeof rport === 'string' ? parseDecimal(rport, 65_535) : rport;
  if (port === undefined && rport !== undefined) return undefined;
  const received = params.get('received') ?? undefined;
  if (received !== undefined && isIP(unbracket(received)) === 0) return undefined;
  return {
    transport: sent.transport,
    host: hostPort.host,
    port: hostPort.port,
    params,
    branch: params.get('branch') ?? undefined,
    received: received === undefined ? undefined : unbracket(received),
    rport: port,
  };
}

function parseSentProtocol(text: string): { transport: string; end: number } | undefined {
  const first = text.indexOf('/');
  const second = first < 0 ? -1 : text.indexOf('/', first + 1);
  if (second < 0) return undefined;
  if (trimBlank(text.slice(0, first)).toUpperCase() !== 'SIP') return undefined;
  // A Via of another version still says where to answer 505 (RFC 4475 3.1.2.16).
  if (!isToken(trimBlank(text.slice(first + 1, second)))) return undefined;
  const start = skipBlank(text, second + 1);
  let end = start;
  while (end < text.length && !isBlank(text.charCodeAt(end))) end++;
  if (end === text.length || !isToken(text, start, end)) return undefined;
  return { transport: text.slice(start, end).toUpperCase(), end };
}

function withoutBlanksAtColon(sentBy: string): string {
  if (!sentBy.includes(' ') && !sentBy.includes('\t')) return sentBy;
  const colon = sentBy.lastIndexOf(':');
  if (colon < 0) return sentBy;
  return `${trimBlank(sentBy.slice(0, colon))}:${trimBlank(sentBy.slice(colon + 1))}`;
}

function unbracket(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** Text of a Via. */
export function formatVia(transport: string, host: string, port: number | undefined, params: Params): string {
  return `SIP/2.0/${transport} ${bracketed(host)}${port === undefined ? '' : `:${port}`}${formatParams(params)}`;
}

/** `314159 INVITE`. The number must fit 32 bits (8.1.1.5 asks for 31; peers in the field start at random 32-bit numbers). */
export function parseCSeq(text: string): CSeq | undefined {
  const words = twoWords(text);
  if (!words) return undefined;
  const number = parseDecimal(words[0].replace(/^0+(?=.)/, ''), MAX_CSEQ);
  return number === undefined || !isToken(words[1]) ? undefined : { number, method: words[1] };
}

/** `776656 1 INVITE` (RFC 3262 7.2). */
export function parseRAck(text: string): RAck | undefined {
  const words = twoWords(text);
  const cseq = words && parseCSeq(words[1]);
  const rseq = words && parseDecimal(words[0], MAX_CSEQ);
  return cseq && rseq !== undefined ? { rseq, cseq: cseq.number, method: cseq.method } : undefined;
}

function twoWords(text: string): [string, string] | undefined {
  let end = 0;
  while (end < text.length && !isBlank(text.charCodeAt(end))) end++;
  const rest = skipBlank(text, end);
  return end === 0 || rest === text.length ? undefined : [text.slice(0, end), text.slice(rest)];
}
