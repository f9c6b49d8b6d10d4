// Addresses that lead nowhere from outside the network of the one who wrote them.
import { BlockList, isIP } from 'node:net';

const PRIVATE = new BlockList();
// RFC 1918, RFC 6598 (carrier-grade NAT), RFC 3927.
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4');
// RFC 4193, RFC 4291 2.5.6.
for (const [net, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv6');

/** True for an address literal of a private network. */
export function isPrivate(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && PRIVATE.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** True for a host nobody else can send to: private, or the `.invalid` of a browser (RFC 7118 section 5). */
export const isUnreachable = (host: string): boolean => isPrivate(host) || /\.invalid\.?$/i.test(host);
