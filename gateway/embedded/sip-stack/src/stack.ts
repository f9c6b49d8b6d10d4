// The stack: transport and transaction layers wired together, and the doors to them (types.ts says what each does).
import { realClock, type Clock } from './clock.ts';
import { createUacInvite } from './dialog/uac-invite.ts';
import { createUasInvite } from './dialog/uas-invite.ts';
import type { UacInvite, UasInvite } from './dialog/types.ts';
import { cloneResponse, ensureContentLength, serialise } from './message/build.ts';
import type { SipMessage, SipRequest, SipResponse, Uri } from './message/types.ts';
import { bracketed } from './message/uri.ts';
import { randomHex } from './random.ts';
import { withVia } from './transaction/client.ts';
import { MAGIC_COOKIE } from './transaction/keys.ts';
import { TransactionLayer } from './transaction/layer.ts';
import type {
  ClientTransaction,
  ClientTransactionEvents,
  ServerTransaction,
  Timers,
} from './transaction/types.ts';
import { TransportLayer } from './transport/layer.ts';
import { nextHop, resolveByDns, targetOf } from './transport/resolve.ts';
import type {
  ListeningPoint,
  ListenOptions,
  Outgoing,
  Protocol,
  Target,
  TransportAddress,
  TransportFailure,
} from './transport/types.ts';
import { TlsIdentity, type TlsSettings } from './transport/tls.ts';
import { UdpNetwork } from './transport/udp.ts';
import { returnPath } from './transport/via.ts';
import type {
  SendOptions,
  SipStack,
  StackLimits,
  StackOptions,
  UacInviteOptions,
  UasInviteOptions,
} from './types.ts';

export const DEFAULT_TIMERS: Timers = { t1: 500, t2: 4000, t4: 5000, d: 32_000 };

export const DEFAULT_LIMITS: StackLimits = {
  headerLine: 8192,
  message: 65_536,
  headerCount: 512,
  connections: 2000,
  connectionsPerHost: 200,
  unprovenConnections: 500,
  firstMessageMs: 30_000,
  lingeringTransactions: 4000,
  halfMessageMs: 10_000,
  idleMs: 3_600_000,
  connectMs: 5000,
  sendBuffer: 1024 * 1024,
};

/** Makes a stack. Nothing is bound before `listen`. */
export function createSipStack(options: StackOptions): SipStack {
  return new Stack(options);
}

class Stack implements SipStack {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly #random: (octets: number) => string;
  readonly #transport: TransportLayer;
  readonly #transactions: TransactionLayer;
  readonly #tls: TlsIdentity | undefined;
  #closed = false;

  constructor(options: StackOptions) {
    const { handlers } = options;
    this.clock = options.clock ?? realClock;
    this.timers = { ...DEFAULT_TIMERS, ...options.timers };
    this.#random = options.random ?? randomHex();
    const guard = (act: () => void): void => {
      if (!handlers.fault) return act();
      try {
        act();
      } catch (error) {
        handlers.fault(error);
      }
    };
    this.#tls = options.tls && new TlsIdentity(options.tls);
    this.#transport = new TransportLayer(
      {
        clock: this.clock,
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        network: options.network ?? new UdpNetwork(this.clock),
        newTag: () => this.newTag(),
        product: options.product,
        tls: this.#tls,
        webSockets: options.webSockets,
      },
      {
        request: (request, arrival) => guard(() => this.#transactions.receiveRequest(request, arrival)),
        response: (response, arrival) => guard(() => this.#transactions.receiveResponse(response, arrival)),
        refused: (status, reason, source) => guard(() => handlers.refused?.(status, reason, source)),
        dropped: (why, source) => guard(() => handlers.dropped?.(why, source)),
        flowClosed: (flow, cause) =>
          guard(() => {
            this.#transactions.flowClosed(flow, cause);
            handlers.flowClosed?.(flow);
          }),
      },
    );
    this.#transactions = new TransactionLayer(
      {
        clock: this.clock,
        timers: this.timers,
        tryingAfter: options.tryingAfter === undefined ? 200 : options.tryingAfter,
        lingering: options.limits?.lingeringTransactions ?? DEFAULT_LIMITS.lingeringTransactions,
        probeSilentPeers: options.probeSilentPeers ?? true,
        resolve: options.resolve ?? resolveByDns,
        newTag: () => this.newTag(),
      },
      this.#transport,
      handlers,
    );
  }

  get listeningPoints(): readonly ListeningPoint[] {
    return this.#transport.points;
  }

  listen(options: ListenOptions): Promise<ListeningPoint> {
    return this.#transport.listen(options);
  }

  replaceCertificates(settings: TlsSettings): void {
    if (!this.#tls) throw new TypeError('the stack was made without certificates');
    this.#tls.replace(settings);
  }

  settled(target: Target): Target {
    return this.#transport.settled(target);
  }

  flowTarget(flow: string): Target | undefined {
    return this.#transport.flowTarget(flow);
  }

  nextHop(request: SipRequest): Target | undefined {
    return nextHop(request);
  }

  targetOf(uri: string | Uri): Target | undefined {
    return targetOf(uri);
  }

  isOwnAddress(host: string, port: number | undefined, protocol?: Protocol): boolean {
    return this.#transport.isOwn(host, port ?? 5060, protocol);
  }

  contactFor(target: Target, user?: string): string {
    const { advertised, protocol } = this.#transport.pointFor(this.settled(target));
    const transport = protocol === 'udp' ? '' : `;transport=${protocol}`;
    const who = user === undefined || user === '' ? '' : `${user}@`;
    return `<sip:${who}${bracketed(advertised.host)}:${advertised.port}${transport}>`;
  }

  listeningPointFor(asked: Target): ListeningPoint | undefined {
    const target = this.settled(asked);
    return this.#transport.points.some((point) => point.protocol === target.protocol)
      ? this.#transport.pointFor(target)
      : undefined;
  }

  clientTransaction(
    request: SipRequest,
    asked: Target,
    options: SendOptions & { events?: ClientTransactionEvents } = {},
  ): ClientTransaction {
    const target = this.settled(asked);
    const point = this.#transport.pointFor(target, options.from);
    const branch = options.branch ?? this.newBranch();
    const stamped = withVia(request, viaOf(point, branch));
    const transaction = this.#transactions.client({ request: stamped, branch, target }, point);
    if (options.events) transaction.events = options.events;
    return transaction;
  }

  statelessRequest(request: SipRequest, asked: Target, options: SendOptions = {}): Outgoing<SipRequest> {
    const target = this.settled(asked);
    const point = this.#transport.pointFor(target, options.from);
    const stamped = withVia(request, viaOf(point, options.branch ?? this.newBranch()));
    const bytes = serialise(stamped);
    return outgoing(stamped, bytes, target, (failed) =>
      this.#transactions.resolve(
        target,
        (found) => this.#transport.sendRequest(bytes, found, point, failed),
        failed,
      ),
    );
  }

  statelessResponse(response: SipResponse): Outgoing<SipResponse> | undefined {
    const copy = cloneResponse(response);
    const via = copy.headers.vias[0];
    if (!via) return undefined;
    ensureContentLength(copy);
    const bytes = serialise(copy);
    return outgoing(copy, bytes, returnPath(via), (failed) =>
      this.#transport.sendAlongVia(bytes, via, failed),
    );
  }

  isOwnVia(response: SipResponse): boolean {
    const { host, port } = response.headers.via;
    return this.isOwnAddress(host, port);
  }

  uasInvite(transaction: ServerTransaction, options: UasInviteOptions): UasInvite {
    return createUasInvite(this, transaction, options);
  }

  uacInvite(request: SipRequest, target: Target, options: UacInviteOptions = {}): UacInvite {
    return createUacInvite(this, request, target, options);
  }

  newBranch(): string {
    return MAGIC_COOKIE + this.#random(10);
  }

  newTag(): string {
    return this.#random(8);
  }

  newCallId(): string {
    return this.#random(16);
  }

  counts(): ReturnType<SipStack['counts']> {
    return {
      clientTransactions: this.#transactions.clientCount,
      serverTransactions: this.#transactions.serverCount,
      openTransactions: this.#transactions.openCount,
      connections: this.#transport.connections,
      listeningPoints: this.#transport.points.length,
    };
  }

  get closed(): boolean {
    return this.#closed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#transactions.close();
    await this.#transport.close();
  }
}

function viaOf(point: ListeningPoint, branch: string): string {
  const { host, port } = point.advertised;
  // RFC 3581 3: rport is about UDP; streams answer over the connection anyway.
  const rport = point.protocol === 'udp' ? ';rport' : '';
  return `SIP/2.0/${point.protocol.toUpperCase()} ${bracketed(host)}:${port}${rport};branch=${branch}`;
}

/** Without a transaction nobody is told of a failure: the peer's own retransmission is the remedy (16.11). */
function outgoing<M extends SipMessage>(
  message: M,
  bytes: Buffer,
  destination: TransportAddress,
  send: (failed: (failure: TransportFailure) => void) => void,
): Outgoing<M> {
  let sent = false;
  return {
    message,
    bytes,
    destination,
    send: () => {
      if (sent) return;
      sent = true;
      send(() => undefined);
    },
  };
}
