// One call's SIP dialog, once there is one: what both directions share. Requests of the peer inside it are answered
// here; our BYE and re-INVITE leave from here.

import {
  bodyText,
  type Arrival,
  type Dialog,
  type ServerTransaction,
  type SipRequest,
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

/** The peer did not take our re-INVITE. */
export class OfferRefused extends Error {
  override readonly name = 'OfferRefused';
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

  /** @param forget called once the dialog is over */
  constructor(
    channel: Channel,
    around: { exchange: Exchange; stack: SipStack; forget: (call: DialogCall) => void },
  ) {
    this.channel = channel;
    this.#exchange = around.exchange;
    this.#stack = around.stack;
    this.#forget = around.forget;
  }

  get dialog(): Dialog | undefined {
    return this.#dialog;
  }

  set dialog(dialog: Dialog | undefined) {
    this.#dialog = dialog;
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

  #respond(transaction: ServerTransaction, status: number, sdp?: string): void {
    transaction.respond(
      transaction.createResponse(status, {
        headers: { Allow: ALLOW },
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
    invite.respond(200, { headers: { Allow: ALLOW }, body: { type: SDP_TYPE, content: sdp } });
    if (!lateOffer) this.#renegotiated();
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
    const offer = bodyText(transaction.request);
    if (offer === '') return this.#respond(transaction, 200);
    const sdp = this.#answerTo(offer);
    if (sdp === undefined) return this.#respond(transaction, 488);
    this.#respond(transaction, 200, sdp);
    this.#renegotiated();
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
  reoffer(sdp: string): Promise<string> {
    const dialog = this.#dialog;
    const target = dialog?.nextHop();
    if (!dialog || !target || this.#offering)
      return Promise.reject(new OfferRefused('no dialog to offer in'));
    const request = dialog.createRequest('INVITE', {
      headers: { Allow: ALLOW },
      body: { type: SDP_TYPE, content: sdp },
    });
    this.#offering = true;
    const invite = this.#stack.uacInvite(request, target, { dialog });
    return new Promise<string>((resolve, reject) => {
      invite.events = {
        answered: (response, confirmed) => {
          invite.ack(confirmed).send();
          resolve(bodyText(response));
        },
        rejected: (response) => reject(new OfferRefused(`${response.status} ${response.reason}`)),
        timedOut: () => reject(new OfferRefused('no answer')),
        transportFailed: (failure) => reject(new OfferRefused(failure.message, { cause: failure })),
      };
      invite.send();
    }).finally(() => (this.#offering = false));
  }
}
