// Redirection of an INVITE (RFC 3261 section 8.1.3.4): the addresses a 3xx names, best first, each tried once.
//
//   3xx ─> its contacts join the set ─> the next untried one is called; none left: the call ends with the last answer

import { parseUri, type SipResponse } from '@cordboard/sip-stack';

/** So many addresses are called for one originate, the first one included. */
const MAX_TARGETS = 5;

interface Candidate {
  readonly uri: string;
  readonly q: number;
}

/** See the file's head; one per originate. */
export class Redirects {
  readonly #seen = new Set<string>();
  #waiting: Candidate[] = [];

  /** @param uri the address called first */
  constructor(uri: string) {
    this.#seen.add(keyOf(uri));
  }

  /** Takes the contacts of a 3xx; only SIP addresses can be called. */
  add(response: SipResponse): void {
    for (const contact of response.headers.contacts) {
      const q = Number(contact.params.get('q') ?? 1);
      if (parseUri(contact.uri)?.kind === 'sip')
        this.#waiting.push({ uri: contact.uri, q: Number.isFinite(q) ? q : 0 });
    }
    // A stable sort: equals stay in the order they were named.
    this.#waiting.sort((a, b) => b.q - a.q);
  }

  /** The next address, or undefined when all were tried or it has been enough. */
  next(): string | undefined {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (this.#seen.has(keyOf(next.uri))) continue;
      if (this.#seen.size >= MAX_TARGETS) return undefined;
      this.#seen.add(keyOf(next.uri));
      return next.uri;
    }
    return undefined;
  }
}

/** What makes two addresses the same to call. */
function keyOf(uri: string): string {
  const parsed = parseUri(uri);
  if (parsed?.kind !== 'sip') return uri;
  return `${parsed.user ?? ''}@${parsed.host.toLowerCase()}:${parsed.port ?? ''}`;
}
