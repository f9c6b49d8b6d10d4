// The proxies a far end's answer came through, as they recorded themselves (RFC 3261 section 16.6 step 4).

import { parseNameAddrs } from './name-addr.ts';

/**
 * The proxy beyond our server that is nearest to it: of an answer's entries, the far end's neighbour is first and ours comes after them all.
 * @param recordRoute of the answer, several lines joined by commas
 * @param own addresses of our server, as `udp/127.0.0.1:5060`
 * @returns its SIP URI; undefined when there is none, or when our server is not in the path
 */
export function hopBeyond(recordRoute: string | undefined, own: readonly string[]): string | undefined {
  const hops = parseNameAddrs(recordRoute ?? '').map(({ uri }) => uri);
  const addresses = new Set(own.map((address) => address.slice(address.indexOf('/') + 1)));
  const ours = hops.findIndex((uri) => addresses.has(hostPortOf(uri)));
  return ours > 0 ? hops[ours - 1] : undefined;
}

/** RFC 3261 section 19.1.2 for a port that is not said. */
function hostPortOf(uri: string): string {
  const where = /^sips?:(?:[^@]*@)?([^;?]*)/i.exec(uri)?.[1] ?? '';
  if (/:\d+$/.test(where)) return where;
  return `${where}:${/^sips:|;transport=tls\b/i.test(uri) ? 5061 : 5060}`;
}
