// How much a trunk, and all trunks together, may be asked to carry: calls at once, and new calls per second.
// Calls at once are counted by Call-ID, so that what ends twice is counted once.

import { RateLimit } from './rate-limit.ts';

export interface LoadLimits {
  /** Absent: no limit. */
  readonly maxCalls?: number;
  readonly callsPerSecond?: number;
}

export type Admission =
  | { readonly admitted: true }
  /** `retryAfter` in whole seconds: what RFC 3261 section 20.33 lets us tell. */
  | { readonly admitted: false; readonly why: 'calls' | 'rate'; readonly retryAfter: number };

/** A call may end any moment: when the lines are all taken, asking again soon is right. */
const retryWhenFullS = 5;

export class TrunkLoad {
  #maxCalls: number | undefined;
  #rate: RateLimit | undefined;
  readonly #calls = new Set<string>();

  constructor(limits: LoadLimits) {
    this.limits = limits;
  }

  /** Calls under way keep counting under new limits. */
  set limits({ maxCalls, callsPerSecond }: LoadLimits) {
    this.#maxCalls = maxCalls;
    if (callsPerSecond === undefined) this.#rate = undefined;
    else if (this.#rate) this.#rate.perSecond = callsPerSecond;
    else this.#rate = new RateLimit(callsPerSecond);
  }

  get calls(): number {
    return this.#calls.size;
  }

  /** Would a call be admitted now? Changes nothing. @param now epoch milliseconds */
  look(now: number): Admission {
    if (this.#maxCalls !== undefined && this.#calls.size >= this.#maxCalls)
      return { admitted: false, why: 'calls', retryAfter: retryWhenFullS };
    const waitMs = this.#rate?.waitMs(now) ?? 0;
    return waitMs === 0
      ? { admitted: true }
      : { admitted: false, why: 'rate', retryAfter: Math.ceil(waitMs / 1_000) };
  }

  /** Admits a call and counts it until ended(). */
  admit(callId: string, now: number): Admission {
    const admission = this.look(now);
    if (!admission.admitted) return admission;
    this.#rate?.take(now);
    this.#calls.add(callId);
    return admission;
  }

  /** A call that is there whatever we think of it: one that came in. */
  count(callId: string): void {
    this.#calls.add(callId);
  }

  ended(callId: string): void {
    this.#calls.delete(callId);
  }
}
