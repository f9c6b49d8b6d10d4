// Digest authentication of phones (RFC 7616 with MD5, which is what desk phones speak; RFC 3261 section 22). Nonces are
// stateless: an instant and its signature, so that a restart of the control plane invalidates nothing. Each nonce is good for a few
// minutes, and a nonce count may be used once.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

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

export type DigestVerdict =
  | { readonly verdict: 'good'; readonly username: string }
  /** No credentials, or for another realm: challenge. */
  | { readonly verdict: 'challenge'; readonly stale: boolean }
  /** Wrong user or password. The same answer for both. */
  | { readonly verdict: 'wrong' };

const nonceLifetimeMs = 5 * 60_000;
const rememberedNonces = 20_000;

export class Digest {
  readonly #realm: string;
  readonly #key: Buffer;
  readonly #now: () => number;
  /** Highest nonce count seen, per nonce: a replayed request carries an old one. */
  readonly #counts = new Map<string, number>();

  /** @param key secret for signing nonces, at least 32 bytes */
  constructor(realm: string, key: Buffer, now: () => number) {
    this.#realm = realm;
    this.#key = key;
    this.#now = now;
  }

  /** Value of a WWW-Authenticate or Proxy-Authenticate header. RFC 7616 section 3.3. */
  challenge(stale = false): string {
    const issued = this.#now().toString(36);
    const nonce = `${issued}.${this.#sign(issued)}`;
    return `Digest realm="${this.#realm}", nonce="${nonce}", algorithm=MD5, qop="auth"${stale ? ', stale=true' : ''}`;
  }

  /**
   * @param header value of Authorization or Proxy-Authorization
   * @param ha1Of lower-case hex MD5(username:realm:password), undefined for an unknown user
   */
  async verify(
    header: string | undefined,
    method: string,
    ha1Of: (username: string) => Promise<string | undefined>,
  ): Promise<DigestVerdict> {
    const given = header === undefined ? undefined : parseCredentials(header);
    if (!given || given.realm !== this.#realm) return { verdict: 'challenge', stale: false };
    const age = this.#ageOf(given.nonce);
    if (age === undefined) return { verdict: 'challenge', stale: false };
    // An unknown user costs the same work as a known one and hears the same answer.
    const ha1 = (await ha1Of(given.username)) ?? md5(`nobody:${this.#realm}:${this.#key.toString('hex')}`);
    if (!sameText(expectedResponse(given, method, ha1), given.response)) return { verdict: 'wrong' };
    if (age > nonceLifetimeMs || !this.#countIsFresh(given)) return { verdict: 'challenge', stale: true };
    return { verdict: 'good', username: given.username };
  }

  #sign(issued: string): string {
    return createHmac('sha256', this.#key).update(issued).digest('base64url').slice(0, 27);
  }

  #ageOf(nonce: string): number | undefined {
    const [issued, signature] = nonce.split('.');
    if (issued === undefined || signature === undefined || !sameText(this.#sign(issued), signature))
      return undefined;
    return this.#now() - Number.parseInt(issued, 36);
  }

  #countIsFresh({ nonce, qop, nc }: DigestCredentials): boolean {
    if (qop === undefined) return true;
    const count = Number.parseInt(nc ?? '', 16);
    const last = this.#counts.get(nonce) ?? 0;
    if (!(count > last)) return false;
    this.#counts.set(nonce, count);
    if (this.#counts.size > rememberedNonces) this.#forgetAged();
    return true;
  }

  #forgetAged(): void {
    for (const nonce of this.#counts.keys()) {
      if ((this.#ageOf(nonce) ?? Infinity) > nonceLifetimeMs) this.#counts.delete(nonce);
    }
    // All of them fresh: a flood. Forget the oldest; their nonces can at worst be replayed within their minutes.
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

function expectedResponse(given: DigestCredentials, method: string, ha1: string): string {
  const ha2 = md5(`${method}:${given.uri}`);
  return given.qop === undefined
    ? md5(`${ha1}:${given.nonce}:${ha2}`)
    : md5(`${ha1}:${given.nonce}:${given.nc ?? ''}:${given.cnonce ?? ''}:${given.qop}:${ha2}`);
}

const longestHeader = 2_048;
const neededParts = ['username', 'realm', 'nonce', 'uri', 'response'];

/** Parses `Digest k=v, k="v"`; undefined when it is something else or a needed part is missing. RFC 7616 section 3.4. */
export function parseCredentials(header: string): DigestCredentials | undefined {
  if (header.length > longestHeader || !/^Digest\s/i.test(header)) return undefined;
  const parts = partsOf(header.slice('Digest '.length));
  const [username, realm, nonce, uri, response] = neededParts.map((name) => parts.get(name));
  if (!username || realm === undefined || !nonce || !uri || !response) return undefined;
  if ((parts.get('algorithm') ?? 'MD5').toUpperCase() !== 'MD5') return undefined;
  const qop = parts.get('qop');
  if (qop === undefined) return { username, realm, nonce, uri, response };
  if (qop !== 'auth') return undefined;
  const [nc = '', cnonce = ''] = [parts.get('nc'), parts.get('cnonce')];
  return { username, realm, nonce, uri, response, qop, nc, cnonce };
}

function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const [, key = '', quoted, bare] of text.matchAll(/([a-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/gi)) {
    parts.set(key.toLowerCase(), quoted ?? bare ?? '');
  }
  return parts;
}
