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

/** The port of a URI or Via that names none (RFC 3261 section 19.1.2; RFC 6455 section 3 for WebSockets). */
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
    const services = inOrder(await serviceRecords(target), Math.random);
    const found = await Promise.allSettled(services.map(({ name, port }) => addresses(name, port)));
    const known = found.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    if (known.length > 0) return known;
  }
  return addresses(target.host, target.port);
};

export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/**
 * RFC 2782: lower priorities first; within one, drawn by lot, where a record's weight is its number of lots.
 * @param random from 0 up to 1
 */
export function inOrder(records: readonly ServiceRecord[], random: () => number): ServiceRecord[] {
  // Weight 0 stands in front, so that it is drawn, rarely, too.
  const left = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const order: ServiceRecord[] = [];
  for (let best = left[0]; best; best = left[0]) {
    const { priority } = best;
    const equals = left.filter((each) => each.priority === priority);
    let lot = random() * equals.reduce((sum, { weight }) => sum + weight, 0);
    const drawn = equals.find(({ weight }) => (lot -= weight) <= 0) ?? best;
    order.push(drawn);
    left.splice(left.indexOf(drawn), 1);
  }
  return order;
}

async function serviceRecords(target: Target): Promise<ServiceRecord[]> {
  const service = target.protocol === 'tls' ? '_sips._tcp' : `_sip._${target.protocol}`;
  try {
    return await resolveSrv(`${service}.${target.host}`);
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
