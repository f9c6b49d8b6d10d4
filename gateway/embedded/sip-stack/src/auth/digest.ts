// Digest authentication as values (RFC 7616, RFC 2617; in SIP: RFC 3261 section 22, RFC 8760): parsing challenges and
// credentials, making them, computing and checking the response. No state: nonces and their ageing are the user's.
import { createHash, timingSafeEqual } from 'node:crypto';
import { isToken, quote, skipBlank, splitList, trimBlank, unquote } from '../message/octets.ts';

/** One challenge or one set of credentials: scheme and parameters (names in lower case, values unquoted). */
export interface AuthValue {
  /** As written, e.g. `Digest`. */
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

export type DigestAlgorithm = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess';

/** A Map, not an object: `algorithm=constructor` must find nothing. */
const ALGORITHMS: ReadonlyMap<string, DigestAlgorithm> = new Map([
  ['md5', 'MD5'],
  ['md5-sess', 'MD5-sess'],
  ['sha-256', 'SHA-256'],
  ['sha-256-sess', 'SHA-256-sess'],
]);

/** Parses a WWW-Authenticate, Proxy-Authenticate, Authorization or Proxy-Authorization value. `undefined`: malformed. */
export function parseAuth(text: string): AuthValue | undefined {
  const value = trimBlank(text);
  const space = value.indexOf(' ');
  if (space < 0 || !isToken(value, 0, space)) return undefined;
  const params = new Map<string, string>();
  for (const element of splitList(value.slice(skipBlank(value, space)))) {
    const equals = element.indexOf('=');
    const name = trimBlank(element.slice(0, Math.max(equals, 0))).toLowerCase();
    // A parameter given twice is an attempt to have two readers see two values.
    if (!isToken(name) || params.has(name)) return undefined;
    params.set(name, unquote(trimBlank(element.slice(equals + 1))));
  }
  return { scheme: value.slice(0, space), params };
}

/** Parameters whose values stand without quotes (RFC 7616 3.3, 3.4). */
const UNQUOTED: ReadonlySet<string> = new Set(['algorithm', 'stale', 'nc']);

/** Text of a challenge or of credentials. `qop` is quoted in a challenge and not in credentials. */
export function formatAuth(value: AuthValue): string {
  const credentials = value.params.has('response');
  const parts = [...value.params].map(([name, text]) =>
    UNQUOTED.has(name) || (credentials && name === 'qop') ? `${name}=${text}` : `${name}=${quote(text)}`,
  );
  return `${value.scheme} ${parts.join(', ')}`;
}

/** The algorithm a value names; MD5 when it names none; undefined when it is one we do not know. */
export function algorithmOf(value: AuthValue): DigestAlgorithm | undefined {
  return ALGORITHMS.get((value.params.get('algorithm') ?? 'MD5').toLowerCase());
}

function hash(algorithm: DigestAlgorithm, text: string): string {
  return createHash(algorithm.startsWith('MD5') ? 'md5' : 'sha256')
    .update(text, 'utf8')
    .digest('hex');
}

/** `H(user:realm:password)`: what a user table keeps instead of the password. */
export function ha1(algorithm: DigestAlgorithm, user: string, realm: string, password: string): string {
  return hash(algorithm, `${user}:${realm}:${password}`);
}

export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** From `ha1`. */
  readonly ha1: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  readonly cnonce?: string;
  /** Eight hex digits. */
  readonly nc?: string;
  /** Absent: RFC 2069 form without qop. */
  readonly qop?: 'auth' | 'auth-int';
  /** For auth-int. */
  readonly body?: Uint8Array;
}

/** The `response` value (RFC 7616 3.4.1). */
export function digestResponse(input: DigestInput): string {
  const { algorithm, nonce, cnonce = '', nc = '', qop } = input;
  const a1 = algorithm.endsWith('-sess') ? hash(algorithm, `${input.ha1}:${nonce}:${cnonce}`) : input.ha1;
  const entity = qop === 'auth-int' ? `:${hashOfBody(algorithm, input.body)}` : '';
  const a2 = hash(algorithm, `${input.method}:${input.uri}${entity}`);
  return hash(
    algorithm,
    qop === undefined ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`,
  );
}

function hashOfBody(algorithm: DigestAlgorithm, body: Uint8Array = new Uint8Array(0)): string {
  return createHash(algorithm.startsWith('MD5') ? 'md5' : 'sha256')
    .update(body)
    .digest('hex');
}

/**
 * Checks credentials of a request against a stored `ha1`, in constant time.
 * That nonce, realm, user and digest-uri are the expected ones is the caller's to check.
 */
export function verifyDigest(
  credentials: AuthValue,
  expected: { readonly ha1: string; readonly method: string; readonly body?: Uint8Array },
): boolean {
  const { params } = credentials;
  const algorithm = algorithmOf(credentials);
  const qop = params.get('qop');
  const [nonce, uri, response] = [params.get('nonce'), params.get('uri'), params.get('response')];
  if (credentials.scheme.toLowerCase() !== 'digest' || !algorithm) return false;
  if (nonce === undefined || uri === undefined || response === undefined) return false;
  if (qop !== undefined && qop !== 'auth' && qop !== 'auth-int') return false;
  const input = {
    algorithm,
    ...expected,
    nonce,
    uri,
    cnonce: params.get('cnonce') ?? '',
    nc: params.get('nc') ?? '',
  };
  const computed = Buffer.from(digestResponse(qop === undefined ? input : { ...input, qop }));
  const given = Buffer.from(response.toLowerCase());
  return given.length === computed.length && timingSafeEqual(given, computed);
}

/**
 * Credentials answering a challenge.
 * @param nonceCount how often this nonce has been used, from 1
 * @returns undefined when the challenge is no Digest, or of an algorithm or qop we do not know
 */
export function answerChallenge(
  challenge: AuthValue,
  who: { readonly user: string; readonly password: string; readonly method: string; readonly uri: string },
  cnonce: string,
  nonceCount = 1,
): AuthValue | undefined {
  const algorithm = algorithmOf(challenge);
  const nonce = challenge.params.get('nonce');
  const realm = challenge.params.get('realm');
  if (challenge.scheme.toLowerCase() !== 'digest' || !algorithm || nonce === undefined || realm === undefined)
    return undefined;
  const offered = challenge.params.get('qop');
  const qops = offered === undefined ? [] : splitList(offered).map((one) => one.toLowerCase());
  if (qops.length > 0 && !qops.includes('auth')) return undefined;
  const { user, password, method, uri } = who;
  const nc = nonceCount.toString(16).padStart(8, '0');
  const fresh = qops.length > 0 || algorithm.endsWith('-sess') ? { cnonce } : {};
  const quality = qops.length > 0 ? ({ qop: 'auth', nc } as const) : {};
  const secret = ha1(algorithm, user, realm, password);
  const response = digestResponse({ algorithm, ha1: secret, method, uri, nonce, ...fresh, ...quality });
  const opaque = challenge.params.get('opaque');
  const named = challenge.params.has('algorithm') ? { algorithm } : {};
  const echoed = opaque === undefined ? {} : { opaque };
  const fields = { username: user, realm, nonce, uri, response, ...named, ...fresh, ...quality, ...echoed };
  return { scheme: 'Digest', params: new Map(Object.entries(fields)) };
}
