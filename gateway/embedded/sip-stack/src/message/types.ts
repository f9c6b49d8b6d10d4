// What a SIP message is made of (RFC 3261 sections 7, 19, 20, 25), as plain values. `SipHeaders` (headers.ts) keeps
// the raw lines; everything here is what the lazily parsed accessors give out.
import type { SipHeaders } from './headers.ts';

/** Parameters of a URI or header: lower-case name → raw value (quotes kept), `null` for a flag such as `;lr`. */
export type Params = ReadonlyMap<string, string | null>;

/** `sip:` or `sips:` URI (RFC 3261 19.1). `host` carries no brackets for IPv6. `user` is as written (escapes kept). */
export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  /** What follows `?`, undecoded. */
  readonly headers: string | undefined;
}

/** `tel:` URI (RFC 3966). */
export interface TelUri {
  readonly kind: 'tel';
  readonly scheme: 'tel';
  readonly number: string;
  readonly params: Params;
}

/** Any other absolute URI, kept as text. */
export interface OpaqueUri {
  readonly kind: 'opaque';
  readonly scheme: string;
  readonly text: string;
}

export type Uri = SipUri | TelUri | OpaqueUri;

/** From, To, Contact, Route, Record-Route, Refer-To, P-Asserted-Identity … (RFC 3261 20.10). */
export interface NameAddr {
  /** Display name without quotes and escapes; empty when absent. */
  readonly display: string;
  /** The URI as written, without angle brackets. Parse it with `parseUri`. */
  readonly uri: string;
  /** Header parameters (after `>`, or after the first `;` of an addr-spec without brackets). */
  readonly params: Params;
  /** The `tag` parameter. */
  readonly tag: string | undefined;
}

/** One Via value (RFC 3261 20.42, RFC 3581). `host` carries no brackets for IPv6. */
export interface Via {
  /** Upper case: `UDP`, `TCP`, `TLS`, `WS`, `WSS`, or as written. */
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  readonly branch: string | undefined;
  readonly received: string | undefined;
  /** `null`: the parameter is present without a value. */
  readonly rport: number | null | undefined;
}

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** `RAck: 1 4 INVITE` (RFC 3262 7.2). */
export interface RAck {
  readonly rseq: number;
  readonly cseq: number;
  readonly method: string;
}

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
