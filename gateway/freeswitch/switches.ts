// Several media switches behind one port. Everything of a session is on one switch: its first leg comes in where forNewCall() sent
// it, and what is dialled for it later is dialled there, because legs of two switches cannot be joined.
//
//   effect ──▶ the switch that has the leg · a dial: the one that has the session, else the least loaded that is well
//   signal ◀── any of them · `switch.lost` says whose legs are dead and whether others are up
//
// A switch that is drained gets nothing new and keeps what it has.

import { legOf as mainLegOf, type MediaEffect } from '../../app/domain/floor/effects.ts';
import type { LiveLeg } from '../../app/domain/floor/inputs.ts';
import type { LegId, SessionId } from '../../app/domain/ids.ts';
import { MediaError, type Media, type MediaSignal, type SwitchChoice } from '../../app/ports/media.ts';
import type { SwitchState } from '../../app/ports/telephony.ts';
import { createFreeswitchMedia, type FreeswitchMedia, type FreeswitchOptions } from './media.ts';

export interface SwitchAddress {
  /** `esl://:password@host:port` */
  readonly url: string;
  /** `host:port` where it takes calls; also its name. */
  readonly sip: string;
}

type FreeswitchOptionsOfAll = Omit<FreeswitchOptions, 'url' | 'name'>;

export interface SwitchesOptions extends FreeswitchOptionsOfAll {
  readonly switches: readonly SwitchAddress[];
  /** Names of those that are being emptied. Default none. */
  readonly draining?: readonly string[];
}

export interface Switches extends Media, SwitchChoice {
  /** Resolves when any of them answers commands. */
  whenUp(): Promise<void>;
  /**
   * Takes a switch out of the choice for new calls, or back into it; calls on it go on.
   * @throws MediaError `refused` for a name that is none
   */
  drain(name: string, draining: boolean): void;
  overview(): readonly SwitchState[];
  /** What is kept for calls now; all zero when there are none. */
  readonly vitals: FreeswitchMedia['vitals'];
}

interface Member {
  readonly name: string;
  readonly media: FreeswitchMedia;
  draining: boolean;
  /** When calls were sent its way that may not have arrived yet, epoch milliseconds. */
  expected: number[];
}

/** How long a call that was sent to a switch counts as load although it has not arrived, ms. */
const expectedMs = 2_000;

/** @throws MediaError `refused` for a setting that cannot be used, saying which */
export function createSwitches({ switches, draining = [], ...options }: SwitchesOptions): Switches {
  if (switches.length === 0) throw new MediaError('refused', 'no media switch is configured');
  return new Pool(switches, draining, options);
}

class Pool implements Switches {
  readonly addresses: readonly string[];
  readonly #members: readonly Member[];
  readonly #options: FreeswitchOptionsOfAll;
  /** The switch of every session that has, or had lately, a leg; forgotten with its last leg. */
  readonly #homes = new Map<string, { readonly member: Member; readonly legs: Set<LegId> }>();
  readonly #sessions = new Map<LegId, string>();

  constructor(
    addresses: readonly SwitchAddress[],
    draining: readonly string[],
    options: FreeswitchOptionsOfAll,
  ) {
    this.#options = options;
    this.addresses = addresses.map(({ sip }) => sip);
    this.#members = addresses.map(({ url, sip }) => ({
      name: sip,
      media: createFreeswitchMedia({ ...options, url, name: sip }),
      draining: draining.includes(sip),
      expected: [],
    }));
  }

  async perform(effect: MediaEffect): Promise<void> {
    const member = this.#memberFor(effect);
    if (effect.kind === 'leg.dial' || effect.kind === 'leg.label')
      this.#belongs(effect.legId, effect.labels.sessionId, member);
    await member.media.perform(effect);
  }

  subscribe(listener: (signal: MediaSignal) => void): () => void {
    const disposers = this.#members.map((member) =>
      member.media.subscribe((signal) => listener(this.#noted(member, signal))),
    );
    return () => disposers.forEach((dispose) => dispose());
  }

  /** Of a switch that is given up nothing lives; one that is only away makes the picture incomplete. */
  async liveLegs(): Promise<readonly LiveLeg[]> {
    const asked = this.#members.filter(({ media }) => !media.isLost);
    if (asked.length === 0) throw new MediaError('disconnected', 'no media switch is connected');
    const lists = await Promise.all(asked.map((member) => this.#liveLegsOf(member)));
    return lists.flat();
  }

  health(): ReturnType<Media['health']> {
    const all = this.#members.map(({ name, media }) => ({ name, ...media.health() }));
    const wanted = all.filter(({ up }) => up);
    return {
      up: wanted.length > 0,
      since: Math.min(...(wanted.length > 0 ? wanted : all).map(({ since }) => since)),
      detail: all.length === 1 ? (all[0]?.detail ?? '') : all.map(describe).join('; '),
    };
  }

  whenUp(): Promise<void> {
    return Promise.race(this.#members.map(({ media }) => media.whenUp()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ media }) => media.close()));
  }

  forNewCall(sessionId?: string): string | undefined {
    const home = sessionId === undefined ? undefined : this.#homes.get(sessionId);
    if (home) return home.member.name;
    const member = this.#leastLoaded();
    member?.expected.push(this.#options.clock.now());
    return member?.name;
  }

  coreOf(address: string): string | undefined {
    return this.#members.find(({ name }) => name === address)?.media.core;
  }

  drain(name: string, draining: boolean): void {
    const member = this.#members.find((one) => one.name === name);
    if (!member) throw new MediaError('refused', `no media switch is called ${name}`);
    member.draining = draining;
    this.#options.log.info({ switch: name, draining }, 'a media switch takes new calls or does not');
  }

  overview(): readonly SwitchState[] {
    const homes = [...this.#homes.values()];
    return this.#members.map((member) => {
      const { name, media, draining } = member;
      const { up, detail } = media.health();
      const sessions = homes.filter((home) => home.member === member).length;
      return { name, up, draining, sessions, legs: media.vitals.legs, detail };
    });
  }

  get vitals(): FreeswitchMedia['vitals'] {
    const each = this.#members.map(({ media }) => media.vitals);
    return {
      legs: each.reduce((sum, { legs }) => sum + legs, 0),
      repliesAwaited: each.reduce((sum, { repliesAwaited }) => sum + repliesAwaited, 0),
    };
  }

  #memberFor(effect: MediaEffect): Member {
    if (effect.kind === 'leg.dial') return this.#memberForDial(effect.labels.sessionId);
    const [first] = this.#members;
    if (first && this.#members.length === 1) return first;
    const legs = legsOf(effect);
    const owners = new Set(legs.flatMap((leg) => this.#ownerOf(leg) ?? []));
    const [owner] = owners;
    if (!owner) throw new MediaError('no_such_leg', `no switch has leg ${legs.join(', ')}`);
    if (owners.size > 1) throw new MediaError('refused', 'legs of two switches cannot be joined');
    return owner;
  }

  #memberForDial(session: SessionId): Member {
    const member = this.#homes.get(session)?.member ?? this.#leastLoaded();
    if (!member) throw new MediaError('disconnected', 'no media switch is well');
    return member;
  }

  #ownerOf(leg: LegId): Member | undefined {
    return this.#members.find(({ media }) => media.knows(leg));
  }

  #leastLoaded(): Member | undefined {
    const now = this.#options.clock.now();
    const load = (member: Member): number => {
      member.expected = member.expected.filter((at) => at > now - expectedMs);
      return member.media.vitals.legs + member.expected.length;
    };
    const well = this.#members.filter(({ media, draining }) => media.health().up && !draining);
    return well.reduce<Member | undefined>(
      (best, member) => (best && load(best) <= load(member) ? best : member),
      undefined,
    );
  }

  async #liveLegsOf(member: Member): Promise<readonly LiveLeg[]> {
    const legs = await member.media.liveLegs();
    for (const { legId, sessionId } of legs) if (sessionId) this.#belongs(legId, sessionId, member);
    for (const [leg, session] of this.#sessions)
      if (this.#homes.get(session)?.member === member && member.media.hasEnded(leg)) this.#leaves(leg);
    return legs;
  }

  #belongs(leg: LegId, session: string, member: Member): void {
    if (this.#sessions.get(leg) === session) return;
    this.#leaves(leg);
    const home = this.#homes.get(session) ?? { member, legs: new Set<LegId>() };
    home.legs.add(leg);
    this.#homes.set(session, home);
    this.#sessions.set(leg, session);
  }

  #leaves(leg: LegId): void {
    const session = this.#sessions.get(leg);
    this.#sessions.delete(leg);
    const home = session === undefined ? undefined : this.#homes.get(session);
    home?.legs.delete(leg);
    if (session !== undefined && home?.legs.size === 0) this.#homes.delete(session);
  }

  #noted(member: Member, signal: MediaSignal): MediaSignal {
    if (signal.kind === 'leg.arrived') {
      member.expected.shift();
      if (signal.sessionId) this.#belongs(signal.legId, signal.sessionId, member);
    }
    if (signal.kind === 'leg.ended') this.#leaves(signal.legId);
    if (signal.kind !== 'switch.lost') return signal;
    for (const leg of signal.legs ?? []) this.#leaves(leg);
    const othersUp = this.#members.some((other) => other !== member && other.media.health().up);
    return { ...signal, othersUp };
  }
}

const legsOf = (effect: MediaEffect): readonly LegId[] => {
  if (effect.kind === 'legs.bridge' || effect.kind === 'legs.park') return [effect.a, effect.b];
  if (effect.kind === 'legs.conference') return effect.legs;
  if (effect.kind === 'eavesdrop.start') return [effect.legId, effect.on];
  const leg = mainLegOf(effect);
  return leg === undefined ? [] : [leg];
};

const describe = ({ name, up, detail }: { name: string; up: boolean; detail: string }): string =>
  `${name} ${up ? 'up' : 'down'} (${detail})`;
