// Passwords that must be read again (a carrier wants ours proven, not ours hashed) are kept sealed: whoever copies the database without the
// data folder's key has nothing. AES-256-GCM, a fresh nonce each time.
//
//   v1.<nonce 12 bytes>.<tag 16 bytes>.<ciphertext>, each base64url

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 'v1';
const cipherName = 'aes-256-gcm';

/** @param key 32 bytes */
export function seal(text: string, key: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(cipherName, key, nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [version, ...[nonce, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'))].join(
    '.',
  );
}

/** @throws Error when it was sealed with another key, or altered */
export function unseal(sealed: string, key: Buffer): string {
  const [found, nonce, tag, text] = sealed.split('.');
  if (found !== version || nonce === undefined || tag === undefined || text === undefined)
    throw new Error('not a sealed secret');
  const decipher = createDecipheriv(cipherName, key, Buffer.from(nonce, 'base64url'), { authTagLength: 16 });
  decipher.setAuthTag(Buffer.from(tag, 'base64url'));
  return decipher.update(Buffer.from(text, 'base64url'), undefined, 'utf8') + decipher.final('utf8');
}
