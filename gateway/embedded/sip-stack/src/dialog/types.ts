// Dialogs (RFC 3261 section 12) and the INVITE exchanges that make them (13, 14, RFC 3262, RFC 6026), as their users see
// them. A Dialog is state without I/O; UasInvite and UacInvite own the timers of one INVITE on top of a transaction.
import type { Body, HeaderFields, SipRequest, SipResponse } from '../message/types.ts';
import type { ClientTransaction, ResponseOptions, ServerTransaction } from '../transaction/types.ts';
import type { Arrival, Outgoing, Target, TransportFailure } from '../transport/types.ts';

export type DialogState = 'early' | 'confirmed' | 'terminated';

export interface RequestOptions {
  readonly headers?: HeaderFields;
  readonly body?: Body;
  /** Contact value; default: the dialog's `localContact`, on INVITE, UPDATE, SUBSCRIBE, NOTIFY and REFER. */
  readonly contact?: string;
  /** CSeq number to use instead of the next one; the dialog continues from it when it is higher. */
  readonly cseq?: number;
}

export type DialogVerdict =
  | { readonly outcome: 'ok' }
  | { readonly outcome: 'refuse'; readonly status: number; readonly reason: string };

export interface Dialog {
  readonly role: 'uas' | 'uac';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** `dialogKey(callId, localTag, remoteTag)`. */
  readonly key: string;
  readonly state: DialogState;
  /** From value of our requests, tag included. */
  readonly localParty: string;
  /** To value of our requests, tag included (if the peer has one). */
  readonly remoteParty: string;
  /** Where in-dialog requests are addressed: the peer's Contact URI. Follows target refreshes. */
  readonly remoteTarget: string;
  /** Route values, first hop first. */
  readonly routeSet: readonly string[];
  readonly localCSeq: number;
  readonly remoteCSeq: number | undefined;
  readonly secure: boolean;
  /** Contact value of ours, put into target-refresh requests. */
  localContact: string | undefined;

  /** Builds an in-dialog request with the next CSeq (12.2.1.1; loose and strict routing). ACK and CANCEL: not here. */
  createRequest(method: string, options?: RequestOptions): SipRequest;
  /** Builds the ACK to a 2xx (13.2.2.4): CSeq number of that INVITE. */
  createAck(inviteCSeq: number, options?: RequestOptions): SipRequest;
  /**
   * First hop for requests built here: first Route, else remote target. `undefined` when that URI is not sip/sips, or (dialogs of
   * `uasInvite` and `uacInvite`) asks for a transport we do not listen on.
   */
  nextHop(): Target | undefined;
  /**
   * Takes note of a request from the peer (12.2.2): refuses an older CSeq with 500, else raises the remote CSeq and
   * refreshes the target (INVITE, UPDATE, SUBSCRIBE, NOTIFY, REFER with Contact). Not for ACK and CANCEL.
   */
  receiveRequest(request: SipRequest): DialogVerdict;
  /** Takes note of a response to a request of ours: confirms an early dialog on 2xx, refreshes the target (12.2.1.2). */
  receiveResponse(request: SipRequest, response: SipResponse): void;
  terminate(): void;
}

export interface UasInviteEvents {
  /** A CANCEL was accepted: it has been answered 200 and the INVITE 487. */
  cancelled?(cancel: SipRequest): void;
  /** First ACK to our 2xx. Repeated ACKs are absorbed. */
  acknowledged?(ack: SipRequest, arrival: Arrival): void;
  /** No ACK within 64*T1 of our 2xx (13.3.1.4): the user sends BYE. */
  ackTimedOut?(): void;
  /** First PRACK for a reliable provisional. It is the user's to answer (`prack.respond`). */
  prack?(prack: ServerTransaction, rseq: number): void;
  /** No PRACK within 64*T1 (RFC 3262 3): the user rejects the INVITE with a 5xx. */
  prackTimedOut?(response: SipResponse): void;
  transportFailed?(failure: TransportFailure): void;
}

export interface UasResponseOptions extends ResponseOptions {
  /** Send a 101–199 reliably (Require: 100rel, RSeq; repeated until PRACK). */
  readonly reliable?: boolean;
  /** Contact value; default: the one given to `stack.uasInvite`. Put on 101–299. */
  readonly contact?: string;
}

/** One INVITE (initial or re-INVITE) that we answer. */
export interface UasInvite {
  readonly transaction: ServerTransaction;
  /** Exists from the first 101–299 response on. */
  readonly dialog: Dialog | undefined;
  /** The peer's Supported or Require names 100rel. */
  readonly peerSupports100rel: boolean;
  /** Offers still waiting for PRACK, ACK. */
  readonly awaiting: 'nothing' | 'prack' | 'ack';
  events: UasInviteEvents;
  createResponse(status: number, options?: UasResponseOptions): SipResponse;
  /**
   * Serialises; on `send()` the transaction moves, a 2xx is repeated until ACK, a reliable 1xx until PRACK.
   * A second reliable 1xx while one is unacknowledged is held until its turn (RFC 3262 3). `undefined`: too late.
   */
  prepare(response: SipResponse): Outgoing<SipResponse> | undefined;
  /** createResponse + prepare + send; false: too late. */
  respond(status: number, options?: UasResponseOptions): boolean;
  /** Hand in an ACK that came to `handlers.ack`. True when it was for this INVITE's 2xx (also when repeated). */
  receiveAck(ack: SipRequest, arrival: Arrival): boolean;
  /**
   * Hand in a PRACK transaction (after `dialog.receiveRequest`). True when its RAck is ours (`events.prack` fired);
   * false: answer it 481.
   */
  receivePrack(prack: ServerTransaction): boolean;
  /** Hand in a CANCEL transaction whose `cancels` is ours. Answers it; false when the INVITE was already answered (481 sent). */
  receiveCancel(cancel: ServerTransaction): boolean;
  /** Stop all repeating; no more events. */
  abandon(): void;
}

export interface UacInviteEvents {
  /** 100. */
  trying?(response: SipResponse, arrival: Arrival): void;
  /**
   * 101–199. `dialog` exists when the response has a To tag. A repeated or out-of-order reliable provisional is not
   * passed. `reliable`: it must be PRACKed (`createPrack`).
   */
  progress?(
    response: SipResponse,
    context: { dialog: Dialog | undefined; reliable: boolean; arrival: Arrival },
  ): void;
  /** First 2xx of each fork. Answer it with `ack`. */
  answered?(response: SipResponse, dialog: Dialog, arrival: Arrival): void;
  /** 3xx–6xx; already acknowledged by the transaction. */
  rejected?(response: SipResponse, arrival: Arrival): void;
  timedOut?(): void;
  transportFailed?(failure: TransportFailure): void;
}

export interface AckOptions extends RequestOptions {
  /** Where to send it instead of `dialog.nextHop()`, e.g. back to the source of the 2xx for a peer behind NAT. */
  readonly target?: Target;
}

/** One INVITE (initial or re-INVITE) that we send. */
export interface UacInvite {
  readonly transaction: ClientTransaction;
  readonly dialogs: readonly Dialog[];
  events: UacInviteEvents;
  send(): void;
  /**
   * Builds the ACK for the 2xx of `dialog`; it is kept and sent again for each repeated 2xx until 64*T1 after the first.
   * A repeated 2xx before `ack` was called is swallowed. It goes where the INVITE went when the peer's Contact leads nowhere.
   */
  ack(dialog: Dialog, options?: AckOptions): Outgoing<SipRequest>;
  /** Builds a PRACK for a reliable provisional (RFC 3262 4); send it with `stack.clientTransaction`. */
  createPrack(dialog: Dialog, response: SipResponse, options?: RequestOptions): SipRequest;
  /** See ClientTransaction.createCancel. */
  createCancel(options?: { headers?: HeaderFields }): ClientTransaction | undefined;
  abandon(): void;
}
