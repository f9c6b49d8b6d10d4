// UDP sockets of the operating system.
//
// Linux tells an unconnected socket nothing about ICMP errors unless IP_RECVERR is set, which Node cannot do. A connected
// socket is told. So a destination that keeps silent is asked once more through a connected socket of its own (`probe`):
// it sends a keep-alive (CRLFCRLF, RFC 5626 4.4.1, ignored by every SIP element, RFC 3261 7.5) and listens for two
// seconds for ECONNREFUSED. Nothing is sent to peers that answer in time.
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '../clock.ts';
import type { DatagramNetwork, DatagramReceiver, DatagramSocket } from './network.ts';

const RECEIVE_BUFFER = 4 * 1024 * 1024;
const PROBE_MS = 2000;
const MAX_PROBES = 128;
const KEEP_ALIVE = Buffer.from('\r\n\r\n', 'latin1');
const MAPPED = '::ffff:';

/** Shows an IPv4 peer of a dual-stack socket as IPv4. */
export function unmapped(host: string): string {
  return host.startsWith(MAPPED) && host.includes('.') ? host.slice(MAPPED.length) : host;
}

function openSocket(host: string): Socket {
  return createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    // Addresses are numeric by the time they get here; answering at once keeps dns.lookup's thread pool out of it.
    lookup: (name, _options, found) => found(null, name, isIPv6(name) ? 6 : 4),
  });
}

function bound(socket: Socket, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

export class UdpNetwork implements DatagramNetwork {
  readonly #clock: Clock;
  readonly #probes = new Map<string, { readonly end: () => void; readonly waiting: (() => void)[] }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async open(host: string, port: number, receiver: DatagramReceiver): Promise<DatagramSocket> {
    const socket = openSocket(host);
    try {
      await bound(socket, host, port);
    } catch (error) {
      socket.close();
      throw error;
    }
    growReceiveBuffer(socket);
    socket.on('message', (bytes, peer) => receiver.received(bytes, unmapped(peer.address), peer.port));
    // Asynchronous errors of an unconnected socket concern no message in particular; the sends report their own.
    socket.on('error', () => undefined);
    return wrap(socket, host);
  }

  probe(host: string, port: number, refused: () => void): void {
    const key = `${host} ${port}`;
    const running = this.#probes.get(key);
    if (running) {
      running.waiting.push(refused);
      return;
    }
    if (this.#probes.size >= MAX_PROBES) return;
    const socket = openSocket(host);
    const timer = this.#clock.setTimer(PROBE_MS, () => end());
    const waiting = [refused];
    const end = (): void => {
      if (!this.#probes.delete(key)) return;
      this.#clock.clearTimer(timer);
      socket.close();
    };
    this.#probes.set(key, { end, waiting });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end();
      if (error.code === 'ECONNREFUSED') for (const tell of waiting) tell();
    });
    socket.connect(port, host, () => socket.send(KEEP_ALIVE));
  }

  close(): void {
    for (const { end } of this.#probes.values()) end();
  }
}

function growReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch (error) {
    // The system's own size stays; a burst may then lose datagrams, which retransmission repairs.
    if (!(error instanceof Error)) throw error;
  }
}

function wrap(socket: Socket, host: string): DatagramSocket {
  const dualStack = isIPv6(host);
  return {
    host,
    port: socket.address().port,
    send(bytes, to, port, failed) {
      const address = dualStack && !isIPv6(to) ? MAPPED + to : to;
      try {
        socket.send(bytes, port, address, (error) => {
          if (error) failed(error);
        });
      } catch (error) {
        // Port 0 or a closed socket: Node throws instead of calling back.
        failed(error instanceof Error ? error : new Error(String(error)));
      }
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
