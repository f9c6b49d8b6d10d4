// The wires the rubbish goes over: one per way, reopened when the server closes it, and the phone that answers wrongly.
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { draftOf } from './messages.ts';
import type { KnownDialog, Way } from './generate.ts';

const LOOPBACK = '127.0.0.1';
const KNOWN = 8;

async function udp(address: string): Promise<UdpSocket> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** A connection that is opened again when it was closed, which is what a broken stream gets. */
class Reopened<T> {
  #current: T | undefined;
  readonly #open: (closed: () => void) => T;
  opened = 0;

  constructor(open: (closed: () => void) => T) {
    this.#open = open;
  }

  get(): T {
    if (this.#current === undefined) {
      this.opened += 1;
      const made: T = this.#open(() => {
        if (this.#current === made) this.#current = undefined;
      });
      this.#current = made;
    }
    return this.#current;
  }

  take(): T | undefined {
    const current = this.#current;
    this.#current = undefined;
    return current;
  }
}

export interface Ports {
  readonly sip: number;
  readonly ws: number;
  readonly switch: number;
}

export class Doors {
  readonly #ports: Ports;
  readonly #sockets: Readonly<Record<'stranger' | 'trunk' | 'switch', UdpSocket>>;
  readonly #tcp: Reopened<Socket>;
  readonly #ws: Reopened<WebSocket>;

  readonly #dialogs = new Map<Way, KnownDialog[]>();
  /** Final answers over UDP, by way and status: how deep the messages got. */
  readonly answers = new Map<string, number>();

  private constructor(ports: Ports, sockets: Doors['sockets']) {
    this.#ports = ports;
    this.#sockets = sockets;
    for (const way of ['stranger', 'trunk', 'switch'] as const)
      sockets[way].on('message', (bytes) => this.#note(way, bytes.toString('latin1')));
    this.#tcp = new Reopened((closed) => {
      const socket = connect(ports.sip, LOOPBACK);
      socket.on('error', () => undefined).on('close', closed);
      socket.resume();
      return socket;
    });
    this.#ws = new Reopened((closed) => {
      const socket = new WebSocket(`ws://${LOOPBACK}:${ports.ws}`, ['sip']);
      socket.on('error', () => undefined).on('close', closed);
      return socket;
    });
  }

  private get sockets(): Readonly<Record<'stranger' | 'trunk' | 'switch', UdpSocket>> {
    return this.#sockets;
  }

  static async open(ports: Ports): Promise<Doors> {
    return new Doors(ports, {
      stranger: await udp(LOOPBACK),
      trunk: await udp('127.0.0.5'),
      switch: await udp(LOOPBACK),
    });
  }

  /** Where a way's messages come from, as Via and Contact say it. */
  self(way: Way): string {
    if (way !== 'stranger' && way !== 'trunk' && way !== 'switch') return `${LOOPBACK}:9`;
    const { address, port } = this.#sockets[way].address();
    return `${address}:${port}`;
  }

  /** How often a connection had to be opened. */
  get reopened(): number {
    return this.#tcp.opened + this.#ws.opened;
  }

  /** One of the calls our messages have begun, the newest mostly. */
  dialog(way: Way): KnownDialog | undefined {
    return this.#dialogs.get(way)?.at(-1);
  }

  send(way: Exclude<Way, 'answer'>, bytes: Buffer): void {
    switch (way) {
      case 'tcp':
        return void this.#tcp.get().write(bytes);
      case 'ws':
        return this.#sendOverWebSocket(bytes);
      case 'switch':
        return this.#sockets.switch.send(bytes, this.#ports.switch, LOOPBACK);
      default:
        return this.#sockets[way].send(bytes, this.#ports.sip, LOOPBACK);
    }
  }

  close(): void {
    for (const socket of Object.values(this.#sockets)) socket.close();
    this.#tcp.take()?.destroy();
    this.#ws.take()?.terminate();
  }

  /** An answer with both tags to an INVITE: somebody has a dialog with us. */
  #note(way: Way, text: string): void {
    const final = /^SIP\/2\.0 ([2-6]\d\d)/.exec(text)?.[1];
    if (final !== undefined)
      this.answers.set(`${way} ${final}`, (this.answers.get(`${way} ${final}`) ?? 0) + 1);
    if (!/^SIP\/2\.0 (18\d|200)/.test(text) || !/^CSeq: *\d+ INVITE/im.test(text)) return;
    const callId = /^Call-ID: *(\S+)/im.exec(text)?.[1];
    const fromTag = /^From:[^\r]*;tag=([^;\s]+)/im.exec(text)?.[1];
    const toTag = /^To:[^\r]*;tag=([^;\s]+)/im.exec(text)?.[1];
    if (callId === undefined || fromTag === undefined || toTag === undefined) return;
    const known = this.#dialogs.get(way) ?? [];
    known.push({ callId, fromTag, toTag });
    this.#dialogs.set(way, known.slice(-KNOWN));
  }

  #sendOverWebSocket(bytes: Buffer): void {
    const socket = this.#ws.get();
    if (socket.readyState === socket.OPEN) socket.send(bytes, () => undefined);
    else socket.once('open', () => socket.send(bytes, () => undefined));
  }
}

/** The phone that answers whatever it is asked with the next wrong answer in line. */
export class WrongPhone {
  readonly #socket: UdpSocket;
  readonly #answers: ((request: string) => Buffer)[] = [];
  answered = 0;

  private constructor(socket: UdpSocket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => {
      const text = bytes.toString('latin1');
      if (text.startsWith('SIP/') || text.startsWith('ACK ') || !text.includes('\r\n\r\n')) return;
      const answer = this.#answers.shift();
      if (!answer) return;
      this.answered += 1;
      socket.send(answer(text), from.port, from.address);
    });
  }

  static async open(): Promise<WrongPhone> {
    return new WrongPhone(await udp('127.0.0.6'));
  }

  get address(): string {
    const { address, port } = this.#socket.address();
    return `${address}:${port}`;
  }

  get waiting(): number {
    return this.#answers.length;
  }

  /** Queues an answer; the request it will answer is handed to it as text. */
  queue(answer: (request: ReturnType<typeof draftOf>) => Buffer): void {
    this.#answers.push((text) => answer(draftOf(text)));
  }

  close(): void {
    this.#socket.close();
  }
}
