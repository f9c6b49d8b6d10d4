// One socket: what it may cost us, what it is told, and how it ends.
//
//   open ──login──▶ logged in ──▶ closed            its requests are performed one after another, in the order they came
//
// Bytes towards it are written as finished WebSocket frames beside the library's own (it never defers what it writes here: no
// compression), so that an event for a thousand readers is put together once.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { Budget, type BudgetOptions } from '../../realtime/budget.ts';
import type { Audience } from './history.ts';
import type { Reader } from './latecomers.ts';
import type { Person } from './person.ts';
import { serverRequest } from './rpc.ts';
import { textFrame } from './web-socket-frame.ts';

export const closeCodes = {
  goingAway: 1000,
  unsupported: 1003,
  policy: 1008,
  restart: 1012,
  tooSlow: 1013,
  punted: 4001,
} as const;

export interface ClientLimits {
  readonly budget: BudgetOptions;
  /** Requests over budget that are still answered. */
  readonly patience: number;
  /** Bytes that may wait for the network before the connection is given up. */
  readonly mostUnread: number;
  /** Requests being performed; more are left in the network. */
  readonly mostUnderway: number;
}

export const ordinaryLimits: ClientLimits = {
  budget: { burst: 60, perSecond: 20 },
  patience: 200,
  mostUnread: 4 * 2 ** 20,
  mostUnderway: 64,
};

/** A client who has logged in. */
export type Known = Client & { readonly person: Person };

const hangUpWithinMs = 2_000;
const mostInTurn = 8;

export class Client implements Reader {
  readonly address: string;
  /** The client's own name for this connection, once it has one. */
  sessid: string | undefined;
  person: Person | undefined;
  failedLogins = 0;
  /** When it was last heard of, milliseconds. */
  heardAt: number;
  pinged = false;
  readonly openedAt: number;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #limits: ClientLimits;
  readonly #onFault: (error: unknown) => void;
  readonly #budget: Budget;
  readonly #after: (() => void)[] = [];
  #excess = 0;
  #underway = 0;
  #inTurn = 0;
  #tail: Promise<void> = Promise.resolve();
  #over = false;

  constructor(
    link: {
      readonly ws: WebSocket;
      readonly socket: Duplex;
      readonly address: string;
      readonly onFault: (error: unknown) => void;
    },
    limits: ClientLimits,
    now: number,
  ) {
    this.#ws = link.ws;
    this.#socket = link.socket;
    this.address = link.address;
    this.#onFault = link.onFault;
    this.#limits = limits;
    this.#budget = new Budget(limits.budget, now);
    this.openedAt = now;
    this.heardAt = now;
  }

  get over(): boolean {
    return this.#over || this.#ws.readyState !== this.#ws.OPEN;
  }

  /** Something she asked for is being performed, or waits for it. */
  get busy(): boolean {
    return this.#underway > 0;
  }

  get audience(): Audience {
    return this.person === undefined || this.person.listener.role === 'agent' ? 'masked' : 'full';
  }

  backlog(): number {
    return this.#socket.writableLength;
  }

  /** Text as it is. */
  say(text: string): void {
    this.write(textFrame(text));
  }

  answer(message: object | readonly object[]): void {
    this.say(JSON.stringify(message));
  }

  request(id: number, method: string, params: object): void {
    this.answer(serverRequest(id, method, params));
  }

  write(bytes: Buffer): void {
    if (this.over) return;
    // Whoever asks and never reads would make us remember every answer.
    if (this.backlog() > this.#limits.mostUnread) return this.terminate();
    this.#socket.write(bytes);
  }

  /** Resolves when the network has taken what waited, or the line is over. */
  drained(): Promise<void> {
    if (this.over || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
  }

  /** What one request costs. `leave`: more than anybody may ask for. */
  take(now: number): 'pass' | 'refuse' | 'leave' {
    if (this.#budget.take(now)) return 'pass';
    this.#excess += 1;
    return this.#excess > this.#limits.patience ? 'leave' : 'refuse';
  }

  /** Performs after everything that came before. The network waits when too much is underway. */
  enqueue(perform: () => Promise<void>): void {
    this.#underway += 1;
    if (this.#underway >= this.#limits.mostUnderway) this.#ws.pause();
    this.#tail = this.#tail
      .then(perform)
      .then(() => this.#giveWay())
      .catch((error: unknown) => this.#fault(error))
      .finally(() => {
        this.#underway -= 1;
        if (this.#ws.isPaused && this.#underway < this.#limits.mostUnderway / 2) this.#ws.resume();
      });
  }

  /** A packet may hold hundreds of frames: after a few of them everybody else has a turn. */
  #giveWay(): Promise<void> | undefined {
    this.#inTurn += 1;
    if (this.#inTurn < mostInTurn) return undefined;
    this.#inTurn = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Runs once the answer to what is being performed is written. */
  afterAnswer(act: () => void): void {
    this.#after.push(act);
  }

  answered(): void {
    for (const act of this.#after.splice(0)) act();
  }

  /** A fault of ours: told, and the end of this connection alone. */
  #fault(error: unknown): void {
    this.#onFault(error);
    this.terminate();
  }

  /** Asks, below JSON, whether anybody is there: a browser answers by itself. */
  ping(): void {
    if (!this.over) this.#ws.ping();
  }

  close(code: number, reason: string): void {
    if (this.over) return;
    this.#over = true;
    this.#ws.close(code, reason);
    // A peer that does not close in turn is not waited for.
    setTimeout(() => this.#ws.terminate(), hangUpWithinMs).unref();
  }

  cut(): void {
    this.close(closeCodes.tooSlow, 'reads too slowly');
    this.#ws.terminate();
  }

  terminate(): void {
    this.#over = true;
    this.#ws.terminate();
  }
}
