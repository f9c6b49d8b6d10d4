// A server transaction at work: runs one of the two server machines, remembers the response to repeat.
import type { Clock } from '../clock.ts';
import { createResponse, ensureContentLength, serialise } from '../message/build.ts';
import type { SipRequest, SipResponse } from '../message/types.ts';
import type { Arrival, Outgoing, TransportFailure } from '../transport/types.ts';
import {
  startInviteServer,
  stepInviteServer,
  type InviteServer,
  type InviteServerInput,
} from './invite-server-machine.ts';
import type { Effect, Step, Surroundings, TimerName } from './machine.ts';
import { startServer, stepServer, type Server, type ServerInput } from './server-machine.ts';
import { TimerSet } from './timer-set.ts';
import type { ResponseOptions, ServerTransaction, ServerTransactionEvents } from './types.ts';

/** What a server transaction needs of the layer that keeps it. */
export interface ServerSurroundings extends Surroundings {
  readonly clock: Clock;
  readonly tryingAfter: number | null;
  newTag(): string;
  send(
    bytes: Uint8Array,
    request: SipRequest,
    arrival: Arrival,
    failed: (failure: TransportFailure) => void,
  ): void;
  /** It is done, but for absorbing repetitions. */
  lingers(transaction: LiveServerTransaction): void;
  forget(transaction: LiveServerTransaction): void;
}

export interface ServerParts {
  readonly id: string;
  readonly key: string;
  readonly mergeKey: string | undefined;
  readonly request: SipRequest;
  readonly arrival: Arrival;
  readonly cancels: ServerTransaction | undefined;
  readonly merged: boolean;
}

type Machine = { readonly invite: true; state: InviteServer } | { readonly invite: false; state: Server };

export class LiveServerTransaction implements ServerTransaction {
  readonly id: string;
  readonly key: string;
  readonly mergeKey: string | undefined;
  readonly request: SipRequest;
  readonly arrival: Arrival;
  readonly cancels: ServerTransaction | undefined;
  readonly merged: boolean;
  events: ServerTransactionEvents = {};
  readonly #around: ServerSurroundings;
  readonly #timers: TimerSet;
  readonly #machine: Machine;
  #localTag: string | undefined;
  #finalStatus: number | undefined;
  /** Bytes to repeat. */
  #latest: Buffer | undefined;
  #failure: TransportFailure | undefined;
  #ack: SipRequest | undefined;
  #forgotten = false;

  constructor(parts: ServerParts, around: ServerSurroundings) {
    this.id = parts.id;
    this.key = parts.key;
    this.mergeKey = parts.mergeKey;
    this.request = parts.request;
    this.arrival = parts.arrival;
    this.cancels = parts.cancels;
    this.merged = parts.merged;
    this.#around = around;
    this.#timers = new TimerSet(around.clock, (timer) => this.#input(timer));
    this.#machine =
      parts.request.method === 'INVITE'
        ? { invite: true, state: { at: 'proceeding', answered: false } }
        : { invite: false, state: { at: 'trying' } };
  }

  /** Sends or schedules 100; to be called once the layer knows the transaction. */
  start(): void {
    if (this.#machine.invite) this.#follow(startInviteServer(this.#around.tryingAfter));
    else this.#follow(startServer());
  }

  get state(): ServerTransaction['state'] {
    return this.#machine.state.at;
  }

  get localTag(): string {
    this.#localTag ??= this.request.headers.to.tag ?? this.#around.newTag();
    return this.#localTag;
  }

  get finalStatus(): number | undefined {
    return this.#finalStatus;
  }

  createResponse(status: number, options: ResponseOptions = {}): SipResponse {
    return createResponse(this.request, status, { ...options, toTag: options.toTag ?? this.localTag });
  }

  prepare(response: SipResponse): Outgoing<SipResponse> | undefined {
    if (!this.#takes(response.status)) return undefined;
    ensureContentLength(response);
    const bytes = serialise(response);
    let sent = false;
    return {
      message: response,
      bytes,
      destination: this.arrival.source,
      send: () => {
        if (sent || !this.#takes(response.status)) return;
        sent = true;
        this.#respond(response.status, bytes);
      },
    };
  }

  respond(response: SipResponse): boolean {
    const outgoing = this.prepare(response);
    outgoing?.send();
    return outgoing !== undefined;
  }

  abandon(): void {
    this.events = {};
    this.#end();
  }

  /** Ends as its last timer would end it. */
  expire(): void {
    this.#end();
  }

  /** The same request again. */
  repeated(): void {
    this.#input(this.#machine.invite ? 'INVITE' : 'request');
  }

  /** True when the ACK was for a non-2xx and ends here; false when it is the user's (RFC 6026 8.7). */
  acknowledged(ack: SipRequest): boolean {
    const before = this.state;
    if (!this.#machine.invite || before === 'accepted') return false;
    this.#ack = ack;
    this.#input('ACK');
    return true;
  }

  #takes(status: number): boolean {
    if (this.#forgotten) return false;
    const { at } = this.#machine.state;
    if (at === 'proceeding' || at === 'trying') return true;
    return at === 'accepted' && status >= 200 && status < 300;
  }

  #respond(status: number, bytes: Buffer): void {
    this.#latest = bytes;
    if (status >= 200) this.#finalStatus ??= status;
    if (status < 200) this.#input('send 1xx');
    else if (!this.#machine.invite) this.#input('send final');
    else this.#input(status < 300 ? 'send 2xx' : 'send 300-699');
  }

  #input(input: InviteServerInput | ServerInput | TimerName): void {
    const machine = this.#machine;
    if (machine.invite)
      this.#follow(stepInviteServer(machine.state, input as InviteServerInput, this.#around));
    else this.#follow(stepServer(machine.state, input as ServerInput, this.#around));
  }

  #follow(step: Step<InviteServer> | Step<Server>): void {
    if (this.#forgotten) return;
    const before = this.#machine.state.at;
    this.#machine.state = step.to;
    for (const effect of step.effects) this.#perform(effect);
    if (step.to.at === 'completed' && before !== 'completed') this.#around.lingers(this);
    if (step.to.at === 'terminated') this.#end();
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'transmit':
        if (this.#latest) this.#transmit(this.#latest);
        return;
      case 'trying':
        this.#latest = serialise(createResponse(this.request, 100));
        this.#transmit(this.#latest);
        return;
      case 'set':
        this.#timers.set(effect.timer, effect.ms);
        return;
      case 'clear':
        this.#timers.clear(effect.timer);
        return;
      case 'pass':
        if (this.#ack) this.events.acknowledged?.(this.#ack);
        return;
      case 'report':
        if (effect.what === 'timedOut') this.events.timedOut?.();
        else if (this.#failure) this.events.transportFailed?.(this.#failure);
        return;
      case 'acknowledge':
        return;
    }
  }

  #transmit(bytes: Buffer): void {
    this.#around.send(bytes, this.request, this.arrival, (failure) => {
      this.#failure = failure;
      this.#input('failed');
    });
  }

  #end(): void {
    if (this.#forgotten) return;
    this.#forgotten = true;
    this.#machine.state = { at: 'terminated' };
    this.#timers.clearAll();
    this.#around.forget(this);
    this.events.terminated?.();
  }
}
