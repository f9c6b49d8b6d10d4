// Header names: any case, any of the compact forms (RFC 3261 7.3.3 and the IANA registry) → one key.
const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

const COMMON = [
  [
    'Accept',
    'Allow',
    'Authorization',
    'Call-ID',
    'Contact',
    'Content-Disposition',
    'Content-Length',
    'Content-Type',
  ],
  [
    'CSeq',
    'Date',
    'Event',
    'Expires',
    'From',
    'Max-Forwards',
    'Min-SE',
    'P-Asserted-Identity',
    'Proxy-Authenticate',
  ],
  [
    'Proxy-Authorization',
    'RAck',
    'Reason',
    'Record-Route',
    'Require',
    'Route',
    'RSeq',
    'Server',
    'Session-Expires',
  ],
  ['Subject', 'Supported', 'Timestamp', 'To', 'User-Agent', 'Via', 'WWW-Authenticate'],
].flat();

/** Spellings met on nearly every message, so that the usual header costs one look-up and no new string. */
const KEYS = new Map<string, string>();
for (const name of COMMON) {
  const key = name.toLowerCase();
  KEYS.set(name, key);
  KEYS.set(key, key);
}
for (const [letter, key] of Object.entries(COMPACT)) {
  KEYS.set(letter, key);
  KEYS.set(letter.toUpperCase(), key);
}

/** The key of a usual spelling, without checking anything else. */
export function knownKey(name: string): string | undefined {
  return KEYS.get(name);
}

/** The key a header is found by: lower case, long form. */
export function headerKey(name: string): string {
  return KEYS.get(name) ?? longForm(name.toLowerCase());
}

function longForm(lower: string): string {
  return lower.length === 1 ? (COMPACT[lower] ?? lower) : lower;
}

/** Usual spelling of a key, for reason phrases. */
export function spelled(key: string): string {
  return COMMON.find((name) => name.toLowerCase() === key) ?? key;
}
