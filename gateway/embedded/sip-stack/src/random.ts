// Unguessable names: tags, branches, Call-IDs (RFC 3261 19.3 asks for 32 bits of randomness; these carry 64 and more).
import { randomBytes } from 'node:crypto';

const POOL = 4096;

/** A source of hex text that asks the system for randomness in large pieces. */
export function randomHex(): (octets: number) => string {
  let pool = Buffer.alloc(0);
  let at = 0;
  return (octets) => {
    if (at + octets > pool.length) {
      pool = randomBytes(Math.max(POOL, octets));
      at = 0;
    }
    at += octets;
    return pool.toString('hex', at - octets, at);
  };
}
