// A bare event socket client: nothing between the test and the bytes.

import { connect, type Socket } from 'node:net';

/** One frame from the server. */
export interface Frame {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly raw: string;
}

export type EventFields = Record<string, string>;

/** See the file's head. */
export class EslClient {
  readonly frames: Frame[] = [];
  readonly events: EventFields[] = [];
  closed = false;
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #waiting: ((frame: Frame) => void)[] = [];
  readonly #watchers = new Set<() => void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#notify();
    });
  }

  /** Connects and reads the greeting. */
  static async open(port: number): Promise<EslClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new EslClient(socket);
    const greeted = client.#nextReply();
    await greeted;
    return client;
  }

  /** Connects, authenticates, subscribes. */
  static async ready(port: number, password: string, events = 'ALL'): Promise<EslClient> {
    const client = await EslClient.open(port);
    await client.command(`auth ${password}`);
    await client.command(`event json ${events}`);
    return client;
  }

  #nextReply(): Promise<Frame> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (let frame = this.#cut(); frame; frame = this.#cut()) this.#take(frame);
    this.#notify();
  }

  #cut(): Frame | undefined {
    const end = this.#buffer.indexOf('\n\n');
    if (end < 0) return undefined;
    const head = this.#buffer.toString('utf8', 0, end);
    const headers: Record<string, string> = {};
    for (const line of head.split('\n'))
      headers[line.slice(0, line.indexOf(':'))] = line.slice(line.indexOf(':') + 2);
    const length = Number(headers['Content-Length'] ?? 0);
    if (this.#buffer.length < end + 2 + length) return undefined;
    const body = this.#buffer.toString('utf8', end + 2, end + 2 + length);
    const raw = this.#buffer.toString('utf8', 0, end + 2 + length);
    this.#buffer = this.#buffer.subarray(end + 2 + length);
    return { headers, body, raw };
  }

  #take(frame: Frame): void {
    this.frames.push(frame);
    const type = frame.headers['Content-Type'];
    if (type === 'text/event-json') this.events.push(JSON.parse(frame.body) as EventFields);
    else this.#waiting.shift()?.(frame);
  }

  /** Sends raw text. */
  write(text: string | Buffer): void {
    this.#socket.write(text);
  }

  /** Sends a command and gives its reply frame. */
  command(line: string): Promise<Frame> {
    const reply = this.#nextReply();
    this.#socket.write(`${line}\n\n`);
    return reply;
  }

  /** Runs an api command and gives its body. */
  async api(command: string): Promise<string> {
    return (await this.command(`api ${command}`)).body;
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** Resolves with the first event, past or coming, that matches. */
  event(name: string, match: EventFields = {}, withinMs = 10_000): Promise<EventFields> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        const found = this.events.find(
          (event) =>
            event['Event-Name'] === name &&
            Object.entries(match).every(([key, value]) => event[key] === value),
        );
        if (!found) return false;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(found);
        return true;
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        const seen = this.events.map((event) => event['Event-Name']).join(' ');
        reject(new Error(`no ${name} ${JSON.stringify(match)} within ${withinMs} ms; seen: ${seen}`));
      }, withinMs);
      if (!look()) this.#watchers.add(look);
    });
  }

  /** Runs a bgapi command and gives the body of its BACKGROUND_JOB. */
  async job(command: string, withinMs = 10_000): Promise<string> {
    const reply = await this.command(`bgapi ${command}`);
    const job = /Job-UUID: (\S+)/.exec(reply.headers['Reply-Text'] ?? '')?.[1] ?? '';
    const event = await this.event('BACKGROUND_JOB', { 'Job-UUID': job }, withinMs);
    return event['_body'] ?? '';
  }

  /** Names of the events of one channel, with their distinguishing facts, as one line each. */
  story(uuid: string): string[] {
    return this.events
      .filter((event) => event['Unique-ID'] === uuid)
      .map((event) =>
        [
          event['Event-Name'],
          event['Channel-State'],
          event['Channel-Call-State'],
          event['Answer-State'],
        ].join(' '),
      );
  }

  close(): void {
    this.#socket.destroy();
  }
}
