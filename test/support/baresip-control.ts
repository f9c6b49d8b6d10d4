// baresip's control connection (module ctrl_tcp): commands and events as JSON in netstrings, `<length>:<json>,`.

import net from 'node:net';

/** What baresip reported: `REGISTER_OK`, `CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED`, … */
export interface PhoneEvent {
  readonly type: string;
  readonly param: string;
  readonly peerUri: string;
  readonly callId: string;
}

interface Message {
  readonly event?: boolean;
  readonly type?: string;
  readonly param?: string;
  readonly peeruri?: string;
  readonly id?: string;
  readonly response?: boolean;
  readonly ok?: boolean;
  readonly data?: string;
  readonly token?: string;
}

interface Waiting {
  resolve(printed: string): void;
  reject(error: Error): void;
}

export class Control {
  readonly #socket: net.Socket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #events: PhoneEvent[] = [];
  readonly #taken = new Set<PhoneEvent>();
  #unread = Buffer.alloc(0);
  #lastToken = 0;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values())
        reject(new Error('baresip closed its control connection'));
      this.#waiting.clear();
    });
  }

  /** @returns undefined while nothing listens there */
  static connect(port: number): Promise<Control | undefined> {
    return new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      let connected = false;
      // After the connection stands, 'close' tells all there is to tell.
      socket.on('error', () => {
        if (!connected) resolve(undefined);
      });
      socket.once('connect', () => {
        connected = true;
        resolve(new Control(socket));
      });
    });
  }

  get events(): readonly PhoneEvent[] {
    return this.#events;
  }

  /** The oldest event of this type not taken yet, which is then taken. */
  take(type: string): PhoneEvent | undefined {
    const event = this.#events.find((candidate) => candidate.type === type && !this.#taken.has(candidate));
    if (event) this.#taken.add(event);
    return event;
  }

  /** @returns what the command printed @throws when baresip says it failed */
  command(command: string, params?: string): Promise<string> {
    const token = String(++this.#lastToken);
    const json = JSON.stringify({ command, token, ...(params === undefined ? {} : { params }) });
    return new Promise((resolve, reject) => {
      this.#waiting.set(token, { resolve, reject });
      this.#socket.write(`${Buffer.byteLength(json)}:${json},`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (;;) {
      const colon = this.#unread.indexOf(':');
      const length = Number(this.#unread.subarray(0, Math.max(colon, 0)).toString());
      if (colon < 0 || this.#unread.length < colon + length + 2) return;
      const json = this.#unread.subarray(colon + 1, colon + 1 + length).toString();
      this.#unread = this.#unread.subarray(colon + length + 2);
      this.#take(JSON.parse(json) as Message);
    }
  }

  #take(message: Message): void {
    if (message.event) {
      const { type = '', param = '', peeruri: peerUri = '', id: callId = '' } = message;
      this.#events.push({ type, param, peerUri, callId });
      return;
    }
    const waiting = this.#waiting.get(message.token ?? '');
    this.#waiting.delete(message.token ?? '');
    if (message.ok) waiting?.resolve(message.data ?? '');
    else waiting?.reject(new Error(`baresip refused: ${message.data ?? 'no reason given'}`));
  }
}
