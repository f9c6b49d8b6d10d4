// Answers INVITE: who calls, where it may go, and the proxying there with Record-Route, after which the dialog needs the control
// plane no more.

import type { FeatureCodes, FeatureWish } from '../../app/ports/feature-codes.ts';
import type { SwitchChoice } from '../../app/ports/media.ts';
import type { InboundTarget, Trunking } from '../../app/ports/trunking.ts';
import type { Registrations } from '../../app/ports/registrations.ts';
import { hostPort } from './addresses.ts';
import type { Authentication } from './authentication.ts';
import { callerOf } from './caller-identity.ts';
import { spellings } from './dial-plan.ts';
import { ProxyFailure, type EdgeRequest } from './edge-request.ts';
import { featureOf } from './feature-codes.ts';
import { claimedUsers, claimsAnother } from './identity-headers.ts';
import type { EdgeLog } from './log.ts';
import type { OutboundCalls } from './outbound-calls.ts';
import { targetOf } from './registrar.ts';
import { routeEcho, routeInvite, routeNotice, type Notice, type Origin, type Route } from './routes.ts';
import type { Passage, ProxiedCalls } from './proxied-calls.ts';
import type { LiveTrunk, Trunks } from './trunks.ts';

export interface InviteRequestsOptions {
  readonly trunking: Trunking;
  readonly trunks: Trunks;
  readonly outbound: Pick<OutboundCalls, 'isInner' | 'answer' | 'answerInner'>;
  /** Absent: there are none. */
  readonly featureCodes?: FeatureCodes;
  readonly registrations: Registrations;
  readonly authentication: Authentication;
  readonly switches: SwitchChoice;
  readonly verifyTicket: (
    ticket: string,
  ) => { readonly sessionId: string; readonly queueId: string } | undefined;
  readonly now: () => number;
  /** Nothing answered at any contact of this address. */
  readonly onSilence: (address: string) => Promise<void>;
  readonly calls: ProxiedCalls;
  readonly log: EdgeLog;
}

const ticketHeader = 'x-cordboard-ticket';
/** What a refusal is without a sound to it. */
const plainly: Readonly<Record<Exclude<Notice, 'done'>, number>> = {
  declined: 603,
  busy: 486,
  unavailable: 480,
  unknown: 404,
};
/** What a proxying server answers for a contact that gave none. */
const nothingAnswered = new Set([408, 503]);
/** Seconds; a switch is back or replaced within them. */
const retryWithoutSwitchS = '5';

export class InviteRequests {
  readonly #options: InviteRequestsOptions;

  constructor(options: InviteRequestsOptions) {
    this.#options = options;
  }

  async answer(request: EdgeRequest): Promise<void> {
    const { outbound, authentication, trunks } = this.#options;
    if (outbound.isInner(request)) return outbound.answerInner(request);
    const origin = this.#originOf(request);
    const route = await this.#routeFor(request, origin);
    if (route.to !== 'challenge') return this.#carryOut(route, request, origin);
    const username = await authentication.userOf(request);
    if (username === undefined) return;
    const trunk = trunks.withLogin(username);
    // The switch believes From: a phone calls as itself or not at all.
    if (!trunk && request.fromUser !== username) return request.respond(403);
    const proven: Origin = trunk
      ? { kind: 'trunk', name: trunk.settings.name }
      : { kind: 'phone', address: username };
    if (!trunk && (await this.#feature(username, request, proven))) return;
    const asDialled = await this.#routeFor(request, proven);
    const isNumber = trunk !== undefined || asDialled.to !== 'refuse' || asDialled.status !== 404;
    if (isNumber || !(await this.#extension(username, request, proven)))
      await this.#carryOut(asDialled, request, proven);
  }

  /** What no table names may still be a colleague's. @returns false when it is nobody's */
  async #extension(address: string, request: EdgeRequest, origin: Origin): Promise<boolean> {
    const { featureCodes } = this.#options;
    const reached = await featureCodes?.reach(address, request.requestUser);
    switch (reached?.kind) {
      case undefined:
        return false;
      case 'slot':
        await this.#wish(address, { feature: 'pickUp', slot: reached.slot }, request, origin);
        return true;
      case 'refused':
        await this.#tell(request, origin, reached.why);
        return true;
      case 'agent':
      case 'queue':
        await this.#carryOut(await this.#routeFor(request, origin, reached), request, origin);
        return true;
    }
  }

  /** @returns false when no code was dialled; otherwise the request has been answered */
  async #feature(address: string, request: EdgeRequest, origin: Origin): Promise<boolean> {
    const { featureCodes } = this.#options;
    const wish = featureOf(request.requestUser);
    if (wish === undefined || (wish !== 'echo' && !featureCodes)) return false;
    if (wish === 'echo') await this.#carryOut(routeEcho, request, origin);
    else if (wish === 'none') await this.#tell(request, origin, 'unknown');
    else await this.#wish(address, wish, request, origin);
    return true;
  }

  async #wish(address: string, wish: FeatureWish, request: EdgeRequest, origin: Origin): Promise<void> {
    const granted = await this.#options.featureCodes?.carryOut(address, wish);
    if (granted !== true) await this.#tell(request, origin, 'declined');
    // The parked call rings at this phone: it must be free again.
    else if (wish.feature === 'pickUp') request.respond(480, { reason: 'Picking Up' });
    else await this.#tell(request, origin, 'done');
  }

  /** By a tone of the switch's; while there is no switch, by the answer alone. */
  async #tell(request: EdgeRequest, origin: Origin, notice: Notice): Promise<void> {
    if (this.#options.switches.forNewCall() !== undefined)
      await this.#carryOut(routeNotice(notice), request, origin);
    else if (notice === 'done') request.confirm();
    else request.respond(plainly[notice]);
  }

  #originOf(request: EdgeRequest): Origin {
    const { address } = request.source;
    if (this.#options.switches.addresses.includes(hostPort(request.source))) return { kind: 'switch' };
    const ticket = request.header(ticketHeader);
    const web = ticket === undefined ? undefined : this.#options.verifyTicket(ticket);
    if (web) return { kind: 'web', ...web };
    const known = this.#options.trunks.at(address);
    return known ? { kind: 'trunk', name: known.settings.name } : { kind: 'stranger' };
  }

  /** @param extension where the call leads, where that is known already */
  async #routeFor(
    request: EdgeRequest,
    origin: Origin,
    extension?: InboundTarget & { readonly by: string },
  ): Promise<Route> {
    const trunk = origin.kind === 'trunk' ? this.#options.trunks.named(origin.name) : undefined;
    const dialled = dialledOf(request, trunk);
    const dials = trunk !== undefined || origin.kind === 'phone';
    return routeInvite({
      origin,
      requestUser: request.requestUser,
      isNumber: /;user=phone(;|\?|$)/i.test(request.requestUri),
      forgesOurHeaders: request.headerNames.some(isOurs),
      claimsIdentity: origin.kind === 'phone' && claimsAnother(request, origin.address),
      showsTicket: request.headerNames.includes(ticketHeader),
      dialled,
      numberLeadsTo: extension ?? (dials ? await this.#reachedBy(dialled, trunk) : undefined),
      ...(extension && { colleague: extension.by }),
      caller: trunk ? await this.#believed(request, trunk) : request.fromUser,
    });
  }

  /** Carriers write one number in many ways; a phone dials it as it stands in the table. */
  async #reachedBy(dialled: string, trunk: LiveTrunk | undefined): Promise<InboundTarget | undefined> {
    const { trunking } = this.#options;
    const written = trunk ? spellings(dialled, await trunking.numbering()) : [dialled];
    for (const number of written) {
      const target = await trunking.inboundNumber(number);
      if (target) return target;
    }
    return undefined;
  }

  /** What the carrier asserts where it is believed, else what From says; nothing of a caller who withholds her number (RFC 3323). */
  async #believed(request: EdgeRequest, { settings }: LiveTrunk): Promise<string | undefined> {
    const [asserted] = settings.trustsIdentity ? claimedUsers(request, ['p-asserted-identity']) : [];
    const numbering = await this.#options.trunking.numbering();
    const { number, withheld } = callerOf(asserted ?? request.fromUser, request.header('Privacy'), numbering);
    return withheld ? undefined : (number ?? request.fromUser);
  }

  async #carryOut(route: Route, request: EdgeRequest, origin: Origin): Promise<void> {
    const { log, outbound } = this.#options;
    switch (route.to) {
      case 'switch':
        return this.#toSwitch(request, route, origin);
      case 'contacts':
        return this.#ring(route.address, request);
      case 'outside':
        return outbound.answer(request);
      case 'refuse':
        log.info({ source: request.source.address, status: route.status }, 'INVITE refused');
        return request.respond(route.status, { reason: route.reason });
      case 'challenge':
        // The caller has been authenticated already; asking again would loop.
        return request.respond(403);
    }
  }

  async #toSwitch(
    request: EdgeRequest,
    { user, headers }: Route & { readonly to: 'switch' },
    origin: Origin,
  ): Promise<void> {
    const { log, switches, trunks, calls } = this.#options;
    const address = switches.forNewCall(origin.kind === 'web' ? origin.sessionId : undefined);
    if (address === undefined) {
      log.warn({ callId: request.callId }, 'no media switch for a call');
      return request.respond(503, { headers: { 'Retry-After': retryWithoutSwitchS } });
    }
    const passage = { towards: 'switch', switch: address, since: this.#options.now() } as const;
    const trunk = origin.kind === 'trunk' ? trunks.named(origin.name) : undefined;
    trunk?.load.count(request.callId);
    if (trunk) calls.carries(trunk.settings.name, request.callId, passage);
    const status = await this.#proxy(request, [`sip:${user}@${address}`], headers, passage);
    if (status === 200) return;
    trunk?.load.ended(request.callId);
    calls.ended(request.callId);
  }

  async #ring(address: string, request: EdgeRequest): Promise<void> {
    const { log, registrations, now, onSilence } = this.#options;
    // The switch shows a phone what its agent may see, and shows it in From. A header that says more is a number let slip.
    if (claimsAnother(request, request.fromUser)) {
      log.error({ callId: request.callId, address }, 'the switch would show a phone more than From does');
      return request.respond(500);
    }
    const bindings = await registrations.of(address, now());
    if (bindings.length === 0) {
      const reason = 'Q.850;cause=20;text="SUBSCRIBER_ABSENT"';
      return request.respond(480, { headers: { Reason: reason } });
    }
    const targets = bindings.map(targetOf);
    const [only, ...others] = targets;
    const passage = {
      towards: 'phone',
      switch: hostPort(request.source),
      since: now(),
      ...(only !== undefined && others.length === 0 && { destination: only }),
    } as const;
    const status = await this.#proxy(request, targets, {}, passage);
    if (status !== undefined && nothingAnswered.has(status)) await onSilence(address);
  }

  /** @returns the final status the caller heard; undefined when there is none to tell */
  async #proxy(
    request: EdgeRequest,
    destinations: readonly string[],
    headers: Readonly<Record<string, string>>,
    passage: Passage,
  ): Promise<number | undefined> {
    try {
      const outcome = await request.proxy(destinations, headers);
      this.#options.calls.answered(request, outcome, passage);
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

/** A carrier we register with calls the Contact it was given; the number is then in To, or where RFC 7315 section 4.2 puts it. */
function dialledOf(request: EdgeRequest, trunk: LiveTrunk | undefined): string {
  if (trunk === undefined || request.requestUser !== trunk.contactUser) return request.requestUser;
  const [called] = claimedUsers(request, ['p-called-party-id']);
  return called ?? request.toUser;
}

/** Only the edge writes `X-Cordboard-…`, the ticket excepted; a caller's own would be believed by the switch. */
const isOurs = (name: string): boolean => name.startsWith('x-cordboard-') && name !== ticketHeader;
