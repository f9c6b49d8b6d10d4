// Who challenged: a caller that answers a challenge within two seconds is sent to the challenger alone, because the
// nonce means nothing to the other targets.
import type { Clock, SipRequest, SipResponse } from '@cordboard/sip-stack';

const REMEMBERED_MS = 2000;

interface Challenge {
  readonly destination: string;
  readonly until: number;
}

export class ChallengeMemory {
  readonly #clock: Clock;
  readonly #byNonce = new Map<string, Challenge>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that `destination` sent this 401 or 407. */
  remember(response: SipResponse, destination: string): void {
    const now = this.#clock.now();
    // Insertion order is age order: the expired ones are at the front.
    for (const [nonce, { until }] of this.#byNonce) {
      if (until >= now) break;
      this.#byNonce.delete(nonce);
    }
    for (const nonce of noncesOf(response, 'WWW-Authenticate', 'Proxy-Authenticate')) {
      this.#byNonce.set(nonce, { destination, until: now + REMEMBERED_MS });
    }
  }

  /** The destination whose fresh challenge this request answers, if any. */
  challengerOf(request: SipRequest): string | undefined {
    for (const nonce of noncesOf(request, 'Authorization', 'Proxy-Authorization')) {
      const challenge = this.#byNonce.get(nonce);
      if (challenge && challenge.until >= this.#clock.now()) return challenge.destination;
    }
    return undefined;
  }
}

function noncesOf({ headers }: SipRequest | SipResponse, ...names: readonly string[]): string[] {
  return names
    .flatMap((name) => headers.all(name))
    .map((value) => /\bnonce\s*=\s*"([^"]{1,512})"/i.exec(value)?.[1])
    .filter((nonce) => nonce !== undefined);
}
