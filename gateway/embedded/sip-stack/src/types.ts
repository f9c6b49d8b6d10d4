// The stack as its users see it: what it tells them and what they may ask of it.
import type { Clock } from './clock.ts';
import type { Dialog, UacInvite, UasInvite } from './dialog/types.ts';
import type { SipRequest, SipResponse, Uri } from './message/types.ts';
import type {
  ClientTransaction,
  ClientTransactionEvents,
  ServerTransaction,
  Timers,
} from './transaction/types.ts';
import type { ListenForWebSockets } from './transport/channel.ts';
import type { DatagramNetwork } from './transport/network.ts';
import type { TlsSettings } from './transport/tls.ts';
import type {
  Arrival,
  ListeningPoint,
  ListenOptions,
  Outgoing,
  Protocol,
  Target,
  TransportAddress,
} from './transport/types.ts';

export interface StackHandlers {
  /** A new request with its transaction: every method but ACK; CANCEL included (`transaction.cancels`). */
  request(transaction: ServerTransaction): void;
  /** An ACK that belongs to no non-2xx answer of ours: for a 2xx, or to be forwarded. */
  ack?(ack: SipRequest, arrival: Arrival): void;
  /** A response that matches no client transaction (a proxy forwards it, a user agent drops it). */
  strayResponse?(response: SipResponse, arrival: Arrival): void;
  /** Observation only: input that was answered 400/413/505/513 by the stack. */
  refused?(status: number, reason: string, source: TransportAddress): void;
  /** Observation only: input that got no answer. */
  dropped?(why: string, source: TransportAddress): void;
  /** A connection (TCP, TLS, WebSocket) is gone. */
  flowClosed?(flow: string): void;
  /** A handler above threw (a bug). Default: rethrown as an uncaught exception. */
  fault?(error: unknown): void;
}

export interface StackLimits {
  /** Octets of one header line, folded parts included. Default 8192. */
  readonly headerLine: number;
  /** Octets of one message. Default 65536. */
  readonly message: number;
  /** Header lines per message. Default 512. */
  readonly headerCount: number;
  /** Connections, both ways. Default 2000. */
  readonly connections: number;
  /** Connections from one address. Default 200. */
  readonly connectionsPerHost: number;
  /** Accepted connections that have not brought a message yet, and TLS handshakes; beyond it the oldest goes. Default 500. */
  readonly unprovenConnections: number;
  /** An accepted connection must bring its first message within this time, ms. Default 30000. */
  readonly firstMessageMs: number;
  /** Transactions that only absorb repetitions, each way; beyond it the oldest is forgotten early. Default 4000. */
  readonly lingeringTransactions: number;
  /** A message begun on a stream must be complete within this time, ms. Default 10000. */
  readonly halfMessageMs: number;
  /** A connection with no traffic and no transaction is closed after this time, ms. Default 1 hour. */
  readonly idleMs: number;
  /** TCP connect and TLS handshake of connections we open, ms. Default 5000. */
  readonly connectMs: number;
  /** Octets that may wait in a connection's send buffer. Default 1 MiB. */
  readonly sendBuffer: number;
}

export interface StackOptions {
  readonly handlers: StackHandlers;
  readonly clock?: Clock;
  readonly timers?: Partial<Timers>;
  readonly limits?: Partial<StackLimits>;
  /** Server/User-Agent value for answers the stack makes itself; none by default. */
  readonly product?: string;
  /** 100 Trying to an INVITE: 0 at once (before `request` is called), n ms after if nothing was sent, null never. Default 200. */
  readonly tryingAfter?: number | null;
  /** `n` random octets as lower-case hex; for tags, branches, Call-IDs. */
  readonly random?: (octets: number) => string;
  /** Name look-up; default `dns.lookup` and, for `Target.srv`, `dns.resolveSrv`. Rejects when not found. */
  readonly resolve?: (target: Target) => Promise<readonly { readonly host: string; readonly port: number }[]>;
  /** Certificates; needed for `tls` and `wss`, also for TLS connections to others. */
  readonly tls?: TlsSettings;
  /** How to listen for WebSockets; needed for `ws` and `wss`. */
  readonly webSockets?: ListenForWebSockets;
  /** Where datagrams go; default: the operating system's UDP. `MemoryNetwork` is for tests. */
  readonly network?: DatagramNetwork;
  /** Ask destinations that keep silent whether their port is open (see README, ICMP). Default true. */
  readonly probeSilentPeers?: boolean;
}

export interface SendOptions {
  /** Which listening point's address goes into Via (and, on UDP, which socket sends). Default: first that fits. */
  readonly from?: ListeningPoint;
  /** Branch to use; default: a fresh one. Must begin with `z9hG4bK`. */
  readonly branch?: string;
}

export interface UasInviteOptions {
  /** Our Contact value, e.g. `<sip:127.0.0.1:5070>`. */
  readonly contact: string;
  /** For a re-INVITE: the dialog it came in. */
  readonly dialog?: Dialog;
}

export interface UacInviteOptions extends SendOptions {
  /** For a re-INVITE: the dialog it is sent in. */
  readonly dialog?: Dialog;
}

export interface SipStack {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly listeningPoints: readonly ListeningPoint[];
  /** Binds; rejects with the system's error (EADDRINUSE …). */
  listen(options: ListenOptions): Promise<ListeningPoint>;

  /**
   * Takes other certificates into use without closing anything. Whose certificates are checked stays as it was.
   * @throws the system's error when they cannot be used (then the old ones stay), TypeError when there were none before
   */
  replaceCertificates(settings: TlsSettings): void;
  /** The target over the connection its peer opened, when it did; else as given. */
  settled(target: Target): Target;
  /** The far end of the connection named by `Arrival.flow`; undefined when it is gone. */
  flowTarget(flow: string): Target | undefined;

  /** Next hop of a request: its first Route when there is one, else the request URI (8.1.2, 12.2.1.1). */
  nextHop(request: SipRequest): Target | undefined;
  /** Target of a sip/sips URI: `maddr`, `transport`, port (RFC 3263 without NAPTR). */
  targetOf(uri: string | Uri): Target | undefined;
  /** True when host and port (default 5060) name one of our listening points, bound or advertised. */
  isOwnAddress(host: string, port: number | undefined, protocol?: Protocol): boolean;
  /** `<sip:user@host:port;transport=tcp>` of the listening point that would send to `target`. Throws as `clientTransaction`. */
  contactFor(target: Target, user?: string): string;
  /** The listening point that would send to `target`. */
  listeningPointFor(target: Target): ListeningPoint | undefined;

  /**
   * Makes a client transaction for a copy of `request` with our Via on top. Nothing is sent before `send()`.
   * @throws TransportFailure `noTransport` when nothing listens for `target.protocol`.
   */
  clientTransaction(
    request: SipRequest,
    target: Target,
    options?: SendOptions & { events?: ClientTransactionEvents },
  ): ClientTransaction;
  /** Sends without state: ACK to a 2xx, a proxy's stateless forwarding. A copy of `request` gets our Via. Throws as above. */
  statelessRequest(request: SipRequest, target: Target, options?: SendOptions): Outgoing<SipRequest>;
  /** Forwards a response whose top Via (after ours was taken off) names the next hop (18.2.2). `undefined`: no usable Via. */
  statelessResponse(response: SipResponse): Outgoing<SipResponse> | undefined;
  /** True when the top Via of a received response is ours. */
  isOwnVia(response: SipResponse): boolean;

  uasInvite(transaction: ServerTransaction, options: UasInviteOptions): UasInvite;
  /** Makes the client transaction too (`request` is an INVITE with Contact). Throws as `clientTransaction`. */
  uacInvite(request: SipRequest, target: Target, options?: UacInviteOptions): UacInvite;

  /** Fresh values: `z9hG4bK…`, a tag (16 hex), a Call-ID. */
  newBranch(): string;
  newTag(): string;
  newCallId(): string;

  /** What is alive; all zero (but listeningPoints) when nothing leaks. */
  counts(): {
    clientTransactions: number;
    serverTransactions: number;
    /** Those of both kinds without a final response yet; the others only absorb what is repeated (timers D, H–M). */
    openTransactions: number;
    connections: number;
    listeningPoints: number;
  };
  /** Closes sockets, connections, timers. No events afterwards. */
  close(): Promise<void>;
  /** True from the call of `close` on. */
  readonly closed: boolean;
}
