// A network, a clock and a microphone for the tests: sockets whose far end the test plays, time that moves when it is told to.

import type { CallMedia, MediaEvents, MediaOptions } from '../../src/media.ts';
import type { Outside, SocketEvents } from '../../src/outside.ts';
import { Verto } from '../../src/verto.ts';
import type { VertoCallbacks } from '../../src/verto.ts';
import type { VertoOptions } from '../../src/options.ts';

export interface Asked {
  readonly method: string;
  readonly id: number | undefined;
  readonly params: Record<string, unknown>;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** The server's end of one connection. */
export class FarEnd {
  readonly url: string;
  readonly asked: Asked[] = [];
  readonly answers: Answer[] = [];
  readonly lines: string[] = [];
  /** Frames as they came, a batch being one. */
  readonly frames: unknown[] = [];
  closedWith: number | undefined;
  readonly #events: SocketEvents;
  readonly #world: World;

  constructor(world: World, url: string, events: SocketEvents) {
    this.#world = world;
    this.url = url;
    this.#events = events;
  }

  async open(): Promise<this> {
    this.#events.opened();
    await settle();
    return this;
  }

  /** Opens, and lets in. */
  async letIn(result: Record<string, unknown> = {}): Promise<this> {
    await this.open();
    await this.answer('login', { message: 'logged in', ...result });
    return this;
  }

  async send(value: unknown): Promise<void> {
    this.#events.received(typeof value === 'string' ? value : JSON.stringify(value));
    await settle();
  }

  /** The server asks, or tells. */
  request(method: string, params: Record<string, unknown> = {}, id = this.#world.nextId()): Promise<void> {
    return this.send({ jsonrpc: '2.0', id, method, params });
  }

  event(params: Record<string, unknown>): Promise<void> {
    return this.request('verto.event', params);
  }

  /** The newest request of this method. */
  last(method: string): Asked {
    const found = this.asked.findLast((one) => one.method === method);
    if (!found) throw new Error(`nobody asked ${method}: ${this.methods().join(' ')}`);
    return found;
  }

  methods(): readonly string[] {
    return this.asked.map(({ method }) => method);
  }

  answer(method: string, result: Record<string, unknown> = {}): Promise<void> {
    return this.send({ jsonrpc: '2.0', id: this.last(method).id, result });
  }

  refuse(method: string, error: Record<string, unknown>): Promise<void> {
    return this.send({ jsonrpc: '2.0', id: this.last(method).id, error });
  }

  async drop(code = 1006): Promise<void> {
    this.#events.closed(code);
    await settle();
  }

  /** What the client put on the wire. */
  took(text: string): void {
    if (text.startsWith('#')) {
      this.lines.push(text);
      return;
    }
    const frame = JSON.parse(text) as Asked | Answer | (Asked | Answer)[];
    this.frames.push(frame);
    for (const one of Array.isArray(frame) ? frame : [frame]) {
      if ('method' in one) this.asked.push(one);
      else this.answers.push(one);
    }
  }
}

interface Timer {
  readonly at: number;
  readonly then: () => void;
}

/** Stands for the sound of one call. */
export class FakeMedia implements CallMedia {
  readonly options: MediaOptions;
  readonly events: MediaEvents;
  readonly applied: string[] = [];
  muted = false;
  alive = false;
  closed = false;
  local: MediaStream | undefined;
  remote: MediaStream | undefined;
  readonly #world: World;

  constructor(world: World, options: MediaOptions, events: MediaEvents) {
    this.#world = world;
    this.options = options;
    this.events = events;
  }

  async offer(restart = false): Promise<string> {
    await this.#microphone();
    return restart ? 'offer-again' : 'offer';
  }
  async answer(sdp: string): Promise<string> {
    await this.#microphone();
    this.applied.push(sdp);
    return `answer-to-${sdp}`;
  }
  async accept(sdp: string): Promise<void> {
    if (sdp === 'nonsense') throw new Error('not understood');
    this.applied.push(sdp);
  }
  setMuted(muted: boolean): void {
    this.muted = muted;
  }
  async stats(): Promise<undefined> {
    return undefined;
  }
  async useMicrophone(): Promise<void> {
    await this.#microphone();
  }
  close(): void {
    this.closed = true;
  }

  async #microphone(): Promise<void> {
    if (this.#world.microphoneProblem) throw this.#world.microphoneProblem;
    this.local = this.options.useStream ?? ({ getTracks: () => [] } as unknown as MediaStream);
  }
}

export class World {
  readonly sockets: FarEnd[] = [];
  readonly media: FakeMedia[] = [];
  readonly reported: unknown[] = [];
  readonly stored = new Map<string, string>();
  microphoneProblem: Error | undefined;
  chance = 0.5;
  networkBack: () => void = () => undefined;
  now = 0;
  readonly #timers = new Set<Timer>();
  #uuids = 0;
  #ids = 7000;

  readonly outside: Outside = {
    openSocket: (url, events) => {
      if (!/^wss?:/.test(url)) throw new SyntaxError(`not an address: ${url}`);
      const end = new FarEnd(this, url, events);
      this.sockets.push(end);
      return {
        send: (text) => end.took(text),
        close: (code) => {
          end.closedWith ??= code;
        },
      };
    },
    openMedia: (options, events) => {
      const media = new FakeMedia(this, options, events);
      this.media.push(media);
      return media;
    },
    setTimer: (ms, then) => {
      const timer = { at: this.now + ms, then };
      this.#timers.add(timer);
      return () => this.#timers.delete(timer);
    },
    now: () => this.now,
    epochMs: () => 1_800_000_000_000 + this.now,
    random: () => this.chance,
    uuid: () => `uuid-${(this.#uuids += 1)}`,
    storage: {
      getItem: (key) => this.stored.get(key) ?? null,
      setItem: (key, value) => void this.stored.set(key, value),
    },
    onNetworkBack: (listener) => {
      this.networkBack = listener;
      return () => (this.networkBack = () => undefined);
    },
    report: (error) => void this.reported.push(error),
  };

  nextId(): number {
    return (this.#ids += 1);
  }

  /** Timers that would still fire. */
  get timers(): number {
    return this.#timers.size;
  }

  /** The newest connection. */
  get socket(): FarEnd {
    const newest = this.sockets.at(-1);
    if (!newest) throw new Error('nobody has connected');
    return newest;
  }

  get sound(): FakeMedia {
    const newest = this.media.at(-1);
    if (!newest) throw new Error('no call has opened its media');
    return newest;
  }

  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const [due] = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (!due) break;
      this.#timers.delete(due);
      this.now = due.at;
      due.then();
      await settle();
    }
    this.now = until;
    await settle();
  }

  verto(options: VertoOptions = {}, callbacks: VertoCallbacks = {}): Verto {
    return new Verto(options, callbacks, this.outside);
  }

  /** A client that is logged in. */
  async online(options: VertoOptions = {}, callbacks: VertoCallbacks = {}): Promise<Verto> {
    const verto = this.verto({ ...account, ...options }, callbacks);
    await this.socket.letIn();
    return verto;
  }
}

export const account = { login: '1001@cordboard', passwd: 'secret', socketUrl: 'ws://localhost/ws' };

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
