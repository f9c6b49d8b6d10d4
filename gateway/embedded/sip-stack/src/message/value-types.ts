// What a SIP message is made of (RFC 3261 sections 7, 19, 20, 25), as plain values. `SipHeaders` (headers.ts) keeps
// the raw lines; everything here is what the lazily parsed accessors give out.

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
