// The two ends of a transaction as their users see them (RFC 3261 section 17, RFC 6026).
import type { Body, HeaderFields, SipRequest, SipResponse } from '../message/types.ts';
import type { Arrival, Outgoing, TransportAddress, TransportFailure } from '../transport/types.ts';

/** RFC 3261 table 4, in milliseconds. */
export interface Timers {
  /** Round-trip estimate. Default 500. */
  readonly t1: number;
  /** Longest retransmission interval. Default 4000. */
  readonly t2: number;
  /** Longest time a message stays in the network. Default 5000. */
  readonly t4: number;
  /** Timer D on UDP: wait for retransmitted finals. Default 32000. */
  readonly d: number;
}

export type InviteServerState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';
export type ServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type InviteClientState = 'idle' | 'calling' | 'proceeding' | 'accepted' | 'completed' | 'terminated';
export type ClientState = 'idle' | 'trying' | 'proceeding' | 'completed' | 'terminated';

/** All optional; assign to `transaction.events`. */
export interface ServerTransactionEvents {
  /** The ACK to our non-2xx final arrived (INVITE only). */
  acknowledged?(ack: SipRequest): void;
  /** Timer H: no ACK to our non-2xx final within 64*T1. */
  timedOut?(): void;
  /** A response could not be sent. */
  transportFailed?(failure: TransportFailure): void;
  /** The transaction is forgotten; fires exactly once, last. */
  terminated?(): void;
}

export interface ResponseOptions {
  /** Reason phrase; the usual one when absent. */
  readonly reason?: string;
  /** Tag for To where the request has none; default: this transaction's own, the same for all its responses. */
  readonly toTag?: string;
  readonly headers?: HeaderFields;
  readonly body?: Body;
  /** Copy Record-Route of the request (what creates a dialog: INVITE, SUBSCRIBE, REFER 101–299). Default: by that rule. */
  readonly recordRoute?: boolean;
}

export interface ServerTransaction {
  readonly id: string;
  readonly request: SipRequest;
  readonly arrival: Arrival;
  readonly state: InviteServerState | ServerState;
  /** For a CANCEL: the INVITE transaction it matches (17.2.3, 9.2), also when that one is already answered. */
  readonly cancels: ServerTransaction | undefined;
  /** The To tag this transaction uses unless told otherwise. */
  readonly localTag: string;
  /**
   * Same From tag, Call-ID and CSeq as another live transaction but another branch, and no To tag: the request reached
   * us over two paths. A user agent answers 482 (8.2.2.2); a proxy does not care.
   */
  readonly merged: boolean;
  /** Last final status sent, or undefined while none was. */
  readonly finalStatus: number | undefined;
  events: ServerTransactionEvents;

  /** Builds a response to this request (8.2.6): Via, From, To with tag, Call-ID, CSeq, Record-Route. Does not send. */
  createResponse(status: number, options?: ResponseOptions): SipResponse;
  /**
   * Serialises a response (from `createResponse`, or a forwarded one with our Via already taken off) and makes it this
   * transaction's next. The state changes, and the bytes leave, on `send()`.
   * `undefined` when the transaction can take no such response any more (final already sent, or forgotten).
   */
  prepare(response: SipResponse): Outgoing<SipResponse> | undefined;
  /** `prepare` and `send`; false when it was too late. */
  respond(response: SipResponse): boolean;
  /** Forget without answering (no further retransmission is absorbed). */
  abandon(): void;
}

export interface ClientTransactionEvents {
  /**
   * 1xx each time they arrive (100 included), a final once. For INVITE every 2xx is passed, also repeated and forked
   * ones (RFC 6026): a user agent hands them to `UacInvite`, a proxy forwards them.
   */
  response?(response: SipResponse, arrival: Arrival): void;
  /** Timer B/F, or 64*T1 after a CANCEL without a final. As if 408 came. */
  timedOut?(): void;
  /** As if 503 came (8.1.3.1). */
  transportFailed?(failure: TransportFailure): void;
  /** The transaction is forgotten; fires exactly once, last. */
  terminated?(): void;
}

export interface ClientTransaction {
  readonly id: string;
  /** As it goes out: with our Via on top and Content-Length right. */
  readonly request: SipRequest;
  readonly bytes: Buffer;
  readonly branch: string;
  /** Where it goes; shows the resolved address once known. */
  readonly destination: TransportAddress;
  readonly state: InviteClientState | ClientState;
  /** Last response seen. */
  readonly lastResponse: SipResponse | undefined;
  events: ClientTransactionEvents;

  /** Puts the request on the wire and starts the timers. A second call does nothing. */
  send(): void;
  /**
   * INVITE only: builds the CANCEL (9.1: same branch, CSeq number, Route, request URI). `send()` on it holds it until a
   * provisional response has arrived, and drops it when a final came first (its `terminated` fires).
   * `undefined` when a final response has been received already, or a CANCEL was made before.
   */
  createCancel(options?: {
    headers?: HeaderFields;
    events?: ClientTransactionEvents;
  }): ClientTransaction | undefined;
  /** Forget at once: no more retransmission, no more events. */
  abandon(): void;
}
