// What carries a connection's octets or messages: a TCP or TLS socket of the operating system (socket-channel.ts), or a
// WebSocket, whose handshake a program brings along (RFC 7118), because the stack has no dependency of its own.
import type { TlsIdentity } from './tls.ts';

export interface HostPort {
  /** Numeric address; an IPv4-mapped IPv6 address is shown as IPv4. */
  readonly host: string;
  readonly port: number;
}

/** One connection as the stack writes to it. */
export interface Channel {
  readonly peer: HostPort;
  /** Our end; the port is 0 until connected. */
  readonly local: HostPort;
  /** Octets that wait to be sent. */
  readonly queued: number;
  /** False once it is closed or closing. */
  readonly open: boolean;
  /** Names who is told of what happens; called once, before anything can happen. */
  attach(receiver: ChannelReceiver): void;
  /** Queues octets; on a WebSocket they are one message. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): void;
  /** Closes at once. */
  destroy(): void;
  /** Closes when what is queued has left. */
  finish(): void;
}

export interface ChannelReceiver {
  /** An outgoing connection is up, its peer verified where that was asked for. */
  connected(): void;
  /** Octets of a stream, or one whole message. */
  received(bytes: Buffer): void;
  /** Something went wrong; `closed` follows. */
  failed(error: NodeJS.ErrnoException): void;
  /** It is gone. Exactly once, last. */
  closed(): void;
}

/** What a listening WebSocket server asks of the stack. */
export interface WebSocketAcceptor {
  /** False: answer the handshake with 503, this address has too many connections already. */
  hasRoom(host: string): boolean;
  /** Takes an upgraded connection over. */
  accept(channel: Channel): void;
}

export interface WebSocketListener {
  readonly port: number;
  /** Stops listening; accepted connections live on. */
  close(): Promise<void>;
}

export interface WebSocketAddress extends HostPort {
  /** Certificates, for `wss`. */
  readonly tls: TlsIdentity | undefined;
  /** Octets a message may have; more closes the connection. */
  readonly maxMessage: number;
}

/** Listens for WebSockets of subprotocol `sip`; rejects with the system's error. */
export type ListenForWebSockets = (
  at: WebSocketAddress,
  acceptor: WebSocketAcceptor,
) => Promise<WebSocketListener>;
