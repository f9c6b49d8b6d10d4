// A TCP or TLS socket of the operating system as a channel.
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Channel, ChannelReceiver, HostPort } from './channel.ts';
import type { TlsIdentity } from './tls.ts';
import { unmapped } from './udp.ts';

const KEEP_ALIVE_MS = 45_000;

export class SocketChannel implements Channel {
  readonly peer: HostPort;
  readonly #socket: Socket;
  /** The event that says an outgoing connection is up: for TLS, after the handshake. */
  readonly #up: 'connect' | 'secureConnect';

  constructor(socket: Socket, peer: HostPort, up: 'connect' | 'secureConnect' = 'connect') {
    this.#socket = socket;
    this.peer = peer;
    this.#up = up;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }

  get local(): HostPort {
    const { localAddress, localPort } = this.#socket;
    return { host: unmapped(localAddress ?? ''), port: localPort ?? 0 };
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  attach(receiver: ChannelReceiver): void {
    const socket = this.#socket;
    socket.once(this.#up, () => receiver.connected());
    socket.on('data', (chunk) => receiver.received(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => receiver.failed(error));
    socket.on('close', () => receiver.closed());
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  finish(): void {
    this.#socket.destroySoon();
  }
}

/** Where a socket that was accepted comes from; an empty host when it is gone already. */
export const peerOfSocket = (socket: Socket): HostPort => ({
  host: unmapped(socket.remoteAddress ?? ''),
  port: socket.remotePort ?? 0,
});

/** Begins to connect over TCP; `localHost` is the address to leave from. */
export function openTcp(peer: HostPort, localHost: string | undefined): Channel {
  return new SocketChannel(connect({ ...peer, ...localAddress(localHost) }), peer);
}

/** Begins to connect over TLS. @param name the host of the URI, which the peer's certificate must show (RFC 5922) */
export function openTls(
  peer: HostPort,
  localHost: string | undefined,
  { identity, name }: { identity: TlsIdentity; name: string },
): Channel {
  // RFC 6066 3: no literal addresses in SNI.
  const servername = isIP(name) === 0 ? { servername: name } : {};
  const socket = connectTls({
    ...peer,
    ...localAddress(localHost),
    ...identity.clientOptions(name),
    ...servername,
  });
  return new SocketChannel(socket, peer, 'secureConnect');
}

const localAddress = (localHost: string | undefined): { localAddress?: string } =>
  localHost === undefined ? {} : { localAddress: localHost };
