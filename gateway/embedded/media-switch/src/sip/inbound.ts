// An INVITE that came in: parked as a channel, and refused, rung, answered or ended by what the event socket says.
//
//   INVITE ─> 100 ─> port opened ─> parked ─┬─ ring, progress, accept ─> dialog
//                                           └─ end, CANCEL ───────────> final answer

import { randomUUID } from 'node:crypto';
import {
  bodyText,
  type Arrival,
  type ServerTransaction,
  type SipRequest,
  type SipStack,
  type UasInvite,
} from '@cordboard/sip-stack';
import { CODECS } from '../audio/codec.ts';
import { CAUSES, reasonHeader, sipStatusOf, type Cause } from '../channel/causes.ts';
import { Channel, type Signalling } from '../channel/channel.ts';
import type { Exchange } from '../channel/exchange.ts';
import { hangUp } from '../channel/hangup.ts';
import { admitInbound, connectMedia } from '../channel/life.ts';
import { isAcceptableOffer, MediaSession, NotAcceptable } from '../sdp/negotiation.ts';
import { DialogCall } from './call.ts';
import { callerOf, inboundName, inboundVariables } from './caller.ts';
import { ALLOW, SDP_TYPE } from './invite.ts';
import { answerTimer, MIN_SE } from './session-timer.ts';

/** What an inbound call needs around it. */
export interface InboundSurroundings {
  readonly exchange: Exchange;
  readonly stack: SipStack;
  /** Shown in descriptions. */
  readonly mediaAddress: string;
  /** Longest session interval we agree to (RFC 4028), seconds. */
  readonly sessionSeconds: number;
  /** The dialog exists from now on. */
  remember(call: DialogCall): void;
  forget(call: DialogCall): void;
}

/** The user part of our Contact: the number that was called, when it can stand there. */
const contactUser = (request: SipRequest): string =>
  /^sips?:([\w.+-]{1,64})@/i.exec(request.uri)?.[1] ?? 'mod_sofia';

/** See the file's head. */
export class InboundCall implements Signalling {
  readonly #around: InboundSurroundings;
  readonly #transaction: ServerTransaction;
  readonly #invite: UasInvite;
  readonly #channel: Channel;
  readonly #call: DialogCall;
  #cancelled = false;
  #endWhenAcknowledged: Cause | undefined;

  constructor(around: InboundSurroundings, transaction: ServerTransaction) {
    const { exchange, stack } = around;
    const { request, arrival } = transaction;
    this.#around = around;
    this.#transaction = transaction;
    const contact = stack.contactFor(arrival.source, contactUser(request));
    this.#invite = stack.uasInvite(transaction, { contact });
    this.#invite.events = {
      cancelled: (cancel) => this.#peerCancelled(cancel),
      acknowledged: (ack) => this.#acknowledged(ack),
      ackTimedOut: () => this.#neverAcknowledged(),
    };
    const identity = {
      uuid: randomUUID(),
      direction: 'inbound',
      name: inboundName(exchange.profile, request),
      caller: callerOf(request, arrival.source.host),
      now: exchange.clock.now(),
    } as const;
    this.#channel = new Channel(identity, exchange.bus);
    this.#channel.set('endpoint_disposition', 'RECEIVED');
    for (const [name, value] of inboundVariables(transaction, exchange.profile))
      this.#channel.set(name, value);
    this.#call = new DialogCall(this.#channel, around);
  }

  /** Opens the media leg and parks the channel. */
  async admit(): Promise<void> {
    const { exchange, mediaAddress } = this.#around;
    const channel = this.#channel;
    const offer = bodyText(this.#transaction.request);
    if (offer !== '' && !isAcceptableOffer(offer, CODECS)) {
      this.#invite.respond(488, { headers: { Reason: reasonHeader('INCOMPATIBLE_DESTINATION') } });
      return;
    }
    if (answerTimer(this.#transaction.request.headers, this.#around.sessionSeconds).outcome === 'tooShort') {
      this.#invite.respond(422, { headers: { 'Min-SE': String(MIN_SE) } });
      return;
    }
    let port: number;
    try {
      ({ port } = await exchange.media.call('openLeg', { leg: channel.uuid }));
    } catch (error) {
      exchange.log(`no media for an inbound call: ${error instanceof Error ? error.message : String(error)}`);
      this.#invite.respond(503, { reason: 'No Media Port' });
      return;
    }
    if (this.#cancelled) {
      await exchange.media.call('closeLeg', { leg: channel.uuid });
      return;
    }
    channel.remoteOffer = offer;
    channel.set('switch_r_sdp', offer);
    channel.set('local_media_ip', mediaAddress);
    channel.set('local_media_port', port);
    const sessionId = Math.floor(channel.times.created / 1_000_000);
    channel.session = new MediaSession({ address: mediaAddress, port }, CODECS, sessionId);
    channel.signalling = this;
    admitInbound(exchange, channel);
  }

  #peerCancelled(cancel: SipRequest): void {
    this.#cancelled = true;
    const reason = cancel.headers.get('Reason');
    hangUp(this.#around.exchange, this.#channel, 'ORIGINATOR_CANCEL', {
      disposition: 'recv_cancel',
      status: 487,
      phrase: 'CANCEL',
      ...(reason !== undefined && { reason }),
    });
  }

  #acknowledged(ack: SipRequest): void {
    if (this.#endWhenAcknowledged) {
      this.#call.bye(this.#endWhenAcknowledged);
      return;
    }
    const channel = this.#channel;
    const { session } = channel;
    if (!session || session.negotiated || !channel.alive) return;
    // A late offer: the answer comes with the ACK (RFC 3261 section 13.2.1).
    try {
      session.accept(bodyText(ack));
      connectMedia(this.#around.exchange, channel, session);
    } catch (error) {
      if (!(error instanceof NotAcceptable)) throw error;
      hangUp(this.#around.exchange, channel, 'INCOMPATIBLE_DESTINATION');
    }
  }

  /** RFC 3261 section 13.3.1.4: confirmed without ACK, so the session ends with BYE. */
  #neverAcknowledged(): void {
    const wanted = this.#endWhenAcknowledged;
    this.#endWhenAcknowledged = undefined;
    if (wanted) this.#call.bye(wanted);
    else hangUp(this.#around.exchange, this.#channel, 'RECOVERY_ON_TIMER_EXPIRE');
  }

  ring(): void {
    this.#invite.respond(180, { headers: { Allow: ALLOW } });
    this.#adoptDialog();
  }

  progress(sdp: string): void {
    this.#invite.respond(183, { headers: { Allow: ALLOW }, body: { type: SDP_TYPE, content: sdp } });
    this.#adoptDialog();
  }

  accept(sdp: string): void {
    const { headers } = this.#transaction.request;
    const timer = answerTimer(headers, this.#around.sessionSeconds);
    const extra = timer.outcome === 'accept' ? timer.headers : {};
    this.#invite.respond(200, {
      headers: { Allow: ALLOW, ...extra },
      body: { type: SDP_TYPE, content: sdp },
    });
    this.#adoptDialog();
    this.#call.learnPeer(headers);
    if (timer.outcome === 'accept') this.#call.agreeTimer(timer.interval);
  }

  #adoptDialog(): void {
    const dialog = this.#invite.dialog;
    if (!dialog || this.#call.dialog === dialog) return;
    this.#call.dialog = dialog;
    this.#around.remember(this.#call);
  }

  end(cause: Cause): 'send_refuse' | 'send_bye' {
    if (this.#channel.times.answered === 0) {
      this.#invite.respond(sipStatusOf(cause), { headers: { Reason: reasonHeader(cause) } });
      this.#around.forget(this.#call);
      return 'send_refuse';
    }
    // BYE may not overtake the ACK (RFC 3261 section 15).
    if (this.#invite.awaiting === 'ack' && CAUSES[cause] !== CAUSES.RECOVERY_ON_TIMER_EXPIRE)
      this.#endWhenAcknowledged = cause;
    else this.#call.bye(cause);
    return 'send_bye';
  }

  notify(event: 'talk' | 'hold'): boolean {
    return this.#call.notify(event);
  }

  reoffer(sdp: string): Promise<string> {
    return this.#call.reoffer(sdp);
  }

  /** Whether this CANCEL is for this INVITE; it is answered if so. */
  receiveCancel(cancel: ServerTransaction): boolean {
    if (cancel.cancels !== this.#transaction) return false;
    this.#invite.receiveCancel(cancel);
    return true;
  }

  receiveAck(ack: SipRequest, arrival: Arrival): boolean {
    return this.#invite.receiveAck(ack, arrival);
  }

  get transaction(): ServerTransaction {
    return this.#transaction;
  }
}
