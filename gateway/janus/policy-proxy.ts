// /janus on the control plane's HTTP server: the only way from a browser to Janus. The ticket is checked while the connection
// is still HTTP, because janus.js hangs when a socket opens and closes again; after that rules.ts decides about every request.
//
//   GET /janus, Upgrade: websocket
//   Sec-WebSocket-Protocol: janus-protocol, cordboard.<token>      the token is not in the URL, so in no access log
//
//   404 other protocol · 401 no or bad token · 403 foreign page · 503 Janus is down or we are full · 101

import { randomInt } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { JanusConnection, type JanusAddress, type JanusHealth } from './connection.ts';
import { closeCodes, Link, type LinkContext } from './link.ts';
import { createOwnership, type Owner } from './ownership.ts';
import { Bucket, ordinaryPace, type Pace } from './pace.ts';
import { refusals, type Policy, type Refusal } from './rules.ts';
import { ownerOf, type Edge, type Speaker, type StaffSpeaker } from './speaker.ts';
import { StaffLines } from './staff-lines.ts';
import type { BrowserLine, LineSignal } from '../../app/ports/browser-lines.ts';

export interface JanusProxyOptions {
  readonly janus: JanusAddress & { readonly apiSecret?: string };
  readonly edge: Edge;
  /** Secret; the same on every node and after every restart (docs/adr/0008). */
  readonly ownershipKey: string;
  /** Who holds this token; undefined when it is not good (any more). */
  authenticate(token: string): Speaker | undefined | Promise<Speaker | undefined>;
  /** May a page of this origin connect? `host` is the request's Host header; a program that is no browser sends no Origin. */
  readonly originAllowed: (origin: string | undefined, host: string | undefined) => boolean;
  readonly pace?: Pace;
  readonly log?: Log;
}

export interface Log {
  info(about: object, message: string): void;
  warn(about: object, message: string): void;
}

export interface JanusProxy {
  health(): JanusHealth;
  /** Janus came or went. Returns the disposer. */
  subscribe(listener: (health: JanusHealth) => void): () => void;
  /** Refusals by reason, since the start. */
  refused(): Readonly<Record<Refusal, number>>;
  /** Browsers connected now. */
  links(): number;
  /** Ends every line, session and call of this owner: she signed out, or her session is over. */
  dismiss(owner: Owner): Promise<void>;
  /** A line the server itself speaks on, for a page that has no WebSocket to /janus. @throws LineError */
  openLine(speaker: StaffSpeaker, listen: (signal: LineSignal) => void): Promise<BrowserLine>;
  /** Such a line, left in a call by the control plane before us; undefined: there is none. */
  resumeLine(speaker: StaffSpeaker, listen: (signal: LineSignal) => void): Promise<BrowserLine | undefined>;
  /** Lets go of every browser; their Janus sessions stay, to be claimed through the next control plane. */
  close(): Promise<void>;
}

const path = '/janus';
const protocol = 'janus-protocol';
const tokenPrefix = 'cordboard.';
const longestFrame = 64 * 1024;
const heartbeatMs = 15_000;
const upstreamWithinMs = 3_000;
/** Most browsers at once. */
const mostLinks = 5_000;

/** Attaches the proxy to `server`; other paths' upgrades are left alone. */
export function attachJanusProxy(server: Server, options: JanusProxyOptions): JanusProxy {
  return new PolicyProxy(server, options);
}

class PolicyProxy implements JanusProxy {
  readonly #server: Server;
  readonly #options: JanusProxyOptions;
  readonly #policy: Policy;
  readonly #connection: JanusConnection;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: longestFrame,
    perMessageDeflate: false,
    handleProtocols: () => protocol,
  });
  readonly #links = new Set<Link>();
  readonly #lines: StaffLines;
  readonly #refused = Object.fromEntries(Object.keys(refusals).map((why) => [why, 0])) as Record<
    Refusal,
    number
  >;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (pathOf(request) === path) void this.#upgrade(request, socket, head);
  };

  constructor(server: Server, options: JanusProxyOptions) {
    this.#server = server;
    this.#options = options;
    this.#policy = { ownership: createOwnership(options.ownershipKey), edge: options.edge };
    this.#connection = new JanusConnection(options.janus);
    this.#lines = new StaffLines({
      url: options.janus.url,
      apiSecret: options.janus.apiSecret,
      edge: options.edge,
      ownership: this.#policy.ownership,
      connection: this.#connection,
      sessionsOf: (owner) => this.#sessionsOf(owner),
    });
    this.#heartbeat = setInterval(() => {
      for (const link of this.#links) link.heartbeat();
    }, heartbeatMs);
    server.on('upgrade', this.#onUpgrade);
  }

  health(): JanusHealth {
    return this.#connection.health();
  }

  subscribe(listener: (health: JanusHealth) => void): () => void {
    return this.#connection.subscribe(listener);
  }

  refused(): Readonly<Record<Refusal, number>> {
    return { ...this.#refused };
  }

  links(): number {
    return this.#links.size;
  }

  async dismiss(owner: Owner): Promise<void> {
    this.#lines.supersede(owner);
    for (const link of this.#linksOf(owner)) link.finish(closeCodes.dismissed, 'dismissed');
    await this.#endSessionsOf(owner);
  }

  async openLine(speaker: StaffSpeaker, listen: (signal: LineSignal) => void): Promise<BrowserLine> {
    await this.#makeRoom(ownerOf(speaker));
    return this.#lines.open(speaker, listen);
  }

  async resumeLine(
    speaker: StaffSpeaker,
    listen: (signal: LineSignal) => void,
  ): Promise<BrowserLine | undefined> {
    const owner = ownerOf(speaker);
    if (this.#lines.has(owner) || this.#linksOf(owner).length > 0) return undefined;
    try {
      return await this.#lines.resume(speaker, listen);
    } catch (error) {
      // It is called anew then.
      this.#options.log?.warn({ owner, error }, 'a line that was left in a call could not be taken up');
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.#lines.leaveAll();
    this.#server.off('upgrade', this.#onUpgrade);
    clearInterval(this.#heartbeat);
    for (const link of this.#links) link.leave(closeCodes.restart, 'restarting');
    this.#sockets.close();
    await this.#connection.close();
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const onError = () => socket.destroy();
    socket.on('error', onError);
    try {
      const admitted = await this.#admit(request);
      if ('status' in admitted) return rejectUpgrade(socket, admitted.status);
      const { speaker, janus } = admitted;
      if (socket.destroyed) return janus.terminate();
      this.#sockets.handleUpgrade(request, socket, head, (browser) => {
        socket.off('error', onError);
        this.#links.add(new Link(speaker, browser, janus, this.#context));
      });
    } catch (error) {
      this.#options.log?.warn({ error }, 'a browser could not be let in');
      rejectUpgrade(socket, 500);
    }
  }

  async #admit(
    request: IncomingMessage,
  ): Promise<{ status: number } | { speaker: Speaker; janus: WebSocket }> {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(protocol)) return { status: 404 };
    if (!this.#options.originAllowed(request.headers.origin, request.headers.host)) return { status: 403 };
    const token = offered.find((name) => name.startsWith(tokenPrefix))?.slice(tokenPrefix.length);
    const speaker = token === undefined ? undefined : await this.#options.authenticate(token);
    if (!speaker) return { status: 401 };
    if (this.#links.size >= mostLinks) return { status: 503 };
    const janus = await openUpstream(this.#options.janus.url);
    return janus ? { speaker, janus } : { status: 503 };
  }

  get #context(): LinkContext {
    const { janus, pace = ordinaryPace } = this.#options;
    return {
      policy: this.#policy,
      apiSecret: janus.apiSecret,
      bucket: new Bucket(pace, performance.now()),
      now: () => performance.now(),
      newNonce: () => randomInt(1, 4096),
      makeRoom: (link) => this.#makeRoom(ownerOf(link.speaker), link),
      tookOver: (link, sessionId) => this.#tookOver(link, sessionId),
      refused: (link, why) => {
        this.#refused[why] += 1;
        this.#options.log?.info({ owner: ownerOf(link.speaker), why }, 'Janus request refused');
      },
      closed: (link) => this.#links.delete(link),
    };
  }

  /** The newest page of an owner has the word: two would answer the same call, or count as two callers. */
  async #makeRoom(owner: Owner, link?: Link): Promise<void> {
    this.#lines.supersede(owner);
    for (const other of this.#linksOf(owner)) {
      if (other !== link) other.finish(closeCodes.superseded, 'superseded');
    }
    await this.#endSessionsOf(owner);
  }

  #tookOver(link: Link, sessionId: number): void {
    for (const other of this.#links) if (other !== link && other.sessionId === sessionId) other.disown();
  }

  /** Sessions without a line too: left by a page that vanished, perhaps while another control plane ran. */
  async #endSessionsOf(owner: Owner): Promise<void> {
    if (!this.#connection.health().up) return;
    try {
      const hers = await this.#sessionsOf(owner);
      await Promise.all(hers.map((id) => this.#connection.destroySession(id)));
    } catch (error) {
      // They end by themselves after the reclaim time; the new session must not wait for that.
      this.#options.log?.warn({ owner, error }, 'left-over Janus sessions could not be ended');
    }
  }

  async #sessionsOf(owner: Owner): Promise<readonly number[]> {
    const sessions = await this.#connection.sessions();
    return sessions.filter((id) => this.#policy.ownership.owns(owner, id));
  }

  #linksOf(owner: Owner): Link[] {
    return [...this.#links].filter((link) => ownerOf(link.speaker) === owner);
  }
}

/** Our side first: a browser whose upgrade succeeds can talk at once. */
function openUpstream(url: string): Promise<WebSocket | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, protocol, {
      handshakeTimeout: upstreamWithinMs,
      perMessageDeflate: false,
    });
    const failed = () => resolve(undefined);
    socket.once('error', failed);
    socket.once('open', () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

function rejectUpgrade(socket: Duplex, status: number): void {
  if (socket.destroyed) return;
  const retry = status === 503 ? 'Retry-After: 1\r\n' : '';
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? '';
