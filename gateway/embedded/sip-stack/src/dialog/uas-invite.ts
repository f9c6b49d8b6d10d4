// One INVITE that we answer: makes its dialog, repeats the 2xx until ACK (RFC 3261 13.3.1.4) and reliable provisionals
// until PRACK (RFC 3262 section 3), answers CANCEL (9.2).
//
//   ringing ──reliable 1xx──► awaiting prack ──PRACK──► ringing
//      │                          └─ 64*T1 ► prackTimedOut            (a 2xx waits here while an SDP is unacknowledged)
//      ├──2xx──► awaiting ack ──ACK──► done
//      │              └─ 64*T1 ► ackTimedOut
//      └──3xx–6xx, CANCEL──► done
import type { TimerHandle } from '../clock.ts';
import type { SipRequest, SipResponse } from '../message/types.ts';
import type { ServerTransaction } from '../transaction/types.ts';
import type { Arrival, Outgoing, Target } from '../transport/types.ts';
import type { SipStack, UasInviteOptions } from '../types.ts';
import { confirmDialog, dialogAsUas, limitReach } from './dialog.ts';
import type { Dialog, UasInvite, UasInviteEvents, UasResponseOptions } from './types.ts';

const OPTION = '100rel';

export function createUasInvite(
  stack: SipStack,
  transaction: ServerTransaction,
  options: UasInviteOptions,
): UasInvite {
  return new LiveUasInvite(stack, transaction, options);
}

/** What is being repeated. */
interface Repeating {
  readonly kind: 'prack' | 'ack';
  readonly response: SipResponse;
  readonly since: number;
  interval: number;
  timer: TimerHandle;
}

class LiveUasInvite implements UasInvite {
  readonly transaction: ServerTransaction;
  readonly peerSupports100rel: boolean;
  events: UasInviteEvents = {};
  readonly #stack: SipStack;
  readonly #contact: string;
  readonly #ownsDialog: boolean;
  #dialog: Dialog | undefined;
  #rseq: number;
  #repeating: Repeating | undefined;
  /** Responses that wait for a PRACK. */
  readonly #held: (() => void)[] = [];
  #acknowledged = false;

  constructor(stack: SipStack, transaction: ServerTransaction, options: UasInviteOptions) {
    this.#stack = stack;
    this.transaction = transaction;
    this.#contact = options.contact;
    this.#dialog = options.dialog;
    this.#ownsDialog = options.dialog === undefined;
    const { headers } = transaction.request;
    this.peerSupports100rel = headers.names('Supported', OPTION) || headers.names('Require', OPTION);
    // RFC 3262 3: the first RSeq is chosen from 1 to 2^31 - 1; a tag's hex digits are random enough.
    this.#rseq = 1 + (Number.parseInt(stack.newTag().slice(0, 7), 16) % 0x7fff_fff0);
    transaction.events = {
      transportFailed: (failure) => this.events.transportFailed?.(failure),
    };
  }

  get dialog(): Dialog | undefined {
    return this.#dialog;
  }

  get awaiting(): 'nothing' | 'prack' | 'ack' {
    return this.#repeating?.kind ?? 'nothing';
  }

  createResponse(status: number, options: UasResponseOptions = {}): SipResponse {
    const { reliable = false, contact = this.#contact, ...rest } = options;
    const response = this.transaction.createResponse(status, rest);
    const { headers } = response;
    if (status > 100 && status < 300 && !headers.has('Contact')) headers.append('Contact', contact);
    if (reliable && status > 100 && status < 200) {
      if (!this.peerSupports100rel) throw new RangeError('the peer does not support 100rel');
      if (!headers.names('Require', OPTION)) headers.append('Require', OPTION);
      headers.set('RSeq', this.#rseq++);
    }
    return response;
  }

  prepare(response: SipResponse): Outgoing<SipResponse> | undefined {
    const outgoing = this.transaction.prepare(response);
    if (!outgoing) return undefined;
    this.#noteDialog(response);
    let sent = false;
    return {
      ...outgoing,
      send: () => {
        if (sent) return;
        sent = true;
        this.#inTurn(response, () => this.#send(response, outgoing));
      },
    };
  }

  respond(status: number, options: UasResponseOptions = {}): boolean {
    const outgoing = this.prepare(this.createResponse(status, options));
    outgoing?.send();
    return outgoing !== undefined;
  }

  receiveAck(ack: SipRequest, arrival: Arrival): boolean {
    const { finalStatus, request } = this.transaction;
    const ours = finalStatus !== undefined && finalStatus < 300 && this.#isAckOf(request, ack);
    if (!ours) return false;
    if (this.#acknowledged) return true;
    this.#acknowledged = true;
    this.#stopRepeating();
    this.events.acknowledged?.(ack, arrival);
    return true;
  }

  receivePrack(prack: ServerTransaction): boolean {
    const rack = prack.request.headers.rack;
    const pending = this.#repeating;
    if (!rack || pending?.kind !== 'prack' || rack.method !== 'INVITE') return false;
    const { rseq } = pending.response.headers;
    if (rack.rseq !== rseq || rack.cseq !== this.transaction.request.headers.cseq.number) return false;
    this.#stopRepeating();
    this.events.prack?.(prack, rack.rseq);
    this.#releaseHeld();
    return true;
  }

  receiveCancel(cancel: ServerTransaction): boolean {
    // 9.2: a final response was sent, so the CANCEL has no effect. The contract of drachtio answers 481 then.
    const open = this.transaction.finalStatus === undefined && this.transaction.state === 'proceeding';
    const toTag = this.transaction.localTag;
    cancel.respond(cancel.createResponse(open ? 200 : 481, { toTag }));
    if (!open) return false;
    this.#held.length = 0;
    this.#stopRepeating();
    this.transaction.respond(this.transaction.createResponse(487));
    this.#endEarlyDialog();
    this.events.cancelled?.(cancel.request);
    return true;
  }

  abandon(): void {
    this.events = {};
    this.#held.length = 0;
    this.#stopRepeating();
  }

  #isAckOf(invite: SipRequest, ack: SipRequest): boolean {
    const { callId, cseq, from, to } = ack.headers;
    return (
      callId === invite.headers.callId &&
      cseq.number === invite.headers.cseq.number &&
      (from.tag ?? '') === (invite.headers.from.tag ?? '') &&
      (to.tag === this.#dialog?.localTag || to.tag === this.transaction.localTag)
    );
  }

  #noteDialog(response: SipResponse): void {
    const { status } = response;
    if (status <= 100 || status >= 300 || this.#dialog) return;
    if (response.headers.to.tag === undefined) return;
    const reaches = (target: Target): boolean => this.#stack.listeningPointFor(target) !== undefined;
    this.#dialog = limitReach(dialogAsUas(this.transaction.request, response), reaches);
  }

  /** RFC 3262 3: one reliable provisional at a time, and no 2xx before an unacknowledged SDP is acknowledged. */
  #inTurn(response: SipResponse, send: () => void): void {
    const pending = this.#repeating?.kind === 'prack' ? this.#repeating.response : undefined;
    const waits =
      pending &&
      ((response.status < 200 && isReliable(response)) || (response.status < 300 && pending.body.length > 0));
    if (waits && (response.status >= 200 || isReliable(response))) this.#held.push(send);
    else send();
  }

  #send(response: SipResponse, outgoing: Outgoing<SipResponse>): void {
    const { status } = response;
    if (status >= 200) {
      this.#held.length = 0;
      this.#stopRepeating();
    }
    if (status >= 300) this.#endEarlyDialog();
    const contact = response.headers.get('contact');
    if (status >= 200 && status < 300 && this.#dialog) confirmDialog(this.#dialog, contact);
    if (status >= 200 && status < 300) this.#repeat('ack', response);
    else if (status < 200 && isReliable(response)) this.#repeat('prack', response);
    outgoing.send();
  }

  #repeat(kind: 'prack' | 'ack', response: SipResponse): void {
    const { clock, timers } = this.#stack;
    const interval = timers.t1;
    const timer = clock.setTimer(interval, () => this.#again());
    this.#repeating = { kind, response, since: clock.now(), interval, timer };
  }

  #again(): void {
    const repeating = this.#repeating;
    if (!repeating || this.#stack.closed) return;
    const { clock, timers } = this.#stack;
    const left = repeating.since + 64 * timers.t1 - clock.now();
    if (left <= 0) {
      this.#repeating = undefined;
      if (repeating.kind === 'ack') this.events.ackTimedOut?.();
      else this.events.prackTimedOut?.(repeating.response);
      return;
    }
    this.transaction.respond(repeating.response);
    // 13.3.1.4 caps the interval of a 2xx at T2; RFC 3262 3 lets that of a provisional double on.
    const doubled = repeating.interval * 2;
    repeating.interval = repeating.kind === 'ack' ? Math.min(doubled, timers.t2) : doubled;
    repeating.timer = clock.setTimer(Math.min(repeating.interval, left), () => this.#again());
  }

  #stopRepeating(): void {
    if (this.#repeating) this.#stack.clock.clearTimer(this.#repeating.timer);
    this.#repeating = undefined;
  }

  /** Sends what waited, up to the next one that must be acknowledged. */
  #releaseHeld(): void {
    while (this.#held.length > 0 && this.#repeating === undefined) this.#held.shift()?.();
  }

  #endEarlyDialog(): void {
    if (this.#ownsDialog) this.#dialog?.terminate();
  }
}

function isReliable(response: SipResponse): boolean {
  return response.headers.rseq !== undefined && response.headers.names('Require', OPTION);
}
