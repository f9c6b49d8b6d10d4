// An INVITE we send, from dial to dialog.
//
//   INVITE ─┬─ 180 ─> rings ─┬─ 2xx ─> ACK, dialog
//           ├─ 183 ─> early ─┤─ 3xx, 422 ─> INVITE to the next address, or with the interval asked for
//           │                ├─ refusal, time-out ─> channel hung up with the cause
//           └────────────────┴─ end ─> CANCEL (held back by the stack until a provisional answer came)

import { bodyText, type Dialog, type SipResponse, type SipStack, type UacInvite } from '@cordboard/sip-stack';
import { causeOfResponse, reasonHeader, type Cause } from '../channel/causes.ts';
import type { Channel, Signalling } from '../channel/channel.ts';
import type { Exchange } from '../channel/exchange.ts';
import { hangUp } from '../channel/hangup.ts';
import { connectMedia, noteAnswer, noteEarlyMedia, noteProgress } from '../channel/life.ts';
import type { OutboundCall } from '../channel/originate.ts';
import { NotAcceptable } from '../sdp/negotiation.ts';
import { DialogCall, sendNotify } from './call.ts';
import { buildInvite, requestUri, type InviteIdentity } from './invite.ts';
import { Redirects } from './redirects.ts';
import { agreedTimer, demandedInterval } from './session-timer.ts';

/** What an outbound call needs around it. */
export interface OutboundSurroundings {
  readonly exchange: Exchange;
  readonly stack: SipStack;
  /** Longest session interval we ask for (RFC 4028), seconds. */
  readonly sessionSeconds: number;
  /** Whether an address may be called because somebody redirects there. */
  allows(host: string): boolean;
  remember(call: DialogCall): void;
  forget(call: DialogCall): void;
}

/** Sends the INVITE. @returns its signalling, or the cause why it could not be sent */
export function dialOut(around: OutboundSurroundings, call: OutboundCall): Signalling | Cause {
  const { stack } = around;
  const uri = requestUri(call.destination);
  if (uri === undefined) return 'INVALID_URL';
  if (!call.destination.includes('@')) return 'USER_NOT_REGISTERED';
  const target = stack.targetOf(call.path ?? uri);
  const point = target && stack.listeningPointFor(target);
  if (!target || !point) return 'DESTINATION_OUT_OF_ORDER';
  const contact = stack.contactFor(target, 'mod_sofia');
  const identity = { host: point.advertised.host, contact, tag: stack.newTag(), callId: stack.newCallId() };
  call.channel.set('sip_call_id', identity.callId);
  call.channel.set('sip_from_tag', identity.tag);
  return new OutgoingInvite(around, call, uri, identity);
}

class OutgoingInvite implements Signalling {
  readonly #around: OutboundSurroundings;
  readonly #dialled: OutboundCall;
  readonly #firstUri: string;
  readonly #identity: InviteIdentity;
  readonly #channel: Channel;
  readonly #call: DialogCall;
  readonly #redirects: Redirects;
  #invite: UacInvite;
  #uri: string;
  #cseq = 0;
  #sessionSeconds: number;
  #answered = false;
  #earlyDialog: Dialog | undefined;

  constructor(around: OutboundSurroundings, call: OutboundCall, uri: string, identity: InviteIdentity) {
    this.#around = around;
    this.#dialled = call;
    this.#firstUri = this.#uri = uri;
    this.#identity = identity;
    this.#channel = call.channel;
    this.#sessionSeconds = around.sessionSeconds;
    this.#redirects = new Redirects(uri);
    this.#call = new DialogCall(call.channel, around);
    this.#invite = this.#send(uri)!;
  }

  /** One attempt. @returns undefined when there is no way to that address */
  #send(uri: string): UacInvite | undefined {
    const { stack } = this.#around;
    const target = stack.targetOf(this.#dialled.path ?? uri);
    if (!target || !stack.listeningPointFor(target)) return undefined;
    this.#uri = uri;
    this.#earlyDialog = undefined;
    const attempt = {
      uri,
      dialled: this.#firstUri,
      cseq: ++this.#cseq,
      sessionSeconds: this.#sessionSeconds,
    };
    const invite = stack.uacInvite(buildInvite(this.#dialled, attempt, this.#identity), target);
    this.#channel.caller.networkAddress = target.host;
    this.#channel.set('sip_network_ip', target.host);
    this.#channel.set('sip_network_port', target.port);
    invite.events = {
      progress: (response, { dialog, reliable }) => this.#progress(response, dialog, reliable),
      answered: (response, dialog) => this.#accepted(response, dialog),
      rejected: (response) => this.#rejected(response),
      timedOut: () => this.#lost('RECOVERY_ON_TIMER_EXPIRE', 408, 'Request Timeout'),
      transportFailed: () => this.#lost('NORMAL_TEMPORARY_FAILURE', 503, 'Service Unavailable'),
    };
    invite.send();
    return invite;
  }

  #progress(response: SipResponse, dialog: Dialog | undefined, reliable: boolean): void {
    const { exchange, stack } = this.#around;
    if (dialog && reliable) {
      const hop = dialog.nextHop();
      if (hop) stack.clientTransaction(this.#invite.createPrack(dialog, response), hop).send();
    }
    if (!this.#channel.alive) return;
    this.#earlyDialog = dialog ?? this.#earlyDialog;
    const sdp = bodyText(response);
    if (sdp !== '' && this.#agree(sdp)) noteEarlyMedia(exchange, this.#channel);
    else if (response.status !== 183) noteProgress(exchange, this.#channel);
  }

  #agree(sdp: string): boolean {
    const { session } = this.#channel;
    if (!session) return false;
    try {
      session.accept(sdp);
      connectMedia(this.#around.exchange, this.#channel, session);
      return true;
    } catch (error) {
      if (error instanceof NotAcceptable) return false;
      throw error;
    }
  }

  #accepted(response: SipResponse, dialog: Dialog): void {
    this.#invite.ack(dialog).send();
    const channel = this.#channel;
    if (this.#answered || !channel.alive) {
      this.#refuseDialog(dialog);
      return;
    }
    this.#answered = true;
    this.#call.dialog = dialog;
    this.#call.learnPeer(response.headers);
    this.#call.agreeTimer(agreedTimer(response.headers));
    this.#around.remember(this.#call);
    channel.set('sip_to_tag', dialog.remoteTag);
    const sdp = bodyText(response);
    if (!(sdp === '' ? channel.session?.negotiated !== undefined : this.#agree(sdp))) {
      hangUp(this.#around.exchange, channel, 'INCOMPATIBLE_DESTINATION');
      return;
    }
    const { exchange } = this.#around;
    noteAnswer(exchange, channel);
    exchange.waiters.get(channel)?.onAnswer?.();
  }

  /** A second fork answered, or the call was given up while the 200 was on its way (RFC 3261 section 13.2.2.4). */
  #refuseDialog(dialog: Dialog): void {
    const cause = this.#channel.hangupCause ?? 'LOSE_RACE';
    const bye = dialog.createRequest('BYE', { headers: { Reason: reasonHeader(cause) } });
    const hop = dialog.nextHop();
    dialog.terminate();
    if (hop) this.#around.stack.clientTransaction(bye, hop).send();
  }

  #rejected(response: SipResponse): void {
    if (response.status < 400) this.#redirects.add(response);
    if (this.#channel.alive && this.#tryAgain(response)) return;
    const reason = response.headers.get('Reason');
    const cause =
      response.status < 400 ? 'REDIRECTION_TO_NEW_DESTINATION' : causeOfResponse(response.status, reason);
    hangUp(this.#around.exchange, this.#channel, cause, {
      disposition: 'recv_refuse',
      status: response.status,
      phrase: response.reason,
      ...(reason !== undefined && { reason }),
    });
  }

  /** Another attempt, if the answer leaves one: a longer session interval, or the next address of a redirection. */
  #tryAgain(response: SipResponse): boolean {
    const demanded = response.status === 422 ? demandedInterval(response.headers) : undefined;
    if (demanded !== undefined && demanded > this.#sessionSeconds) {
      this.#sessionSeconds = demanded;
      return this.#attempt(this.#uri);
    }
    // Busy everywhere, declined, nowhere: no other address will do (RFC 3261 section 8.1.3.4).
    if (response.status >= 600) return false;
    for (let uri = this.#redirects.next(); uri !== undefined; uri = this.#redirects.next()) {
      if (!this.#mayCall(uri) || !this.#attempt(uri)) continue;
      this.#channel.set('sip_redirected_to', uri);
      return true;
    }
    return false;
  }

  #attempt(uri: string): boolean {
    const invite = this.#send(uri);
    if (invite) this.#invite = invite;
    return invite !== undefined;
  }

  /** Past a proxy it is the proxy's to judge; else a phone's redirection leads nowhere we would not take calls from. */
  #mayCall(uri: string): boolean {
    if (this.#dialled.path !== undefined) return true;
    const host = this.#around.stack.targetOf(uri)?.host;
    return host !== undefined && this.#around.allows(host);
  }

  #lost(cause: Cause, status: number, phrase: string): void {
    hangUp(this.#around.exchange, this.#channel, cause, { disposition: 'recv_refuse', status, phrase });
  }

  ring(): void {
    throw new Error('an outbound leg is not ours to ring');
  }

  progress(): void {
    throw new Error('an outbound leg is not ours to progress');
  }

  accept(): void {
    throw new Error('an outbound leg is not ours to answer');
  }

  end(cause: Cause): 'send_cancel' | 'send_bye' {
    if (this.#answered) {
      this.#call.bye(cause);
      return 'send_bye';
    }
    this.#invite.createCancel({ headers: { Reason: reasonHeader(cause) } })?.send();
    return 'send_cancel';
  }

  notify(event: 'talk' | 'hold'): boolean {
    if (this.#call.dialog) return this.#call.notify(event);
    return this.#earlyDialog !== undefined && sendNotify(this.#around.stack, this.#earlyDialog, event);
  }

  reoffer(sdp: string): Promise<string> {
    return this.#call.reoffer(sdp);
  }
}
