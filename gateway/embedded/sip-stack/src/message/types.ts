// Messages: what parse.ts makes of bytes and build.ts of wishes. The values inside are in value-types.ts.

import type { SipHeaders } from './headers.ts';

export type { Params, SipUri, TelUri, OpaqueUri, Uri, NameAddr, Via, CSeq, RAck } from './value-types.ts';

export interface SipRequest {
  readonly kind: 'request';
  /** Case-sensitive, as written. */
  readonly method: string;
  /** The request URI as written. */
  uri: string;
  readonly headers: SipHeaders;
  body: Uint8Array;
}

export interface SipResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: SipHeaders;
  body: Uint8Array;
}

export type SipMessage = SipRequest | SipResponse;

/** What came of a datagram or a framed piece of a stream. Parsing never throws. */
export type ParseResult =
  | { readonly outcome: 'ok'; readonly message: SipMessage }
  /** A request that cannot be processed but can be answered (`createResponse(request, status, reason)`). */
  | {
      readonly outcome: 'refuse';
      readonly status: 400 | 413 | 505 | 513;
      readonly reason: string;
      readonly request: SipRequest;
    }
  /** Nothing that may be answered: noise, keep-alive, no usable Via, bad response, bad ACK. */
  | { readonly outcome: 'drop'; readonly why: string };

/** Header fields given to the builders: name → value or values. Names are emitted as given. */
export type HeaderFields = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A body and its type; the builders set Content-Type and Content-Length (bytes). */
export interface Body {
  readonly type: string;
  readonly content: string | Uint8Array;
}
