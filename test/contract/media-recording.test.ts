// The contract of the media port, recordings: stereo, the leg's own voice on the left, and as long as the talk was.

import path from 'node:path';
import { expect, it } from 'vitest';
import { sessionId } from '../../app/domain/ids.ts';
import { beforeMedia, onEachSwitch } from '../support/switch-suites.ts';
import { type MediaWorld, talk } from '../support/switches-world.ts';
import { loudness, readWav, strength } from '../support/tones.ts';
import { until } from '../support/until.ts';

/** Lengths are measured against the clock: a machine that stops for a moment is no fault of the recording, three times is. */
const onAQuietMachine = { retry: 2 };

onEachSwitch('recordings', (lane) => {
  let world: MediaWorld;
  beforeMedia(lane, (opened) => (world = opened));

  const passed = async (ms: number) => {
    const from = performance.now();
    await until(`${ms} ms have passed`, () => performance.now() - from >= ms);
  };

  it(
    'hold the leg on the left, the other on the right, for as long as they ran',
    onAQuietMachine,
    async () => {
      const { customer, agent, a } = await world.conversation();
      await talk(customer, 400, agent, 700);
      const session = sessionId('s-stereo');
      await world.perform({ kind: 'recording.start', legId: a, sessionId: session });
      const started = await world.seen('recording.started', a);
      const from = performance.now();
      await passed(2_000);
      await world.perform({ kind: 'recording.stop', legId: a, sessionId: session });
      const ran = performance.now() - from;
      const stopped = await world.seen('recording.stopped', a);
      expect(stopped.file).toBe(started.file);
      expect(path.dirname(stopped.file)).toBe(world.switch.recordingsDir);
      expect(Math.abs(stopped.durationMs - ran)).toBeLessThan(200);

      const { channels, durationMs, rate } = readWav(stopped.file);
      expect(rate).toBe(8_000);
      expect(channels).toHaveLength(2);
      expect(Math.abs(durationMs - ran)).toBeLessThan(200);
      const [left, right] = channels.map((samples) => samples.subarray(2_000, 14_000));
      expect(strength(left!, 400)).toBeGreaterThan(0.1);
      expect(strength(left!, 700)).toBeLessThan(0.02);
      expect(strength(right!, 700)).toBeGreaterThan(0.1);
      expect(strength(right!, 400)).toBeLessThan(0.02);
    },
  );

  it('run through a hold in one file, without losing time', onAQuietMachine, async () => {
    const { customer, agent, a, b } = await world.conversation();
    await talk(customer, 400, agent, 700);
    const session = sessionId('s-hold');
    await world.perform({ kind: 'recording.start', legId: a, sessionId: session });
    await world.seen('recording.started', a);
    const from = performance.now();
    await passed(600);
    await world.perform({ kind: 'legs.park', a, b });
    await world.seen('legs.unbridged', a);
    await passed(1_500); // No music asked for: the recorded leg is kept supplied all the same.
    await world.bridge(a, b);
    await passed(600);
    await world.perform({ kind: 'recording.stop', legId: a, sessionId: session });
    const ran = performance.now() - from;
    const { durationMs } = await world.seen('recording.stopped', a);
    expect(Math.abs(durationMs - ran)).toBeLessThan(300);
    expect(world.of('recording.started', a)).toHaveLength(1);
  });

  it(
    'are whole when the recorded leg hangs up, and are told of before its end',
    onAQuietMachine,
    async () => {
      const { customer, agent, a } = await world.conversation();
      await talk(customer, 400, agent, 700);
      const session = sessionId('s-cut');
      await world.perform({ kind: 'recording.start', legId: a, sessionId: session });
      await world.seen('recording.started', a);
      await passed(1_000);
      customer.hangUp();
      await world.seen('leg.ended', a);
      const { file, durationMs } = await world.seen('recording.stopped', a);
      expect(Math.abs(durationMs - 1_000)).toBeLessThan(250);
      expect(Math.abs(readWav(file).durationMs - durationMs)).toBeLessThan(100);
      const kinds = world.signals.map(({ kind }) => kind);
      expect(kinds.lastIndexOf('recording.stopped')).toBeLessThan(kinds.lastIndexOf('leg.ended'));
      expect(world.of('recording.stopped', a)).toHaveLength(1);
    },
  );

  it('hold nothing of what was said while they were paused, and silence of the same length in its place', async () => {
    const { customer, agent, a } = await world.conversation();
    await talk(customer, 400, agent, 700);
    const session = sessionId('s-paused');
    const recording = (kind: 'start' | 'pause' | 'resume' | 'stop') =>
      world.perform({ kind: `recording.${kind}`, legId: a, sessionId: session });
    await recording('start');
    await world.seen('recording.started', a);
    await passed(1_000);
    await recording('pause');
    await passed(1_500);
    await recording('resume');
    await passed(1_000);
    await recording('stop');
    const { file, durationMs } = await world.seen('recording.stopped', a);
    expect(Math.abs(durationMs - 3_500)).toBeLessThan(400);
    const { channels } = readWav(file);
    for (const [channel, tone] of [
      [channels[0]!, 400],
      [channels[1]!, 700],
    ] as const) {
      expect(strength(channel.subarray(2_000, 6_000), tone)).toBeGreaterThan(0.1);
      expect(loudness(channel.subarray(10_400, 17_600))).toBeLessThan(0.002);
      expect(strength(channel.subarray(22_400, 26_400), tone)).toBeGreaterThan(0.1);
    }
    await expect(recording('pause')).rejects.toMatchObject({ reason: 'refused' });
  });

  it('begun again on the same leg go to a file of their own', async () => {
    const { a } = await world.conversation();
    const session = sessionId('s-again');
    for (const count of [1, 2]) {
      await world.perform({ kind: 'recording.start', legId: a, sessionId: session });
      await until('started', () => world.of('recording.started', a).length === count);
      await passed(300);
      await world.perform({ kind: 'recording.stop', legId: a, sessionId: session });
      await until('stopped', () => world.of('recording.stopped', a).length === count);
    }
    const files = world.of('recording.stopped', a).map(({ file }) => file);
    expect(new Set(files).size).toBe(2);
  });
});
