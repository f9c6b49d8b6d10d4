// A media switch, a bank of phones and the media adapter between them, with every signal kept. One world per test file and
// lane; each test uses legs and users of its own and leaves none behind.

import { randomUUID } from 'node:crypto';
import { queueId, sessionId, type LegId } from '../../app/domain/ids.ts';
import type { MediaEffect } from '../../app/domain/floor/effects.ts';
import type { MediaSignal } from '../../app/ports/media.ts';
import { realClock } from '../../app/real-clock.ts';
import {
  createFreeswitchMedia,
  type FreeswitchMedia,
  type FreeswitchOptions,
} from '../../gateway/freeswitch/media.ts';
import { dialEffect, type Dial } from './dial-effect.ts';
import { PhoneBank, type OutgoingCall, type Phone, type PhoneScript } from './sip-phone.ts';
import type { PhoneCall } from './sip-phone-call.ts';
import type { LaunchedSwitch } from './switches.ts';
import { until } from './until.ts';

const silentLog: FreeswitchOptions['log'] = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

type SignalOf<Kind extends MediaSignal['kind']> = Extract<MediaSignal, { kind: Kind }>;

export class MediaWorld {
  readonly signals: MediaSignal[] = [];
  readonly log: string[] = [];
  readonly bank: PhoneBank;
  readonly media: FreeswitchMedia;
  readonly switch: LaunchedSwitch;
  #users = 2000;

  private constructor(launched: LaunchedSwitch, bank: PhoneBank, over: Partial<FreeswitchOptions>) {
    this.switch = launched;
    this.bank = bank;
    this.media = createFreeswitchMedia({
      url: launched.eslUrl,
      edge: bank.address,
      recordingsDir: launched.recordingsDir,
      soundsDir: launched.soundsDir,
      clock: realClock(),
      log: { ...silentLog, warn: (fields, text) => void this.log.push(`${text} ${JSON.stringify(fields)}`) },
      ...over,
    });
    this.media.subscribe((signal) => void this.signals.push(signal));
  }

  /** @param over settings of the adapter that differ, for example `url` for a relay in between */
  static async open(launched: LaunchedSwitch, over: Partial<FreeswitchOptions> = {}): Promise<MediaWorld> {
    const world = new MediaWorld(launched, await PhoneBank.open(), over);
    await world.media.whenUp();
    return world;
  }

  async close(): Promise<void> {
    await this.media.close();
    await this.bank.close();
  }

  perform(effect: MediaEffect): Promise<void> {
    return this.media.perform(effect);
  }

  of<Kind extends MediaSignal['kind']>(kind: Kind, leg?: LegId): SignalOf<Kind>[] {
    return this.signals.filter(
      (signal): signal is SignalOf<Kind> =>
        signal.kind === kind && (leg === undefined || concerns(signal, leg)),
    );
  }

  /** Waits for the first signal of a kind about a leg. */
  seen<Kind extends MediaSignal['kind']>(kind: Kind, leg?: LegId): Promise<SignalOf<Kind>> {
    return this.#until(`${kind} ${leg ?? ''}`, leg, () => this.of(kind, leg)[0]);
  }

  /** A customer calls and is parked; her leg's id is what the switch made it. */
  async arrive(
    options: Partial<OutgoingCall> = {},
  ): Promise<{ phone: PhoneCall; leg: LegId; signal: SignalOf<'leg.arrived'> }> {
    const session = `s-${randomUUID()}`;
    const phone = await this.bank.call({
      to: 'queue-default',
      switchPort: this.switch.sipPort,
      tone: 400,
      ...options,
      headers: { 'X-Cordboard-Source': 'web', 'X-Cordboard-Session': session, ...options.headers },
    });
    const signal = await until('leg.arrived', () =>
      this.of('leg.arrived').find((arrived) => arrived.sessionId === sessionId(session)),
    );
    return { phone, leg: signal.legId, signal };
  }

  /** A customer who has been answered. */
  async customer(options: Partial<OutgoingCall> = {}): Promise<{ phone: PhoneCall; leg: LegId }> {
    const { phone, leg } = await this.arrive(options);
    await this.perform({ kind: 'leg.answer', legId: leg });
    await this.seen('leg.answered', leg);
    await until('the customer hears the answer', () => phone.answered);
    return { phone, leg };
  }

  /** Registers a phone under a fresh user part. */
  agentPhone(script: PhoneScript): { user: string; phone: Phone } {
    this.#users += 1;
    const user = String(this.#users);
    return { user, phone: this.bank.phone(user, script) };
  }

  /** The effect that calls an agent's phone. */
  dialEffect(user: string, over: Partial<Dial> = {}): Dial {
    return dialEffect(user, Date.now(), over);
  }

  async dial(user: string, over: Partial<Dial> = {}): Promise<LegId> {
    const effect = this.dialEffect(user, over);
    await this.perform(effect);
    return effect.legId;
  }

  /** An agent's (or another's) phone that has answered. */
  async agent(tone = 700): Promise<{ phone: PhoneCall; leg: LegId; user: string }> {
    const { user, phone } = this.agentPhone({ tone, onInvite: 'answer' });
    const leg = await this.dial(user);
    await this.seen('leg.answered', leg);
    return { phone: phone.call, leg, user };
  }

  /** Customer and agent, bridged. */
  async conversation(): Promise<{ customer: PhoneCall; agent: PhoneCall; a: LegId; b: LegId }> {
    const customer = await this.customer();
    const agent = await this.agent();
    await this.bridge(customer.leg, agent.leg);
    return { customer: customer.phone, agent: agent.phone, a: customer.leg, b: agent.leg };
  }

  async bridge(a: LegId, b: LegId): Promise<void> {
    await this.perform({ kind: 'legs.bridge', a, b, sessionId: sessionId('s-bridge') });
    await this.#until('legs.bridged', a, () =>
      this.of('legs.bridged', a).some((signal) => signal.a === b || signal.b === b),
    );
  }

  music(leg: LegId): Promise<void> {
    return this.perform({ kind: 'music.start', legId: leg, queueId: queueId('default') });
  }

  hangUp(leg: LegId, cause: Extract<MediaEffect, { kind: 'leg.hangUp' }>['cause'] = 'normal'): Promise<void> {
    return this.perform({ kind: 'leg.hangUp', legId: leg, cause });
  }

  /** A wait whose failure shows what was signalled instead. */
  async #until<T>(what: string, leg: LegId | undefined, probe: () => T): Promise<NonNullable<T>> {
    try {
      return await until(what, probe);
    } catch (error) {
      const told = this.signals.filter((signal) => leg === undefined || concerns(signal, leg)).slice(-10);
      throw new Error(`${what} did not come; what came: ${JSON.stringify(told)}`, { cause: error });
    }
  }

  /** Hangs up every leg the switch still holds and waits until it holds none. */
  async clear(): Promise<void> {
    for (const { legId: leg } of await this.media.liveLegs()) await this.hangUp(leg);
    await until('the switch is empty', async () => (await this.media.liveLegs()).length === 0);
  }
}

/** Is the signal about that leg (either leg of a pair)? */
export function concerns(signal: MediaSignal, leg: LegId): boolean {
  if ('legId' in signal) return signal.legId === leg;
  return 'a' in signal && (signal.a === leg || signal.b === leg);
}

/**
 * Waits until each phone hears exactly its tones, and none of the others that are named for any of them: who hears whom, and who
 * does not.
 */
export async function hearing(
  ...expected: readonly (readonly [PhoneCall, readonly number[]])[]
): Promise<void> {
  const tones = [...new Set(expected.flatMap(([, own]) => own))];
  const heard = () => expected.map(([phone]) => tones.filter((tone) => phone.hears(tone) > 0.06).join(' '));
  const wanted = expected.map(([, own]) => tones.filter((tone) => own.includes(tone)).join(' '));
  try {
    await until('heard as wanted', () => heard().every((tonesOf, index) => tonesOf === wanted[index]), {
      withinMs: 20_000,
    });
  } catch (error) {
    const seen = JSON.stringify(heard());
    throw new Error(`heard are ${seen}, and not ${JSON.stringify(wanted)}`, { cause: error });
  }
}

/** Waits until two phones hear each other, and not themselves: what was heard a moment before may still be in the last third of a second. */
export async function talk(a: PhoneCall, toneOfA: number, b: PhoneCall, toneOfB: number): Promise<void> {
  const levels = () => [a.hears(toneOfB), b.hears(toneOfA), a.hears(toneOfA), b.hears(toneOfB)] as const;
  await until(
    `sound both ways (${toneOfA} and ${toneOfB} Hz), and nobody hears herself`,
    () => {
      const [first, second, ...own] = levels();
      return first > 0.1 && second > 0.1 && own.every((level) => level < 0.03);
    },
    { withinMs: 20_000 },
  ).catch((error: unknown) => {
    throw new Error(`the levels of the others, then their own: ${levels().join(' ')}`, { cause: error });
  });
}
