// How long to wait before trying again, pure.

export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
  /** After this long without success the matter is given up. */
  readonly giveUpAfterMs: number;
}

/** Janus keeps a session for a minute; after that there is nothing to come back to, but a new call may still be had. */
export const lineBackoff: Backoff = { firstMs: 250, mostMs: 4_000, giveUpAfterMs: 120_000 };

/**
 * @param attempt 0 for the first
 * @param chance 0 to 1; spreads many pages that lost the same server
 * @returns milliseconds, between half and the whole of a doubling pause
 */
export function pauseBefore(attempt: number, chance: number, { firstMs, mostMs }: Backoff): number {
  const whole = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 16));
  return Math.round(whole * (0.5 + chance / 2));
}
