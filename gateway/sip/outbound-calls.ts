// Calls from the switch to a number outside: screened, and proxied to a trunk that may and can take them.
//
//   INVITE sip:<number>@edge;user=phone ─► dial plan ─► who calls ─► limits ─► one trunk: proxied there
//                                                                          └─► several: hunted, see trunk-hunt

import type { Numbering, OutboundRoute, Trunking } from '../../app/ports/trunking.ts';
import { hostPort } from './addresses.ts';
import { assertion, callerOf, type Caller } from './caller-identity.ts';
import { challengeFor, credentialsFor } from './digest-answer.ts';
import { formatted, planFor } from './dial-plan.ts';
import { ProxyFailure, type EdgeRequest, type ProxyWay } from './edge-request.ts';
import { identityHeaders } from './identity-headers.ts';
import type { EdgeLog } from './log.ts';
import type { Passage, ProxiedCalls } from './proxied-calls.ts';
import type { ServerConnection } from './server-connection.ts';
import { huntOf, TrunkHunt } from './trunk-hunt.ts';
import { TrunkLoad, type LoadLimits } from './trunk-load.ts';
import type { LiveTrunk, Trunks } from './trunks.ts';

export interface OutboundCallsOptions {
  readonly trunking: Trunking;
  readonly trunks: Trunks;
  readonly server: () => Pick<ServerConnection, 'bound' | 'inviteToBeChallenged'> | undefined;
  readonly calls: ProxiedCalls;
  /** For all trunks together. */
  readonly limits: LoadLimits;
  readonly now: () => number;
  readonly log: EdgeLog;
}

/** One trunk's turn at one call. */
interface Attempt {
  readonly trunk: LiveTrunk;
  readonly number: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly passage: Passage;
}

type Screened =
  | { readonly attempts: readonly Omit<Attempt, 'passage'>[] }
  | { readonly status: number; readonly why: string; readonly retryAfter?: number };

/** A trunk that gives no sign of life for so long is passed over. */
const trunkSilenceMs = 4_000;
const direct: ProxyWay = { silenceMs: trunkSilenceMs };
/** Of a hunt, the outer request records the route: it came from the switch, and a route remembers where from. */
const inner: ProxyWay = { ...direct, recordRoute: false };
const retryWhenDownS = 10;
const tells: ReadonlySet<string> = new Set(identityHeaders);

export class OutboundCalls {
  readonly #options: OutboundCallsOptions;
  readonly #all: TrunkLoad;
  readonly #hunts = new Map<string, TrunkHunt<Attempt>>();
  #routes: readonly OutboundRoute[] = [];
  #numbering: Numbering = { countryCode: '', internationalPrefix: '', nationalPrefix: '' };

  constructor(options: OutboundCallsOptions) {
    this.#options = options;
    this.#all = new TrunkLoad(options.limits);
  }

  async reload(): Promise<void> {
    this.#routes = await this.#options.trunking.outboundRoutes();
    this.#numbering = await this.#options.trunking.numbering();
  }

  /** A call out from before a restart counts as it did. */
  count(callId: string): void {
    this.#all.count(callId);
  }

  /** A leg with this Call-ID is over. */
  ended(callId: string): void {
    this.#all.ended(callId);
    this.#options.trunks.ended(callId);
  }

  /** Is this a request of a hunt of ours, come round from the SIP server to itself? */
  isInner(request: EdgeRequest): boolean {
    const hunt = huntOf(request.requestUri);
    if (!hunt || !this.#hunts.has(hunt.id)) return false;
    const from = request.source.address;
    return (this.#options.server()?.bound ?? []).some((bound) => hostOf(bound) === from);
  }

  /** Answers an INVITE of the switch to an outside number. */
  async answer(request: EdgeRequest): Promise<void> {
    const { log, now } = this.#options;
    const screened = this.#screen(request);
    if ('status' in screened) {
      const { status, why, retryAfter } = screened;
      log.info({ callId: request.callId, status, why }, 'outbound call refused');
      const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
      return request.respond(status, { headers });
    }
    this.#all.admit(request.callId, now());
    // Of a hunt, the inner requests come from the SIP server: what they need to know of the switch goes with the attempt.
    const passage = { towards: 'phone', switch: hostPort(request.source), since: now() } as const;
    const attempts = screened.attempts.map((attempt) => ({ ...attempt, passage }));
    const status = await this.#carry(request, attempts);
    if (status === 200) return;
    this.ended(request.callId);
    this.#options.calls.ended(request.callId);
  }

  /** Answers one inner request of a hunt. */
  async answerInner(request: EdgeRequest): Promise<void> {
    const { id = '', at = 0 } = huntOf(request.requestUri) ?? {};
    const refused = await this.#hunts
      .get(id)
      ?.attempt(at, (attempt) => this.#attempt(request, attempt, inner));
    if (refused) request.respond(refused.standing);
  }

  /** @returns the final status the switch heard */
  async #carry(request: EdgeRequest, attempts: readonly Attempt[]): Promise<number> {
    const [first] = attempts;
    const self = selfOf(this.#options.server()?.bound ?? []);
    // One trunk, or a server that does not hear itself by UDP: straight there.
    if (first && (attempts.length === 1 || self === undefined)) return this.#attempt(request, first, direct);
    const hunt = new TrunkHunt(attempts);
    this.#hunts.set(hunt.id, hunt);
    try {
      return await this.#proxied(request, async () => {
        const user = first?.number ?? '';
        const uris = hunt.uris(user, self ?? '');
        return (await request.proxy(uris, {}, { forking: 'in turn' })).status;
      });
    } finally {
      this.#hunts.delete(hunt.id);
    }
  }

  /** @returns the final status; a request that was not proxied has been answered */
  async #attempt(
    request: EdgeRequest,
    { trunk, number, headers, passage }: Attempt,
    way: ProxyWay,
  ): Promise<number> {
    const { log, now } = this.#options;
    const admission = trunk.load.admit(request.callId, now());
    if (!admission.admitted) {
      request.respond(503, { headers: { 'Retry-After': String(admission.retryAfter) } });
      return 503;
    }
    this.#options.calls.carries(trunk.settings.name, request.callId, passage);
    const uri = trunkUri(trunk, formatted(number, trunk.settings.numberFormat, this.#numbering));
    const status = await this.#proxied(request, async () => {
      const credentials = await this.#credentials(trunk, uri, request);
      if (typeof credentials === 'number') {
        request.respond(credentials);
        return credentials;
      }
      const outcome = await request.proxy([uri], { ...headers, ...credentials }, way);
      this.#options.calls.answered(request, outcome, passage);
      return outcome.status;
    });
    if (status !== 200) trunk.load.ended(request.callId);
    log.info({ callId: request.callId, trunk: trunk.settings.name, status }, 'trunk answered');
    return status;
  }

  /**
   * Proves who we are, where the carrier asks for it. The challenge is fetched by a request of its own: the switch's must arrive already proven,
   * for a proxied challenge would go to the switch, which has no password and shall have none.
   * @returns headers, or the status to refuse with
   */
  async #credentials(
    trunk: LiveTrunk,
    uri: string,
    request: EdgeRequest,
  ): Promise<Readonly<Record<string, string>> | number> {
    const { outboundLogin, destination = '' } = trunk.settings;
    if (!outboundLogin) return {};
    const user = outboundLogin.username;
    const identity = {
      From: `<sip:${user}@${destination}>`,
      Contact: `<sip:${trunk.contactUser}@localhost>`,
    };
    const answer = await within(
      trunkSilenceMs,
      this.#options.server()?.inviteToBeChallenged(uri, identity, silentOffer),
    );
    if (!answer || answer.status === 408 || answer.status === 503) return 503;
    const asks = { 401: 'WWW-Authenticate', 407: 'Proxy-Authenticate' }[answer.status];
    // Known by our address, and needs no proof.
    if (asks === undefined) return {};
    const challenge = challengeFor(answer.header(asks), outboundLogin);
    if (!challenge) {
      this.#options.log.warn(
        { trunk: trunk.settings.name, callId: request.callId },
        'trunk asks for another realm',
      );
      return 503;
    }
    const header = answer.status === 401 ? 'Authorization' : 'Proxy-Authorization';
    return { [header]: credentialsFor(challenge, outboundLogin, { method: 'INVITE', uri }) };
  }

  async #proxied(request: EdgeRequest, work: () => Promise<number>): Promise<number> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ProxyFailure)) throw error;
      this.#options.log.info({ callId: request.callId, reason: error.reason }, 'outbound call not proxied');
      if (error.reason === 'refused') request.respond(503);
      return error.reason === 'gone' ? 487 : 503;
    }
  }

  #screen(request: EdgeRequest): Screened {
    // The switch has no business sending these, a carrier none reading them, and a proxy cannot take them off.
    const leak = request.headerNames.find((name) => name.startsWith('x-cordboard-') || tells.has(name));
    if (leak !== undefined) {
      this.#options.log.error(
        { callId: request.callId, header: leak },
        'the switch would tell a carrier too much',
      );
      return { status: 500, why: `header ${leak}` };
    }
    const plan = planFor(request.requestUser, this.#numbering, this.#routes);
    if (!plan.allowed) return plan;
    const caller = callerOf(request.fromUser, request.header('Privacy'), this.#numbering);
    return this.#choose(plan.number, plan.trunks, caller);
  }

  #choose(number: string, names: readonly string[], caller: Caller): Screened {
    const { trunks, now } = this.#options;
    const known = names.flatMap((name) => trunks.named(name) ?? []);
    const usable = known.filter(({ settings }) => settings.destination !== undefined);
    if (usable.length === 0) return { status: 404, why: 'no trunk of the route exists' };
    const willing = usable.flatMap((trunk) => {
      const headers = assertion(caller, trunk.settings);
      return headers ? [{ trunk, number, headers }] : [];
    });
    if (willing.length === 0) return { status: 403, why: 'caller number not allowed on any trunk' };
    const refusals = [this.#all.look(now()), ...willing.map(({ trunk }) => trunk.load.look(now()))];
    const [all, ...each] = refusals.map((look) => (look.admitted ? undefined : look.retryAfter));
    const free = willing.filter((_, at) => each[at] === undefined);
    if (all !== undefined || free.length === 0)
      return {
        status: 503,
        why: 'at the limit',
        retryAfter: all ?? Math.min(...each.map((wait) => wait ?? retryWhenDownS)),
      };
    return { attempts: free.sort((a, b) => downLast(a) - downLast(b)) };
  }
}

const downLast = ({ trunk }: Pick<Attempt, 'trunk'>): number => (trunk.state === 'down' ? 1 : 0);

const trunkUri = ({ settings }: LiveTrunk, number: string): string => {
  const transport = settings.transport === 'udp' ? '' : `;transport=${settings.transport}`;
  return `sip:${number}@${settings.destination ?? ''}${transport};user=phone`;
};

/** `udp/127.0.0.1:5060` → `127.0.0.1:5060`, the first by UDP. */
const selfOf = (bound: readonly string[]): string | undefined =>
  bound.find((each) => each.startsWith('udp/'))?.slice('udp/'.length);

const hostOf = (bound: string): string =>
  bound
    .slice(bound.indexOf('/') + 1)
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');

/** An offer to nobody: port 9 is discard's. */
const silentOffer = [
  ...['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 9 RTP/AVP 0 8', ''],
].join('\r\n');

const within = <T>(ms: number, work: Promise<T> | undefined): Promise<T | undefined> =>
  Promise.race([
    work ?? Promise.resolve(undefined),
    new Promise<undefined>((resolve) => void setTimeout(resolve, ms, undefined).unref()),
  ]);
