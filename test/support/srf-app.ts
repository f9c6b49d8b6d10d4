// An application on drachtio-srf, unmodified, connected to a server under test.
import type { EventEmitter } from 'node:events';
import Srf from 'drachtio-srf';
import { within } from './until.ts';

/** What tests use of drachtio-srf's requests, responses and dialogs; its own typings leave these out or get them wrong. */
export interface SrfMessage {
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly receivedOn: string | undefined;
  readonly callingNumber: string;
  get(name: string): string;
  has(name: string): boolean;
}

export interface SrfRequest extends SrfMessage, EventEmitter {
  cancel(options?: object, callback?: (error: unknown, request?: SrfRequest) => void): void;
}

export interface SrfResponse extends SrfMessage {
  readonly finalResponseSent: boolean;
  send(status: number, options?: object, callback?: (error: unknown, sent?: SrfMessage) => void): void;
}

export interface SrfDialog extends EventEmitter {
  readonly id: string;
  readonly sip: { callId: string; localTag: string; remoteTag: string };
  readonly local: { sdp: string };
  readonly remote: { uri: string; sdp: string };
  destroy(options?: object): Promise<SrfMessage>;
  modify(sdp: string): Promise<string>;
  request(options: object): Promise<SrfMessage>;
}

export interface ProxyResult {
  readonly connected: boolean;
  readonly finalStatus: number;
  readonly responses: readonly {
    readonly address: string;
    readonly msgs: readonly { readonly status: number }[];
  }[];
}

type OnRequest = (request: SrfRequest, response: SrfResponse) => void;

interface RawSrf extends EventEmitter {
  connect(options: object): void;
  disconnect(): void;
  createUAS(request: SrfRequest, response: SrfResponse, options: object): Promise<SrfDialog>;
  createUAC(uri: string, options: object, progress?: object): Promise<SrfDialog>;
  createB2BUA(
    request: SrfRequest,
    response: SrfResponse,
    uri: string,
    options: object,
    progress?: object,
  ): Promise<{ uas: SrfDialog; uac: SrfDialog }>;
  proxyRequest(
    request: SrfRequest,
    destination: string | readonly string[],
    options?: object,
  ): Promise<ProxyResult>;
  request(uri: string, options: object): Promise<SrfRequest>;
  findDialogByCallIDAndFromTag(callId: string, tag: string): SrfDialog | undefined;
  use(verb: string, handler: OnRequest): void;
}

export interface SrfApp extends RawSrf {
  /** What the server said it listens on. */
  readonly hostport: string;
  /** Closes the connection for good; a second call does nothing. */
  close(): void;
  /** Routes a verb to `handler`. */
  handle(verb: string, handler: OnRequest): void;
}

/**
 * Connects an application.
 * @param handlers verb (lower case) → what to do with such a request
 */
export async function connectApp(
  control: { host: string; port: number; secret: string },
  handlers: Readonly<Record<string, OnRequest>> = {},
): Promise<SrfApp> {
  const srf = new Srf() as unknown as RawSrf & { hostport: string } & Record<string, unknown>;
  for (const [verb, handler] of Object.entries(handlers)) route(srf, verb, handler);
  srf.on('error', () => undefined);
  const connected = new Promise<string>((resolve, reject) => {
    srf.on('connect', (error: Error | null, hostport: string) => (error ? reject(error) : resolve(hostport)));
  });
  srf.connect({ ...control, reconnect: { retryMaxDelay: 50 } });
  const hostport = await within('drachtio-srf connects', connected);
  let open = true;
  return Object.assign(srf, {
    hostport,
    handle: (verb: string, handler: OnRequest) => route(srf, verb, handler),
    close: () => {
      if (open) srf.disconnect();
      open = false;
    },
  });
}

function route(srf: RawSrf, verb: string, handler: OnRequest): void {
  (srf as unknown as Record<string, (handler: OnRequest) => void>)[verb]?.call(srf, handler);
}

/** Resolves with the arguments of the next `event`. */
export function next<T = SrfRequest>(emitter: EventEmitter, event: string, withinMs = 20_000): Promise<T> {
  return within(`event ${event}`, new Promise<T>((resolve) => emitter.once(event, resolve)), withinMs);
}
