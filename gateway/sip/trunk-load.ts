// How much a trunk, and all trunks together, may be asked to carry: calls at once, and new calls per second.
//
// The rate is a bucket: it holds one second's worth of calls, and refills evenly. Calls at once are counted by Call-ID, so that what ends
// twice is counted once.

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
  #limits: LoadLimits;
  readonly #calls = new Set<string>();
  #tokens: number;
  #filledAt = 0;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
    this.#tokens = bucketOf(limits);
  }

  /** Calls under way keep counting under new limits. */
  set limits(limits: LoadLimits) {
    this.#limits = limits;
    this.#tokens = Math.min(this.#tokens, bucketOf(limits));
  }

  get calls(): number {
    return this.#calls.size;
  }

  /** Would a call be admitted now? Changes nothing. @param now epoch milliseconds */
  look(now: number): Admission {
    const { maxCalls, callsPerSecond } = this.#limits;
    if (maxCalls !== undefined && this.#calls.size >= maxCalls)
      return { admitted: false, why: 'calls', retryAfter: retryWhenFullS };
    if (callsPerSecond === undefined) return { admitted: true };
    this.#refill(now, callsPerSecond);
    if (this.#tokens >= 1) return { admitted: true };
    const waitS = (1 - this.#tokens) / callsPerSecond;
    return { admitted: false, why: 'rate', retryAfter: Math.max(1, Math.ceil(waitS)) };
  }

  /** Admits a call and counts it until ended(). */
  admit(callId: string, now: number): Admission {
    const admission = this.look(now);
    if (!admission.admitted) return admission;
    if (this.#limits.callsPerSecond !== undefined) this.#tokens -= 1;
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

  #refill(now: number, perSecond: number): void {
    const gained = (Math.max(0, now - this.#filledAt) / 1_000) * perSecond;
    this.#tokens = Math.min(bucketOf(this.#limits), this.#tokens + gained);
    this.#filledAt = now;
  }
}

const bucketOf = ({ callsPerSecond = 0 }: LoadLimits): number => Math.max(1, callsPerSecond);
