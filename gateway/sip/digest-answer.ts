// The answer to a challenge, given to carriers we have an account with and to nobody else (RFC 7616 section 3.4, RFC 8760 for SHA-256).
// Whoever else challenges us is answered by nothing: a digest computed for a stranger is a password given away for guessing at leisure.

import { createHash, randomBytes } from 'node:crypto';

export interface Login {
  readonly username: string;
  readonly password: string;
  /** Absent: whatever realm the carrier names. */
  readonly realm?: string;
}

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: 'MD5' | 'SHA-256';
  readonly qop: boolean;
  readonly stale: boolean;
}

/** The best challenge of a WWW-Authenticate or Proxy-Authenticate value that this login answers; undefined when there is none. */
export function challengeFor(header: string | undefined, login: Login): Challenge | undefined {
  const challenges = (header ?? '')
    .slice(0, longestHeader)
    .split(/(?:^|,)\s*Digest\s+/i)
    .slice(1)
    .flatMap((text) => challengeOf(text) ?? [])
    .filter(({ realm }) => login.realm === undefined || realm === login.realm);
  return challenges.find(({ algorithm }) => algorithm === 'SHA-256') ?? challenges[0];
}

/** Value of Authorization or Proxy-Authorization. */
export function credentialsFor(
  challenge: Challenge,
  login: Login,
  request: { readonly method: string; readonly uri: string },
  cnonce = randomBytes(8).toString('hex'),
): string {
  const { realm, nonce, algorithm, opaque, qop } = challenge;
  const hash = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const secret = hash(`${login.username}:${realm}:${login.password}`);
  const asked = hash(`${request.method}:${request.uri}`);
  const response = qop
    ? hash(`${secret}:${nonce}:${firstCount}:${cnonce}:auth:${asked}`)
    : hash(`${secret}:${nonce}:${asked}`);
  const parts = [
    ...[`username="${login.username}"`, `realm="${realm}"`, `nonce="${nonce}"`, `uri="${request.uri}"`],
    ...[`response="${response}"`, `algorithm=${algorithm}`],
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ...(qop ? ['qop=auth', `nc=${firstCount}`, `cnonce="${cnonce}"`] : []),
  ];
  return `Digest ${parts.join(', ')}`;
}

/** Each challenge is answered once; the next request asks for one of its own. */
const firstCount = '00000001';
const longestHeader = 4_096;

function challengeOf(text: string): Challenge | undefined {
  const parts = new Map<string, string>();
  for (const [, key = '', quoted, bare] of text.matchAll(
    /([a-z][a-z0-9-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi,
  ))
    parts.set(key.toLowerCase(), quoted ?? bare ?? '');
  const [realm, nonce, algorithm] = [
    parts.get('realm'),
    parts.get('nonce'),
    (parts.get('algorithm') ?? 'MD5').toUpperCase(),
  ];
  const qops = parts
    .get('qop')
    ?.split(',')
    .map((each) => each.trim().toLowerCase());
  if (realm === undefined || !nonce || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return undefined;
  // auth-int alone would need the body, which a proxy has no business with.
  if (qops && !qops.includes('auth')) return undefined;
  return {
    ...{ realm, nonce, algorithm, opaque: parts.get('opaque') },
    ...{ qop: qops !== undefined, stale: parts.get('stale')?.toLowerCase() === 'true' },
  };
}
