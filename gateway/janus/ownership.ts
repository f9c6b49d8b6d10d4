// Whose Janus session is it? The id itself says so. Janus lets whoever creates a session choose its id, so the proxy makes
//
//      51          40 39                                    0
//      ┌─────────────┬──────────────────────────────────────┐
//      │ nonce 1-4095│ HMAC-SHA256(key, identity, nonce)    │      52 bits, exact in a JavaScript number
//      └─────────────┴──────────────────────────────────────┘
//
// and any proxy that knows the key can tell the owner: after a restart, on another node, without a table. Somebody else's id
// fits one's own identity with probability 2^-40. docs/adr/0008-janus-session-ownership.md

import { createHmac, timingSafeEqual } from 'node:crypto';

const nonces = 4096;
const tagRange = 2 ** 40;

/** Who may hold a session: `customer:<session>` or `staff:<name>`. */
export type Owner = `customer:${string}` | `staff:${string}`;

export interface Ownership {
  /** @param nonce 1 to 4095; two sessions of one owner need two nonces */
  sessionId(owner: Owner, nonce: number): number;
  owns(owner: Owner, sessionId: number): boolean;
}

/** @param key secret; the same on every node and after every restart */
export function createOwnership(key: string): Ownership {
  const tag = (owner: Owner, nonce: number): Buffer =>
    createHmac('sha256', key).update(`janus session\0${nonce}\0${owner}`).digest().subarray(0, 5);
  return {
    sessionId(owner, nonce) {
      if (!Number.isInteger(nonce) || nonce < 1 || nonce >= nonces)
        throw new RangeError(`not a nonce: ${nonce}`);
      return nonce * tagRange + tag(owner, nonce).readUIntBE(0, 5);
    },
    owns(owner, sessionId) {
      if (!Number.isSafeInteger(sessionId) || sessionId < tagRange || sessionId >= nonces * tagRange)
        return false;
      const given = Buffer.alloc(5);
      given.writeUIntBE(sessionId % tagRange, 0, 5);
      return timingSafeEqual(given, tag(owner, Math.floor(sessionId / tagRange)));
    },
  };
}
