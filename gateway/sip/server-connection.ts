// The only file that knows drachtio-srf. It turns the library's requests into the few words the edge needs, owns the
// reconnect, and gives each outside failure a reason.

import Srf from 'drachtio-srf';

/** One SIP request at the edge, with the two things that may be done to it. */
export interface EdgeRequest {
  readonly method: string;
  /** Request URI as received. */
  readonly uri: string;
  readonly callId: string;
  /** CSeq number; NaN never occurs, the server has validated it. */
  readonly cseq: number;
  readonly source: { readonly address: string; readonly port: number; readonly protocol: string };
  /** Header value as received, several lines joined by commas; undefined when absent. */
  header(name: string): string | undefined;
  hasHeadersStartingWith(prefix: string): boolean;
  /** User part of the To / From / request URI, percent-decoded; empty when there is none. */
  readonly toUser: string;
  readonly fromUser: string;
  readonly fromDisplay: string;
  readonly requestUser: string;
  /** Contact values with their parameters; `*` arrives as `{ uri: '*' }`. */
  readonly contacts: readonly { readonly uri: string; readonly params: Readonly<Record<string, string>> }[];
  respond(status: number, options?: { reason?: string; headers?: Record<string, string> }): void;
  /**
   * Proxies, staying in the dialog's path (Record-Route). Several destinations ring together.
   * @param destinations SIP URIs
   * @returns the final status the caller was given
   */
  proxy(destinations: readonly string[], headers: Readonly<Record<string, string>>): Promise<number>;
}

export interface ServerConnection {
  /** SIP addresses the server listens on, as `udp/127.0.0.1:5060`; empty while disconnected. */
  readonly listening: readonly string[];
  readonly connected: boolean;
  /**
   * Sends OPTIONS to a SIP URI.
   * @returns the final status; 408 when nothing answered, 503 when it could not be sent
   */
  options(uri: string): Promise<number>;
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
  readonly onDown: (reason: string) => void;
  readonly onBug: (error: unknown, request: EdgeRequest) => void;
}

export type EdgeMethod =
  'invite' | 'register' | 'options' | 'message' | 'subscribe' | 'publish' | 'notify' | 'info';

interface ContactHeader {
  readonly uri?: string;
  readonly params?: Record<string, string | null>;
}

const longestRetryMs = 2_000;
const noAnswer = 408;

/** The SIP server would not proxy: the transaction is gone, or Max-Forwards ran out. It has told the caller itself. */
export class ProxyRefused extends Error {
  override readonly name = 'ProxyRefused';
  constructor(request: string, reason: string) {
    super(`${request}: ${reason}`);
  }
}

/** What the library does and its type file does not say. */
type Edge = Omit<Srf, 'request' | 'proxyRequest'> &
  Record<EdgeMethod, (handler: (req: Srf.SrfRequest, res: Srf.SrfResponse) => void) => void> & {
    request(
      uri: string,
      options: { method: string },
      sent: (error: unknown, request?: Srf.SrfRequest) => void,
    ): void;
    proxyRequest(
      req: Srf.SrfRequest,
      destinations: string[],
      options: Srf.ProxyRequestOptions & { headers: Readonly<Record<string, string>> },
      done: (error: string | null | undefined, results?: { readonly finalStatus?: number }) => void,
    ): void;
  };

/** Connects and stays connected: the server may be restarted at any time. */
export function connectToServer(options: ServerConnectionOptions): ServerConnection {
  const srf = new Srf() as Edge;
  let listening: readonly string[] = [];
  let closed = false;

  for (const method of options.methods) {
    srf[method]((req, res) => {
      const request = edgeRequest(srf, req, res);
      options.onRequest(request).catch((error: unknown) => {
        options.onBug(error, request);
        if (!res.finalResponseSent) request.respond(500);
      });
    });
  }
  srf.on('connect', (error: unknown, hostports: unknown) => {
    if (error) return;
    listening = String(hostports).split(',');
    options.onUp(listening);
  });
  srf.on('error', (error: unknown) => {
    const wasUp = listening.length > 0;
    listening = [];
    if (wasUp && !closed) options.onDown(error instanceof Error ? error.message : String(error));
  });
  srf.connect({
    host: options.host,
    port: options.port,
    secret: options.secret,
    reconnect: { retryMaxDelay: longestRetryMs },
  } as Srf.SrfConfig) as unknown;

  return {
    get listening() {
      return listening;
    },
    get connected() {
      return listening.length > 0;
    },
    options: (uri) => (listening.length > 0 ? askOptions(srf, uri) : Promise.resolve(503)),
    close() {
      closed = true;
      listening = [];
      srf.disconnect();
      return Promise.resolve();
    },
  };
}

async function askOptions(srf: Edge, uri: string): Promise<number> {
  return new Promise((resolve) => {
    const noTransport = 503;
    srf.request(uri, { method: 'OPTIONS' }, (error, request) => {
      if (error || !request) return resolve(noTransport);
      request.on('response', (response?: Srf.SrfResponse) => {
        if (response && response.status >= 200) resolve(response.status);
      });
    });
  });
}

function edgeRequest(srf: Edge, req: Srf.SrfRequest, res: Srf.SrfResponse): EdgeRequest {
  return {
    method: req.method,
    uri: req.uri,
    callId: req.get('Call-ID'),
    cseq: Number.parseInt(req.get('CSeq'), 10),
    source: {
      address: req.source_address,
      port: Number(req.source_port),
      protocol: req.protocol === '' ? 'udp' : req.protocol,
    },
    header: (name) => (req.has(name) ? req.get(name) : undefined),
    hasHeadersStartingWith: (prefix) =>
      Object.keys(req.headers).some((name) => name.toLowerCase().startsWith(prefix)),
    toUser: userOf(uriOf(req, 'To')),
    fromUser: userOf(uriOf(req, 'From')),
    fromDisplay: (req.getParsedHeader('From').name ?? '').replace(/^"|"$/g, ''),
    requestUser: userOf(req.uri),
    contacts: contactsOf(req),
    respond(status, { reason, headers } = {}) {
      if (reason === undefined) res.send(status, { headers: headers ?? {} });
      else res.send(status, reason, { headers: headers ?? {} });
    },
    proxy: (destinations, headers) =>
      new Promise((resolve, reject) => {
        const options = { remainInDialog: true, forking: 'simultaneous', provisionalTimeout: '5s', headers };
        srf.proxyRequest(req, [...destinations], options, (error, results) => {
          if (error) reject(new ProxyRefused(request(req), error));
          else resolve(results?.finalStatus ?? noAnswer);
        });
      }),
  };
}

const request = (req: Srf.SrfRequest): string => `${req.method} ${req.get('Call-ID')}`;

const uriOf = (req: Srf.SrfRequest, name: 'To' | 'From'): string => req.getParsedHeader(name).uri;

/** User part of a SIP URI, percent-decoded; an undecodable one is taken as it stands. RFC 3261 section 19.1.1. */
export function userOf(uri: string): string {
  const user = /^sips?:([^@;?>]+)@/i.exec(uri)?.[1]?.split(':')[0] ?? '';
  try {
    return decodeURIComponent(user);
  } catch {
    // Not percent-encoding but a literal '%': compare it as received.
    return user;
  }
}

function contactsOf(req: Srf.SrfRequest): EdgeRequest['contacts'] {
  if (!req.has('Contact')) return [];
  if (req.get('Contact').trim() === '*') return [{ uri: '*', params: {} }];
  const parsed = req.getParsedHeader('Contact') as readonly ContactHeader[];
  return parsed.map(({ uri = '', params = {} }) => ({
    uri,
    params: Object.fromEntries(
      Object.entries(params).map(([key, value]) => [key.toLowerCase(), value ?? '']),
    ),
  }));
}
