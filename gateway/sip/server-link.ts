// One life of the control connection, and the only file that knows drachtio-srf: it turns the library's requests into the few words
// the edge needs, and settles everything that was under way when the connection goes.

import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import Srf from 'drachtio-srf';
import { ProxyFailure, type EdgeMethod, type EdgeRequest, type ProxyOutcome } from './edge-request.ts';
import { parseNameAddrs, userOf } from './name-addr.ts';
import { Pulse } from './pulse.ts';
import { hopBeyond } from './record-route.ts';

/** A final answer to a request the edge sent itself. */
export interface Answer {
  /** 408 when nothing answered in time, 503 when it could not be sent. */
  readonly status: number;
  /** Header value, several lines joined by commas; undefined when absent or when nobody answered. */
  header(name: string): string | undefined;
  /** Where the answer came from; undefined when nobody answered. */
  readonly source: { readonly address: string; readonly port: number } | undefined;
}

export interface OwnRequest {
  readonly method: 'OPTIONS' | 'BYE' | 'REGISTER';
  readonly headers?: Readonly<Record<string, string>>;
  /** SIP URI to send it to, when that is not the request's. */
  readonly nextHop?: string;
}

/** What a link is made of: see ServerConnectionOptions. */
export interface LinkOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly onRequest: (request: EdgeRequest) => Promise<void>;
  readonly methods: readonly EdgeMethod[];
  readonly onBug: (error: unknown, request: EdgeRequest) => void;
}

/** Three retransmissions over UDP; a phone that is silent for so long is not going to ring. */
const answerWithinMs = 5_000;
/** A destination that gives not even 100 Trying for so long is dead: the caller is not kept for the 32 s of timer B. */
const silenceMs = 5_000;
/** The library pings as often as this, and does nothing about a ping that is not answered: that is the pulse's business. */
const pingMs = 5_000;
const openMs = 5_000;
const deafMs = 2 * pingMs + 2_000;
const timedOut = 408;
const notSent = 503;
/** Our answers echo From, To and Call-ID; above this they might not fit drachtio-server's 12 kB frame, which then blocks for good. */
const echoedHeadersLimit = 4_000;

/** What the edge uses of the library; its type file says less, and some of it wrongly. */
type Library = Record<EdgeMethod, (handler: (req: LibraryRequest, res: LibraryResponse) => void) => void> & {
  on(
    event: 'connect',
    listener: (error: Error | null, hostports: string, version: string, localHostports?: string) => void,
  ): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'close', listener: () => void): void;
  connect(options: {
    host: string;
    port: number;
    secret: string;
    enablePing: true;
    pingInterval: number;
    reconnect: { maxAttempts: number };
  }): unknown;
  /** Its half of the control protocol: each connection, and each frame that comes. */
  readonly app: {
    readonly client: {
      readonly wp: {
        on(event: 'connect', listener: (socket: Socket) => void): void;
        on(event: 'msg', listener: () => void): void;
      };
    };
  };
  disconnect(): void;
  request(
    uri: string,
    options: { method: string; headers?: Readonly<Record<string, string>>; proxy?: string },
    sent: (error: Error | null, request?: Srf.SrfRequest) => void,
  ): void;
  createUAS(
    req: LibraryRequest,
    res: LibraryResponse,
    options: { localSdp: string },
  ): Promise<{ once(event: 'ack', listener: () => void): unknown; destroy(): Promise<unknown> }>;
  createUAC(
    uri: string,
    options: { headers: Readonly<Record<string, string>>; localSdp: string },
    progress: {
      cbRequest: (error: unknown, request?: { cancel(): void }) => void;
      cbProvisional: (response: { readonly status: number }) => void;
    },
  ): Promise<{ destroy(): Promise<unknown> }>;
  proxyRequest(
    req: LibraryRequest,
    destinations: string[],
    options: {
      remainInDialog: boolean;
      forking: 'simultaneous' | 'sequential';
      provisionalTimeout: string;
      headers: Readonly<Record<string, string>>;
    },
    done: (error: string | null | undefined, results?: ProxyResults) => void,
  ): void;
};
interface ProxyResults {
  readonly finalStatus?: number;
  readonly finalResponse?: { readonly msg: Pick<LibraryMessage, 'has' | 'get'> };
}
interface LibraryMessage {
  readonly status: number;
  readonly source_address?: string;
  readonly source_port?: number | string;
  has(name: string): boolean;
  get(name: string): string;
}
type LibraryRequest = Srf.SrfRequest & {
  readonly raw: string;
  readonly socket: { readonly destroyed: boolean };
};
type LibraryResponse = Srf.SrfResponse & { readonly headers: Record<string, string> };

export interface LinkNews {
  readonly onUp: (listening: readonly string[]) => void;
  /** Called once. */
  readonly onGone: (reason: string) => void;
}

export class Link {
  readonly #srf: Library;
  /** Aborted when the connection is gone: whoever waits for an answer over it gives up then. */
  readonly #gone = new AbortController();
  #closing = false;
  #problem = 'connection closed';
  readonly #tell: LinkNews;
  readonly #pulse = new Pulse({ openMs, silenceMs: deafMs, onSilent: (why) => this.#giveUp(why) });
  #socket: Socket | undefined;
  /** Where phones reach the server, as `udp/127.0.0.1:5060`; empty until it is up. */
  listening: readonly string[] = [];
  /** The addresses it is bound to, which behind NAT are others. */
  bound: readonly string[] = [];

  constructor(options: LinkOptions, tell: LinkNews) {
    this.#tell = tell;
    // Every INVITE under way watches it: many are no leak.
    setMaxListeners(0, this.#gone.signal);
    this.#srf = new Srf() as unknown as Library;
    for (const method of options.methods) this.#srf[method]((req, res) => this.#receive(req, res, options));
    this.#srf.on('connect', (error, hostports, _version, localHostports) => {
      // The server closes a connection whose secret is wrong: 'close' follows.
      if (error) this.#problem = 'the SIP server refused the secret';
      else if (this.#closing) this.#srf.disconnect();
      else {
        this.listening = hostports.split(',');
        this.bound = (localHostports || hostports).split(',');
        this.#pulse.up();
        tell.onUp(this.listening);
      }
    });
    this.#srf.on('error', (error) => {
      this.#problem = error.message;
    });
    this.#srf.on('close', () => this.#end(this.#problem));
    const { host, port, secret } = options;
    // maxAttempts 1: this attempt and no other.
    const reconnect = { maxAttempts: 1 };
    this.#srf.connect({ host, port, secret, enablePing: true, pingInterval: pingMs, reconnect });
    const { wp } = this.#srf.app.client;
    wp.on('connect', (socket) => (this.#socket = socket));
    wp.on('msg', () => this.#pulse.heard());
  }

  /** A far end that is silent does not answer a good-bye either. */
  #giveUp(why: string): void {
    this.#socket?.destroy();
    this.#end(why);
  }

  #end(reason: string): void {
    this.#pulse.stop();
    if (this.#gone.signal.aborted) return;
    this.listening = [];
    this.#gone.abort();
    this.#tell.onGone(reason);
  }

  get isUp(): boolean {
    return this.listening.length > 0;
  }

  /** Resolves when the connection is closed; one still being made is closed as soon as it stands. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#pulse.stop();
    if (!this.isUp) return;
    const gone = new Promise<void>((resolve) => this.#whenGone(resolve));
    this.#srf.disconnect();
    await gone;
  }

  /** Sends a request outside any dialog of the server's. @returns undefined when the connection went meanwhile */
  ask(uri: string, { method, headers, nextHop }: OwnRequest): Promise<Answer | undefined> {
    const options = { method, ...(headers && { headers }), ...(nextHop !== undefined && { proxy: nextHop }) };
    return this.#answer((settle) => {
      this.#srf.request(uri, options, (error, request) => {
        if (error || !request) return settle(nobody(notSent));
        request.on('response', (response?: Srf.SrfResponse) => {
          if (response && response.status >= 200) settle(answerOf(response));
        });
      });
    });
  }

  /**
   * Sends an INVITE that nobody is meant to answer, for the challenge to it. Should it ring, it is taken back; should it be answered, it is
   * hung up.
   * @returns the final answer; undefined when the connection went meanwhile
   */
  inviteToBeChallenged(
    uri: string,
    headers: Readonly<Record<string, string>>,
    localSdp: string,
  ): Promise<Answer | undefined> {
    return this.#answer((settle) => {
      let sent: { cancel(): void } | undefined;
      const progress = {
        cbRequest: (_error: unknown, request?: { cancel(): void }) => (sent = request),
        cbProvisional: ({ status }: { readonly status: number }) => {
          if (status > 100) sent?.cancel();
        },
      };
      this.#srf.createUAC(uri, { headers, localSdp }, progress).then(
        (dialog) => {
          settle(nobody(200));
          return dialog.destroy();
        },
        (error: { readonly status?: number; readonly res?: LibraryMessage }) =>
          settle(error.res ? answerOf(error.res) : nobody(error.status ?? notSent)),
      );
    });
  }

  #answer(send: (settle: (answer: Answer | undefined) => void) => void): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(nobody(timedOut)), answerWithinMs);
      const settle = (answer: Answer | undefined): void => {
        clearTimeout(timer);
        stopWatching();
        resolve(answer);
      };
      const stopWatching = this.#whenGone(() => settle(undefined));
      try {
        send(settle);
      } catch (error) {
        // The library asserts a socket, and it just went: 'close' is on its way.
        this.#problem = error instanceof Error ? error.message : this.#problem;
        settle(undefined);
      }
    });
  }

  #receive(req: LibraryRequest, res: LibraryResponse, { onRequest, onBug }: LinkOptions): void {
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
        protocol: transportOf(req),
      },
      header,
      headerNames: headerNamesOf(req.raw),
      toUser: userOf(parseNameAddrs(header('To') ?? '')[0]?.uri ?? ''),
      fromUser: userOf(parseNameAddrs(header('From') ?? '')[0]?.uri ?? ''),
      requestUser: userOf(req.uri),
      requestUri: req.uri,
      contacts: contact === undefined ? [] : parseNameAddrs(contact),
      respond: (status, { reason, headers } = {}) => {
        if (res.finalResponseSent) return;
        shortenEcho(res);
        if (reason === undefined) res.send(status, { headers: headers ?? {} });
        else res.send(status, reason, { headers: headers ?? {} });
      },
      confirm: () => this.#confirm(req, res),
      proxy: (destinations, headers, way = {}) =>
        this.#proxy(req, [...destinations], {
          remainInDialog: way.recordRoute ?? true,
          forking: way.forking === 'in turn' ? 'sequential' : 'simultaneous',
          provisionalTimeout: `${way.silenceMs ?? silenceMs}ms`,
          headers,
        }),
    };
  }

  /** RFC 3264 section 6: a stream is declined by port 0. */
  #confirm(req: LibraryRequest, res: LibraryResponse): void {
    if (res.finalResponseSent) return;
    const localSdp = req.body.replace(/^(m=\S+ )\d+(\/\d+)?/gm, '$10');
    this.#srf.createUAS(req, res, { localSdp }).then(
      (dialog) => dialog.once('ack', () => void dialog.destroy()),
      // Given up meanwhile, or the connection went: nobody is left to hear it.
      () => undefined,
    );
  }

  #proxy(
    req: LibraryRequest,
    destinations: string[],
    options: Parameters<Library['proxyRequest']>[2],
  ): Promise<ProxyOutcome> {
    return new Promise((resolve, reject) => {
      const lost = (): void => reject(new ProxyFailure('lost', 'connection to the SIP server lost'));
      if (this.#gone.signal.aborted || req.socket.destroyed) return lost();
      const stopWatching = this.#whenGone(lost);
      this.#srf.proxyRequest(req, destinations, options, (error, results) => {
        stopWatching();
        if (!error) return resolve(outcomeOf(results, [...this.bound, ...this.listening]));
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

const nobody = (status: number): Answer => ({ status, header: () => undefined, source: undefined });

const answerOf = (message: LibraryMessage): Answer => ({
  status: message.status,
  header: (name) => (message.has(name) ? message.get(name) : undefined),
  source: message.source_address
    ? { address: message.source_address, port: Number(message.source_port) }
    : undefined,
});

/** @param own the server's addresses, as `udp/127.0.0.1:5060` */
function outcomeOf(
  { finalStatus = timedOut, finalResponse }: ProxyResults = {},
  own: readonly string[],
): ProxyOutcome {
  const header = (name: string): string | undefined =>
    finalResponse?.msg.has(name) ? finalResponse.msg.get(name) : undefined;
  const [to, contact] = [header('To'), header('Contact')];
  const nextHop = hopBeyond(header('Record-Route'), own);
  return {
    status: finalStatus,
    ...(to !== undefined && { to }),
    ...(contact !== undefined && { contact }),
    ...(nextHop !== undefined && { nextHop }),
  };
}

const streams = new Set(['tcp', 'tls', 'ws', 'wss']);

/** The server says tcp of WebSockets too; the phone's own Via says which (RFC 7118 section 5.2). */
function transportOf(req: LibraryRequest): string {
  if (req.protocol === '' || req.protocol === 'udp') return 'udp';
  const named = /^SIP\s*\/\s*2\.0\s*\/\s*(\w+)/i.exec(req.get('Via'))?.[1]?.toLowerCase() ?? '';
  return streams.has(named) ? named : req.protocol;
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
