// Which connection a client registered or subscribed over. A client behind NAT, or in a browser, can only be called
// back over the connection it opened itself; the Contact it registered leads there until it expires.
import { type Clock, parseUri, type Target, type TransportAddress } from '@cordboard/sip-stack';

interface Binding {
  readonly flow: string;
  readonly peer: TransportAddress;
  readonly until: number;
}

const SWEEP_EVERY = 1000;

export class ConnectionCache {
  readonly #clock: Clock;
  readonly #bindings = new Map<string, Binding>();
  #sinceSweep = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#bindings.size;
  }

  /** Remembers, for `seconds`, that `contact` (a URI) is reached over `flow`; 0 forgets it. */
  remember(contact: string, flow: string, peer: TransportAddress, seconds: number): void {
    const key = keyOf(contact);
    if (key === undefined) return;
    if (seconds <= 0) {
      this.#bindings.delete(key);
      return;
    }
    this.#bindings.set(key, { flow, peer, until: this.#clock.now() + seconds * 1000 });
    this.#sinceSweep += 1;
    if (this.#sinceSweep >= SWEEP_EVERY) this.#sweep();
  }

  /** The connection for a request URI, if one is known and still open. */
  find(uri: string): Target | undefined {
    const key = keyOf(uri);
    const binding = key === undefined ? undefined : this.#bindings.get(key);
    if (!binding || binding.until < this.#clock.now()) return undefined;
    return { ...binding.peer, flow: binding.flow };
  }

  /** A connection closed: nobody is reached over it any more. */
  forgetFlow(flow: string): void {
    for (const [key, binding] of this.#bindings) if (binding.flow === flow) this.#bindings.delete(key);
  }

  #sweep(): void {
    this.#sinceSweep = 0;
    const now = this.#clock.now();
    for (const [key, binding] of this.#bindings) if (binding.until < now) this.#bindings.delete(key);
  }
}

// User, host and port: two clients of one user on one host are told apart.
function keyOf(text: string): string | undefined {
  const uri = parseUri(text);
  if (!uri || uri.kind !== 'sip') return undefined;
  return `${uri.user ?? ''}@${uri.host.toLowerCase()}:${uri.port ?? ''}`;
}
