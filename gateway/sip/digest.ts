// Digest authentication of phones (RFC 7616 with MD5, which is what desk phones speak; RFC 3261 section 22). Nonces are
// stateless: an instant, some chance and their signature together with the address they were made for. A restart of the control plane invalidates
// none, and a nonce overheard elsewhere, or asked for under a forged address, is worth nothing. Each is good for a few minutes, and each of
// its counts once.

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface DigestCredentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly qop?: string;
  readonly nc?: string;
  readonly cnonce?: string;
}

/** The parts of a request that digest looks at. */
export interface DigestRequest {
  readonly method: string;
  /** Value of Authorization or Proxy-Authorization; several are joined by commas. */
  readonly header: string | undefined;
  /** IP address the request came from. */
  readonly source: string;
}

export type DigestVerdict =
  | { readonly verdict: 'good'; readonly username: string }
  /** No credentials for this realm, or their nonce is no longer (or never was) good: stale, ask again with the same password. */
  | { readonly verdict: 'challenge'; readonly stale: boolean }
  /** Wrong user or password. The same answer for both. */
  | { readonly verdict: 'wrong' };

export const nonceLifetimeMs = 5 * 60_000;
const rememberedNonces = 20_000;
const signatureLength = 27;

export class Digest {
  readonly #realm: string;
  readonly #key: Buffer;
  readonly #now: () => number;
  readonly #nobodysHa1: string;
  /** Highest nonce count seen, per nonce, oldest nonce first: a replayed request carries an old one. */
  readonly #counts = new Map<string, number>();

  /** @param key secret for signing nonces, at least 32 bytes @throws RangeError when it is shorter */
  constructor(realm: string, key: Buffer, now: () => number) {
    if (key.length < 32) throw new RangeError('the nonce key must have at least 32 bytes');
    this.#realm = realm;
    this.#key = key;
    this.#now = now;
    this.#nobodysHa1 = md5(`nobody:${realm}:${key.toString('hex')}`);
  }

  /** Value of a WWW-Authenticate or Proxy-Authenticate header for a request from this address. RFC 7616 section 3.3. */
  challenge(source: string, stale = false): string {
    const issued = `${this.#now().toString(36)}.${randomBytes(6).toString('base64url')}`;
    const nonce = `${issued}.${this.#sign(issued, source)}`;
    return `Digest realm="${this.#realm}", nonce="${nonce}", algorithm=MD5, qop="auth"${stale ? ', stale=true' : ''}`;
  }

  /** @param ha1Of lower-case hex MD5(username:realm:password), undefined for an unknown user */
  async verify(
    request: DigestRequest,
    ha1Of: (username: string) => Promise<string | undefined>,
  ): Promise<DigestVerdict> {
    const given = parseCredentials(request.header ?? '', this.#realm);
    if (!given) return { verdict: 'challenge', stale: false };
    // Before the digest is even looked at: an answer to somebody else's or an aged nonce tells nothing about a password.
    if (!this.#isOurs(given.nonce, request.source)) return { verdict: 'challenge', stale: true };
    // An unknown user costs the same work as a known one and hears the same answer.
    const ha1 = (await ha1Of(given.username)) ?? this.#nobodysHa1;
    if (!sameText(digestResponse(given, request.method, ha1), given.response)) return { verdict: 'wrong' };
    if (!this.#countIsFresh(given)) return { verdict: 'challenge', stale: true };
    return { verdict: 'good', username: given.username };
  }

  #sign(issued: string, source: string): string {
    const signed = createHmac('sha256', this.#key).update(`${issued} ${source}`);
    return signed.digest('base64url').slice(0, signatureLength);
  }

  #isOurs(nonce: string, source: string): boolean {
    const dot = nonce.lastIndexOf('.');
    const issued = nonce.slice(0, Math.max(dot, 0));
    return sameText(this.#sign(issued, source), nonce.slice(dot + 1)) && !this.#isAged(nonce);
  }

  #isAged(nonce: string): boolean {
    const age = this.#now() - Number.parseInt(nonce, 36);
    return !(age <= nonceLifetimeMs);
  }

  /** Each count once and rising (RFC 7616 section 3.4.5); without qop there is no count, and the nonce is good for one request. */
  #countIsFresh({ nonce, qop, nc }: DigestCredentials): boolean {
    const count = qop === undefined ? Number.MAX_SAFE_INTEGER : Number.parseInt(nc ?? '', 16);
    if (!(count > (this.#counts.get(nonce) ?? 0))) return false;
    this.#counts.set(nonce, count);
    if (this.#counts.size > rememberedNonces) this.#forgetAged();
    return true;
  }

  #forgetAged(): void {
    for (const nonce of this.#counts.keys()) if (this.#isAged(nonce)) this.#counts.delete(nonce);
    // All of them fresh: a flood of good passwords. The oldest can at worst be replayed from their own address within their minutes.
    for (const nonce of this.#counts.keys()) {
      if (this.#counts.size <= rememberedNonces / 2) break;
      this.#counts.delete(nonce);
    }
  }
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The `response` a client with this HA1 gives. RFC 7616 section 3.4.1; without qop, RFC 2069's form. */
export function digestResponse(
  given: Omit<DigestCredentials, 'response'>,
  method: string,
  ha1: string,
): string {
  const ha2 = md5(`${method}:${given.uri}`);
  return given.qop === undefined
    ? md5(`${ha1}:${given.nonce}:${ha2}`)
    : md5(`${ha1}:${given.nonce}:${given.nc ?? ''}:${given.cnonce ?? ''}:${given.qop}:${ha2}`);
}

const longestHeader = 4_096;

/**
 * The credentials for this realm in `Digest k=v, k="v"`, of which a client in several realms sends several;
 * undefined when there are none, a needed part is missing, or it is no digest we offered. RFC 7616 section 3.4.
 */
export function parseCredentials(header: string, ofRealm: string): DigestCredentials | undefined {
  if (header.length > longestHeader) return undefined;
  for (const text of header.split(/(?:^|,)\s*Digest\s+/i).slice(1)) {
    const parts = partsOf(text);
    if (parts.get('realm') === ofRealm) return credentialsOf(parts);
  }
  return undefined;
}

function credentialsOf(parts: ReadonlyMap<string, string>): DigestCredentials | undefined {
  const [username, realm, nonce, uri, response] = neededParts.map((name) => parts.get(name));
  if (!username || realm === undefined || !nonce || !uri || !response) return undefined;
  if ((parts.get('algorithm') ?? 'MD5').toUpperCase() !== 'MD5') return undefined;
  const qop = parts.get('qop');
  if (qop === undefined) return { username, realm, nonce, uri, response };
  const [nc, cnonce] = [parts.get('nc') ?? '', parts.get('cnonce') ?? ''];
  if (qop !== 'auth' || !/^[0-9a-f]{8}$/i.test(nc) || cnonce === '') return undefined;
  return { username, realm, nonce, uri, response, qop, nc, cnonce };
}

const neededParts = ['username', 'realm', 'nonce', 'uri', 'response'];

/** The values as they stand between the quotes: RFC 7616's unq() keeps escapes. */
function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const [, key = '', quoted, bare] of text.matchAll(
    /([a-z][a-z0-9-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi,
  )) {
    parts.set(key.toLowerCase(), quoted ?? bare ?? '');
  }
  return parts;
}
