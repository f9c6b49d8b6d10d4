// The addresses of this machine, and what a bound address stands for.
import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Bound to every address of the machine, of IPv4 or of both. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Is `host` an address of this machine that a socket bound to `bound` takes packets for because it is bound to all of them? */
export function isWildcardFor(bound: string, host: string): boolean {
  return isWildcard(bound) && isIP(host) !== 0 && ownAddresses().has(host);
}

const OWN_ADDRESSES_MS = 5000;
let own: { readonly addresses: ReadonlySet<string>; readonly since: number } | undefined;

/** Addresses of this machine; asked of the system every few seconds at most, for the question comes with every message. */
function ownAddresses(): ReadonlySet<string> {
  const now = performance.now();
  if (!own || now - own.since > OWN_ADDRESSES_MS) {
    const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    own = { addresses: new Set(all.map(({ address }) => address)), since: now };
  }
  return own.addresses;
}

/** A dual-stack socket reaches both families. */
export function reaches(bound: string, family: number): boolean {
  return bound === '::' || isIP(bound) === family;
}

/** What to show in Via and Contact for a wildcard address: the first outward interface, else loopback. */
export function reachableHost(bound: string): string {
  if (!isWildcard(bound)) return bound;
  const family = isIPv6(bound) ? 'IPv6' : 'IPv4';
  for (const list of Object.values(networkInterfaces()))
    for (const one of list ?? []) if (!one.internal && one.family === family) return one.address;
  return isIPv6(bound) ? '::1' : '127.0.0.1';
}
