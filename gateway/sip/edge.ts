// The SIP edge: phones register here, and every INVITE between phone, browser, trunk and switch is proxied here with
// Record-Route, so that a dead control plane loses no dialog. What has no business here is answered at once and goes no further.
//
//   guard: who may speak here at all
//   REGISTER ─► register-requests ─► registrar (rules) ─► Registrations ─► presence ─► onReachability
//   INVITE   ─► invite-requests   ─► routes (rules)    ─► proxied to the switch or to every contact
//                                         └─ a number outside ─► outbound-calls ─► dial-plan (rules) ─► trunk after trunk
//   OPTIONS 200 · MESSAGE, PUBLISH 405 · SUBSCRIBE 489 · NOTIFY, INFO 481

import type { Reachability } from '../../app/domain/device.ts';
import type { Directory } from '../../app/ports/directory.ts';
import type { EdgeCalls } from '../../app/ports/edge-calls.ts';
import type { FeatureCodes } from '../../app/ports/feature-codes.ts';
import type { SwitchChoice } from '../../app/ports/media.ts';
import type { Registrations } from '../../app/ports/registrations.ts';
import type { Ban, TrunkHealth } from '../../app/ports/telephony.ts';
import type { Trunking } from '../../app/ports/trunking.ts';
import { addressMatcher, hostPort } from './addresses.ts';
import { Authentication } from './authentication.ts';
import { Farewells } from './farewells.ts';
import { Guard } from './guard.ts';
import type { EdgeLog } from './log.ts';
import { InviteRequests } from './invite-requests.ts';
import { OutboundCalls } from './outbound-calls.ts';
import { Presence } from './presence.ts';
import { ProxiedCalls } from './proxied-calls.ts';
import { RegisterRequests } from './register-requests.ts';
import type { EdgeMethod, EdgeRequest } from './edge-request.ts';
import { connectToServer, type ServerConnection } from './server-connection.ts';
import type { LoadLimits } from './trunk-load.ts';
import { Trunks } from './trunks.ts';

export interface EdgeOptions {
  /** Control port of the SIP server. */
  readonly server: { readonly host: string; readonly port: number; readonly secret: string };
  /** The media switches: requests from their addresses are theirs, and new calls go where it says. */
  readonly switches: SwitchChoice;
  readonly realm: string;
  /** For signing nonces; at least 32 bytes. Kept across restarts, so that phones need not be asked again. */
  readonly nonceKey: Buffer;
  readonly directory: Pick<Directory, 'sipCredentials'>;
  readonly trunking: Trunking;
  /** What agents dial to sign in, go ready and the like. Default: none. */
  readonly featureCodes?: FeatureCodes;
  /** Of calls out, through all trunks together. Default: none. */
  readonly outboundLimits?: LoadLimits;
  readonly registrations: Registrations;
  /** Its own calls, over a restart. */
  readonly keptCalls: EdgeCalls;
  /** Verifies a browser's call ticket. */
  readonly verifyTicket: (
    ticket: string,
  ) => { readonly sessionId: string; readonly queueId: string } | undefined;
  /** Called at start for each address that is registered, then for each change: what was never told is unregistered. */
  readonly onReachability: (address: string, reachability: Reachability) => void;
  /** Told when the SIP server is lost, and when it is there (again). Until then it is not. */
  readonly onLink?: (isUp: boolean) => void;
  readonly now: () => number;
  /** Addresses and networks that are never limited or banned, beside the switch and trunks. Default: none. */
  readonly trusted?: readonly string[];
  /** How long between two OPTIONS to one contact or trunk, milliseconds. */
  readonly qualifyEveryMs: number;
  readonly log: EdgeLog;
}

export interface Edge {
  health(): { readonly up: boolean; readonly detail: string };
  /** Addresses phones can register at, as `udp/127.0.0.1:5060`. */
  readonly listening: readonly string[];
  /** Calls that are remembered: answered, to be hung up if the switch dies; or on a trunk. */
  readonly calls: number;
  /** Sources that are turned away for now, newest first. */
  bans(): readonly Ban[];
  /** Lets a source speak again. @returns false when it was not banned */
  liftBan(source: string): boolean;
  /** How each trunk is. */
  trunks(): readonly TrunkHealth[];
  /** Trunks, routes or numbering were changed: reads them anew. Calls under way are not touched. */
  trunkingChanged(): Promise<void>;
  /** The switch no longer holds the leg with this Call-ID; both ends know. */
  callEnded(callId: string): void;
  /**
   * A switch was asked what it holds: calls on it that it twice did not name have ended unheard; those of an earlier life of it are dead.
   * @param address `host:port` of the switch
   */
  callsOn(address: string, callIds: ReadonlySet<string>): void;
  /**
   * A switch died: the far ends of its calls are told by BYE, as soon as the SIP server can be reached.
   * @param address `host:port` of the switch
   * @param callIds of the legs that were known on it
   */
  switchLost(address: string, callIds: readonly string[]): void;
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

/** Answers to what never passes the edge: unsolicited requests reach neither switch nor phone (CVE class of MESSAGE to `api+…`). */
const answeredHere: Readonly<Record<string, number>> = {
  MESSAGE: 405,
  PUBLISH: 405,
  SUBSCRIBE: 489,
  NOTIFY: 481,
  INFO: 481,
};

/**
 * Starts the edge. It connects in the background and stays connected; health() tells.
 * @throws RangeError for a trunk address that is none, or a nonce key that is too short
 */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const edge = new RunningEdge(options);
  await edge.start();
  return edge;
}

class RunningEdge implements Edge {
  readonly #calls: ProxiedCalls;
  readonly #presence: Presence;
  readonly #registers: RegisterRequests;
  readonly #guard: Guard;
  readonly #trunks: Trunks;
  readonly #outbound: OutboundCalls;
  readonly #invites: InviteRequests;
  readonly #options: EdgeOptions;
  readonly #farewells = new Farewells(async (uri, request) => this.#server?.ask(uri, request));
  #server: ServerConnection | undefined;
  #trunksStarted = false;
  #closed = false;

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.#calls = new ProxiedCalls({
      say: (farewell) => this.#farewells.say(farewell),
      kept: options.keptCalls,
      switches: options.switches,
    });
    this.#trunks = new Trunks({
      ...options,
      key: options.nonceKey,
      ask: async (uri, request) => this.#server?.ask(uri, request),
    });
    const trunkHa1 = (username: string): string | undefined =>
      this.#trunks.withLogin(username)?.settings.inboundLogin?.ha1;
    const vouchedFor = addressMatcher(options.trusted ?? []);
    this.#guard = new Guard({
      ...options,
      isTrusted: (address) => vouchedFor(address) || this.#trunks.at(address) !== undefined,
    });
    const authentication = new Authentication({ ...options, trunkHa1, guard: this.#guard });
    this.#presence = new Presence({
      ...options,
      ask: async (uri) => (await this.#server?.ask(uri, { method: 'OPTIONS' }))?.status,
      onChange: options.onReachability,
      onError: (error) => options.log.error({ err: error }, 'looking after registrations failed'),
    });
    this.#registers = new RegisterRequests({
      ...options,
      authentication,
      onRegistered: async (address, heardFrom) => {
        for (const binding of heardFrom) this.#presence.heardFrom(binding);
        await this.#presence.refresh(address);
      },
    });
    this.#outbound = new OutboundCalls({
      ...options,
      trunks: this.#trunks,
      server: () => this.#server,
      calls: this.#calls,
      limits: options.outboundLimits ?? {},
    });
    this.#invites = new InviteRequests({
      ...options,
      authentication,
      trunks: this.#trunks,
      outbound: this.#outbound,
      calls: this.#calls,
      onSilence: (address) => this.#presence.doubt(address),
    });
  }

  /** Everything a request may need is there before the first one can come. */
  async start(): Promise<void> {
    await this.trunkingChanged();
    await this.#restoreCalls();
    await this.#presence.start();
    const { server, log } = this.#options;
    this.#server = connectToServer({
      ...server,
      methods,
      onRequest: (request) => this.#answer(request),
      onUp: (listening) => {
        log.info({ listening }, 'SIP edge up');
        this.#options.onLink?.(true);
        this.#startTrunks();
      },
      onDown: (reason) => {
        log.warn({ reason }, 'SIP server gone; reconnecting');
        this.#options.onLink?.(false);
      },
      onBug: (error, { method, callId }) => log.error({ err: error, method, callId }, 'SIP request failed'),
    });
  }

  get listening(): readonly string[] {
    return this.#server?.listening ?? [];
  }

  get calls(): number {
    return this.#calls.size;
  }

  health(): { up: boolean; detail: string } {
    return this.listening.length > 0
      ? { up: true, detail: `listening on ${this.listening.join(', ')}` }
      : { up: false, detail: this.#server?.problem ?? 'not started' };
  }

  bans(): readonly Ban[] {
    return this.#guard.bans();
  }

  liftBan(source: string): boolean {
    return this.#guard.lift(source);
  }

  trunks(): readonly TrunkHealth[] {
    return this.#trunks.health();
  }

  async trunkingChanged(): Promise<void> {
    await this.#trunks.reload();
    await this.#outbound.reload();
  }

  async #restoreCalls(): Promise<void> {
    const calls = await this.#calls.restore();
    for (const { callId, towards, trunk } of calls) {
      if (trunk === undefined) continue;
      this.#trunks.count(trunk, callId);
      if (towards === 'phone') this.#outbound.count(callId);
    }
    if (calls.length > 0) this.#options.log.info({ calls: calls.length }, 'calls of before the restart');
  }

  /** Not before there is a server to ask through. */
  #startTrunks(): void {
    if (this.#trunksStarted || this.#closed) return;
    this.#trunksStarted = true;
    this.#trunks.start();
  }

  callEnded(callId: string): void {
    this.#calls.ended(callId);
    this.#outbound.ended(callId);
  }

  callsOn(address: string, callIds: ReadonlySet<string>): void {
    const forgotten = this.#calls.keepOnly(address, callIds);
    for (const callId of forgotten) this.#outbound.ended(callId);
  }

  switchLost(address: string, callIds: readonly string[]): void {
    const dead = this.#calls.lost(address, this.#options.now());
    for (const callId of [...callIds, ...dead]) this.#outbound.ended(callId);
    if (dead.length > 0)
      this.#options.log.warn({ switch: address, calls: dead.length }, 'hanging up for a dead switch');
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#farewells.stop();
    this.#presence.stop();
    this.#trunks.stop();
    await this.#server?.close();
  }

  async #answer(request: EdgeRequest): Promise<void> {
    const isSwitch = this.#options.switches.addresses.includes(hostPort(request.source));
    if (!isSwitch && !this.#outbound.isInner(request) && !this.#guard.admits(request)) return;
    switch (request.method) {
      case 'REGISTER':
        return this.#registers.answer(request);
      case 'INVITE':
        return this.#invites.answer(request);
      case 'OPTIONS':
        return request.respond(200, { headers: { Allow: allow, Accept: 'application/sdp' } });
      default:
        return request.respond(answeredHere[request.method] ?? 405, { headers: { Allow: allow } });
    }
  }
}
