// Comparing secrets without telling, by the time it takes, how much of a guess was right.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const key = randomBytes(32);

/** True when both texts are the same; takes the same time whatever they hold. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

// Digests have one length, which timingSafeEqual needs; a random key makes them useless to an observer.
function digest(text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
