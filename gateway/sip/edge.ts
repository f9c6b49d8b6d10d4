// The SIP edge: phones register here, and every INVITE between phone, browser, trunk and switch is proxied here with
// Record-Route, so that a dead control plane loses no dialog. What has no business here is answered at once and goes no further.

import type { Directory, Trunk } from '../../app/ports/directory.ts';
import type { Reachability } from '../../app/domain/device.ts';
import type { Registration, Registrations } from '../../app/ports/registrations.ts';
import { addressMatcher } from './addresses.ts';
import { Digest } from './digest.ts';
import { Presence } from './presence.ts';
import { register, registrarLimits, targetOf } from './registrar.ts';
import { routeInvite, type Origin, type Route } from './routes.ts';
import {
  connectToServer,
  type EdgeMethod,
  type EdgeRequest,
  type ServerConnection,
} from './server-connection.ts';

export interface EdgeLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EdgeOptions {
  /** Control port of the SIP server. */
  readonly server: { readonly host: string; readonly port: number; readonly secret: string };
  /** SIP address of the media switch, `host:port`; requests from there are the switch's. */
  readonly switchAddress: string;
  readonly realm: string;
  /** For signing nonces; at least 32 bytes. */
  readonly nonceKey: Buffer;
  readonly directory: Directory;
  readonly registrations: Registrations;
  /** Verifies a browser's call ticket. */
  readonly verifyTicket: (
    ticket: string,
  ) => { readonly sessionId: string; readonly queueId: string } | undefined;
  readonly onReachability: (address: string, reachability: Reachability) => void;
  readonly now: () => number;
  readonly qualifyEveryMs: number;
  readonly log: EdgeLog;
}

export interface Edge {
  health(): { readonly up: boolean; readonly detail: string };
  /** Addresses phones can register at, as `udp/127.0.0.1:5060`. */
  readonly listening: readonly string[];
  close(): Promise<void>;
}

const methods: readonly EdgeMethod[] = [
  'invite',
  'register',
  'options',
  'message',
  'subscribe',
  'publish',
  'notify',
  'info',
];
const allow = 'INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, PRACK, UPDATE, INFO';
const ourHeaders = ['x-cordboard-source', 'x-cordboard-session', 'x-cordboard-queue'];

/** Answers to what never passes the edge: unsolicited requests reach neither switch nor phone (CVE class of MESSAGE to `api+…`). */
const answeredHere: Readonly<Record<string, number>> = {
  MESSAGE: 405,
  PUBLISH: 405,
  SUBSCRIBE: 489,
  NOTIFY: 481,
  INFO: 481,
};

/** Starts the edge. It connects in the background and stays connected; health() tells. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const edge = new RunningEdge(options);
  await edge.start();
  return edge;
}

class RunningEdge implements Edge {
  readonly #options: EdgeOptions;
  readonly #digest: Digest;
  readonly #presence: Presence;
  readonly #server: ServerConnection;
  #trunks: readonly { readonly trunk: Trunk; readonly owns: (address: string) => boolean }[] = [];

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.#digest = new Digest(options.realm, options.nonceKey, options.now);
    this.#server = connectToServer({
      ...options.server,
      methods,
      onRequest: (request) => this.#answer(request),
      onUp: (listening) => options.log.info({ listening }, 'SIP edge up'),
      onDown: (reason) => options.log.warn({ reason }, 'SIP server gone; reconnecting'),
      onBug: (error, { method, callId }) =>
        options.log.error({ err: error, method, callId }, 'SIP request failed'),
    });
    this.#presence = new Presence({
      registrations: options.registrations,
      ask: (uri) => this.#server.options(uri),
      now: options.now,
      onChange: options.onReachability,
      qualifyEveryMs: options.qualifyEveryMs,
      onError: (error) => options.log.error({ err: error }, 'looking after registrations failed'),
    });
  }

  async start(): Promise<void> {
    this.#trunks = (await this.#options.directory.trunks()).map((trunk) => ({
      trunk,
      owns: addressMatcher(trunk.addresses),
    }));
    await this.#presence.start();
  }

  get listening(): readonly string[] {
    return this.#server.listening;
  }

  health(): { up: boolean; detail: string } {
    return this.#server.connected
      ? { up: true, detail: `listening on ${this.#server.listening.join(', ')}` }
      : { up: false, detail: 'no connection to the SIP server' };
  }

  async close(): Promise<void> {
    this.#presence.stop();
    await this.#server.close();
  }

  async #answer(request: EdgeRequest): Promise<void> {
    if (request.method === 'REGISTER') return this.#register(request);
    if (request.method === 'INVITE') return this.#invite(request);
    if (request.method === 'OPTIONS')
      return request.respond(200, { headers: { Allow: allow, Accept: 'application/sdp' } });
    request.respond(answeredHere[request.method] ?? 405, { headers: { Allow: allow } });
  }

  async #register(request: EdgeRequest): Promise<void> {
    const username = await this.#authenticate(request, 'Authorization');
    if (username === undefined) return;
    // Somebody's own bindings only: a good password for 1001 must not move 1002's phone.
    if (request.toUser !== username || request.fromUser !== username) return request.respond(403);
    const expires = request.header('Expires');
    const answer = register(
      {
        address: username,
        callId: request.callId,
        cseq: request.cseq,
        contacts: request.contacts,
        expires:
          expires === undefined ? undefined : /^\d{1,10}$/.test(expires.trim()) ? Number(expires) : NaN,
        userAgent: request.header('User-Agent') ?? '',
        source: request.source,
      },
      await this.#options.registrations.of(username, this.#options.now()),
      this.#options.now(),
    );
    if (answer.outcome === 'refused') {
      const headers: Record<string, string> = {};
      if (answer.status === 423) headers['Min-Expires'] = String(registrarLimits.minExpires);
      return request.respond(answer.status, { reason: answer.reason, headers });
    }
    for (const binding of answer.remove)
      await this.#options.registrations.remove(binding.address, binding.contact);
    for (const binding of answer.save) {
      await this.#options.registrations.save(binding);
      this.#presence.heardFrom(binding);
    }
    request.respond(200, { headers: this.#bindingHeaders(answer.bindings) });
    await this.#presence.refresh(username);
  }

  #bindingHeaders(bindings: readonly Registration[]): Record<string, string> {
    const headers: Record<string, string> = { Date: new Date(this.#options.now()).toUTCString() };
    const remaining = (expiresAt: number): number => Math.round((expiresAt - this.#options.now()) / 1_000);
    if (bindings.length > 0) {
      headers['Contact'] = bindings
        .map(({ contact, expiresAt }) => `<${contact}>;expires=${remaining(expiresAt)}`)
        .join(', ');
    }
    return headers;
  }

  /** The user who proved a password, or undefined after the request was answered. */
  async #authenticate(
    request: EdgeRequest,
    header: 'Authorization' | 'Proxy-Authorization',
  ): Promise<string | undefined> {
    const verdict = await this.#digest.verify(
      request.header(header),
      request.method,
      async (username) => (await this.#options.directory.sipCredentials(username))?.ha1,
    );
    if (verdict.verdict === 'good') return verdict.username;
    const [status, name] =
      header === 'Authorization' ? [401, 'WWW-Authenticate'] : [407, 'Proxy-Authenticate'];
    if (verdict.verdict === 'wrong') {
      this.#options.log.warn(
        { source: request.source.address, method: request.method },
        'wrong SIP password',
      );
      request.respond(403);
    } else
      request.respond(status, {
        headers: { [name]: this.#digest.challenge(verdict.stale) },
      });
    return undefined;
  }

  async #invite(request: EdgeRequest): Promise<void> {
    const origin = this.#originOf(request);
    const route = await this.#routeFor(request, origin);
    if (route.to !== 'challenge') return this.#carryOut(route, request);
    const username = await this.#authenticate(request, 'Proxy-Authorization');
    if (username === undefined) return;
    if (request.fromUser !== username) return request.respond(403);
    return this.#carryOut(await this.#routeFor(request, { kind: 'phone', address: username }), request);
  }

  #originOf(request: EdgeRequest): Origin {
    const { address, port } = request.source;
    if (`${address}:${port}` === this.#options.switchAddress) return { kind: 'switch' };
    const ticket = request.header('X-Cordboard-Ticket');
    const web = ticket === undefined ? undefined : this.#options.verifyTicket(ticket);
    if (web) return { kind: 'web', ...web };
    const known = this.#trunks.find(({ owns }) => owns(address));
    return known ? { kind: 'trunk', name: known.trunk.name } : { kind: 'stranger' };
  }

  async #routeFor(request: EdgeRequest, origin: Origin): Promise<Route> {
    const dials = origin.kind === 'trunk' || origin.kind === 'phone';
    const number = dials ? await this.#options.directory.inboundNumber(request.requestUser) : undefined;
    return routeInvite({
      origin,
      requestUser: request.requestUser,
      forgesOurHeaders: ourHeaders.some((name) => request.hasHeadersStartingWith(name)),
      showsTicket: request.header('X-Cordboard-Ticket') !== undefined,
      numberLeadsTo: number?.queueId,
    });
  }

  async #carryOut(route: Route, request: EdgeRequest): Promise<void> {
    switch (route.to) {
      case 'switch': {
        const destination = `sip:queue-${route.queueId}@${this.#options.switchAddress}`;
        await request.proxy([destination], route.headers);
        return;
      }
      case 'contacts':
        return this.#ring(route.address, request);
      case 'refuse':
        this.#options.log.info({ source: request.source.address, status: route.status }, 'INVITE refused');
        return request.respond(route.status, { reason: route.reason });
      case 'challenge':
        // The caller has been authenticated already; asking again would loop.
        return request.respond(403);
    }
  }

  async #ring(address: string, request: EdgeRequest): Promise<void> {
    const bindings = await this.#options.registrations.of(address, this.#options.now());
    if (bindings.length === 0) {
      const reason = 'Q.850;cause=20;text="SUBSCRIBER_ABSENT"';
      return request.respond(480, { headers: { Reason: reason } });
    }
    const status = await request.proxy(bindings.map(targetOf), {});
    if (status === 408 || status === 503) await this.#presence.calledInVain(address);
  }
}
