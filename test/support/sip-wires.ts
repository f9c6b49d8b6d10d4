// What a raw SIP party speaks over: UDP, TCP, TLS, WebSocket. Written apart from the stack under test.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { within } from './until.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export type WireProtocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

export interface Wire {
  readonly protocol: WireProtocol;
  /** What Via and Contact name: a browser has no address of its own (RFC 7118 5). */
  readonly sentBy: string;
  readonly port: number;
  /** Names who gets each whole message, with where it came from. */
  onMessage(take: (raw: string, from: { address: string; port: number }) => void): void;
  /** `to` counts on UDP only. */
  send(bytes: Buffer, to: Address): void;
  /** Resolves when the other side has closed it. */
  readonly closed: Promise<unknown>;
  close(): Promise<void>;
}

/** A free UDP port of 127.0.0.1. */
export async function udpWire(): Promise<Wire> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const closed = once(socket, 'close');
  return {
    protocol: 'udp',
    sentBy: `127.0.0.1:${port}`,
    port,
    onMessage: (take) => void socket.on('message', (data, from) => take(data.toString('utf8'), from)),
    send: (bytes, { host, port: to }) => socket.send(bytes, to, host),
    closed,
    close: async () => {
      socket.close();
      await closed;
    },
  };
}

export async function tcpWire(server: Address): Promise<Wire> {
  const socket = connect(server);
  await within('TCP connection to the SIP server', once(socket, 'connect'));
  return streamWire('tcp', socket, server);
}

/** @param ca PEM of the authority the server's certificate is checked with; `name` is what it must be for */
export async function tlsWire(
  server: Address,
  tls: { readonly ca?: Buffer; readonly name?: string; readonly cert?: Buffer; readonly key?: Buffer },
): Promise<Wire> {
  const { name: servername = 'localhost', ...rest } = tls;
  const socket = connectTls({ ...server, servername, ...rest });
  await within('TLS connection to the SIP server', once(socket, 'secureConnect'));
  return streamWire('tls', socket, server);
}

function streamWire(protocol: 'tcp' | 'tls', socket: Socket, server: Address): Wire {
  const port = socket.localPort ?? 0;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  return {
    protocol,
    sentBy: `127.0.0.1:${port}`,
    port,
    onMessage: (take) => {
      let buffer: Buffer = Buffer.alloc(0);
      socket.on('data', (data: Buffer) => {
        // Line breaks between messages are pongs (RFC 5626 section 4.4.1).
        buffer = withoutLineBreaks(Buffer.concat([buffer, data]));
        for (let whole = wholeMessage(buffer); whole > 0; whole = wholeMessage(buffer)) {
          take(buffer.toString('utf8', 0, whole), { address: server.host, port: server.port });
          buffer = withoutLineBreaks(buffer.subarray(whole));
        }
      });
    },
    send: (bytes) => void socket.write(bytes),
    closed,
    close: async () => {
      socket.destroy();
      await closed;
    },
  };
}

function withoutLineBreaks(buffer: Buffer): Buffer {
  let at = 0;
  while (buffer[at] === 13 || buffer[at] === 10) at += 1;
  return buffer.subarray(at);
}

/** Octets of the message a buffer begins with; 0 while it is not complete. */
function wholeMessage(buffer: Buffer): number {
  const end = buffer.indexOf('\r\n\r\n');
  if (end === -1) return 0;
  const head = buffer.toString('utf8', 0, end);
  const total = end + 4 + Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
  return buffer.length < total ? 0 : total;
}

export async function webSocketWire(
  server: Address,
  { ca, protocols = ['sip'] }: { readonly ca?: Buffer; readonly protocols?: string[] } = {},
): Promise<Wire> {
  const protocol = ca ? 'wss' : 'ws';
  const webSocket = new WebSocket(`${protocol}://${server.host}:${server.port}`, protocols, {
    ...(ca ? { ca, servername: 'localhost' } : {}),
  });
  const failed = once(webSocket, 'error').then(([error]: Error[]) => Promise.reject(error ?? new Error()));
  await within('WebSocket to the SIP server', Promise.race([once(webSocket, 'open'), failed]));
  failed.catch(() => undefined);
  const closed = new Promise((resolve) => webSocket.once('close', resolve));
  return {
    protocol,
    sentBy: `${randomBytes(6).toString('hex')}.invalid`,
    port: 0,
    onMessage: (take) =>
      void webSocket.on('message', (data: Buffer) =>
        take(data.toString('utf8'), { address: server.host, port: server.port }),
      ),
    send: (bytes) => webSocket.send(bytes.toString('utf8')),
    closed,
    close: async () => {
      webSocket.terminate();
      await closed;
    },
  };
}
