// What the edge knows of one SIP request, and what may be done to it: the words between the SIP library and the edge's rules.

export type EdgeMethod =
  'invite' | 'register' | 'options' | 'message' | 'subscribe' | 'publish' | 'notify' | 'info';

/** One SIP request at the edge, with the two things that may be done to it. */
export interface EdgeRequest {
  readonly method: string;
  readonly callId: string;
  /** CSeq number. */
  readonly cseq: number;
  readonly source: { readonly address: string; readonly port: number; readonly protocol: string };
  /** Header value as received, several lines joined by commas; undefined when absent. */
  header(name: string): string | undefined;
  /** In lower case, as on the wire: whatever any parser behind us might take for a header line is listed. */
  readonly headerNames: readonly string[];
  /** User part of the To / From / request URI, percent-decoded; empty when there is none. */
  readonly toUser: string;
  readonly fromUser: string;
  readonly requestUser: string;
  readonly requestUri: string;
  /** Contact values with their parameters; `*` arrives as `{ uri: '*' }`. */
  readonly contacts: readonly { readonly uri: string; readonly params: Readonly<Record<string, string>> }[];
  /** Sends a final response. Harmless when the request was answered, cancelled or lost meanwhile. */
  respond(status: number, options?: { reason?: string; headers?: Record<string, string> }): void;
  /**
   * Answers an INVITE with 200 and hangs up as soon as that is acknowledged: "done", for somebody at a phone. Its media are declined.
   * Harmless as respond() is.
   */
  confirm(): void;
  /**
   * Proxies statefully.
   * @param destinations SIP URIs
   * @param headers added to the request; on drachtio-server beside those of the same name, so never to replace one
   * @returns the final answer the caller was given
   * @throws ProxyFailure
   */
  proxy(
    destinations: readonly string[],
    headers: Readonly<Record<string, string>>,
    how?: ProxyWay,
  ): Promise<ProxyOutcome>;
}

export interface ProxyWay {
  /** Several destinations ring together (default), or the next one is tried when one has refused. */
  readonly forking?: 'together' | 'in turn';
  /** Stay in the dialog's path by Record-Route; default true. */
  readonly recordRoute?: boolean;
  /** A destination that gives not even 100 Trying for so long is given up. Default 5 000. */
  readonly silenceMs?: number;
}

/** How a proxied request was answered. */
export interface ProxyOutcome {
  readonly status: number;
  /** To and Contact of the answer; absent when the server made it up itself. */
  readonly to?: string;
  readonly contact?: string;
  /** The proxy beyond this server that is nearest to it and stays in the dialog's path; absent when there is none. */
  readonly nextHop?: string;
}

/**
 * Why a request could not be proxied: `gone`: the caller cancelled first; `refused`: the server would not (the reason is in the message);
 * `lost`: the connection to the server broke, and what becomes of the call is not known.
 */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
  readonly reason: 'gone' | 'refused' | 'lost';
  constructor(reason: ProxyFailure['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
