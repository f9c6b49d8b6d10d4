// Which peers may speak to the switch at all: loopback, unless addresses are listed.

import { BlockList, isIP } from 'node:net';

/** An address as written is neither an IP address nor a network in CIDR notation. */
export class BadAddress extends Error {
  override readonly name = 'BadAddress';
}

/** An allow list of addresses and networks. */
export class AccessList {
  readonly #list = new BlockList();

  /**
   * @param entries `192.0.2.1`, `192.0.2.0/24`, `::1`; empty for loopback only
   * @throws BadAddress
   */
  constructor(entries: readonly string[]) {
    for (const entry of entries.length === 0 ? ['127.0.0.0/8', '::1'] : entries) this.#add(entry);
  }

  #add(entry: string): void {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address);
    const bits = prefix === undefined ? undefined : Number(prefix);
    if (
      family === 0 ||
      (bits !== undefined && !(Number.isInteger(bits) && bits >= 0 && bits <= (family === 4 ? 32 : 128)))
    )
      throw new BadAddress(`${entry} is not an address or network`);
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) this.#list.addAddress(address, type);
    else this.#list.addSubnet(address, bits, type);
  }

  allows(address: string): boolean {
    const plain = address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  }
}
