// What decides whether a message that has the shape of SIP may be used: mandatory headers, single occurrences, syntax of
// what routing and transactions depend on (RFC 3261 8.1.1, 16.3, 18.3, 20; RFC 4475 section 3). Unknown schemes, option
// tags, content types and a missing Max-Forwards or From tag (RFC 2543 peers) are the user's business, not a fault here.
import type { HeaderLine, SipHeaders } from './headers.ts';
import { spelled } from './names.ts';
import { parseDecimal } from './octets.ts';
import { parseUri } from './uri.ts';
import { parseNameAddr, parseVia } from './values.ts';
import type { SipMessage, SipRequest, SipResponse } from './types.ts';

export interface Fault {
  /** Reason phrase for a 400. */
  readonly reason: string;
}

/** Headers that may stand there once (20; RFC 4475 3.3.8). */
const SINGLE: ReadonlySet<string> = new Set([
  'call-id',
  'content-length',
  'content-type',
  'cseq',
  'date',
  'expires',
  'from',
  'max-forwards',
  'min-expires',
  'rack',
  'rseq',
  'to',
]);

/** IMF-fixdate as 20.17 wants it: always GMT. */
const DATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;

/** Characters that break the line-and-bar formats built on dialog ids, or that no grammar allows in them. */
const UNSAFE_ID = /[\0-\u0020|\u007f-\uffff]/;
const UNSAFE_TOKEN = /[\0-\u0020|"<>,;\u007f-\uffff]/;

/** First fault of a message, or undefined when it may be used. */
export function findFault(message: SipMessage, bodyLength: number): Fault | undefined {
  const { headers } = message;
  const reason =
    singleFault(headers.lines) ??
    viaFault(headers) ??
    partyFault(headers) ??
    callIdFault(headers) ??
    cseqFault(message) ??
    lengthFault(headers, bodyLength) ??
    (message.kind === 'request' ? requestFault(message) : responseFault(message));
  return reason === undefined ? undefined : { reason };
}

/** True when the part of a Via before its parameters is right: then an answer can be sent, whatever else is wrong. */
export function hasUsableSentBy(via: string): boolean {
  const semicolon = via.indexOf(';');
  return parseVia(semicolon < 0 ? via : via.slice(0, semicolon)) !== undefined;
}

function singleFault(lines: readonly HeaderLine[]): string | undefined {
  let seen: string | undefined;
  for (const { key } of lines) {
    if (!SINGLE.has(key)) continue;
    const mark = ` ${key} `;
    if (seen?.includes(mark)) return `Duplicate ${spelled(key)}`;
    seen = (seen ?? '') + mark;
  }
  return undefined;
}

function viaFault(headers: SipHeaders): string | undefined {
  const via = headers.optional('via');
  if (!via) return headers.has('via') ? 'Bad Via' : 'Missing Via';
  return via.branch !== undefined && UNSAFE_TOKEN.test(via.branch) ? 'Bad Via Branch' : undefined;
}

function partyFault(headers: SipHeaders): string | undefined {
  for (const key of ['from', 'to'] as const) {
    const party = headers.optional(key);
    if (!party) return `${headers.has(key) ? 'Bad' : 'Missing'} ${spelled(key)}`;
    if (party.params.has('tag') && !usableTag(party.tag)) return `Bad ${spelled(key)} Tag`;
  }
  return undefined;
}

function usableTag(tag: string | undefined): boolean {
  return tag !== undefined && tag !== '' && !UNSAFE_TOKEN.test(tag);
}

function callIdFault(headers: SipHeaders): string | undefined {
  const callId = headers.optional('call-id');
  if (callId === undefined) return 'Missing Call-ID';
  return UNSAFE_ID.test(callId) ? 'Bad Call-ID' : undefined;
}

function cseqFault(message: SipMessage): string | undefined {
  const cseq = message.headers.optional('cseq');
  if (!cseq) return message.headers.has('cseq') ? 'Bad CSeq' : 'Missing CSeq';
  return message.kind === 'request' && cseq.method !== message.method ? 'CSeq Method Mismatch' : undefined;
}

function lengthFault(headers: SipHeaders, bodyLength: number): string | undefined {
  const value = headers.get('content-length');
  if (value === undefined) return undefined;
  const length = parseDecimal(value, 0x7fff_ffff);
  if (length === undefined) return 'Bad Content-Length';
  return length > bodyLength ? 'Content-Length Exceeds Message' : undefined;
}

function responseFault(response: SipResponse): string | undefined {
  return contactFault(response.headers, undefined);
}

function requestFault(request: SipRequest): string | undefined {
  const { headers } = request;
  const uri = parseUri(request.uri);
  if (!uri) return 'Bad Request-URI';
  // 19.1.1: no headers component in a request URI (RFC 4475 3.1.2.11).
  if (uri.kind === 'sip' && uri.headers !== undefined) return 'Headers In Request-URI';
  const hops = headers.get('max-forwards');
  if (hops !== undefined && parseDecimal(hops.replace(/^0+(?=.)/, ''), 255) === undefined)
    return 'Bad Max-Forwards';
  const date = headers.get('date');
  if (date !== undefined && !DATE.test(date)) return 'Bad Date';
  return contactFault(headers, request) ?? routeFault(headers);
}

function contactFault(headers: SipHeaders, request: SipRequest | undefined): string | undefined {
  if (!headers.has('contact')) return undefined;
  const contacts = headers.list('contact');
  if (contacts.length === 0) return 'Empty Contact';
  if (contacts.includes('*')) return starFault(headers, contacts, request);
  return contacts.every((text) => parseNameAddr(text) !== undefined) ? undefined : 'Bad Contact';
}

/** 10.2.2: `Contact: *` only in a REGISTER, alone, with Expires 0. */
function starFault(headers: SipHeaders, contacts: readonly string[], request: SipRequest | undefined) {
  const allowed = request?.method === 'REGISTER' && contacts.length === 1 && headers.expires === 0;
  return allowed ? undefined : 'Bad Contact *';
}

function routeFault(headers: SipHeaders): string | undefined {
  for (const key of ['route', 'record-route'] as const) {
    if (!headers.has(key)) continue;
    if (!headers.list(key).every((text) => text.includes('<') && parseNameAddr(text) !== undefined))
      return `Bad ${spelled(key)}`;
  }
  return undefined;
}
