// What the transport layer (RFC 3261 section 18) says to the layers above, and what they may ask of it.
import type { SipMessage } from '../message/types.ts';

export type Protocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

export interface TransportAddress {
  readonly protocol: Protocol;
  /** Numeric address without brackets (an IPv4-mapped IPv6 address is shown as IPv4). */
  readonly host: string;
  readonly port: number;
}

/** Where to send a request. */
export interface Target {
  readonly protocol: Protocol;
  /** Numeric address (fast path, no look-up) or name. */
  readonly host: string;
  readonly port: number;
  /**
   * Send over this very connection (`Arrival.flow` of what came over it). When it is gone the request fails with
   * reason `flowGone`; no new connection is opened. For clients behind NAT that registered over TCP.
   */
  readonly flow?: string;
  /** The host as the URI had it, when `host` is its address: what the peer's TLS certificate must show (RFC 5922). */
  readonly name?: string;
  /** Where the name came from SRV-able form (no port in the URI): ask `_sip._udp.host` first. */
  readonly srv?: boolean;
}

/** How a message reached us. */
export interface Arrival {
  /** The packet's source. */
  readonly source: TransportAddress;
  /** The local address it came in on. */
  readonly local: TransportAddress;
  /** Name of the listening point (UDP) or of the connection (all else), for `Target.flow`. */
  readonly flow: string;
}

/** An address the stack listens on. */
export interface ListeningPoint {
  readonly protocol: Protocol;
  /** As bound; the port is the real one when 0 was asked for. */
  readonly host: string;
  readonly port: number;
  /** What Via and Contact show; equal to host and port unless `advertised` was given. */
  readonly advertised: { readonly host: string; readonly port: number };
  close(): Promise<void>;
}

export interface ListenOptions {
  /** `tls` and `wss` need `StackOptions.tls`, `ws` and `wss` need `StackOptions.webSockets`. */
  readonly protocol: Protocol;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly advertised?: { readonly host: string; readonly port?: number };
}

export type TransportFailureReason =
  /** No listening point of that protocol (and address family). */
  | 'noTransport'
  /** Name not found. */
  | 'unresolved'
  /** ICMP port unreachable, TCP RST. */
  | 'refused'
  | 'timedOut'
  /** The peer's TLS certificate does not hold, or is for somebody else. */
  | 'untrusted'
  /** The connection named by `Target.flow` is closed. */
  | 'flowGone'
  /** The connection closed while a reply was awaited, or the send failed. */
  | 'broken'
  /** `maxConnections` reached, or the outgoing buffer of a connection is full. */
  | 'overloaded'
  | 'closed';

/** The outside's failure: the network did not take the message. */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
  readonly reason: TransportFailureReason;
  constructor(reason: TransportFailureReason, detail: string, cause?: unknown) {
    super(`${reason}: ${detail}`, { cause });
    this.reason = reason;
  }
}

/**
 * A message built and serialised but not sent. `bytes` is exactly what `send` puts on the wire, so a caller can
 * record it first.
 */
export interface Outgoing<M extends SipMessage = SipMessage> {
  readonly message: M;
  readonly bytes: Buffer;
  /** Where it goes; a name is shown as given until resolved. */
  readonly destination: TransportAddress;
  /** Puts it on the wire. A second call does nothing. */
  send(): void;
}
