// The contract of the media port, supervision, and what hangs on a leg through everything: listeners, mutes and recordings stay
// with their leg wherever it goes, and are found again by whoever comes later. Measured at the phones and in the files.

import { describe, expect, it } from 'vitest';
import type { MonitorMode } from '../../app/domain/floor/effects.ts';
import { sessionId, type LegId } from '../../app/domain/ids.ts';
import { beforeMedia, onEachSwitch } from '../support/switch-suites.ts';
import { MediaWorld, hearing } from '../support/switches-world.ts';
import { loudness, readWav, strength } from '../support/tones.ts';
import { until } from '../support/until.ts';

const [A, B, C, S] = [400, 700, 1_100, 900];
const room = sessionId('room-1');

onEachSwitch('supervision', (lane) => {
  let world: MediaWorld;
  beforeMedia(lane, (opened) => (world = opened));

  const alive = (...legs: LegId[]) => expect(legs.flatMap((leg) => world.of('leg.ended', leg))).toEqual([]);
  const passed = async (ms: number) => {
    const from = performance.now();
    await until(`${ms} ms have passed`, () => performance.now() - from >= ms);
  };
  const confer = (...legs: LegId[]) => world.perform({ kind: 'legs.conference', room, legs });
  const mute = (leg: LegId, muted: boolean) => world.perform({ kind: 'leg.mute', legId: leg, muted });
  const three = async () => {
    const { customer, agent, a, b } = await world.conversation();
    const { phone: third, leg: c } = await world.agent(C);
    return { customer, agent, third, a, b, c };
  };

  describe('a supervisor', () => {
    const supervise = async (on: LegId, mode: MonitorMode) => {
      const { phone, leg } = await world.agent(S);
      await world.perform({ kind: 'eavesdrop.start', legId: leg, on, mode });
      expect(await world.seen('eavesdrop.started', leg)).toMatchObject({ on });
      return {
        phone,
        leg,
        mode: (next: MonitorMode) => world.perform({ kind: 'eavesdrop.mode', legId: leg, mode: next }),
      };
    };

    it('listens unheard, whispers to the agent alone, barges in, and her keypad changes nothing', async () => {
      const { customer, agent, b } = await world.conversation();
      const supervisor = await supervise(b, 'listen');
      await hearing([customer, [B]], [agent, [A]], [supervisor.phone, [A, B]]);
      await supervisor.mode('whisper');
      await hearing([customer, [B]], [agent, [A, S]], [supervisor.phone, [A, B]]);
      await supervisor.mode('barge');
      await hearing([customer, [B, S]], [agent, [A, S]], [supervisor.phone, [A, B]]);
      await supervisor.mode('listen');
      await hearing([customer, [B]], [agent, [A]], [supervisor.phone, [A, B]]);
      for (const key of ['3', '*']) {
        const spoken = supervisor.phone.packetsSpoken;
        supervisor.phone.press(key);
        await until('the key was pressed', () => supervisor.phone.packetsSpoken > spoken + 20);
      }
      await hearing([customer, [B]], [agent, [A]], [supervisor.phone, [A, B]]);
    });

    it.each([
      ['whisper', [B], [A, S]],
      ['barge', [B, S], [A, S]],
    ] as const)('may begin with %s', async (mode, customerHears, agentHears) => {
      const { customer, agent, b } = await world.conversation();
      const supervisor = await supervise(b, mode);
      await hearing([customer, customerHears], [agent, agentHears], [supervisor.phone, [A, B]]);
    });

    it('follows the agent through hold, consultation and conference', async () => {
      const { customer, agent, third, a, b, c } = await three();
      const supervisor = await supervise(b, 'whisper');
      await hearing([customer, [B]], [agent, [A, S]], [supervisor.phone, [A, B]]);
      await Promise.all([world.perform({ kind: 'legs.park', a, b }), world.music(a)]);
      await hearing([customer, []], [agent, [S]], [supervisor.phone, [B]]);
      await world.bridge(b, c);
      await hearing([agent, [C, S]], [third, [B]], [supervisor.phone, [B, C]]);
      await confer(a, b, c);
      await hearing([customer, [B, C]], [agent, [A, C, S]], [third, [A, B]], [supervisor.phone, [A, B, C]]);
    });

    it('is still heard when the agent is muted', async () => {
      const { customer, agent, b } = await world.conversation();
      const supervisor = await supervise(b, 'barge');
      await hearing([customer, [B, S]], [agent, [A, S]]);
      await mute(b, true);
      await hearing([customer, [S]], [agent, [A, S]]);
      await mute(b, false);
      await hearing([customer, [B, S]], [agent, [A, S]], [supervisor.phone, [A, B]]);
      expect(world.of('eavesdrop.started', supervisor.leg)).toHaveLength(1);
    });

    it('takes over: she is joined with the customer, and the agent may go', async () => {
      const { customer, a, b } = await world.conversation();
      const supervisor = await supervise(b, 'listen');
      await world.bridge(a, supervisor.leg);
      await hearing([customer, [S]], [supervisor.phone, [A]]);
      await world.hangUp(b);
      await world.seen('leg.ended', b);
      await hearing([customer, [S]], [supervisor.phone, [A]]);
      alive(a, supervisor.leg);
    });

    it('stays on the line when what she listened to has ended', async () => {
      const { b } = await world.conversation();
      const supervisor = await supervise(b, 'listen');
      await world.hangUp(b);
      await world.seen('leg.ended', b);
      await world.music(supervisor.leg);
      await until('music', () => supervisor.phone.loudness() > 0.02);
      alive(supervisor.leg);
    });

    it('cannot listen to a leg that rings, nor to herself', async () => {
      const { user } = world.agentPhone({ tone: B });
      const ringing = await world.dial(user);
      await world.seen('leg.ringing', ringing);
      const { leg } = await world.agent(S);
      for (const on of [ringing, leg]) {
        const wish = world.perform({ kind: 'eavesdrop.start', legId: leg, on, mode: 'listen' });
        await expect(wish).rejects.toMatchObject({ reason: 'refused' });
      }
    });
  });

  it('who comes later finds conferences, listeners and mutes where they are', async () => {
    const { a, b, c } = await three();
    await confer(a, b, c);
    for (const leg of [a, b, c]) await world.seen('conference.joined', leg);
    await mute(c, true);
    const { user } = world.agentPhone({ tone: S, onInvite: 'answer' });
    const labels = { role: 'supervisor', sessionId: sessionId('s-1'), supervisorId: 'mary' } as const;
    const s = await world.dial(user, { labels });
    await world.seen('leg.answered', s);
    await world.perform({ kind: 'eavesdrop.start', legId: s, on: b, mode: 'listen' });
    await world.seen('eavesdrop.started', s);
    await world.perform({
      kind: 'leg.label',
      legId: c,
      labels: { role: 'third', sessionId: sessionId('s-1') },
    });
    const other = await MediaWorld.open(world.switch);
    try {
      const live = await until('all are listed', async () => {
        const legs = await other.media.liveLegs();
        return legs.length === 4 ? legs : undefined;
      });
      const of = (leg: LegId) => live.find(({ legId }) => legId === leg);
      expect(of(a)).toMatchObject({ room });
      expect(of(c)).toMatchObject({ room, role: 'third', muted: true });
      expect(of(s)).toMatchObject({ role: 'supervisor', supervisorId: 'mary', listensTo: b });
      // And can go on with them.
      await other.perform({ kind: 'legs.bridge', a, b, sessionId: room });
      await other.perform({ kind: 'leg.mute', legId: c, muted: false });
      await other.seen('legs.bridged', a);
      expect(other.of('conference.left', a)).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  it("a recording of the customer's leg has her music and the conference, and nothing of what the others say without her", async () => {
    const { customer, agent, third, a, b, c } = await three();
    await hearing([customer, [B]], [agent, [A]]);
    const session = sessionId('s-consult');
    await world.perform({ kind: 'recording.start', legId: a, sessionId: session });
    const started = performance.now();
    await world.seen('recording.started', a);
    await passed(500);
    await Promise.all([world.perform({ kind: 'legs.park', a, b }), world.music(a)]);
    await world.bridge(b, c);
    await hearing([agent, [C]], [third, [B]]);
    await until('music', () => customer.loudness() > 0.02);
    const apart = performance.now() - started;
    await passed(1_500);
    const together = performance.now() - started;
    await world.perform({ kind: 'legs.conference', room: session, legs: [a, b, c] });
    for (const leg of [a, b, c]) await world.seen('conference.joined', leg);
    await passed(1_500);
    await world.perform({ kind: 'recording.stop', legId: a, sessionId: session });
    const { file } = await world.seen('recording.stopped', a);
    const [left, right] = readWav(file).channels;
    const during = (samples: Int16Array, from: number, to: number) =>
      samples.subarray(Math.round(from * 8), Math.round(to * 8));
    const private_ = during(right!, apart + 100, together - 100);
    expect(loudness(private_)).toBeGreaterThan(0.01);
    expect(strength(private_, B)).toBeLessThan(0.01);
    expect(strength(private_, C)).toBeLessThan(0.01);
    const conference = right!.subarray(-6_000);
    expect(strength(conference, B)).toBeGreaterThan(0.1);
    expect(strength(conference, C)).toBeGreaterThan(0.1);
    expect(strength(left!.subarray(-6_000), A)).toBeGreaterThan(0.1);
    expect(world.of('recording.started', a)).toHaveLength(1);
  });
});
