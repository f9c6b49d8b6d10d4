// A client transaction at work: runs one of the two client machines, makes the ACK to a non-2xx and the CANCEL.
import type { Clock } from '../clock.ts';
import { cloneRequest, ensureContentLength, serialise } from '../message/build.ts';
import { SipHeaders } from '../message/headers.ts';
import type { HeaderFields, SipRequest, SipResponse } from '../message/types.ts';
import type { Arrival, Target, TransportAddress, TransportFailure } from '../transport/types.ts';
import { startClient, stepClient, type Client, type ClientInput } from './client-machine.ts';
import {
  startInviteClient,
  stepInviteClient,
  type InviteClient,
  type InviteClientInput,
} from './invite-client-machine.ts';
import { clientKey } from './keys.ts';
import {
  failed,
  go,
  TERMINATED,
  type Effect,
  type Step,
  type Surroundings,
  type TimerName,
} from './machine.ts';
import { TimerSet } from './timer-set.ts';
import type { ClientTransaction, ClientTransactionEvents } from './types.ts';

/** What a client transaction needs of the layer that keeps it. */
export interface ClientSurroundings extends Surroundings {
  readonly clock: Clock;
  /** Calls back at once for a numeric host. `others` are further addresses of the name, in the order to be tried. */
  resolve(
    target: Target,
    found: (target: Target, others: readonly Target[]) => void,
    failed: (failure: TransportFailure) => void,
  ): void;
  /** Gives back the name of the connection it goes over, if it does. */
  send(bytes: Uint8Array, target: Target, failed: (failure: TransportFailure) => void): string | undefined;
  probe(target: Target, refused: () => void): void;
  remember(transaction: LiveClientTransaction): void;
  /** It is done, but for absorbing repetitions. */
  lingers(transaction: LiveClientTransaction): void;
  forget(transaction: LiveClientTransaction): void;
  refused(target: Target): TransportFailure;
}

export interface ClientParts {
  readonly id: string;
  /** With our Via on top. */
  readonly request: SipRequest;
  readonly branch: string;
  readonly target: Target;
}

type Machine = { readonly invite: true; state: InviteClient } | { readonly invite: false; state: Client };

export class LiveClientTransaction implements ClientTransaction {
  readonly id: string;
  readonly key: string;
  readonly request: SipRequest;
  readonly bytes: Buffer;
  readonly branch: string;
  events: ClientTransactionEvents = {};
  readonly #around: ClientSurroundings;
  readonly #timers: TimerSet;
  readonly #machine: Machine;
  #target: Target;
  #phase: 'idle' | 'resolving' | 'running' | 'forgotten' = 'idle';
  #lastResponse: SipResponse | undefined;
  #arrival: Arrival | undefined;
  #failure: TransportFailure | undefined;
  #ack: Buffer | undefined;
  #cancel: LiveClientTransaction | undefined;
  #cancelHeld = false;
  /** A CANCEL's way to ask its INVITE whether it may go. */
  #permission: ((go: () => void) => void) | undefined;
  #transmissions = 0;
  /** Where else it may go while nobody has it. */
  #others: Target[] = [];
  /** The connection it went over, where one was opened or found for it. */
  #carrier: string | undefined;

  constructor(parts: ClientParts, around: ClientSurroundings) {
    this.id = parts.id;
    this.request = parts.request;
    this.branch = parts.branch;
    this.key = clientKey(parts.branch, parts.request.method);
    this.bytes = serialise(parts.request);
    this.#target = parts.target;
    this.#around = around;
    this.#timers = new TimerSet(around.clock, (timer) => this.#input(timer));
    this.#machine =
      parts.request.method === 'INVITE'
        ? { invite: true, state: { at: 'calling', interval: 0 } }
        : { invite: false, state: { at: 'trying', interval: 0 } };
  }

  get state(): ClientTransaction['state'] {
    if (this.#phase === 'forgotten') return 'terminated';
    return this.#phase === 'running' ? this.#machine.state.at : 'idle';
  }

  get destination(): TransportAddress {
    return this.#target;
  }

  get lastResponse(): SipResponse | undefined {
    return this.#lastResponse;
  }

  /**
   * True when nothing can come of it without this connection: it was to go over no other, or it went over it and nobody has
   * answered. Somebody who has may answer on over a connection of his own (18.2.2).
   */
  dependsOn(flow: string): boolean {
    return this.#target.flow === flow || (this.#carrier === flow && !this.#lastResponse);
  }

  send(): void {
    if (this.#phase !== 'idle') return;
    if (this.#permission) this.#permission(() => this.#begin());
    else this.#begin();
  }

  createCancel(
    options: { headers?: HeaderFields; events?: ClientTransactionEvents } = {},
  ): ClientTransaction | undefined {
    const { state } = this;
    const open = state === 'idle' || state === 'calling' || state === 'proceeding';
    if (!this.#machine.invite || this.#cancel || !open) return undefined;
    const request = this.#derive('CANCEL', options.headers);
    const parts = { id: `${this.id}/cancel`, request, branch: this.branch, target: this.#target };
    const cancel = new LiveClientTransaction(parts, this.#around);
    cancel.events = options.events ?? {};
    cancel.#permission = (begin) => this.#admitCancel(cancel, begin);
    this.#cancel = cancel;
    return cancel;
  }

  abandon(): void {
    this.events = {};
    this.#end();
  }

  /** Ends as its last timer would end it. */
  expire(): void {
    this.#end();
  }

  /** A response that matched. */
  received(response: SipResponse, arrival: Arrival): void {
    this.#lastResponse = response;
    this.#arrival = arrival;
    const { status } = response;
    if (status < 200) this.#input('1xx');
    else if (!this.#machine.invite) this.#input('final');
    else this.#input(status < 300 ? '2xx' : '300-699');
    this.#settleCancel();
  }

  /** The network did not take it, or the connection it depends on is gone. */
  fail(failure: TransportFailure): void {
    this.#failure = failure;
    if (this.#phase === 'running') this.#input('failed');
    else if (this.#phase !== 'forgotten') this.#follow(go<Client>(TERMINATED, failed));
  }

  #begin(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'resolving';
    this.#around.remember(this);
    this.#around.resolve(
      this.#target,
      (target, others) => {
        if (this.#phase !== 'resolving') return;
        this.#target = target;
        this.#others = [...others];
        this.#phase = 'running';
        this.#follow(this.#machine.invite ? startInviteClient(this.#around) : startClient(this.#around));
      },
      (failure) => {
        if (this.#phase === 'resolving') this.fail(failure);
      },
    );
  }

  #input(input: InviteClientInput | ClientInput | TimerName): void {
    const machine = this.#machine;
    if (machine.invite)
      this.#follow(stepInviteClient(machine.state, input as InviteClientInput, this.#around));
    else this.#follow(stepClient(machine.state, input as ClientInput, this.#around));
  }

  #follow(step: Step<InviteClient> | Step<Client>): void {
    if (this.#phase === 'forgotten') return;
    const before = this.#machine.state.at;
    this.#machine.state = step.to;
    for (const effect of step.effects) this.#perform(effect);
    if (step.to.at === 'completed' && before !== 'completed') this.#around.lingers(this);
    if (step.to.at === 'terminated') this.#end();
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'transmit':
        this.#transmit(this.bytes);
        return;
      case 'acknowledge':
        this.#ack ??= serialise(this.#acknowledgement());
        this.#transmit(this.#ack);
        return;
      case 'set':
        this.#timers.set(effect.timer, effect.ms);
        return;
      case 'clear':
        this.#timers.clear(effect.timer);
        return;
      case 'pass':
        if (this.#lastResponse && this.#arrival) this.events.response?.(this.#lastResponse, this.#arrival);
        return;
      case 'report':
        this.#report(effect.what);
        return;
      case 'trying':
        return;
    }
  }

  #report(what: 'timedOut' | 'failed'): void {
    if (what === 'timedOut') this.events.timedOut?.();
    else if (this.#failure) this.events.transportFailed?.(this.#failure);
  }

  #transmit(bytes: Buffer): void {
    const target = this.#target;
    this.#carrier = this.#around.send(bytes, target, (failure) => this.#undelivered(failure));
    if (++this.#transmissions === 2 && !this.#lastResponse)
      this.#around.probe(target, () => {
        // Only an answer proves more than an ICMP message, which anybody on the path could have caused.
        if (!this.#lastResponse) this.#undelivered(this.#around.refused(target));
      });
  }

  /**
   * RFC 3263 section 4.3: what nobody has taken goes to the next address of the name. It stays one transaction, and its time is
   * the time of all of them.
   */
  #undelivered(failure: TransportFailure): void {
    const next = this.#phase === 'running' && !this.#lastResponse ? this.#others.shift() : undefined;
    if (!next) return this.fail(failure);
    this.#target = next;
    this.#transmissions = 0;
    this.#transmit(this.bytes);
  }

  /** 9.1: not before a provisional response, not after a final one. */
  #admitCancel(cancel: LiveClientTransaction, begin: () => void): void {
    const { at } = this.#machine.state;
    if (this.#phase === 'running' && at === 'proceeding') {
      cancel.#target = this.#target;
      begin();
      this.#input('cancelSent');
    } else if (this.#phase !== 'forgotten' && at === 'calling') this.#cancelHeld = true;
    else cancel.#end();
  }

  #settleCancel(): void {
    const cancel = this.#cancel;
    if (!cancel || !this.#cancelHeld || this.#machine.state.at === 'calling') return;
    this.#cancelHeld = false;
    this.#admitCancel(cancel, () => cancel.#begin());
  }

  /** 17.1.1.3: like the INVITE, To from the response. */
  #acknowledgement(): SipRequest {
    const ack = this.#derive('ACK', undefined);
    const to = this.#lastResponse?.headers.get('to');
    if (to !== undefined) ack.headers.set('To', to);
    return ack;
  }

  /** A request of this very transaction: same URI, top Via, Route, From, To, Call-ID and CSeq number. */
  #derive(method: string, extra: HeaderFields | undefined): SipRequest {
    const source = this.request.headers;
    const headers = new SipHeaders();
    headers.append('Via', source.list('via')[0] ?? '');
    headers.copyFrom(source, 'route');
    headers.append('Max-Forwards', 70);
    for (const name of ['from', 'to', 'call-id']) headers.copyFrom(source, name);
    headers.append('CSeq', `${source.cseq.number} ${method}`);
    for (const [name, value] of Object.entries(extra ?? {}))
      for (const one of typeof value === 'object' ? value : [value])
        if (one !== undefined) headers.append(name, one);
    headers.append('Content-Length', 0);
    return { kind: 'request', method, uri: this.request.uri, headers, body: new Uint8Array(0) };
  }

  #end(): void {
    if (this.#phase === 'forgotten') return;
    const known = this.#phase !== 'idle';
    this.#phase = 'forgotten';
    this.#timers.clearAll();
    if (known) this.#around.forget(this);
    const cancel = this.#cancel;
    if (this.#cancelHeld && cancel) cancel.#end();
    this.events.terminated?.();
  }
}

/** A copy of a request with a Via of ours on top and a right Content-Length. */
export function withVia(request: SipRequest, via: string): SipRequest {
  const copy = cloneRequest(request);
  copy.headers.prepend('Via', via);
  ensureContentLength(copy);
  return copy;
}
