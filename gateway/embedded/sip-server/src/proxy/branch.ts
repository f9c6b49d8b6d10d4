// One target of a proxied request (RFC 3261 sections 16.6 to 16.8).
//
//   trying ──1xx──► proceeding ──final──► done
//      │ no 1xx in time    │ Timer C / cancel / no final in time ──► cancelling ──final──► done
//      └─ silence, network failure ─────────────────────────────────────────────────────► done
import {
  type Arrival,
  type ClientTransaction,
  createResponse,
  type SipRequest,
  type SipResponse,
  type Target,
  type TimerHandle,
  TransportFailure,
} from '@cordboard/sip-stack';
import type { Edge } from '../edge/edge.ts';

export interface BranchEvents {
  /** 101–199. */
  progress(response: SipResponse, arrival: Arrival): void;
  /** Each 2xx, repeated ones too for INVITE. */
  succeeded(response: SipResponse, arrival: Arrival): void;
  /** ≥ 300, once; `arrival` is undefined when it was made here (408, 503). */
  failed(response: SipResponse, arrival: Arrival | undefined): void;
}

export interface BranchLimits {
  readonly provisionalTimeoutMs: number | undefined;
  readonly finalTimeoutMs: number | undefined;
}

/** Timer C: how long a target may ring after it last gave a sign (16.6 step 11 asks for more than three minutes). */
const TIMER_C_MS = 185_000;

export class Branch {
  readonly destination: string;
  readonly #edge: Edge;
  readonly #events: BranchEvents;
  readonly #request: SipRequest;
  #client: ClientTransaction | undefined;
  #timers = new Map<'provisional' | 'final' | 'c', TimerHandle>();
  #heard = false;
  #done = false;

  /** @param request the copy for this target, without our Via */
  constructor(edge: Edge, destination: string, request: SipRequest, events: BranchEvents) {
    this.#edge = edge;
    this.destination = destination;
    this.#request = request;
    this.#events = events;
  }

  get done(): boolean {
    return this.#done;
  }

  get #isInvite(): boolean {
    return this.#request.method === 'INVITE';
  }

  /** Sends the request, or fails at once with 503 when it cannot be sent. */
  start(target: Target | undefined, branchId: string, limits: BranchLimits): void {
    if (!target) return this.#failLocally(503);
    try {
      this.#client = this.#edge.stack.clientTransaction(this.#request, target, {
        branch: branchId,
        events: {
          response: (response, arrival) => this.#receive(response, arrival),
          timedOut: () => this.#failLocally(408),
          transportFailed: () => this.#failLocally(503),
        },
      });
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      return this.#failLocally(503);
    }
    if (this.#isInvite) this.#setTimer('c', TIMER_C_MS, () => this.#giveUp());
    this.#setTimer('provisional', limits.provisionalTimeoutMs, () => this.#giveUp());
    this.#setTimer('final', limits.finalTimeoutMs, () => this.#giveUp());
    this.#client.send();
  }

  /** Takes the request back; its final response still counts. */
  cancel(): void {
    if (this.#done || !this.#client) return;
    this.#clearTimer('c');
    this.#clearTimer('final');
    this.#client.createCancel()?.send();
  }

  // A target that was never heard of is left at once (the held CANCEL follows its first sign of life); one that rings
  // is cancelled, and its 487 moves the search on.
  #giveUp(): void {
    this.cancel();
    if (!this.#heard || !this.#isInvite) this.#failLocally(408);
  }

  #receive(response: SipResponse, arrival: Arrival): void {
    const { status } = response;
    this.#heard = true;
    this.#clearTimer('provisional');
    if (status < 200) {
      if (this.#done) return;
      if (this.#timers.has('c')) this.#setTimer('c', TIMER_C_MS, () => this.#giveUp());
      if (status > 100) this.#events.progress(response, arrival);
      return;
    }
    if (status < 300) {
      this.#finish();
      this.#events.succeeded(response, arrival);
      return;
    }
    if (this.#done) return;
    this.#finish();
    this.#events.failed(response, arrival);
  }

  #failLocally(status: 408 | 503): void {
    if (this.#done) return;
    this.#finish();
    this.#events.failed(
      createResponse(this.#request, status, { toTag: this.#edge.stack.newTag() }),
      undefined,
    );
  }

  #finish(): void {
    this.#done = true;
    for (const name of this.#timers.keys()) this.#clearTimer(name);
  }

  #setTimer(name: 'provisional' | 'final' | 'c', ms: number | undefined, fire: () => void): void {
    this.#clearTimer(name);
    if (ms !== undefined) this.#timers.set(name, this.#edge.stack.clock.setTimer(ms, fire));
  }

  #clearTimer(name: 'provisional' | 'final' | 'c'): void {
    const timer = this.#timers.get(name);
    if (timer !== undefined) this.#edge.stack.clock.clearTimer(timer);
    this.#timers.delete(name);
  }
}
