// One client of the event socket.
//
//   connected ──auth──> authenticated ──exit, error, silence──> closed
//
// Commands run one after the other, as replies are matched by position; while one waits, this client's events wait
// too, so that what a command caused never overtakes its reply.

import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { SwitchEvent } from './event.ts';
import type { EventBus, EventListener } from './event-bus.ts';
import { CommandFramer, FramingError, type ClientCommand } from './framing.ts';
import { Subscription } from './subscription.ts';

/** What commands do; see esl/api.ts. */
export interface CommandSet {
  /** Runs an api command; the text is the whole body of the answer. */
  run(command: string): Promise<string> | string;
  /** Carries out a sendmsg; the text becomes Reply-Text. */
  sendMessage(uuid: string, headers: ReadonlyMap<string, string>, body: string): string;
  /** Carries out a sendevent; the text becomes Reply-Text. */
  sendEvent(name: string, headers: ReadonlyMap<string, string>): string;
}

/** The client's connection. */
export interface ClientSocket {
  write(text: string): void;
  /** Octets accepted by `write` and not yet by the network. */
  readonly pendingBytes: number;
  /** Ends the connection after what was written. */
  end(): void;
  /** Ends it at once. */
  destroy(): void;
}

/** What a session needs around it. */
export interface SessionSurroundings {
  readonly bus: EventBus;
  readonly commands: CommandSet;
  readonly password: string;
  /** One line for the operator's log. */
  log(line: string): void;
  /** Runs after the current turn. */
  soon(call: () => void): void;
}

/** Octets a client may leave unread before it is dropped. */
const MAX_PENDING = 16 * 1_048_576;
/** Events held back while one command runs. */
const MAX_HELD = 10_000;
const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';
export const DISCONNECT_NOTICE = `Content-Type: text/disconnect-notice\nContent-Length: ${GOODBYE.length}\n\n${GOODBYE}`;
const NOT_FOUND = '-ERR command not found';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares secrets in a time that does not depend on where they differ. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** See the file's head. */
export class EslSession implements EventListener {
  readonly #socket: ClientSocket;
  readonly #around: SessionSurroundings;
  readonly #framer = new CommandFramer();
  readonly #subscription = new Subscription();
  readonly #queue: ClientCommand[] = [];
  #format: 'json' | 'plain' = 'plain';
  #held: string[] = [];
  #flushing = false;
  #busy = false;
  #closed = false;
  authenticated = false;

  constructor(socket: ClientSocket, around: SessionSurroundings) {
    this.#socket = socket;
    this.#around = around;
    socket.write('Content-Type: auth/request\n\n');
  }

  /** Takes what the client sent. */
  receive(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      this.#queue.push(...this.#framer.push(chunk));
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#around.log(`event socket client closed: ${error.message}`);
      this.#disconnect();
      return;
    }
    void this.#work();
  }

  /** The connection is gone. */
  closed(): void {
    this.#closed = true;
    this.#queue.length = 0;
    this.#held = [];
    this.#around.bus.remove(this);
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let command = this.#queue.shift(); command && !this.#closed; command = this.#queue.shift())
      await this.#perform(command);
    this.#busy = false;
    this.#flushSoon();
  }

  #reply(text: string, more = ''): void {
    if (!this.#closed) this.#socket.write(`Content-Type: command/reply\nReply-Text: ${text}\n${more}\n`);
  }

  async #perform(command: ClientCommand): Promise<void> {
    const [, verb = '', rest = ''] = /^(\S*)(?: (.*))?$/s.exec(command.line) ?? [];
    const word = verb.toLowerCase();
    if (word === 'exit') {
      this.#reply('+OK bye');
      this.#disconnect();
    } else if (!this.authenticated) this.#authenticate(word, rest);
    else if (word === 'api' && command.line.length > verb.length) await this.#api(rest);
    else this.#control(word, rest, command);
  }

  #authenticate(word: string, secret: string): void {
    if (word !== 'auth') {
      this.#reply(NOT_FOUND);
      return;
    }
    if (!sameSecret(secret.trim(), this.#around.password)) {
      this.#around.log('event socket client refused: wrong password');
      this.#reply('-ERR invalid');
      this.#disconnect();
      return;
    }
    this.authenticated = true;
    this.#framer.trusted = true;
    this.#around.bus.add(this);
    this.#reply('+OK accepted');
  }

  async #api(command: string): Promise<void> {
    const body = await this.#around.commands.run(command);
    if (this.#closed) return;
    this.#socket.write(`Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`);
  }

  #control(word: string, rest: string, command: ClientCommand): void {
    switch (word) {
      case 'bgapi':
        return this.#background(rest, command.headers.get('job-uuid'));
      case 'event':
        return this.#event(rest);
      case 'nixevent':
        return this.#reply(
          this.#subscription.remove(wordsOf(rest)) ? '+OK events nixed' : '-ERR no keywords supplied',
        );
      case 'noevents':
        this.#subscription.clear();
        return this.#reply('+OK no longer listening for events');
      case 'filter':
        return this.#filter(rest);
      case 'sendmsg':
        return this.#reply(this.#around.commands.sendMessage(rest.trim(), command.headers, command.body));
      case 'sendevent':
        return this.#reply(this.#around.commands.sendEvent(rest.trim(), command.headers));
      case 'linger':
      case 'nolinger':
        return this.#reply('-ERR not controlling a session');
      case 'nolog':
        return this.#reply('-ERR not loging');
      case 'divert_events':
        return this.#reply('-ERR not controlling a session.');
      default:
        return this.#reply(NOT_FOUND);
    }
  }

  #background(command: string, chosen: string | undefined): void {
    if (command.trim() === '') {
      this.#reply(NOT_FOUND);
      return;
    }
    const job = chosen ?? randomUUID();
    this.#reply(`+OK Job-UUID: ${job}`, chosen === undefined ? '' : `Job-UUID: ${job}\n`);
    void this.#runJob(job, command);
  }

  async #runJob(job: string, command: string): Promise<void> {
    const [, name = '', args = ''] = /^(\S*)(?:\s+(.*))?$/s.exec(command.trim()) ?? [];
    const body = await this.#around.commands.run(command);
    this.#around.bus.raise('BACKGROUND_JOB', () => ({
      fields: [
        ['Job-UUID', job],
        ['Job-Command', name],
        ...(args === '' ? [] : [['Job-Command-Arg', args] as const]),
      ],
      body,
    }));
  }

  #event(rest: string): void {
    const [first = '', ...others] = wordsOf(rest);
    const format = first.toLowerCase();
    if (format === 'xml') {
      this.#reply('-ERR xml events are not supported');
      return;
    }
    const named = format === 'json' || format === 'plain';
    if (!this.#subscription.add(named ? others : wordsOf(rest))) {
      this.#reply('-ERR no keywords supplied');
      return;
    }
    if (named) this.#format = format;
    this.#reply(`+OK event listener enabled ${this.#format}`);
  }

  #filter(rest: string): void {
    const [first, second, ...others] = wordsOf(rest);
    if (first === undefined) this.#reply(NOT_FOUND);
    else if (first.toLowerCase() === 'delete') {
      if (second === undefined) return this.#reply('-ERR invalid syntax');
      const value = others.join(' ');
      this.#subscription.unfilter(second, value === '' ? undefined : value);
      this.#reply(`+OK filter deleted. [${second}][${value}]`);
    } else {
      const value = [second ?? '', ...others].join(' ');
      if (value === '') return this.#reply('-ERR invalid syntax');
      this.#subscription.filter(first, value);
      this.#reply(`+OK filter added. [${first}]=[${value}]`);
    }
  }

  wants(name: string, subclass: string | undefined): boolean {
    return this.authenticated && this.#subscription.wants(name, subclass);
  }

  deliver(event: SwitchEvent): void {
    if (this.#closed || !this.#subscription.passes(event)) return;
    this.#held.push(event.frame(this.#format));
    if (this.#held.length > MAX_HELD) this.#drop('its command holds back too many events');
    else this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushing || this.#busy || this.#held.length === 0) return;
    this.#flushing = true;
    this.#around.soon(() => {
      this.#flushing = false;
      if (!this.#busy) this.#flush();
    });
  }

  #flush(): void {
    if (this.#closed || this.#held.length === 0) return;
    const frames = this.#held.join('');
    this.#held = [];
    this.#socket.write(frames);
    if (this.#socket.pendingBytes > MAX_PENDING) this.#drop('it does not read its events');
  }

  /** A client that lost events must not believe it has them all: it is disconnected, and the log says so. */
  #drop(why: string): void {
    this.#around.log(`event socket client dropped: ${why}`);
    this.closed();
    this.#socket.destroy();
  }

  #disconnect(): void {
    if (this.#closed) return;
    this.#socket.write(DISCONNECT_NOTICE);
    this.closed();
    this.#socket.end();
  }
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
