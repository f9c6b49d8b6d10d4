// Signed values. A token is `<payload>.<mac>`, both base64url; the MAC is HMAC-SHA256 under a key of its own for each
// purpose (HKDF, RFC 5869), so that a token made for one purpose never verifies for another.

import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a key is for. The number is raised when the payload's meaning changes: old tokens then fail. */
const purposes = {
  staff: 'cordboard staff token 1',
  link: 'cordboard customer link 1',
  session: 'cordboard customer session 1',
  ticket: 'cordboard call ticket 1',
  browserDevice: 'cordboard browser device 1',
  recording: 'cordboard recording link 1',
  sessionId: 'cordboard session id from idempotency key 1',
} as const;
export type Purpose = keyof typeof purposes;

const longestToken = 2048;

export interface Signer {
  /** A token that carries `payload` (JSON). */
  sign(purpose: Purpose, payload: object): string;
  /** The payload of a token made by sign() for this purpose; undefined for anything else. Never throws. */
  open(purpose: Purpose, token: string): unknown;
  /** A secret derived from `text`, 32 bytes: the same text gives the same secret under the same signing key. */
  derive(purpose: Purpose, text: string): Buffer;
}

/** @param signingKey at least 32 random bytes, kept in the data folder */
export function createSigner(signingKey: Buffer): Signer {
  if (signingKey.length < 32) throw new RangeError('the signing key needs at least 32 bytes');
  const keys = new Map<Purpose, Buffer>();
  for (const [purpose, label] of Object.entries(purposes)) {
    keys.set(purpose as Purpose, Buffer.from(hkdfSync('sha256', signingKey, '', label, 32)));
  }
  const mac = (purpose: Purpose, text: string): Buffer =>
    createHmac('sha256', keys.get(purpose) as Buffer)
      .update(text)
      .digest();

  return {
    sign(purpose, payload) {
      const body = Buffer.from(JSON.stringify(payload)).toString('base64url');
      return `${body}.${mac(purpose, body).toString('base64url')}`;
    },
    open(purpose, token) {
      const [body, signature, ...rest] = token.length > longestToken ? [] : token.split('.');
      if (!body || !signature || rest.length > 0) return undefined;
      if (!sameSecret(signature, mac(purpose, body).toString('base64url'))) return undefined;
      return JSON.parse(Buffer.from(body, 'base64url').toString()) as unknown; // ours: the MAC says so
    },
    derive: mac,
  };
}

/** Compares two secrets in a time that depends on neither. */
export function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
