// The transport layer (RFC 3261 section 18): listens, parses what comes in, answers what cannot be processed, notes where
// requests came from (18.2.1, RFC 3581), and finds the way out for requests (18.1.1) and responses (18.2.2).
import { isIP, type Server } from 'node:net';
import type { Clock } from '../clock.ts';
import { createResponse, serialise } from '../message/build.ts';
import { parseMessage, type ParseLimits } from '../message/parse.ts';
import type { SipRequest, SipResponse, Via } from '../message/types.ts';
import type { StackLimits } from '../types.ts';
import type { ListenForWebSockets } from './channel.ts';
import type { Connection } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { DatagramNetwork, DatagramSocket } from './network.ts';
import { isWildcard, isWildcardFor, reachableHost, reaches } from './own-addresses.ts';
import { defaultPort } from './resolve.ts';
import type { TlsIdentity } from './tls.ts';
import {
  TransportFailure,
  type Arrival,
  type ListeningPoint,
  type ListenOptions,
  type Protocol,
} from './types.ts';
import type { Target, TransportAddress } from './types.ts';
import { noteSource, returnPath } from './via.ts';

export interface TransportUser {
  request(request: SipRequest, arrival: Arrival): void;
  response(response: SipResponse, arrival: Arrival): void;
  refused(status: number, reason: string, source: TransportAddress): void;
  dropped(why: string, source: TransportAddress): void;
  flowClosed(flow: string, cause: TransportFailure | undefined): void;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly limits: StackLimits;
  readonly network: DatagramNetwork;
  readonly newTag: () => string;
  readonly product: string | undefined;
  readonly tls: TlsIdentity | undefined;
  readonly webSockets: ListenForWebSockets | undefined;
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
  readonly #pool: ConnectionPool;
  readonly #parseLimits: ParseLimits;

  constructor(options: TransportOptions, user: TransportUser) {
    this.#options = options;
    this.#user = user;
    this.#parseLimits = options.limits;
    this.#pool = new ConnectionPool(options.clock, options.limits, {
      received: (connection, bytes) => this.#receive(bytes, arrivalOn(connection)),
      broken: (connection, reason, bytes) => this.#refuseStream(bytes, reason, arrivalOn(connection)),
      closed: (flow, cause) => user.flowClosed(flow, cause),
    });
  }

  get points(): readonly ListeningPoint[] {
    return this.#points;
  }

  get connections(): number {
    return this.#pool.size;
  }

  async listen(options: ListenOptions): Promise<ListeningPoint> {
    const point = await this.#open(options);
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

  /**
   * The target as it is reached: over the connection the peer itself opened, when there is one (RFC 5626). Nothing else leads
   * to a client behind NAT, or in a browser, at the address it came from.
   */
  settled(target: Target): Target {
    if (target.protocol === 'udp' || target.flow !== undefined) return target;
    const connection = this.#pool.byPeer(target.protocol, target.host, target.port);
    return connection?.origin === 'accepted' ? { ...connection.peer, flow: connection.flow } : target;
  }

  flowTarget(flow: string): Target | undefined {
    const connection = this.#pool.byFlow(flow);
    return connection?.open ? { ...connection.peer, flow } : undefined;
  }

  /** Sends a request to a numeric target. @returns the flow it goes over, where that is a connection */
  sendRequest(bytes: Uint8Array, target: Target, from: ListeningPoint, failed: Failed): string | undefined {
    if (target.protocol === 'udp') {
      this.#sendDatagram(bytes, target.host, target.port, this.#own(from), failed);
      return undefined;
    }
    if (target.flow === undefined) return this.#sendStream(bytes, target, from, failed);
    const connection = this.#pool.byFlow(target.flow);
    if (connection?.open) connection.send(bytes, failed);
    else failed(new TransportFailure('flowGone', target.flow));
    return target.flow;
  }

  /** Asks whether a silent UDP destination is there at all. */
  probe(target: Target, refused: () => void): void {
    if (target.protocol === 'udp') this.#options.network.probe(target.host, target.port, refused);
  }

  /** Sends a response to where its request came from; else over its connection, or a new one to sent-by. */
  sendResponse(bytes: Uint8Array, sentByPort: number | undefined, arrival: Arrival, failed: Failed): void {
    if (arrival.source.protocol === 'udp') {
      const { host, port } = arrival.source;
      this.#sendDatagram(bytes, host, port, this.#byFlow(arrival.flow), failed);
      return;
    }
    const connection = this.#pool.byFlow(arrival.flow);
    if (connection?.open) connection.send(bytes, failed);
    else {
      const { protocol, host } = arrival.source;
      this.#sendStream(
        bytes,
        { protocol, host, port: sentByPort ?? defaultPort(protocol) },
        undefined,
        failed,
      );
    }
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
    const connection = this.#pool.byPeer(protocol, host, back);
    if (connection) connection.send(bytes, failed);
    else {
      this.#sendStream(bytes, { protocol, host, port: via.port ?? defaultPort(protocol) }, undefined, failed);
    }
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

  #open(options: ListenOptions): Promise<Point> {
    const { protocol } = options;
    if (protocol === 'udp') return this.#listenUdp(options);
    const { tls, webSockets } = this.#options;
    const secure = protocol === 'tls' || protocol === 'wss';
    if (secure && !tls) throw new TypeError(`${protocol} needs certificates (StackOptions.tls)`);
    const identity = secure ? tls : undefined;
    if (protocol === 'tcp' || protocol === 'tls') return this.#listenStream(options, identity);
    if (!webSockets) throw new TypeError(`${protocol} needs StackOptions.webSockets`);
    return this.#listenWebSocket(options, webSockets, identity);
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

  async #listenStream(options: ListenOptions, identity: TlsIdentity | undefined): Promise<Point> {
    const { host, port: wanted } = options;
    const server = await this.#pool.listen({ host, port: wanted }, identity);
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : options.port;
    return this.#point(options, port, undefined, () => closeServer(server));
  }

  async #listenWebSocket(
    options: ListenOptions,
    listen: ListenForWebSockets,
    identity: TlsIdentity | undefined,
  ): Promise<Point> {
    const { host, port } = options;
    const listener = await this.#pool.listenForWebSockets(listen, { host, port }, identity);
    return this.#point(options, listener.port, undefined, () => listener.close());
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
    target: Target,
    from: ListeningPoint | undefined,
    failed: Failed,
  ): string | undefined {
    const { protocol, host } = target;
    const source = from ?? this.#points.find((point) => point.protocol === protocol);
    if (!source) {
      failed(new TransportFailure('noTransport', `nothing listens for ${protocol}`));
      return undefined;
    }
    const localHost = isWildcard(source.host) || isIP(source.host) !== isIP(host) ? undefined : source.host;
    try {
      const connection = this.#pool.to(target, localHost, this.#options.tls);
      connection.send(bytes, failed);
      return connection.flow;
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      failed(error);
      return undefined;
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

function datagramArrival(point: Point, host: string, port: number): Arrival {
  return {
    source: { protocol: 'udp', host, port },
    local: { protocol: 'udp', host: point.host, port: point.port },
    flow: point.flow,
  };
}

function arrivalOn(connection: Connection): Arrival {
  return { source: connection.peer, local: connection.local, flow: connection.flow };
}

/** Stops listening; connections that were accepted live on, so their end is not waited for. */
function closeServer(server: Server): Promise<void> {
  server.close();
  return Promise.resolve();
}
