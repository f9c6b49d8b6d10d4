// Answers INVITE: who calls, where it may go, and the proxying there with Record-Route, after which the dialog needs the control
// plane no more.

import type { Directory, Trunk } from '../../app/ports/directory.ts';
import type { Registrations } from '../../app/ports/registrations.ts';
import { addressMatcher, hostPort } from './addresses.ts';
import type { Authentication } from './authentication.ts';
import type { EdgeLog } from './log.ts';
import { targetOf } from './registrar.ts';
import { routeInvite, type Origin, type Route } from './routes.ts';
import type { ProxiedCalls } from './proxied-calls.ts';
import { ProxyFailure, type EdgeRequest } from './server-connection.ts';

export interface InviteRequestsOptions {
  readonly directory: Directory;
  readonly registrations: Registrations;
  readonly authentication: Authentication;
  /** SIP address of the media switch, `host:port`; requests from there are the switch's. */
  readonly switchAddress: string;
  readonly verifyTicket: (
    ticket: string,
  ) => { readonly sessionId: string; readonly queueId: string } | undefined;
  readonly now: () => number;
  /** Nothing answered at any contact of this address. */
  readonly onSilence: (address: string) => Promise<void>;
  readonly calls: ProxiedCalls;
  readonly log: EdgeLog;
}

interface KnownTrunk {
  readonly trunk: Trunk;
  readonly owns: (address: string) => boolean;
}

const ticketHeader = 'x-cordboard-ticket';
/** What a proxying server answers for a contact that gave none. */
const nothingAnswered = new Set([408, 503]);

export class InviteRequests {
  readonly #options: InviteRequestsOptions;
  #trunks: readonly KnownTrunk[] = [];

  constructor(options: InviteRequestsOptions) {
    this.#options = options;
  }

  /** Learns which addresses are trunks. @throws RangeError naming an address that is none */
  async start(): Promise<void> {
    const trunks = await this.#options.directory.trunks();
    this.#trunks = trunks.map((trunk) => ({ trunk, owns: addressMatcher(trunk.addresses) }));
  }

  async answer(request: EdgeRequest): Promise<void> {
    const route = await this.#routeFor(request, this.#originOf(request));
    if (route.to !== 'challenge') return this.#carryOut(route, request);
    const username = await this.#options.authentication.userOf(request);
    if (username === undefined) return;
    // The switch believes From: a phone calls as itself or not at all.
    if (request.fromUser !== username) return request.respond(403);
    return this.#carryOut(await this.#routeFor(request, { kind: 'phone', address: username }), request);
  }

  #originOf(request: EdgeRequest): Origin {
    const { address } = request.source;
    if (hostPort(request.source) === this.#options.switchAddress) return { kind: 'switch' };
    const ticket = request.header(ticketHeader);
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
      forgesOurHeaders: request.headerNames.some(isOurs),
      showsTicket: request.headerNames.includes(ticketHeader),
      numberLeadsTo: number?.queueId,
    });
  }

  async #carryOut(route: Route, request: EdgeRequest): Promise<void> {
    switch (route.to) {
      case 'switch':
        await this.#proxy(
          request,
          [`sip:queue-${route.queueId}@${this.#options.switchAddress}`],
          route.headers,
          'switch',
        );
        return;
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
    const status = await this.#proxy(request, bindings.map(targetOf), {}, 'phone');
    if (status !== undefined && nothingAnswered.has(status)) await this.#options.onSilence(address);
  }

  /** @returns the final status the caller heard; undefined when there is none to tell */
  async #proxy(
    request: EdgeRequest,
    destinations: readonly string[],
    headers: Readonly<Record<string, string>>,
    towards: 'switch' | 'phone',
  ): Promise<number | undefined> {
    try {
      const outcome = await request.proxy(destinations, headers);
      this.#options.calls.answered(request, outcome, towards);
      return outcome.status;
    } catch (error) {
      if (!(error instanceof ProxyFailure)) throw error;
      // A caller who gave up before we could proxy, or a SIP server that went away: hers or the server's to tell, not ours.
      this.#options.log.info({ callId: request.callId, reason: error.reason }, 'INVITE not proxied');
      if (error.reason === 'refused') request.respond(503);
      return undefined;
    }
  }
}

/** Only the edge writes `X-Cordboard-…`, the ticket excepted; a caller's own would be believed by the switch. */
const isOurs = (name: string): boolean => name.startsWith('x-cordboard-') && name !== ticketHeader;
