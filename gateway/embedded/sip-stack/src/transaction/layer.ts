// The transaction layer: finds the transaction of what came in, makes new ones, hands the rest up (RFC 3261 17).
//
//   request  ─┬─ ACK ──► INVITE transaction, or the user          response ─┬─ match ──► client transaction
//             ├─ match ► repeats the answer                                 └─ none ───► the user (stray)
//             └─ new ──► server transaction ──► the user
import type { Clock } from '../clock.ts';
import type { SipRequest, SipResponse } from '../message/types.ts';
import type { TransportLayer } from '../transport/layer.ts';
import { isIP } from 'node:net';
import type { Resolve } from '../transport/resolve.ts';
import { TransportFailure, type Arrival, type ListeningPoint, type Target } from '../transport/types.ts';
import type { StackHandlers } from '../types.ts';
import { LiveClientTransaction, type ClientParts, type ClientSurroundings } from './client.ts';
import { cancelledKeyOf, clientKeyOf, mergeKeyOf, serverKeyOf } from './keys.ts';
import { Lingering } from './lingering.ts';
import { LiveServerTransaction, type ServerSurroundings } from './server.ts';
import type { ClientTransaction, Timers } from './types.ts';

export interface TransactionOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly tryingAfter: number | null;
  readonly probeSilentPeers: boolean;
  readonly lingering: number;
  readonly resolve: Resolve;
  readonly newTag: () => string;
}

const unanswered: ReadonlySet<string> = new Set(['idle', 'calling', 'trying', 'proceeding']);

export class TransactionLayer {
  readonly #options: TransactionOptions;
  readonly #transport: TransportLayer;
  readonly #handlers: StackHandlers;
  readonly #clients = new Map<string, LiveClientTransaction>();
  readonly #servers = new Map<string, LiveServerTransaction>();
  readonly #merging = new Map<string, LiveServerTransaction>();
  readonly #lingeringServers: Lingering<LiveServerTransaction>;
  readonly #lingeringClients: Lingering<LiveClientTransaction>;
  readonly #unreliable: ServerSurroundings;
  readonly #reliable: ServerSurroundings;
  #count = 0;

  constructor(options: TransactionOptions, transport: TransportLayer, handlers: StackHandlers) {
    this.#options = options;
    this.#transport = transport;
    this.#handlers = handlers;
    this.#lingeringServers = new Lingering(options.lingering);
    this.#lingeringClients = new Lingering(options.lingering);
    this.#unreliable = this.#serverSurroundings(false);
    this.#reliable = this.#serverSurroundings(true);
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  get serverCount(): number {
    return this.#servers.size;
  }

  /** Transactions without a final response. Looks at each: for whoever asks now and then. */
  get openCount(): number {
    const all = [...this.#clients.values(), ...this.#servers.values()];
    return all.filter(({ state }) => unanswered.has(state)).length;
  }

  newId(): string {
    return `t${++this.#count}`;
  }

  receiveRequest(request: SipRequest, arrival: Arrival): void {
    const key = serverKeyOf(request);
    const known = this.#servers.get(key);
    if (request.method === 'ACK') {
      if (!known?.acknowledged(request)) this.#handlers.ack?.(request, arrival);
      return;
    }
    if (known) known.repeated();
    else this.#admit(key, request, arrival);
  }

  receiveResponse(response: SipResponse, arrival: Arrival): void {
    const key = clientKeyOf(response);
    const transaction = key === undefined ? undefined : this.#clients.get(key);
    if (transaction) transaction.received(response, arrival);
    else this.#handlers.strayResponse?.(response, arrival);
  }

  /** A client transaction, known here from its `send()` on. */
  client(parts: Omit<ClientParts, 'id'>, from: ListeningPoint): ClientTransaction {
    return new LiveClientTransaction(
      { ...parts, id: this.newId() },
      this.#clientSurroundings(parts.target, from),
    );
  }

  /** Transactions that can only be answered over a closed connection fail now, not in 32 seconds. */
  flowClosed(flow: string, cause: TransportFailure | undefined): void {
    for (const transaction of [...this.#clients.values()])
      if (transaction.dependsOn(flow)) transaction.fail(cause ?? new TransportFailure('flowGone', flow));
  }

  /** Forgets everything without a word. */
  close(): void {
    for (const transaction of [...this.#clients.values()]) transaction.abandon();
    for (const transaction of [...this.#servers.values()]) transaction.abandon();
  }

  resolve(
    target: Target,
    found: (target: Target, others: readonly Target[]) => void,
    failed: (failure: TransportFailure) => void,
  ): void {
    if (target.flow !== undefined || isIP(target.host) !== 0) {
      found(target, []);
      return;
    }
    const { clock, timers, resolve } = this.#options;
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      clock.clearTimer(timer);
      act();
    };
    const timer = clock.setTimer(64 * timers.t1, () =>
      settle(() => failed(new TransportFailure('unresolved', `no answer about ${target.host}`))),
    );
    resolve(target).then(
      (addresses) =>
        settle(() => {
          const { protocol, host: name } = target;
          const [first, ...others] = addresses.map(({ host, port }) => ({ protocol, host, port, name }));
          if (first) found(first, others);
          else failed(new TransportFailure('unresolved', name));
        }),
      (error: unknown) => settle(() => failed(new TransportFailure('unresolved', target.host, error))),
    );
  }

  #admit(key: string, request: SipRequest, arrival: Arrival): void {
    const mergeKey = mergeKeyOf(request);
    const merged = mergeKey !== undefined && this.#merging.has(mergeKey);
    const cancels = request.method === 'CANCEL' ? this.#servers.get(cancelledKeyOf(request)) : undefined;
    const parts = { id: this.newId(), key, mergeKey, request, arrival, cancels, merged };
    const around = arrival.source.protocol === 'udp' ? this.#unreliable : this.#reliable;
    const transaction = new LiveServerTransaction(parts, around);
    this.#servers.set(key, transaction);
    if (mergeKey !== undefined && !merged) this.#merging.set(mergeKey, transaction);
    transaction.start();
    this.#handlers.request(transaction);
  }

  #serverSurroundings(reliable: boolean): ServerSurroundings {
    const { clock, timers, tryingAfter, newTag } = this.#options;
    return {
      clock,
      timers,
      reliable,
      tryingAfter,
      newTag,
      send: (bytes, request, arrival, failed) =>
        this.#transport.sendResponse(bytes, request.headers.via.port, arrival, failed),
      lingers: (transaction) => this.#lingeringServers.add(transaction),
      forget: (transaction) => {
        this.#lingeringServers.delete(transaction);
        if (this.#servers.get(transaction.key) === transaction) this.#servers.delete(transaction.key);
        const { mergeKey } = transaction;
        if (mergeKey !== undefined && this.#merging.get(mergeKey) === transaction)
          this.#merging.delete(mergeKey);
      },
    };
  }

  #clientSurroundings(target: Target, from: ListeningPoint): ClientSurroundings {
    const { clock, timers, probeSilentPeers } = this.#options;
    return {
      clock,
      timers,
      reliable: target.protocol !== 'udp',
      resolve: (unresolved, found, failed) => this.resolve(unresolved, found, failed),
      send: (bytes, to, failed) => this.#transport.sendRequest(bytes, to, from, failed),
      probe: (to, refused) => {
        if (probeSilentPeers) this.#transport.probe(to, refused);
      },
      refused: (to) => new TransportFailure('refused', `${to.host}:${to.port} is closed`),
      remember: (transaction) => this.#clients.set(transaction.key, transaction),
      lingers: (transaction) => this.#lingeringClients.add(transaction),
      forget: (transaction) => {
        this.#lingeringClients.delete(transaction);
        if (this.#clients.get(transaction.key) === transaction) this.#clients.delete(transaction.key);
      },
    };
  }
}
