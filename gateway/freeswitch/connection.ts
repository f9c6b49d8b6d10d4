// The event socket. The one file that knows modesl, and what it adds to it:
//
//   connecting ──auth, event json …, core_uuid──→ open ──socket closed, reply late, frame garbled──→ waiting ──back-off──┐
//        ▲                                          │ every pending command is rejected                                  │
//        └──────────────────────────────────────────┴─────────────────────────────────────────────────────────────────────┘
//
// modesl 1.2.1 matches replies to commands by position, waits for them for ever, does not notice a socket's `close`, never
// reconnects, and lets a bad frame throw out of the socket's `data` listener. Here every command has a deadline; a missed
// deadline drops the socket, because a reply that came after all would be taken for the next command's.

import type { Socket } from 'node:net';
import modesl, { type Connection as ModeslConnection, type Event as ModeslEvent } from 'modesl';
import { MediaError } from '../../app/ports/media.ts';
import type { Clock } from '../../app/ports/clock.ts';

/** An event as received, not yet validated (events.ts does). */
export interface EslEvent {
  readonly name: string;
  get(header: string): string | undefined;
  readonly body: string;
}

export interface EslListener {
  /** Authenticated and subscribed. `coreUuid` changes when the switch is restarted. */
  opened(coreUuid: string): void;
  event(event: EslEvent): void;
  /** Something came from the switch that proves it alive. */
  heard(): void;
  /** The connection, or an attempt at one, is gone; another attempt follows by itself. */
  closed(why: string): void;
}

export interface EslOptions {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** Names for `event json`; narrow, because each event is 5 to 9 kB. */
  readonly events: readonly string[];
  /** `<header> <value>` each, added after the subscription. */
  readonly filters?: readonly string[];
  readonly clock: Clock;
  readonly listener: EslListener;
  /** Longest wait for the reply to a command, ms. Default 4000. */
  readonly replyMs?: number;
  /** Longest time from connect to subscribed, ms. Default 2000. */
  readonly openMs?: number;
  /** Pause before attempt `n` (from 0), ms. */
  readonly backoff?: (attempt: number) => number;
}

/** 50 ms, doubling to one second: a local switch is back soon or not at all, and a refused connect costs little. */
export const defaultBackoff = (attempt: number): number => Math.min(50 * 2 ** attempt, 1_000);

export class EslConnection {
  readonly #options: EslOptions;
  /** Events watched for a while, with how many watch each. */
  readonly #watched = new Map<string, number>();
  #session: EslSession | undefined;
  #attempt = 0;
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  constructor(options: EslOptions) {
    this.#options = options;
  }

  start(): void {
    this.#connect();
  }

  /**
   * `api <command>`: runs to its end on the switch before the next command on this socket is read, so only for what is
   * instant there (never originate).
   * @returns the response's text
   * @throws MediaError `timeout` or `disconnected`
   */
  api(command: string): Promise<string> {
    return this.#open().api(command);
  }

  /**
   * `bgapi <command>` under a Job-UUID of our choosing; resolves when the switch took it. The result is a BACKGROUND_JOB event.
   * @throws MediaError `timeout`, `disconnected`, `refused`
   */
  async background(command: string, jobId: string): Promise<void> {
    const reply = await this.#open().command(`bgapi ${command}`, { 'Job-UUID': jobId });
    if (!reply.startsWith('+OK')) throw new MediaError('refused', reply);
  }

  /**
   * `sendevent`: with a header `unique-id` the event is queued to that session, whose application may read it.
   * @throws MediaError `timeout`, `disconnected`, `refused`
   */
  async sendEvent(headers: Readonly<Record<string, string>>): Promise<void> {
    const reply = await this.#open().command('sendevent NOTIFY', { ...headers });
    if (!reply.startsWith('+OK')) throw new MediaError('refused', reply);
  }

  /** Subscribes to one more event until the returned disposer is called, also over reconnects. */
  watch(event: string): () => void {
    const wanted = this.#watched.get(event) ?? 0;
    this.#watched.set(event, wanted + 1);
    if (wanted === 0) this.#tellSession(`event json ${event}`);
    let isWatching = true;
    return () => {
      if (!isWatching) return;
      isWatching = false;
      const left = (this.#watched.get(event) ?? 1) - 1;
      if (left > 0) return void this.#watched.set(event, left);
      this.#watched.delete(event);
      this.#tellSession(`nixevent ${event}`);
    };
  }

  get isOpen(): boolean {
    return this.#session?.isOpen ?? false;
  }

  /** Commands sent and not answered yet. */
  get repliesAwaited(): number {
    return this.#session?.pending ?? 0;
  }

  /** Drops the socket; a reconnect follows. For a peer that has stopped making sense. */
  drop(why: string): void {
    this.#session?.end(why);
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#session?.end('closed by us');
  }

  /** What it says is not waited for: an answer that does not come ends the session by itself. */
  #tellSession(command: string): void {
    if (!this.#session?.isOpen) return;
    this.#session.command(command).catch((error: unknown) => {
      if (!(error instanceof MediaError)) throw error;
    });
  }

  #open(): EslSession {
    if (!this.#session?.isOpen) throw new MediaError('disconnected', 'the event socket is not connected');
    return this.#session;
  }

  #connect(): void {
    const { listener } = this.#options;
    const session = new EslSession(this.#options, [...this.#watched.keys()], {
      opened: (coreUuid) => {
        this.#attempt = 0;
        listener.opened(coreUuid);
      },
      ended: (why) => {
        if (this.#session !== session) return;
        this.#session = undefined;
        listener.closed(why);
        this.#retry();
      },
    });
    this.#session = session;
  }

  #retry(): void {
    if (this.#closed) return;
    const { clock, backoff = defaultBackoff } = this.#options;
    const at = clock.now() + backoff(this.#attempt);
    this.#attempt += 1;
    this.#cancelRetry = clock.wakeAt(at, () => this.#connect());
  }
}

interface Pending {
  readonly reject: (error: MediaError) => void;
  readonly cancelDeadline: () => void;
}

/** One socket's life, from connect to close. */
class EslSession {
  isOpen = false;
  readonly #options: EslOptions;
  readonly #events: readonly string[];
  readonly #esl: ModeslConnection;
  readonly #socket: Socket;
  readonly #life: { opened(coreUuid: string): void; ended(why: string): void };
  readonly #pending = new Set<Pending>();
  readonly #cancelOpening: () => void;
  #inbox: EslEvent[] = [];
  #ended = false;

  constructor(
    options: EslOptions,
    watched: readonly string[],
    life: { opened(coreUuid: string): void; ended(why: string): void },
  ) {
    this.#options = options;
    // In front: every word after CUSTOM is a subclass.
    this.#events = [...watched, ...options.events];
    this.#life = life;
    const esl = new modesl.Connection(options.host, options.port, options.password);
    this.#esl = esl;
    if (!esl.socket) throw new Error('modesl made no socket');
    this.#socket = esl.socket;
    // By itself the library would also ask for CHANNEL_EXECUTE_COMPLETE: several 5 kB events per call that nobody reads.
    esl.reqEvents = ['BACKGROUND_JOB'];
    // A command is several small writes; without this the second waits for the first one's delayed ACK (40 ms).
    this.#socket.setNoDelay(true);
    const { clock, openMs = 2_000 } = options;
    this.#cancelOpening = clock.wakeAt(clock.now() + openMs, () =>
      this.end(`not connected within ${openMs} ms`),
    );
    this.#listen();
  }

  get pending(): number {
    return this.#pending.size;
  }

  #listen(): void {
    const esl = this.#esl;
    this.#socket.on('close', () => this.end('the switch closed the connection'));
    esl.on('error', (error: unknown) =>
      this.end(error instanceof Error ? error.message : 'the connection failed'),
    );
    esl.on('esl::connect', () => this.#guardParser());
    esl.on('esl::event::auth::fail', () => this.end('the switch refused the password'));
    esl.on('esl::event::raw::text/rude-rejection', () => this.end('the switch refuses our address'));
    esl.on('esl::event::disconnect::notice', () => this.end('the switch said good-bye'));
    esl.on('esl::ready', () => void this.#subscribe());
    // Emitted as esl::event::<name>::<uuid>.
    esl.on('esl::event::*::*', (event) => {
      const name = event.getHeader('Event-Name');
      if (typeof name === 'string') this.#inbox.push(asEslEvent(name, event));
    });
  }

  /** The parser throws on a frame it cannot read; that must end this connection and not the process. */
  #guardParser(): void {
    const parse = this.#socket.listeners('data');
    this.#socket.removeAllListeners('data');
    this.#socket.on('data', (chunk) => {
      try {
        for (const listener of parse) listener.call(this.#socket, chunk);
      } catch (error) {
        return this.end(`unreadable frame: ${String(error)}`);
      }
      this.#options.listener.heard();
      const events = this.#inbox;
      this.#inbox = [];
      // Outside the try: a fault in what an event sets off is a bug of ours and must not pass for a bad frame.
      for (const event of events) if (!this.#ended) this.#options.listener.event(event);
    });
  }

  async #subscribe(): Promise<void> {
    try {
      const replies = await Promise.all([
        this.command(`event json ${this.#events.join(' ')}`),
        ...(this.#options.filters ?? []).map((filter) => this.command(`filter ${filter}`)),
      ]);
      const refused = replies.find((reply) => !reply.startsWith('+OK'));
      if (refused !== undefined) return this.end(`subscription refused: ${refused}`);
      const coreUuid = (await this.api('global_getvar core_uuid')).trim();
      if (this.#ended) return;
      this.#cancelOpening();
      this.isOpen = true;
      this.#life.opened(coreUuid);
    } catch (error) {
      this.end(String(error));
    }
  }

  api(command: string): Promise<string> {
    return this.#ask(
      command,
      (line, reply) => this.#esl.api(line, reply),
      (event) => event.getBody(),
    );
  }

  command(command: string, headers: Record<string, string> | null = null): Promise<string> {
    return this.#ask(
      command,
      (line, reply) => this.#esl.sendRecv(line, headers, reply),
      (event) => String(event.getHeader('Reply-Text') ?? ''),
    );
  }

  #ask(
    line: string,
    send: (line: string, reply: (event: ModeslEvent) => void) => void,
    read: (event: ModeslEvent) => string,
  ): Promise<string> {
    // commands.ts never builds such a line; were it ever sent, one command would become two and every reply would shift.
    if (/[\r\n\0]/.test(line)) throw new Error('a line break inside an event socket command');
    if (this.#ended) return Promise.reject(new MediaError('disconnected', 'the event socket is gone'));
    return new Promise((resolve, reject) => {
      const { clock, replyMs = 4_000 } = this.#options;
      const cancelDeadline = clock.wakeAt(clock.now() + replyMs, () => {
        this.#pending.delete(pending);
        reject(new MediaError('timeout', `no reply within ${replyMs} ms: ${line.split(' ', 1)[0]}`));
        this.end('a reply is overdue');
      });
      const pending: Pending = { reject, cancelDeadline };
      this.#pending.add(pending);
      this.#socket.cork();
      send(line, (event) => {
        if (!this.#pending.delete(pending)) return;
        cancelDeadline();
        resolve(read(event));
      });
      process.nextTick(() => this.#socket.uncork());
    });
  }

  end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.isOpen = false;
    this.#cancelOpening();
    this.#esl.removeAllListeners();
    this.#esl.on('error', () => undefined); // The socket is being destroyed; what it still reports has no reader.
    this.#socket.destroy();
    for (const { reject, cancelDeadline } of this.#pending) {
      cancelDeadline();
      reject(new MediaError('disconnected', why));
    }
    this.#pending.clear();
    this.#life.ended(why);
  }
}

function asEslEvent(name: string, event: ModeslEvent): EslEvent {
  return {
    name,
    get(header) {
      const value = event.getHeader(header);
      return value === null || value === undefined ? undefined : String(value);
    },
    body: event.getBody(),
  };
}
