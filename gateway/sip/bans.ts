// Sources that hear nothing but 403 for a while, and cost no more work than that.
//
//   free ──ban──► banned ──its time──► free, remembered ──ban again──► banned, twice as long ──► … at most a day
//                    └──lifted by an administrator──► free, forgotten

import type { Ban, BanReason } from '../../app/ports/telephony.ts';

const firstBanMs = 5 * 60_000;
const longestBanMs = 24 * 60 * 60_000;
/** Whoever behaved for so long after a ban begins anew. */
const rememberedMs = longestBanMs;
/** The one longest known is forgotten beyond this. */
const mostRemembered = 10_000;

export class Bans {
  readonly #bans = new Map<string, Ban>();

  isBanned(source: string, now: number): boolean {
    return (this.#bans.get(source)?.until ?? 0) > now;
  }

  /** @returns the ban; undefined when it was banned already */
  ban(source: string, reason: BanReason, now: number): Ban | undefined {
    const last = this.#bans.get(source);
    if (last && last.until > now) return undefined;
    const isAgain = last !== undefined && now - last.until < rememberedMs;
    const forMs = isAgain ? Math.min(2 * (last.until - last.since), longestBanMs) : firstBanMs;
    const ban = { source, reason, since: now, until: now + forMs };
    this.#bans.delete(source);
    this.#bans.set(source, ban);
    const [oldest] = this.#bans.keys();
    if (this.#bans.size > mostRemembered && oldest !== undefined) this.#bans.delete(oldest);
    return ban;
  }

  /** Those that hold now, newest first. */
  list(now: number): readonly Ban[] {
    return [...this.#bans.values()].filter(({ until }) => until > now).reverse();
  }

  /** @returns false when there was none */
  lift(source: string, now: number): boolean {
    const held = this.isBanned(source, now);
    this.#bans.delete(source);
    return held;
  }
}
