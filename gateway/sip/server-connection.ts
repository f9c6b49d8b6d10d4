// The connection to the SIP server, kept up: the server may be restarted at any time.
//
//   connecting ──authenticated──► up ──connection lost──► waiting ──delay──► connecting
//       └──refused, wrong secret────────────────────────────▲
//
// Each connection is a Link with a Srf object of its own: the library's own reconnect cannot be stopped while it waits, registers every
// verb anew, and never settles what was under way; here a lost connection settles it all.

import { Link, type Answer, type LinkOptions, type OwnRequest } from './server-link.ts';

export interface ServerConnection {
  /** SIP addresses the server listens on, as `udp/127.0.0.1:5060`; empty while disconnected. */
  readonly listening: readonly string[];
  /** Addresses it is bound to: from there, and only there, its own packets come. Empty while disconnected. */
  readonly bound: readonly string[];
  /** Why there is no connection; empty while there is one. */
  readonly problem: string;
  /**
   * Sends a request outside any dialog the server owns. Never with credentials: a challenge is an answer like others.
   * @param uri SIP URI
   * @returns the final answer; undefined when there is no connection to the server, so that nothing was learnt
   */
  ask(uri: string, request: OwnRequest): Promise<Answer | undefined>;
  /** See Link.inviteToBeChallenged. */
  inviteToBeChallenged(
    uri: string,
    headers: Readonly<Record<string, string>>,
    localSdp: string,
  ): Promise<Answer | undefined>;
  close(): Promise<void>;
}

/** `onRequest` is called for every new request of the methods in `methods`. Must answer or proxy; a throw answers 500. */
export interface ServerConnectionOptions extends LinkOptions {
  readonly onUp: (listening: readonly string[]) => void;
  /** Once per outage, the first connection's included. */
  readonly onDown: (reason: string) => void;
}

const firstRetryMs = 150;
const longestRetryMs = 2_000;

/** Connects and stays connected. */
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

  get bound(): readonly string[] {
    return this.#link?.isUp ? this.#link.bound : [];
  }

  async ask(uri: string, request: OwnRequest): Promise<Answer | undefined> {
    return this.#link?.isUp ? this.#link.ask(uri, request) : undefined;
  }

  async inviteToBeChallenged(
    uri: string,
    headers: Readonly<Record<string, string>>,
    localSdp: string,
  ): Promise<Answer | undefined> {
    return this.#link?.isUp ? this.#link.inviteToBeChallenged(uri, headers, localSdp) : undefined;
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
