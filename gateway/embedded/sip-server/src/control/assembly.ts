// How the headers an application wrote become headers on the wire: names in their customary case, `localhost`
// replaced by the address of the transport used, headers that are the server's business left out.
import type { HeaderLine } from './app-message.ts';

/** An address of ours as it goes into messages; IPv6 literals carry their brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Names whose customary form is not simply "capital after each dash". */
const CUSTOMARY = new Map(
  [
    ...['Call-ID', 'CSeq', 'WWW-Authenticate', 'RSeq', 'RAck', 'MIME-Version', 'SIP-ETag', 'SIP-If-Match'],
    ...[
      'P-DCS-Trace-Party-ID',
      'P-Access-Network-Info',
      'Min-SE',
      'P-Preferred-Identity',
      'P-Charging-Vector',
    ],
  ].map((name) => [name.toLowerCase(), name]),
);

/** RFC 3261 section 20 and the registrations of later RFCs: one-letter names. */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

/** Headers the server alone writes: what an application says in them is dropped. */
const SERVERS_OWN = new Set(['via', 'route', 'record-route', 'rseq', 'content-length']);

/** Names seen so far; applications use few, but nothing makes them. */
const seen = new Map<string, string>();
const MAX_SEEN = 500;

/** `x-Foo` stays as written; every other name gets its customary case. */
export function customaryName(name: string): string {
  const known = seen.get(name);
  if (known !== undefined) return known;
  const customary = findCustomary(name);
  if (seen.size < MAX_SEEN) seen.set(name, customary);
  return customary;
}

function findCustomary(name: string): string {
  const lower = name.toLowerCase();
  if (lower.startsWith('x-')) return name;
  const known = COMPACT[lower] ?? CUSTOMARY.get(lower);
  if (known !== undefined) return known;
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/**
 * The application's headers as they may go on the wire, in its order.
 * @param headers as the application wrote them
 * @param own names (lower case) the caller writes itself and wants left out as well
 */
export function wireHeaders(headers: readonly HeaderLine[], own: ReadonlySet<string>): HeaderLine[] {
  const kept: HeaderLine[] = [];
  for (const [name, value] of headers) {
    const wire = customaryName(name);
    const lower = wire.toLowerCase();
    if (!SERVERS_OWN.has(lower) && !own.has(lower)) kept.push([wire, value]);
  }
  return kept;
}

/** Headers in which an application may write `localhost` for "the address you will use". */
const LOCALHOST_HEADERS = new Set(['from', 'to', 'contact', 'p-asserted-identity']);

// display name and `<`, scheme and user, `localhost` with an optional port, what follows
const NAME_ADDR = /^([^<]*)<((?:sips?):(?:[^@>]*@)?)localhost(?![\w.-])(?::\d+)?([^>]*)>(.*)$/s;
const ADDR_SPEC = /^\s*((?:sips?):(?:[^@;?]*@)?)localhost(?![\w.-])(?::\d+)?(.*)$/s;

/**
 * Replaces host and port of a URI at `localhost` by our own address; the result is bracketed. Scheme, user and
 * parameters stay. A bare `sip:localhost` counts in From only; elsewhere it needs a user, as in `@localhost`.
 */
export function substituteLocalhost(name: string, value: string, own: HostPort): string {
  const header = name.toLowerCase();
  if (!LOCALHOST_HEADERS.has(header)) return value;
  if (!value.includes(header === 'from' ? 'localhost' : '@localhost')) return value;
  const nameAddr = NAME_ADDR.exec(value);
  if (nameAddr) {
    const [, display = '', user = '', params = '', rest = ''] = nameAddr;
    return `${display}<${user}${own.host}:${own.port}${params}>${rest}`;
  }
  const spec = ADDR_SPEC.exec(value);
  if (!spec) return value;
  // Without brackets what follows the host belongs to the header, not to the URI (RFC 3261 section 20.10).
  return `<${spec[1] ?? ''}${own.host}:${own.port}>${spec[2] ?? ''}`;
}

/**
 * The content type of a body whose application named none.
 * @returns undefined when it cannot be told: the message must be refused
 */
export function guessContentType(body: Uint8Array): string | undefined {
  return body.length > 2 && body[0] === 0x76 && body[1] === 0x3d && body[2] === 0x30
    ? 'application/sdp'
    : undefined;
}

/** The 14 methods a request may be sent with; others are refused like a bad request URI. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set([
  ...['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'REGISTER', 'INFO'],
  ...['PRACK', 'UPDATE', 'MESSAGE', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'PUBLISH'],
]);

/** The id of a dialog, a form drachtio-srf builds itself: our peer's tag when it called us, ours when we called. */
export function dialogIdOf(callId: string, fromTag: string): string {
  return `${callId};from-tag=${fromTag}`;
}

/** True when a Call-ID, tag or branch would break the field layout of a frame. */
export function breaksFrameFields(text: string): boolean {
  return /[|\r\n\u0000]/.test(text);
}
