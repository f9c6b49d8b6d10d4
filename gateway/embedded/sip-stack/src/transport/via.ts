// What the top Via says about the way back (RFC 3261 18.2, RFC 3581).
import type { SipRequest, Via } from '../message/types.ts';
import { formatVia } from '../message/values.ts';
import { defaultPort, isProtocol } from './resolve.ts';
import type { Arrival, TransportAddress } from './types.ts';

/**
 * 18.2.1 and RFC 3581 4: the top Via says where the request really came from, when that differs from what it claims or
 * when asked by `rport`. A right Via stays as it is, octet by octet.
 */
export function noteSource(request: SipRequest, arrival: Arrival): void {
  const { via } = request.headers;
  const { host, port } = arrival.source;
  const asked = via.rport !== undefined;
  const right = via.host === host && (asked ? via.rport === port : (via.port ?? 5060) === port);
  if (right) return;
  const params = new Map(via.params);
  params.set('received', host);
  if (asked || (via.port ?? 5060) !== port) params.set('rport', String(port));
  request.headers.replaceFirst('via', formatVia(via.transport, via.host, via.port, params));
}

/** Where a top Via alone sends a response. */
export function returnPath(via: Via): TransportAddress {
  const named = via.transport.toLowerCase();
  const protocol = isProtocol(named) ? named : 'tcp';
  const rport = typeof via.rport === 'number' ? via.rport : undefined;
  const host = via.received ?? via.params.get('maddr') ?? via.host;
  return { protocol, host, port: rport ?? via.port ?? defaultPort(protocol) };
}
