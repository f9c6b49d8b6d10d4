// One call's SIP dialog, once there is one: what both directions share. Requests of the peer inside it are answered
// here; our BYE and re-INVITE leave from here.

import {
  bodyText,
  type Arrival,
  type Dialog,
  type HeaderFields,
  type ServerTransaction,
  type SipHeaders,
  type SipRequest,
  type SipResponse,
  type SipStack,
} from '@cordboard/sip-stack';
import type { UasInvite } from '@cordboard/sip-stack';
import { causeOfReason, reasonHeader, type Cause } from '../channel/causes.ts';
import type { Channel } from '../channel/channel.ts';
import { receiveDtmf } from '../channel/dtmf.ts';
import type { Exchange } from '../channel/exchange.ts';
import { hangUp } from '../channel/hangup.ts';
import { notePeerHold } from '../channel/hold.ts';
import { connectMedia } from '../channel/life.ts';
import { NotAcceptable } from '../sdp/negotiation.ts';
import { ALLOW, SDP_TYPE } from './invite.ts';
import {
  agreedTimer,
  answerTimer,
  demandedInterval,
  MIN_SE,
  offerHeaders,
  SessionTimer,
  type SessionInterval,
  type TimerAnswer,
} from './session-timer.ts';

/** The peer did not take our re-INVITE. */
export class OfferRefused extends Error {
  override readonly name = 'OfferRefused';
  /** Its answer, if there was one. */
  readonly response: SipResponse | undefined;

  constructor(message: string, options: ErrorOptions & { response?: SipResponse } = {}) {
    super(message, options);
    this.response = options.response;
  }
}

/** NOTIFY of the event packages `talk` and `hold`, which phones act on without a subscription. */
export function sendNotify(stack: SipStack, dialog: Dialog, event: 'talk' | 'hold'): boolean {
  const target = dialog.nextHop();
  if (!target) return false;
  const headers = { Event: event, 'Subscription-State': 'active' };
  stack.clientTransaction(dialog.createRequest('NOTIFY', { headers }), target).send();
  return true;
}

/** See the file's head. */
export class DialogCall {
  readonly channel: Channel;
  readonly #exchange: Exchange;
  readonly #stack: SipStack;
  readonly #forget: (call: DialogCall) => void;
  #dialog: Dialog | undefined;
  #reinvite: UasInvite | undefined;
  #offering = false;
  readonly #timer: SessionTimer;
  readonly #sessionSeconds: number;
  #peerUpdates = false;

  /** @param forget called once the dialog is over */
  constructor(
    channel: Channel,
    around: {
      exchange: Exchange;
      stack: SipStack;
      sessionSeconds: number;
      forget: (call: DialogCall) => void;
    },
  ) {
    this.channel = channel;
    this.#exchange = around.exchange;
    this.#stack = around.stack;
    this.#forget = around.forget;
    this.#sessionSeconds = around.sessionSeconds;
    this.#timer = new SessionTimer(around.exchange.clock, {
      refresh: (interval) => this.#refresh(interval),
      expire: () => this.#expire(),
    });
  }

  get dialog(): Dialog | undefined {
    return this.#dialog;
  }

  set dialog(dialog: Dialog | undefined) {
    this.#dialog = dialog;
  }

  /** Both sides agreed on a session timer, or on none. */
  agreeTimer(interval: SessionInterval | undefined): void {
    this.#timer.agree(interval);
  }

  /** Takes from a message of the peer what it can do. */
  learnPeer(headers: SipHeaders): void {
    if (headers.has('Allow')) this.#peerUpdates = headers.names('Allow', 'UPDATE');
  }

  /** Sends BYE; the dialog is over. */
  bye(cause: Cause): void {
    const dialog = this.#dialog;
    if (!dialog || dialog.state === 'terminated') return;
    const bye = dialog.createRequest('BYE', { headers: { Reason: reasonHeader(cause) } });
    this.#close();
    const target = dialog.nextHop();
    if (target) this.#stack.clientTransaction(bye, target).send();
  }

  #close(): void {
    this.#timer.stop();
    this.#dialog?.terminate();
    this.#reinvite?.abandon();
    this.#forget(this);
  }

  /** Takes a request of the peer inside the dialog. */
  request(transaction: ServerTransaction): void {
    const dialog = this.#dialog;
    const verdict = dialog?.receiveRequest(transaction.request);
    if (verdict?.outcome === 'refuse') {
      this.#respond(transaction, verdict.status);
      return;
    }
    switch (transaction.request.method) {
      case 'BYE':
        return this.#bye(transaction);
      case 'INVITE':
        return this.#peerInvites(transaction);
      case 'UPDATE':
        return this.#update(transaction);
      case 'INFO':
        return this.#info(transaction);
      case 'OPTIONS':
        return this.#respond(transaction, 200);
      default:
        return this.#respond(transaction, 405);
    }
  }

  #respond(transaction: ServerTransaction, status: number, sdp?: string, more: HeaderFields = {}): void {
    transaction.respond(
      transaction.createResponse(status, {
        headers: { Allow: ALLOW, ...more },
        ...(sdp !== undefined && { body: { type: SDP_TYPE, content: sdp } }),
      }),
    );
  }

  #bye(transaction: ServerTransaction): void {
    const reason = transaction.request.headers.get('Reason');
    this.#respond(transaction, 200);
    this.#close();
    hangUp(this.#exchange, this.channel, causeOfReason(reason) ?? 'NORMAL_CLEARING', {
      disposition: 'recv_bye',
      status: 200,
      ...(reason !== undefined && { reason }),
    });
  }

  #peerInvites(transaction: ServerTransaction): void {
    const { session } = this.channel;
    if (!session || !this.channel.answered || this.#offering || !this.#dialog?.localContact) {
      this.#respond(transaction, 491);
      return;
    }
    const timer = this.#timerFor(transaction);
    if (!timer) return;
    const invite = this.#stack.uasInvite(transaction, {
      contact: this.#dialog.localContact,
      dialog: this.#dialog,
    });
    this.#reinvite = invite;
    const offer = bodyText(transaction.request);
    const lateOffer = offer === '';
    const sdp = lateOffer ? session.offer() : this.#answerTo(offer);
    if (sdp === undefined) {
      invite.respond(488);
      return;
    }
    invite.events = {
      acknowledged: (ack) => {
        this.#reinvite = undefined;
        if (lateOffer) this.#acceptAnswer(bodyText(ack));
      },
      ackTimedOut: () => this.#fail(),
    };
    this.#timer.agree(timer.interval);
    invite.respond(200, {
      headers: { Allow: ALLOW, ...timer.headers },
      body: { type: SDP_TYPE, content: sdp },
    });
    if (!lateOffer) this.#renegotiated();
  }

  /** The session timer of a request inside the dialog: every INVITE and UPDATE refreshes it. A short one is refused. */
  #timerFor(transaction: ServerTransaction): Extract<TimerAnswer, { outcome: 'accept' }> | undefined {
    const { headers } = transaction.request;
    this.learnPeer(headers);
    const answer = answerTimer(headers, this.#sessionSeconds);
    if (answer.outcome === 'accept') return answer;
    this.#respond(transaction, 422, undefined, { 'Min-SE': String(MIN_SE) });
    return undefined;
  }

  /** A peer that does not acknowledge is gone (RFC 3261 section 14.2). */
  #fail(): void {
    this.#reinvite = undefined;
    hangUp(this.#exchange, this.channel, 'RECOVERY_ON_TIMER_EXPIRE');
  }

  #answerTo(offer: string): string | undefined {
    try {
      return this.channel.session?.answer(offer).sdp;
    } catch (error) {
      if (error instanceof NotAcceptable) return undefined;
      throw error;
    }
  }

  #acceptAnswer(answer: string): void {
    try {
      this.channel.session?.accept(answer);
      this.#renegotiated();
    } catch (error) {
      if (!(error instanceof NotAcceptable)) throw error;
      hangUp(this.#exchange, this.channel, 'INCOMPATIBLE_DESTINATION');
    }
  }

  #renegotiated(): void {
    const { channel } = this;
    const { session } = channel;
    if (!session || !channel.alive) return;
    connectMedia(this.#exchange, channel, session);
    notePeerHold(this.#exchange, channel, session.negotiated?.heldByPeer ?? false);
    this.#exchange.bus.raise('CUSTOM', () => ({ fields: [['Unique-ID', channel.uuid]] }), 'sofia::reinvite');
  }

  #update(transaction: ServerTransaction): void {
    const timer = this.#timerFor(transaction);
    if (!timer) return;
    const offer = bodyText(transaction.request);
    const sdp = offer === '' ? undefined : this.#answerTo(offer);
    if (offer !== '' && sdp === undefined) return this.#respond(transaction, 488);
    this.#timer.agree(timer.interval);
    this.#respond(transaction, 200, sdp, timer.headers);
    if (sdp !== undefined) this.#renegotiated();
  }

  /** Digits by INFO (application/dtmf-relay, application/dtmf). */
  #info(transaction: ServerTransaction): void {
    const { request } = transaction;
    const type = request.headers.contentType?.toLowerCase() ?? '';
    this.#respond(transaction, 200);
    if (!type.startsWith('application/dtmf')) return;
    const body = bodyText(request);
    const digit = /^(?:\s*Signal\s*=\s*)?([0-9*#A-D])\s*$/im.exec(body)?.[1];
    const duration = Number(/Duration\s*=\s*(\d{1,5})/i.exec(body)?.[1] ?? 250);
    if (digit && this.channel.alive)
      receiveDtmf(this.#exchange, this.channel, digit.toUpperCase(), duration * 8, 'ENDPOINT');
  }

  /** An ACK the stack could not place: for a 2xx of ours. */
  receiveAck(ack: SipRequest, arrival: Arrival): boolean {
    return this.#reinvite?.receiveAck(ack, arrival) ?? false;
  }

  /** CANCEL of a re-INVITE still waiting. */
  receiveCancel(cancel: ServerTransaction): boolean {
    if (!this.#reinvite || cancel.cancels !== this.#reinvite.transaction) return false;
    this.#reinvite.receiveCancel(cancel);
    return true;
  }

  /** Asks the phone to answer or hold by itself. */
  notify(event: 'talk' | 'hold'): boolean {
    return this.#dialog !== undefined && sendNotify(this.#stack, this.#dialog, event);
  }

  /** Sends a re-INVITE. @throws OfferRefused */
  async reoffer(sdp: string): Promise<string> {
    const response = await this.#reinvitePeer(sdp, this.#sessionSeconds);
    this.#timer.agree(agreedTimer(response.headers));
    return bodyText(response);
  }

  #reinvitePeer(sdp: string, seconds: number): Promise<SipResponse> {
    const dialog = this.#dialog;
    const target = dialog?.nextHop();
    if (!dialog || !target || this.#offering)
      return Promise.reject(new OfferRefused('no dialog to offer in'));
    const request = dialog.createRequest('INVITE', {
      headers: { Allow: ALLOW, ...offerHeaders(seconds, 'uac') },
      body: { type: SDP_TYPE, content: sdp },
    });
    this.#offering = true;
    const invite = this.#stack.uacInvite(request, target, { dialog });
    return new Promise<SipResponse>((resolve, reject) => {
      invite.events = {
        answered: (response, confirmed) => {
          invite.ack(confirmed).send();
          resolve(response);
        },
        rejected: (response) =>
          reject(new OfferRefused(`${response.status} ${response.reason}`, { response })),
        timedOut: () => reject(new OfferRefused('no answer')),
        transportFailed: (failure) => reject(new OfferRefused(failure.message, { cause: failure })),
      };
      invite.send();
    }).finally(() => (this.#offering = false));
  }

  /** Refreshes the session: by UPDATE where the peer takes it, else by the same offer again (RFC 4028 section 7.4). */
  #refresh(interval: SessionInterval): void {
    const { session } = this.channel;
    if (!this.#peerUpdates && session && !this.#offering)
      void this.#reinvitePeer(session.local, interval.seconds).then(
        (response) => this.#refreshed(response, interval),
        (error: unknown) =>
          this.#refreshed(error instanceof OfferRefused ? error.response : undefined, interval),
      );
    else if (this.#peerUpdates) this.#sendUpdate(interval);
    else this.#timer.retry(interval);
  }

  #sendUpdate(interval: SessionInterval): void {
    const target = this.#dialog?.nextHop();
    if (!this.#dialog || !target) return this.#timer.retry(interval);
    const headers = { Allow: ALLOW, ...offerHeaders(interval.seconds, 'uac') };
    const update = this.#stack.clientTransaction(this.#dialog.createRequest('UPDATE', { headers }), target);
    update.events = {
      response: (response) => {
        if (response.status >= 200) this.#refreshed(response, interval);
      },
      timedOut: () => this.#expire(),
      transportFailed: () => this.#timer.retry(interval),
    };
    update.send();
  }

  #refreshed(response: SipResponse | undefined, interval: SessionInterval): void {
    if (!this.channel.alive) return;
    const status = response?.status ?? 500;
    const demanded = response && status === 422 ? demandedInterval(response.headers) : undefined;
    if (response && status < 300) this.#timer.agree(agreedTimer(response.headers));
    else if (status === 408 || status === 481) this.#expire();
    else if (demanded !== undefined && demanded > interval.seconds)
      this.#refresh({ ...interval, seconds: demanded });
    else this.#timer.retry(interval);
  }

  /** The peer is gone: BYE, in case it is not. */
  #expire(): void {
    hangUp(this.#exchange, this.channel, 'RECOVERY_ON_TIMER_EXPIRE');
  }
}
