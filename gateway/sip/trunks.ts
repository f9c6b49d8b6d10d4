// The trunks as they are now: their settings, how much they carry, and whether they are there.
//
//   unknown ──OPTIONS answered, registered──► up ──two OPTIONS unanswered, registration refused──► down ──answered──► up
//
// A trunk that is down is tried last, not never: carriers exist that answer no OPTIONS.

import { createHmac, randomInt } from 'node:crypto';
import type { TrunkHealth } from '../../app/ports/telephony.ts';
import type { Trunk, Trunking } from '../../app/ports/trunking.ts';
import { addressMatcher } from './addresses.ts';
import type { EdgeLog } from './log.ts';
import type { Answer, OwnRequest } from './server-link.ts';
import { TrunkLoad } from './trunk-load.ts';
import { registrarUri, TrunkRegistration, type RegistrationState } from './trunk-registration.ts';

export interface TrunksOptions {
  readonly trunking: Trunking;
  readonly ask: (uri: string, request: OwnRequest) => Promise<Answer | undefined>;
  /** Makes the user part of what we register, so that nobody can guess it; the same after a restart. */
  readonly key: Buffer;
  /** How long between two OPTIONS to one trunk, milliseconds. */
  readonly qualifyEveryMs: number;
  readonly log: EdgeLog;
}

export interface LiveTrunk {
  readonly settings: Trunk;
  readonly load: TrunkLoad;
  /** User part of our Contact at the carrier. */
  readonly contactUser: string;
  readonly state: TrunkHealth['state'];
}

const missesUntilDown = 2;
/** Nobody there; a 503 says the same in the carrier's own words. */
const absent = new Set([408, 503]);

export class Trunks {
  readonly #options: TrunksOptions;
  #lines = new Map<string, Line>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TrunksOptions) {
    this.#options = options;
  }

  /** Reads the settings; those of a trunk that is there already are exchanged under its calls. @throws RangeError for an address that is none */
  async reload(): Promise<void> {
    const trunks = await this.#options.trunking.trunks();
    const matchers = trunks.map(({ addresses }) => addressMatcher(addresses));
    const before = this.#lines;
    this.#lines = new Map();
    for (const [at, trunk] of trunks.entries()) {
      const line = before.get(trunk.name) ?? new Line(this.#options, trunk);
      before.delete(trunk.name);
      line.change(trunk, matchers[at] as (address: string) => boolean);
      this.#lines.set(trunk.name, line);
    }
    for (const gone of before.values()) gone.stop();
  }

  /** Registers where that is due, and begins to ask who is there. */
  start(): void {
    for (const line of this.#lines.values()) line.startRegistration();
    this.#timer = setInterval(() => void this.qualify(), this.#options.qualifyEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const line of this.#lines.values()) line.stop();
  }

  /** Asks every trunk that wants it once. */
  async qualify(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.qualify()));
  }

  /** The trunk a request from this address is of. */
  at(address: string): LiveTrunk | undefined {
    return [...this.#lines.values()].find((line) => line.owns(address));
  }

  withLogin(username: string): LiveTrunk | undefined {
    return [...this.#lines.values()].find((line) => line.settings.inboundLogin?.username === username);
  }

  named(name: string): LiveTrunk | undefined {
    return this.#lines.get(name);
  }

  /** A call from before a restart counts as it did, if its trunk is still there. */
  count(name: string, callId: string): void {
    this.#lines.get(name)?.load.count(callId);
  }

  /** A leg with this Call-ID is over. */
  ended(callId: string): void {
    for (const { load } of this.#lines.values()) load.ended(callId);
  }

  health(): readonly TrunkHealth[] {
    return [...this.#lines.values()].map((line) => line.health());
  }
}

class Line implements LiveTrunk {
  readonly #options: TrunksOptions;
  readonly contactUser: string;
  readonly load: TrunkLoad;
  settings: Trunk;
  state: TrunkHealth['state'] = 'unknown';
  #owns: (address: string) => boolean = () => false;
  #registration: TrunkRegistration | undefined;
  #registered: RegistrationState | undefined;
  #misses = 0;
  #asking = false;
  #detail = 'not asked yet';

  constructor(options: TrunksOptions, settings: Trunk) {
    this.#options = options;
    this.settings = settings;
    this.load = new TrunkLoad(settings);
    const mac = createHmac('sha256', options.key).update(`trunk contact ${settings.name}`);
    this.contactUser = `t${mac.digest('hex').slice(0, 24)}`;
  }

  change(settings: Trunk, owns: (address: string) => boolean): void {
    const again = this.#registration && JSON.stringify(settings) !== JSON.stringify(this.settings);
    this.settings = settings;
    this.load.limits = settings;
    this.#owns = owns;
    if (!again) return;
    this.stop();
    this.startRegistration();
  }

  owns(address: string): boolean {
    return (
      this.#owns(address) || (this.#registered?.at === 'registered' && this.#registered.from === address)
    );
  }

  startRegistration(): void {
    const { settings, contactUser } = this;
    if (!settings.registers || settings.destination === undefined) return;
    this.#registration = new TrunkRegistration({
      trunk: settings,
      contactUser,
      ask: this.#options.ask,
      after: onTheClock,
      chance: () => randomInt(1_000) / 1_000,
      onChange: (state) => this.#registrationIs(state),
    });
    void this.#registration.start();
  }

  stop(): void {
    this.#registration?.stop();
    this.#registration = undefined;
    this.#registered = undefined;
  }

  async qualify(): Promise<void> {
    const { qualify, destination } = this.settings;
    // The last question may still be open: a silent carrier takes longer than the pause between two.
    if (!qualify || destination === undefined || this.#asking) return;
    this.#asking = true;
    const answer = await this.#options
      .ask(registrarUri(this.settings), { method: 'OPTIONS' })
      .finally(() => (this.#asking = false));
    if (!answer) return;
    this.#misses = absent.has(answer.status) ? this.#misses + 1 : 0;
    if (this.#misses === 0) this.#become('up', `OPTIONS answered ${answer.status}`);
    else if (this.#misses >= missesUntilDown) this.#become('down', `OPTIONS: ${answer.status}`);
  }

  health(): TrunkHealth {
    return { name: this.settings.name, state: this.state, detail: this.#detail, calls: this.load.calls };
  }

  #registrationIs(state: RegistrationState): void {
    this.#registered = state;
    if (state.at === 'registered') this.#become('up', `registered for ${state.seconds} s`);
    else if (state.at === 'failed') this.#become('down', state.why);
  }

  #become(state: 'up' | 'down', detail: string): void {
    // A carrier that answers OPTIONS but not our REGISTER is not there for us.
    if (state === 'up' && this.#registered?.at === 'failed') return;
    const { log } = this.#options;
    const changed = this.state !== state;
    [this.state, this.#detail] = [state, detail];
    if (changed && state === 'up') log.info({ trunk: this.settings.name, detail }, 'trunk up');
    else if (changed) log.warn({ trunk: this.settings.name, detail }, 'trunk down');
  }
}

function onTheClock(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
