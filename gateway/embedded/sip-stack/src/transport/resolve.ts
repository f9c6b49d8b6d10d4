// Where a request goes: target of a URI, first hop of a request (RFC 3261 8.1.2, RFC 3263 without NAPTR), names to addresses.
import { lookup, resolveSrv } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { SipRequest, Uri } from '../message/types.ts';
import { parseUri } from '../message/uri.ts';
import type { Protocol, Target } from './types.ts';

export type Resolve = (
  target: Target,
) => Promise<readonly { readonly host: string; readonly port: number }[]>;

const PROTOCOLS: ReadonlySet<string> = new Set(['udp', 'tcp', 'tls', 'ws', 'wss']);

export const isProtocol = (name: string): name is Protocol => PROTOCOLS.has(name);

export function defaultPort(protocol: Protocol): number {
  switch (protocol) {
    case 'udp':
    case 'tcp':
      return 5060;
    case 'tls':
      return 5061;
    case 'ws':
      return 80;
    case 'wss':
      return 443;
  }
}

/** Target of a sip or sips URI; undefined for other schemes, unknown transports and nonsense. */
export function targetOf(uri: string | Uri): Target | undefined {
  const parsed = typeof uri === 'string' ? parseUri(uri) : uri;
  if (parsed?.kind !== 'sip') return undefined;
  const named = parsed.params.get('transport')?.toLowerCase();
  if (named !== undefined && !isProtocol(named)) return undefined;
  const protocol = secured(named ?? 'udp', parsed.scheme === 'sips');
  const host = parsed.params.get('maddr') ?? parsed.host;
  const port = parsed.port ?? defaultPort(protocol);
  // RFC 3263 4.2: SRV only for a name without a port.
  const srv = parsed.port === undefined && isIP(host) === 0;
  return srv ? { protocol, host, port, srv } : { protocol, host, port };
}

/** 26.2.2: sips asks for TLS on the transport it names. */
function secured(protocol: Protocol, secure: boolean): Protocol {
  if (!secure) return protocol;
  return protocol === 'ws' || protocol === 'wss' ? 'wss' : 'tls';
}

/** First Route when there is one, else the request URI. */
export function nextHop(request: SipRequest): Target | undefined {
  const route = request.headers.routes[0];
  return targetOf(route ? route.uri : request.uri);
}

/** SRV when the target asks for it, then addresses. Rejects when there is no such name. */
export const resolveByDns: Resolve = async (target) => {
  if (target.srv) {
    const services = await serviceRecords(target);
    const first = services[0];
    if (first) return addresses(first.name, first.port);
  }
  return addresses(target.host, target.port);
};

async function serviceRecords(target: Target): Promise<{ name: string; port: number }[]> {
  const service = target.protocol === 'tls' ? '_sips._tcp' : `_sip._${target.protocol}`;
  try {
    const records = await resolveSrv(`${service}.${target.host}`);
    return records.sort((a, b) => a.priority - b.priority || b.weight - a.weight);
  } catch (error) {
    // No SRV records is the usual case (RFC 3263 4.2): the plain name is asked for next, and that failure counts.
    if (error instanceof Error) return [];
    throw error;
  }
}

async function addresses(host: string, port: number): Promise<{ host: string; port: number }[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => ({ host: address, port }));
}
