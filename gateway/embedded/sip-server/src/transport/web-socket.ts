// SIP over WebSocket (RFC 7118): the handshake, and each connection as a channel of the stack. One WebSocket message is one
// SIP message; clients that do not speak subprotocol `sip` are refused before they are upgraded.
import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type Channel,
  type ChannelReceiver,
  type HostPort,
  unmapped,
  type WebSocketAcceptor,
  type WebSocketAddress,
  type WebSocketListener,
} from '@cordboard/sip-stack';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

/** The HTTP request of the handshake must be complete within this time. */
const HANDSHAKE_MS = 10_000;
/** How often a client is asked whether it is still there; one that has not answered by the next time is gone. */
const PING_EVERY_MS = 30_000;
/** Time for the closing handshake before the socket is cut. */
const CLOSING_MS = 2000;
const PROTOCOL = 'sip';
const GOING_AWAY = 1001;

/** Listens for WebSockets of subprotocol `sip`; rejects with the system's error (EADDRINUSE …). */
export async function listenForWebSockets(
  { host, port, tls, maxMessage }: WebSocketAddress,
  acceptor: WebSocketAcceptor,
): Promise<WebSocketListener> {
  const http = tls ? createSecureServer(tls.serverOptions()) : createServer();
  if (tls && 'setSecureContext' in http) tls.keepCurrent(http);
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessage,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: () => PROTOCOL,
  });
  restrict(http);
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, acceptor);
    if (refusal !== undefined) return refuse(socket, refusal);
    upgrades.handleUpgrade(request, socket, head, (webSocket) =>
      acceptor.accept(new WebSocketChannel(webSocket, socket as Socket)),
    );
  });
  upgrades.on('wsClientError', (_error, socket) => refuse(socket, 400));
  await listening(http, host, port);
  return {
    port: (http.address() as AddressInfo).port,
    close: () => {
      http.close();
      http.closeIdleConnections();
      return Promise.resolve();
    },
  };
}

/** Only upgrades are served here, and nobody may take long over asking for one. */
function restrict(http: Server): void {
  http.headersTimeout = HANDSHAKE_MS;
  http.requestTimeout = HANDSHAKE_MS;
  http.keepAliveTimeout = 1000;
  http.maxHeadersCount = 100;
  http.on('request', (_request, response) => {
    response.writeHead(426, { Upgrade: 'websocket', Connection: 'close' }).end();
  });
  http.on('clientError', (_error, socket) => refuse(socket, 400));
  http.on('tlsClientError', (_error, socket: Duplex) => socket.destroy());
}

/** The status a handshake is refused with; undefined when it may go on. */
function refusalOf({ headers, socket }: IncomingMessage, acceptor: WebSocketAcceptor): 400 | 503 | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  if (!offered.includes(PROTOCOL)) return 400;
  return acceptor.hasRoom(unmapped(socket.remoteAddress ?? '')) ? undefined : 503;
}

function refuse(socket: Duplex, status: 400 | 503): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

function listening(http: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen({ host, port, exclusive: true }, () => {
      http.off('error', reject);
      // EMFILE and the like on accept: the peer sees a closed connection, the server goes on.
      http.on('error', () => undefined);
      resolve();
    });
  });
}

class WebSocketChannel implements Channel {
  readonly peer: HostPort;
  readonly local: HostPort;
  readonly #webSocket: WebSocket;
  readonly #heartbeat: NodeJS.Timeout;
  #answered = true;

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.peer = { host: unmapped(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    this.local = { host: unmapped(socket.localAddress ?? ''), port: socket.localPort ?? 0 };
    this.#heartbeat = setInterval(() => this.#ping(), PING_EVERY_MS).unref();
  }

  get queued(): number {
    return this.#webSocket.bufferedAmount;
  }

  get open(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  attach(receiver: ChannelReceiver): void {
    const webSocket = this.#webSocket;
    webSocket.on('message', (data) => receiver.received(octetsOf(data)));
    webSocket.on('pong', () => (this.#answered = true));
    webSocket.on('error', (error) => receiver.failed(error));
    webSocket.on('close', () => {
      clearInterval(this.#heartbeat);
      receiver.closed();
    });
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    // RFC 7118 5.2: text where the message is UTF-8, else binary.
    this.#webSocket.send(bytes, { binary: !isUtf8(bytes) }, done);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  finish(): void {
    this.#webSocket.close(GOING_AWAY);
    setTimeout(() => this.#webSocket.terminate(), CLOSING_MS).unref();
  }

  #ping(): void {
    if (!this.#answered) return this.#webSocket.terminate();
    this.#answered = false;
    this.#webSocket.ping();
  }
}

function octetsOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
