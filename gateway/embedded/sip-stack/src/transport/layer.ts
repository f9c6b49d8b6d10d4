// The transport layer (RFC 3261 section 18): listens, parses what comes in, answers what cannot be processed, notes where
// requests came from (18.2.1, RFC 3581), and finds the way out for requests (18.1.1) and responses (18.2.2).
import type { Server } from 'node:net';
import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../clock.ts';
import { createResponse, serialise } from '../message/build.ts';
import { parseMessage, type ParseLimits } from '../message/parse.ts';
import type { SipRequest, SipResponse, Via } from '../message/types.ts';
import { formatVia } from '../message/values.ts';
import type { StackLimits } from '../types.ts';
import type { DatagramNetwork, DatagramSocket } from './network.ts';
import { defaultPort } from './resolve.ts';
import type { TcpConnection } from './tcp.ts';
import { TcpPool } from './tcp-pool.ts';
import {
  TransportFailure,
  type Arrival,
  type ListeningPoint,
  type ListenOptions,
  type Protocol,
} from './types.ts';
import type { Target, TransportAddress } from './types.ts';

export interface TransportUser {
  request(request: SipRequest, arrival: Arrival): void;
  response(response: SipResponse, arrival: Arrival): void;
  refused(status: number, reason: string, source: TransportAddress): void;
  dropped(why: string, source: TransportAddress): void;
  flowClosed(flow: string): void;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly limits: StackLimits;
  readonly network: DatagramNetwork;
  readonly newTag: () => string;
  readonly product: string | undefined;
}

type Failed = (failure: TransportFailure) => void;

interface Point extends ListeningPoint {
  readonly flow: string;
  readonly udp: DatagramSocket | undefined;
}

export class TransportLayer {
  readonly #options: TransportOptions;
  readonly #user: TransportUser;
  readonly #points: Point[] = [];
  readonly #pool: TcpPool;
  readonly #parseLimits: ParseLimits;

  constructor(options: TransportOptions, user: TransportUser) {
    this.#options = options;
    this.#user = user;
    this.#parseLimits = options.limits;
    this.#pool = new TcpPool(options.clock, options.limits, {
      received: (connection, bytes) => this.#receive(bytes, arrivalOn(connection)),
      broken: (connection, reason, bytes) => this.#refuseStream(bytes, reason, arrivalOn(connection)),
      closed: (flow) => user.flowClosed(flow),
    });
  }

  get points(): readonly ListeningPoint[] {
    return this.#points;
  }

  get connections(): number {
    return this.#pool.size;
  }

  async listen(options: ListenOptions): Promise<ListeningPoint> {
    const point =
      options.protocol === 'udp' ? await this.#listenUdp(options) : await this.#listenTcp(options);
    this.#points.push(point);
    return point;
  }

  async close(): Promise<void> {
    this.#options.network.close();
    const closing = [...this.#points].map((point) => point.close());
    await Promise.all([...closing, this.#pool.close()]);
  }

  /** The listening point a request to `target` leaves from. @throws TransportFailure `noTransport` */
  pointFor(target: Target, from?: ListeningPoint): ListeningPoint {
    const fitting = this.#points.filter((point) => point.protocol === target.protocol);
    const chosen = from && fitting.find((point) => point === from);
    const family = isIP(target.host);
    const point = chosen ?? fitting.find((one) => family === 0 || reaches(one.host, family)) ?? fitting[0];
    if (!point) throw new TransportFailure('noTransport', `nothing listens for ${target.protocol}`);
    return point;
  }

  /** Sends a request to a numeric target. */
  sendRequest(bytes: Uint8Array, target: Target, from: ListeningPoint, failed: Failed): void {
    if (target.protocol === 'udp')
      this.#sendDatagram(bytes, target.host, target.port, this.#own(from), failed);
    else if (target.flow === undefined) this.#sendStream(bytes, target.host, target.port, from, failed);
    else {
      const connection = this.#pool.byFlow(target.flow);
      if (connection?.open) connection.send(bytes, failed);
      else failed(new TransportFailure('flowGone', target.flow));
    }
  }

  /** Asks whether a silent UDP destination is there at all. */
  probe(target: Target, refused: () => void): void {
    if (target.protocol === 'udp') this.#options.network.probe(target.host, target.port, refused);
  }

  /** Sends a response to where its request came from; over TCP, a new connection to sent-by when that one is gone. */
  sendResponse(bytes: Uint8Array, sentByPort: number | undefined, arrival: Arrival, failed: Failed): void {
    if (arrival.source.protocol === 'udp') {
      const { host, port } = arrival.source;
      this.#sendDatagram(bytes, host, port, this.#byFlow(arrival.flow), failed);
      return;
    }
    const connection = this.#pool.byFlow(arrival.flow);
    if (connection?.open) connection.send(bytes, failed);
    else this.#sendStream(bytes, arrival.source.host, sentByPort ?? 5060, undefined, failed);
  }

  /** Sends a response along its top Via alone (18.2.2): the stateless way. */
  sendAlongVia(bytes: Uint8Array, via: Via, failed: Failed): void {
    const { host, port, protocol } = returnPath(via);
    if (protocol === 'udp') {
      const family = isIP(host);
      const point = this.#points.find((one) => one.udp && (family === 0 || reaches(one.host, family)));
      this.#sendDatagram(bytes, host, port, point, failed);
      return;
    }
    const back = via.received !== undefined && typeof via.rport === 'number' ? via.rport : port;
    const connection = this.#pool.byPeer(host, back);
    if (connection) connection.send(bytes, failed);
    else this.#sendStream(bytes, host, via.port ?? defaultPort(protocol), undefined, failed);
  }

  /** True when a sent-by is one of ours, bound or advertised. */
  isOwn(host: string, port: number, protocol?: Protocol): boolean {
    return this.#points.some(
      (point) =>
        (protocol === undefined || point.protocol === protocol) &&
        ((point.port === port && (point.host === host || isWildcardFor(point.host, host))) ||
          (point.advertised.port === port && point.advertised.host.toLowerCase() === host.toLowerCase())),
    );
  }

  async #listenUdp(options: ListenOptions): Promise<Point> {
    const bound: { point?: Point } = {};
    const socket = await this.#options.network.open(options.host, options.port, {
      received: (bytes, host, port) => {
        if (bound.point) this.#receive(bytes, datagramArrival(bound.point, host, port));
      },
    });
    const point = this.#point(options, socket.port, socket, () => socket.close());
    bound.point = point;
    return point;
  }

  async #listenTcp(options: ListenOptions): Promise<Point> {
    const server = await this.#pool.listen(options.host, options.port);
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : options.port;
    return this.#point(options, port, undefined, () => closeServer(server));
  }

  #point(
    options: ListenOptions,
    port: number,
    udp: DatagramSocket | undefined,
    close: () => Promise<void>,
  ): Point {
    const advertised = {
      host: options.advertised?.host ?? reachableHost(options.host),
      port: options.advertised?.port ?? port,
    };
    const flow = `${options.protocol}:${options.host}:${port}`;
    const point: Point = {
      protocol: options.protocol,
      host: options.host,
      port,
      advertised,
      flow,
      udp,
      close: async () => {
        const at = this.#points.indexOf(point);
        if (at < 0) return;
        this.#points.splice(at, 1);
        await close();
      },
    };
    return point;
  }

  #own(point: ListeningPoint): Point | undefined {
    return this.#points.find((one) => one === point);
  }

  #byFlow(flow: string): Point | undefined {
    return this.#points.find((point) => point.flow === flow);
  }

  #sendDatagram(
    bytes: Uint8Array,
    host: string,
    port: number,
    point: Point | undefined,
    failed: Failed,
  ): void {
    if (!point?.udp) return failed(new TransportFailure('closed', 'listening point closed'));
    point.udp.send(bytes, host, port, (error) =>
      failed(new TransportFailure('broken', error.message, error)),
    );
  }

  #sendStream(
    bytes: Uint8Array,
    host: string,
    port: number,
    from: ListeningPoint | undefined,
    failed: Failed,
  ): void {
    const source = from ?? this.#points.find((point) => point.protocol === 'tcp');
    if (!source) return failed(new TransportFailure('noTransport', 'nothing listens for tcp'));
    const localHost = isWildcard(source.host) || isIP(source.host) !== isIP(host) ? undefined : source.host;
    try {
      this.#pool.to(host, port, localHost).send(bytes, failed);
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      failed(error);
    }
  }

  #receive(bytes: Uint8Array, arrival: Arrival): void {
    const result = parseMessage(bytes, this.#parseLimits);
    switch (result.outcome) {
      case 'drop':
        if (result.why !== 'keep-alive') this.#user.dropped(result.why, arrival.source);
        return;
      case 'refuse':
        this.#refuse(result.request, result.status, result.reason, arrival);
        return;
      case 'ok':
        if (result.message.kind === 'response') this.#user.response(result.message, arrival);
        else {
          noteSource(result.message, arrival);
          this.#user.request(result.message, arrival);
        }
    }
  }

  /** A stateless answer (8.2.7): the same question gets the same answer again. */
  #refuse(request: SipRequest, status: number, reason: string, arrival: Arrival): void {
    const { newTag, product } = this.#options;
    const response = createResponse(request, status, {
      reason,
      toTag: newTag(),
      headers: { Server: product },
    });
    this.sendResponse(serialise(response), undefined, arrival, () => undefined);
    this.#user.refused(status, reason, arrival.source);
  }

  #refuseStream(bytes: Uint8Array, reason: string, arrival: Arrival): void {
    const result = parseMessage(bytes, this.#parseLimits);
    const request = result.outcome === 'refuse' ? result.request : requestOf(result);
    if (request && request.method !== 'ACK') this.#refuse(request, 400, reason, arrival);
    else this.#user.dropped(reason, arrival.source);
  }
}

function requestOf(result: ReturnType<typeof parseMessage>): SipRequest | undefined {
  return result.outcome === 'ok' && result.message.kind === 'request' ? result.message : undefined;
}

/**
 * 18.2.1 and RFC 3581 4: the top Via says where the request really came from, when that differs from what it claims or
 * when asked by `rport`. A right Via stays as it is, octet by octet.
 */
function noteSource(request: SipRequest, arrival: Arrival): void {
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
  const protocol: Protocol = named === 'udp' ? 'udp' : named === 'tls' ? 'tls' : 'tcp';
  const rport = typeof via.rport === 'number' ? via.rport : undefined;
  const host = via.received ?? via.params.get('maddr') ?? via.host;
  return { protocol, host, port: rport ?? via.port ?? defaultPort(protocol) };
}

function datagramArrival(point: Point, host: string, port: number): Arrival {
  return {
    source: { protocol: 'udp', host, port },
    local: { protocol: 'udp', host: point.host, port: point.port },
    flow: point.flow,
  };
}

function arrivalOn(connection: TcpConnection): Arrival {
  return { source: connection.peer, local: connection.local, flow: connection.flow };
}

/** Stops listening; connections that were accepted live on, so their end is not waited for. */
function closeServer(server: Server): Promise<void> {
  server.close();
  return Promise.resolve();
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function isWildcardFor(bound: string, host: string): boolean {
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
function reaches(bound: string, family: number): boolean {
  return bound === '::' || isIP(bound) === family;
}

/** What to show in Via and Contact for a wildcard address: the first outward interface, else loopback. */
function reachableHost(bound: string): string {
  if (!isWildcard(bound)) return bound;
  const family = isIPv6(bound) ? 'IPv6' : 'IPv4';
  for (const list of Object.values(networkInterfaces()))
    for (const one of list ?? []) if (!one.internal && one.family === family) return one.address;
  return isIPv6(bound) ? '::1' : '127.0.0.1';
}
