// The only file that knows drachtio-srf. It turns the library's requests into the few words the edge needs, owns the
// reconnect, and gives each outside failure a reason.
//
//   connecting ──authenticated──► up ──connection lost──► waiting ──delay──► connecting
//       └──refused, wrong secret────────────────────────────▲
//
// Each connection is a Srf object of its own: the library's own reconnect cannot be stopped while it waits, registers every
// verb anew, and never settles what was under way; here a lost connection settles it all.

import { setMaxListeners } from 'node:events';
import Srf from 'drachtio-srf';
import { parseNameAddrs, userOf } from './name-addr.ts';

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
  /** Contact values with their parameters; `*` arrives as `{ uri: '*' }`. */
  readonly contacts: readonly { readonly uri: string; readonly params: Readonly<Record<string, string>> }[];
  /** Sends a final response. Harmless when the request was answered, cancelled or lost meanwhile. */
  respond(status: number, options?: { reason?: string; headers?: Record<string, string> }): void;
  /**
   * Proxies, staying in the dialog's path (Record-Route). Several destinations ring together.
   * @param destinations SIP URIs
   * @returns the final answer the caller was given
   * @throws ProxyFailure
   */
  proxy(destinations: readonly string[], headers: Readonly<Record<string, string>>): Promise<ProxyOutcome>;
}

/** How a proxied request was answered. */
export interface ProxyOutcome {
  readonly status: number;
  /** To and Contact of the answer; absent when the server made it up itself. */
  readonly to?: string;
  readonly contact?: string;
}

export interface ServerConnection {
  /** SIP addresses the server listens on, as `udp/127.0.0.1:5060`; empty while disconnected. */
  readonly listening: readonly string[];
  /** Why there is no connection; empty while there is one. */
  readonly problem: string;
  /**
   * Sends OPTIONS to a SIP URI.
   * @returns the final status; 408 when nothing answered in time, 503 when it could not be sent; undefined when there is no
   * connection to the server, so that nothing was learnt
   */
  options(uri: string): Promise<number | undefined>;
  /**
   * Sends a BYE with the headers of a dialog the server does not own.
   * @param nextHop SIP URI to send it to, when that is not `uri`
   * @returns as options()
   */
  bye(uri: string, headers: Readonly<Record<string, string>>, nextHop?: string): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface ServerConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** Called for every new request of the methods in `methods`. Must answer or proxy; a throw answers 500. */
  readonly onRequest: (request: EdgeRequest) => Promise<void>;
  readonly methods: readonly EdgeMethod[];
  readonly onUp: (listening: readonly string[]) => void;
  /** Once per outage, the first connection's included. */
  readonly onDown: (reason: string) => void;
  readonly onBug: (error: unknown, request: EdgeRequest) => void;
}

export type EdgeMethod =
  'invite' | 'register' | 'options' | 'message' | 'subscribe' | 'publish' | 'notify' | 'info';

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

const firstRetryMs = 150;
const longestRetryMs = 2_000;
/** Three retransmissions over UDP; a phone that is silent for so long is not going to ring. */
const answerWithinMs = 5_000;
/** A destination that gives not even 100 Trying for so long is dead: the caller is not kept for the 32 s of timer B. */
const provisionalTimeout = '5s';
const timedOut = 408;
const notSent = 503;
/** Our answers echo From, To and Call-ID; above this they might not fit drachtio-server's 12 kB frame, which then blocks for good. */
const echoedHeadersLimit = 4_000;

/** What the edge uses of the library; its type file says less, and some of it wrongly. */
type Library = Record<EdgeMethod, (handler: (req: LibraryRequest, res: LibraryResponse) => void) => void> & {
  on(event: 'connect', listener: (error: Error | null, hostports: string) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'close', listener: () => void): void;
  connect(options: {
    host: string;
    port: number;
    secret: string;
    reconnect: { maxAttempts: number };
  }): unknown;
  disconnect(): void;
  request(
    uri: string,
    options: { method: string; headers?: Readonly<Record<string, string>>; proxy?: string },
    sent: (error: Error | null, request?: Srf.SrfRequest) => void,
  ): void;
  proxyRequest(
    req: LibraryRequest,
    destinations: string[],
    options: {
      remainInDialog: boolean;
      forking: 'simultaneous';
      provisionalTimeout: string;
      headers: Readonly<Record<string, string>>;
    },
    done: (error: string | null | undefined, results?: ProxyResults) => void,
  ): void;
};
interface ProxyResults {
  readonly finalStatus?: number;
  readonly finalResponse?: { readonly msg: { has(name: string): boolean; get(name: string): string } };
}
type LibraryRequest = Srf.SrfRequest & {
  readonly raw: string;
  readonly socket: { readonly destroyed: boolean };
};
type LibraryResponse = Srf.SrfResponse & { readonly headers: Record<string, string> };

/** Connects and stays connected: the server may be restarted at any time. */
export function connectToServer(options: ServerConnectionOptions): ServerConnection {
  return new ReconnectingServer(options);
}

class ReconnectingServer implements ServerConnection {
  readonly #options: ServerConnectionOptions;
  #link: Link | undefined;
  #retryMs = firstRetryMs;
  #timer: NodeJS.Timeout | undefined;
  #told: 'up' | 'down' | undefined;
  #closed = false;
  problem = 'connecting';

  constructor(options: ServerConnectionOptions) {
    this.#options = options;
    this.#connect();
  }

  get listening(): readonly string[] {
    return this.#link?.listening ?? [];
  }

  options(uri: string): Promise<number | undefined> {
    return this.#link?.isUp ? this.#link.ask(uri, { method: 'OPTIONS' }) : Promise.resolve(undefined);
  }

  bye(uri: string, headers: Readonly<Record<string, string>>, nextHop?: string): Promise<number | undefined> {
    if (!this.#link?.isUp) return Promise.resolve(undefined);
    return this.#link.ask(uri, { method: 'BYE', headers, ...(nextHop !== undefined && { proxy: nextHop }) });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#link?.close();
  }

  #connect(): void {
    this.#link = new Link(this.#options, {
      onUp: (listening) => {
        this.#retryMs = firstRetryMs;
        this.problem = '';
        this.#told = 'up';
        this.#options.onUp(listening);
      },
      onGone: (reason) => this.#gone(reason),
    });
  }

  #gone(reason: string): void {
    this.#link = undefined;
    this.problem = reason;
    if (this.#closed) return;
    if (this.#told !== 'down') this.#options.onDown(reason);
    this.#told = 'down';
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 1.7, longestRetryMs);
  }
}

/** One life of the control connection. */
class Link {
  readonly #srf: Library;
  /** Aborted when the connection is gone: whoever waits for an answer over it gives up then. */
  readonly #gone = new AbortController();
  #closing = false;
  #problem = 'connection closed';
  listening: readonly string[] = [];

  constructor(
    options: ServerConnectionOptions,
    tell: {
      readonly onUp: (listening: readonly string[]) => void;
      readonly onGone: (reason: string) => void;
    },
  ) {
    // Every INVITE under way watches it: many are no leak.
    setMaxListeners(0, this.#gone.signal);
    this.#srf = new Srf() as unknown as Library;
    for (const method of options.methods) this.#srf[method]((req, res) => this.#receive(req, res, options));
    this.#srf.on('connect', (error, hostports) => {
      // The server closes a connection whose secret is wrong: 'close' follows.
      if (error) this.#problem = 'the SIP server refused the secret';
      else if (this.#closing) this.#srf.disconnect();
      else {
        this.listening = hostports.split(',');
        tell.onUp(this.listening);
      }
    });
    this.#srf.on('error', (error) => {
      this.#problem = error.message;
    });
    this.#srf.on('close', () => {
      this.listening = [];
      this.#gone.abort();
      tell.onGone(this.#problem);
    });
    const { host, port, secret } = options;
    // maxAttempts 1: this attempt and no other.
    this.#srf.connect({ host, port, secret, reconnect: { maxAttempts: 1 } });
  }

  get isUp(): boolean {
    return this.listening.length > 0;
  }

  /** Resolves when the connection is closed; one still being made is closed as soon as it stands. */
  async close(): Promise<void> {
    this.#closing = true;
    if (!this.isUp) return;
    const gone = new Promise<void>((resolve) => this.#whenGone(resolve));
    this.#srf.disconnect();
    await gone;
  }

  /** Sends a request outside any dialog of the server's. */
  ask(
    uri: string,
    options: { method: string; headers?: Readonly<Record<string, string>>; proxy?: string },
  ): Promise<number | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(timedOut), answerWithinMs);
      const settle = (status: number | undefined): void => {
        clearTimeout(timer);
        stopWatching();
        resolve(status);
      };
      const stopWatching = this.#whenGone(() => settle(undefined));
      try {
        this.#srf.request(uri, options, (error, request) => {
          if (error || !request) return settle(notSent);
          request.on('response', (response?: Srf.SrfResponse) => {
            if (response && response.status >= 200) settle(response.status);
          });
        });
      } catch (error) {
        // The library asserts a socket, and it just went: 'close' is on its way.
        this.#problem = error instanceof Error ? error.message : this.#problem;
        settle(undefined);
      }
    });
  }

  #receive(req: LibraryRequest, res: LibraryResponse, { onRequest, onBug }: ServerConnectionOptions): void {
    const request = this.#edgeRequest(req, res);
    onRequest(request).catch((error: unknown) => {
      onBug(error, request);
      request.respond(500);
    });
  }

  #edgeRequest(req: LibraryRequest, res: LibraryResponse): EdgeRequest {
    const header = (name: string): string | undefined => (req.has(name) ? req.get(name) : undefined);
    const contact = header('Contact');
    return {
      method: req.method,
      callId: req.get('Call-ID'),
      cseq: Number.parseInt(req.get('CSeq'), 10),
      source: {
        address: req.source_address,
        port: Number(req.source_port),
        protocol: req.protocol === '' ? 'udp' : req.protocol,
      },
      header,
      headerNames: headerNamesOf(req.raw),
      toUser: userOf(parseNameAddrs(header('To') ?? '')[0]?.uri ?? ''),
      fromUser: userOf(parseNameAddrs(header('From') ?? '')[0]?.uri ?? ''),
      requestUser: userOf(req.uri),
      contacts: contact === undefined ? [] : parseNameAddrs(contact),
      respond: (status, { reason, headers } = {}) => {
        if (res.finalResponseSent) return;
        shortenEcho(res);
        if (reason === undefined) res.send(status, { headers: headers ?? {} });
        else res.send(status, reason, { headers: headers ?? {} });
      },
      proxy: (destinations, headers) => this.#proxy(req, [...destinations], headers),
    };
  }

  #proxy(
    req: LibraryRequest,
    destinations: string[],
    headers: Readonly<Record<string, string>>,
  ): Promise<ProxyOutcome> {
    return new Promise((resolve, reject) => {
      const lost = (): void => reject(new ProxyFailure('lost', 'connection to the SIP server lost'));
      if (this.#gone.signal.aborted || req.socket.destroyed) return lost();
      const stopWatching = this.#whenGone(lost);
      const options = { remainInDialog: true, forking: 'simultaneous', provisionalTimeout, headers } as const;
      this.#srf.proxyRequest(req, destinations, options, (error, results) => {
        stopWatching();
        if (!error) return resolve(outcomeOf(results));
        reject(new ProxyFailure(/unknown transaction/i.test(error) ? 'gone' : 'refused', error));
      });
    });
  }

  /** @returns the disposer */
  #whenGone(callback: () => void): () => void {
    const { signal } = this.#gone;
    signal.addEventListener('abort', callback, { once: true });
    return () => signal.removeEventListener('abort', callback);
  }
}

function outcomeOf({ finalStatus = timedOut, finalResponse }: ProxyResults = {}): ProxyOutcome {
  const header = (name: string): string | undefined =>
    finalResponse?.msg.has(name) ? finalResponse.msg.get(name) : undefined;
  const [to, contact] = [header('To'), header('Contact')];
  return { status: finalStatus, ...(to !== undefined && { to }), ...(contact !== undefined && { contact }) };
}

/** The server fills these in from the request; the library sends them along all the same. */
function shortenEcho(res: LibraryResponse): void {
  const echoed = ['from', 'to', 'Call-ID', 'call-id', 'cseq'];
  const length = echoed.reduce((sum, name) => sum + (res.headers[name]?.length ?? 0), 0);
  if (length <= echoedHeadersLimit) return;
  for (const name of echoed) delete res.headers[name];
}

/** Split at whatever some parser takes for the end of a line: a bare LF, a bare CR. */
const headerNamesOf = (raw: string): readonly string[] =>
  (/^[^]*?(?:\r\n\r\n|\n\n|$)/.exec(raw)?.[0] ?? '')
    .split(/[\r\n]+/)
    .slice(1)
    .map((line) => (line.split(':')[0] ?? '').trim().toLowerCase())
    .filter((name) => name !== '');
