// The contract of the media port as far as it can be told without sound: which signals follow which effects, in which order,
// how often. Here the fake the stories run on is held to the same sentences as the switches.

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { legId, queueId, sessionId, type LegId } from '../../app/domain/ids.ts';
import type { Media, MediaSignal } from '../../app/ports/media.ts';
import { realClock } from '../../app/real-clock.ts';
import { createFakeMedia, type PhoneHabit } from '../support/fake-media.ts';
import type { PhoneScript } from '../support/sip-phone.ts';
import type { PhoneCall } from '../support/sip-phone-call.ts';
import { dialEffect } from '../support/dial-effect.ts';
import { tellSkipped } from '../support/skipped-lanes.ts';
import { switchLanes } from '../support/switches.ts';
import { MediaWorld, concerns } from '../support/switches-world.ts';
import { until } from '../support/until.ts';

/** What a story needs of the world around the port. */
interface Stage {
  readonly media: Media;
  readonly signals: readonly MediaSignal[];
  /** A customer's leg that has arrived. */
  call(): Promise<LegId>;
  /** The far party of a leg hangs up. */
  leaves(leg: LegId): void;
  /** A phone with that habit; returns its address. */
  phone(habit: PhoneHabit): string;
  clear(): Promise<void>;
  close(): Promise<void>;
}

const scripts: Readonly<Record<PhoneHabit, PhoneScript['onInvite'] | 'absent'>> = {
  ring: 'ring',
  byHeader: 'ring',
  byHand: 'ring',
  answer: 'answer',
  silent: 'silent',
  decline: { refuse: 603 },
  busy: { refuse: 486 },
  fail: { refuse: 500 },
  unreachable: 'absent',
};

async function switchStage(launch: () => ReturnType<(typeof lanes)[number]['launch']>): Promise<Stage> {
  const world = await MediaWorld.open(await launch());
  const callers = new Map<LegId, PhoneCall>();
  const phones = new Map<string, ReturnType<MediaWorld['agentPhone']>['phone']>();
  return {
    media: world.media,
    signals: world.signals,
    async call() {
      const { phone, leg } = await world.arrive();
      callers.set(leg, phone);
      return leg;
    },
    leaves(leg) {
      const caller = callers.get(leg) ?? [...phones.values()].at(-1)?.call;
      if (caller?.answered) caller.hangUp();
      else caller?.cancel();
    },
    phone(habit) {
      const onInvite = scripts[habit];
      if (onInvite === 'absent') return `absent-${randomUUID().slice(0, 8)}`;
      const { user, phone } = world.agentPhone({
        tone: 700,
        ...(onInvite === undefined ? {} : { onInvite }),
      });
      phones.set(user, phone);
      return user;
    },
    clear: () => world.clear(),
    async close() {
      await world.close();
      await world.switch.stop();
    },
  };
}

async function fakeStage(): Promise<Stage> {
  const media = createFakeMedia(realClock());
  const signals: MediaSignal[] = [];
  media.subscribe((signal) => void signals.push(signal));
  return {
    media,
    signals,
    call: async () => media.call({ source: 'web', sessionId: sessionId(randomUUID()) }),
    leaves: (leg) => media.ends(leg, media.channels.get(leg)?.state === 'answered' ? 'hung_up' : 'cancelled'),
    phone(habit) {
      const address = randomUUID();
      media.phone(address, habit);
      return address;
    },
    async clear() {
      for (const leg of media.channels.keys())
        await media.perform({ kind: 'leg.hangUp', legId: leg, cause: 'normal' });
      await until('empty', () => media.channels.size === 0);
    },
    close: () => media.close(),
  };
}

const lanes = switchLanes();
tellSkipped(lanes);
const stages = [
  { name: 'the fake', missing: undefined, open: fakeStage },
  ...lanes.map((lane) => ({ name: lane.name, missing: lane.missing, open: () => switchStage(lane.launch) })),
];

describe.each(stages)('signals of $name', ({ missing, open }) => {
  describe.skipIf(missing !== undefined)(missing ? `skipped: ${missing}` : 'in order', () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await open();
    });
    afterEach(() => stage.clear());
    afterAll(() => stage.close());

    const about = (leg: LegId) => stage.signals.filter((signal) => concerns(signal, leg));
    const story = (leg: LegId) =>
      about(leg).map((signal) => (signal.kind === 'leg.ended' ? signal.ending : signal.kind));
    const seen = (leg: LegId, kind: MediaSignal['kind']) =>
      until(`${kind} ${leg}`, () => about(leg).some((signal) => signal.kind === kind));

    const dial = async (address: string) => {
      const effect = dialEffect(address, Date.now());
      await stage.media.perform(effect);
      return effect.legId;
    };
    const customer = async () => {
      const leg = await stage.call();
      await stage.media.perform({ kind: 'leg.answer', legId: leg });
      await seen(leg, 'leg.answered');
      return leg;
    };
    const conversation = async () => {
      const a = await customer();
      const b = await dial(stage.phone('answer'));
      await seen(b, 'leg.answered');
      await stage.media.perform({ kind: 'legs.bridge', a, b, sessionId: sessionId('s-1') });
      await seen(a, 'legs.bridged');
      return { a, b };
    };

    it('a caller arrives, is answered, hangs up', async () => {
      const leg = await customer();
      stage.leaves(leg);
      await seen(leg, 'leg.ended');
      expect(story(leg)).toEqual(['leg.arrived', 'leg.answered', 'hung_up']);
    });

    it('a caller who leaves before the answer is cancelled', async () => {
      const leg = await stage.call();
      stage.leaves(leg);
      await seen(leg, 'leg.ended');
      expect(story(leg)).toEqual(['leg.arrived', 'cancelled']);
    });

    it.each([
      ['answer', ['leg.ringing', 'leg.answered']],
      ['decline', ['leg.ringing', 'declined']],
      ['busy', ['busy']],
      ['unreachable', ['unreachable']],
      ['fail', ['failed']],
    ] as const)('a phone that does %s', async (habit, expected) => {
      const leg = await dial(stage.phone(habit));
      await seen(leg, habit === 'answer' ? 'leg.answered' : 'leg.ended');
      // A phone may ring before it refuses, or not.
      expect(story(leg).filter((word) => habit === 'answer' || word !== 'leg.ringing')).toEqual(
        expected.filter((word) => habit === 'answer' || word !== 'leg.ringing'),
      );
    });

    it('a ringing phone that is hung up on was released', async () => {
      const leg = await dial(stage.phone('ring'));
      await seen(leg, 'leg.ringing');
      await stage.media.perform({ kind: 'leg.hangUp', legId: leg, cause: 'answered_elsewhere' });
      await seen(leg, 'leg.ended');
      expect(story(leg)).toEqual(['leg.ringing', 'released']);
    });

    it('a bridge whose caller leaves: told of the parting and of one end, the agent stays', async () => {
      const { a, b } = await conversation();
      stage.leaves(a);
      await seen(a, 'leg.ended');
      await seen(b, 'legs.unbridged');
      expect(story(b)).toEqual(['leg.ringing', 'leg.answered', 'legs.bridged', 'legs.unbridged']);
      expect(story(a).filter((word) => word === 'hung_up')).toHaveLength(1);
      const live = (await stage.media.liveLegs()).filter(({ legId: leg }) => leg === a || leg === b);
      expect(live).toMatchObject([{ legId: b, state: 'answered' }]);
      expect(live[0]?.bridgedTo).toBeUndefined();
    });

    it('a parked pair lives on, apart', async () => {
      const { a, b } = await conversation();
      await stage.media.perform({ kind: 'legs.park', a, b });
      await seen(a, 'legs.unbridged');
      await stage.media.perform({ kind: 'music.start', legId: a, queueId: queueId('default') });
      expect(story(a)).toEqual(['leg.arrived', 'leg.answered', 'legs.bridged', 'legs.unbridged']);
      expect(story(b)).toEqual(['leg.ringing', 'leg.answered', 'legs.bridged', 'legs.unbridged']);
    });

    it('a recording is told of at its start and before the end of its leg', async () => {
      const { a } = await conversation();
      await stage.media.perform({ kind: 'recording.start', legId: a, sessionId: sessionId('s-rec') });
      await seen(a, 'recording.started');
      stage.leaves(a);
      await seen(a, 'leg.ended');
      const kinds = about(a).map(({ kind }) => kind);
      expect(kinds.indexOf('recording.stopped')).toBeGreaterThan(kinds.indexOf('recording.started'));
      expect(kinds.indexOf('recording.stopped')).toBeLessThan(kinds.indexOf('leg.ended'));
    });

    it('the labels of a leg are told with it', async () => {
      const leg = await customer();
      const labels = { role: 'customer', sessionId: sessionId('s-labelled') } as const;
      await stage.media.perform({ kind: 'leg.label', legId: leg, labels });
      const live = (await stage.media.liveLegs()).find((one) => one.legId === leg);
      expect(live).toMatchObject({ ...labels, state: 'answered' });
    });

    it('nobody knows a leg that never was', async () => {
      const leg = legId(randomUUID());
      const wish = stage.media.perform({ kind: 'leg.answer', legId: leg });
      await expect(wish).rejects.toMatchObject({ reason: 'no_such_leg' });
    });

    it('who has disposed of a subscription hears no more', async () => {
      const heard: MediaSignal[] = [];
      stage.media.subscribe((signal) => void heard.push(signal))();
      await customer();
      expect(heard).toEqual([]);
    });
  });
});
