// Web passwords: scrypt (RFC 7914), with the parameters stored beside the hash so that they can be raised later.

import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

export interface ScryptCost {
  /** Cost, a power of two; memory is 128 · N · r bytes. */
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MB and some 80 ms on a small server. */
export const defaultCost: ScryptCost = { N: 2 ** 15, r: 8, p: 1 };

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
const hashLength = 32;

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export async function hashPassword(password: string, cost: ScryptCost = defaultCost): Promise<string> {
  const salt = randomBytes(16);
  const hash = await scryptOf(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Does the password belong to the hash?
 * @throws Error when `stored` was not written by hashPassword(): a broken database, not a wrong password
 */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = stored.split('$');
  if (scheme !== 'scrypt' || !salt || !hash) throw new Error('a stored password hash is not readable');
  const wanted = Buffer.from(hash, 'base64url');
  const given = await scryptOf(password, Buffer.from(salt, 'base64url'), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** NFKC first: the same characters typed on two keyboards are one password (RFC 8265 section 4). */
const scryptOf = (password: string, salt: Buffer, { N, r, p }: ScryptCost): Promise<Buffer> =>
  derive(password.normalize('NFKC'), salt, hashLength, { N, r, p, maxmem: 2 ** 20 + 256 * N * r });
