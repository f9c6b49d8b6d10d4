// Source addresses as the edge compares them: exact literals or CIDR ranges, IPv4 and IPv6.

import { BlockList, isIP } from 'node:net';

/** Says whether an address literal is within any of the ranges. @throws RangeError on something that is no address */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [literal = '', prefix] = range.trim().split('/');
    const family = isIP(literal);
    if (family === 0) throw new RangeError(`not an IP address or CIDR range: ${range}`);
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) list.addAddress(literal, type);
    else list.addSubnet(literal, Number(prefix), type);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}

/** `192.0.2.7:5062` or `[2001:db8::7]:5062`. */
export const hostPort = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
