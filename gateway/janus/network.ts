// Which address carries the media of browser calls. Janus skips loopback interfaces when it gathers candidates, so a machine
// that has nothing else needs to be told apart early, with a sentence a person understands.

import type { NetworkInterfaceInfo } from 'node:os';

export interface MediaAddress {
  /** Address of this machine that ICE uses; undefined when there is none but loopback. */
  readonly iceAddress: string | undefined;
  /** Set when browsers reach it by another address (1:1 NAT). */
  readonly publicAddress: string | undefined;
}

type Interfaces = Readonly<
  Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family' | 'internal'>[] | undefined>
>;

/**
 * @param interfaces what `os.networkInterfaces()` says
 * @param wanted the configured media address; a loopback one counts as not configured
 */
export function mediaAddress(interfaces: Interfaces, wanted: string | undefined): MediaAddress {
  const usable = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  if (wanted === undefined || isLoopback(wanted)) return { iceAddress: usable[0], publicAddress: undefined };
  if (usable.includes(wanted)) return { iceAddress: wanted, publicAddress: undefined };
  return { iceAddress: usable[0], publicAddress: usable[0] === undefined ? undefined : wanted };
}

const isLoopback = (address: string): boolean =>
  address.startsWith('127.') || address === '::1' || address === 'localhost';
