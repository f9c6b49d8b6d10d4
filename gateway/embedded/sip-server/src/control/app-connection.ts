// One application's control connection.
//
//   connected ──authenticate, right secret──► authenticated ──socket closes──► gone
//       │ wrong secret, another frame, deadline                ▲
//       └─────────────── closed by us ─────────────────────────┘ also: garbage, an unread backlog
//
// Nothing but `authenticate` is listened to before the secret has been right.
import type { Socket } from 'node:net';
import { type Command, parseCommand, type ProxyCommand, type SipCommand } from './command.ts';
import { nokFrame, noFrame, okFrame, refusals } from './frames.ts';
import { FrameReader, FramingError } from './framing.ts';
import { sameSecret } from './secret.ts';

/** An authenticated application, as the call logic sees it. */
export interface App {
  /** False once its connection is gone; frames sent then go nowhere. */
  readonly connected: boolean;
  send(frame: Buffer): void;
}

/** What a connection asks of its server. */
export interface ConnectionHost {
  readonly secret: string;
  /** `OK` fields of a good authentication: addresses shown, version, local addresses. */
  welcome(): readonly [hostports: string, version: string, localHostports: string];
  addRoute(app: App, verb: string): void;
  removeRoute(app: App, verb: string): void;
  sip(app: App, command: SipCommand): void;
  proxy(app: App, command: ProxyCommand): void;
  gone(app: App): void;
}

const AUTHENTICATE_WITHIN_MS = 10_000;
/** A stranger may send no more than an `authenticate` needs. */
const MAX_BYTES_BEFORE_AUTHENTICATION = 4096;
/** Bytes an application may leave unread before it is cut off. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

export class AppConnection implements App {
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #reader: FrameReader;
  readonly #deadline: NodeJS.Timeout;
  #authenticated = false;
  #closed = false;
  #corked = false;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#reader = new FrameReader();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 45_000);
    this.#deadline = setTimeout(() => this.close(), AUTHENTICATE_WITHIN_MS);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // 'close' follows every 'error'; an application that went away is no failure of ours.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#onClose());
  }

  get connected(): boolean {
    return this.#authenticated && !this.#closed;
  }

  /** Writes one frame; frames of one turn of the event loop leave in one segment, in order. */
  send(frame: Buffer): void {
    if (this.#closed) return;
    if (this.#socket.writableLength > MAX_BACKLOG_BYTES) {
      this.close();
      return;
    }
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(frame);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    if (!this.#authenticated && this.#socket.bytesRead > MAX_BYTES_BEFORE_AUTHENTICATION) {
      this.close();
      return;
    }
    try {
      for (const payload of this.#reader.push(chunk)) {
        if (this.#closed || this.#socket.writableEnded) return;
        this.#obey(parseCommand(payload));
      }
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.close();
    }
  }

  #obey(command: Command): void {
    const { msgId } = command;
    if (command.type === 'authenticate') return this.#authenticate(msgId, command.secret);
    if (!this.#authenticated) return this.#refuseAndClose(msgId, refusals.notAuthenticated);
    switch (command.type) {
      case 'route':
        this.#host.addRoute(this, command.verb);
        return this.send(okFrame(msgId));
      case 'remove_route':
        this.#host.removeRoute(this, command.verb);
        return this.send(okFrame(msgId));
      case 'ping':
        return this.send(okFrame(msgId, 'pong'));
      case 'sip':
        return this.#host.sip(this, command);
      case 'proxy':
        return this.#host.proxy(this, command);
      case 'malformed':
        return this.#refuseAndClose(msgId, command.reason);
    }
  }

  #authenticate(msgId: string, secret: string): void {
    if (!sameSecret(secret, this.#host.secret)) return this.#refuseAndClose(msgId, 'incorrect secret');
    clearTimeout(this.#deadline);
    this.#authenticated = true;
    this.send(okFrame(msgId, ...this.#host.welcome()));
  }

  #refuseAndClose(msgId: string, reason: string): void {
    this.send(noFrame(msgId, reason));
    this.#socket.end();
  }

  #onClose(): void {
    if (this.#closed) return;
    clearTimeout(this.#deadline);
    this.#closed = true;
    if (this.#authenticated) this.#host.gone(this);
  }
}

/** Answers a command with a refusal. */
export function refuse(app: App, msgId: string, reason: string): void {
  app.send(nokFrame(msgId, reason));
}
