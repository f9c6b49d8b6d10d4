// How long to wait before the next connection, pure.

export interface Backoff {
  /** Before the first try. */
  readonly firstMs: number;
  /** The pause doubles up to this. */
  readonly mostMs: number;
}

export const defaultBackoff: Backoff = { firstMs: 500, mostMs: 30_000 };

/**
 * @param attempt 0 for the first
 * @param chance 0 to 1; spreads the many pages that lost the same server
 * @returns milliseconds, between half and the whole of a doubling pause
 */
export function pauseBefore(attempt: number, chance: number, { firstMs, mostMs }: Backoff): number {
  const whole = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 20));
  return Math.round(whole * (0.5 + chance / 2));
}
