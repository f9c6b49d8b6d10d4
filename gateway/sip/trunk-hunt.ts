// Trying one trunk after the other for one call, each only when the one before could not take it.
//
// A proxy cannot take an answer back: once a trunk's 503 has been proxied, the caller has it. So the call is proxied to ourselves first, once
// per trunk and in turn, and each of these inner requests to its trunk (a spiral, RFC 3261 section 16.3). When one fails the SIP server goes on
// to the next inner request by itself, and there the edge decides: to the next trunk, or the same refusal again, because a busy callee is busy
// on every trunk.
//
//   switch ─INVITE─► edge ─in turn─┬─► edge ;hunt=x.0 ─► trunk A ── 503, silence
//                                  └─► edge ;hunt=x.1 ─► trunk B ── 486 ─► the caller hears 486
//
// Nothing is anchored: when the control plane dies, the attempt under way goes on, and the dialog it makes is proxied like any other.

import { randomBytes } from 'node:crypto';

/** This trunk cannot take the call now; another might. 4xx and 6xx speak of the called number and hold for every trunk. */
const another = new Set([408, 430, 500, 502, 503, 504]);

const isTrunksFault = (status: number): boolean => another.has(status);

/** Marks the inner requests; anybody else's would have to guess it. */
const parameter = 'hunt';
const answerWaitMs = 500;

export class TrunkHunt<T> {
  readonly id = randomBytes(16).toString('hex');
  readonly #attempts: readonly T[];
  readonly #settled: Promise<number>[] = [];

  /** @param attempts what to try, in order */
  constructor(attempts: readonly T[]) {
    this.#attempts = attempts;
  }

  /** The URIs to proxy to in turn. @param self `host:port` where the SIP server hears itself */
  uris(user: string, self: string): readonly string[] {
    return this.#attempts.map((_, at) => `sip:${user}@${self};${parameter}=${this.id}.${at}`);
  }

  /**
   * The attempt that is due, or the refusal that stands: that of an earlier trunk which spoke for all.
   * @param run makes the attempt and resolves with its final status
   */
  async attempt(at: number, run: (attempt: T) => Promise<number>): Promise<{ standing: number } | undefined> {
    const attempt = this.#attempts[at];
    if (attempt === undefined) return { standing: 404 };
    const standing = await this.#standing(at);
    if (standing !== undefined) return { standing };
    const settled = run(attempt);
    // Told to whoever ran it; who comes after takes a failure to run for one of the trunk.
    this.#settled[at] = settled.catch(() => 503);
    await settled;
    return undefined;
  }

  /** The SIP server's word on the attempt before may still be on its way to us. */
  async #standing(at: number): Promise<number | undefined> {
    for (const before of this.#settled.slice(0, at)) {
      const status = await Promise.race([before, later(answerWaitMs, 503)]);
      if (!isTrunksFault(status)) return status;
    }
    return undefined;
  }
}

/** Hunt and attempt an inner request is of; undefined when it is none. */
export function huntOf(uri: string): { readonly id: string; readonly at: number } | undefined {
  const [, id, at] = /;hunt=([0-9a-f]{32})\.(\d{1,2})(?:;|$)/.exec(uri) ?? [];
  return id === undefined ? undefined : { id, at: Number(at) };
}

const later = <T>(ms: number, value: T): Promise<T> =>
  new Promise((resolve) => void setTimeout(resolve, ms, value).unref());
