import { describe, expect, test } from 'vitest';
import { sine, toneAmplitude, toneShare } from '../../test/support/goertzel.ts';
import { FRAME_SAMPLES } from './frame.ts';
import { JitterBuffer } from './jitter-buffer.ts';

/** Mulberry32: the same weather for the same seed. */
const chance = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

interface Weather {
  readonly seed: number;
  readonly packets: number;
  readonly ptime: number;
  readonly jitterMs: number;
  readonly loss: number;
  readonly duplicates: number;
  /** The sender's clock against ours. */
  readonly drift?: number;
  readonly firstTimestamp?: number;
}

/** Sends a 440 Hz tone through a bad network into a buffer read every 20 ms; gives what was played. */
function play(weather: Weather): { heard: Int16Array; buffer: JitterBuffer; silentFrames: number } {
  const random = chance(weather.seed);
  const size = weather.ptime * 8;
  const start = weather.firstTimestamp ?? 1_000;
  const arrivals: { at: number; index: number }[] = [];
  for (let index = 0; index < weather.packets; index++) {
    const sent = index * weather.ptime * (1 + (weather.drift ?? 0));
    if (index > 5 && random() < weather.loss) continue;
    arrivals.push({ at: sent + random() * weather.jitterMs, index });
    if (random() < weather.duplicates) arrivals.push({ at: sent + 5 + random() * weather.jitterMs, index });
  }
  arrivals.sort((a, b) => a.at - b.at);
  const buffer = new JitterBuffer();
  const frames: Int16Array[] = [];
  let silentFrames = 0;
  let next = 0;
  const end = weather.packets * weather.ptime * (1 + (weather.drift ?? 0));
  for (let now = 7; now < end; now += 20) {
    for (; next < arrivals.length && arrivals[next]!.at <= now; next++) {
      const { index } = arrivals[next]!;
      const tone = sine(440, size, 8_000, index * size);
      buffer.put((start + index * size) >>> 0, tone);
    }
    const frame = new Int16Array(FRAME_SAMPLES);
    if (!buffer.read(frame)) silentFrames++;
    frames.push(frame);
  }
  const heard = new Int16Array(frames.length * FRAME_SAMPLES);
  frames.forEach((frame, i) => heard.set(frame, i * FRAME_SAMPLES));
  return { heard, buffer, silentFrames };
}

const calm = { seed: 1, packets: 250, jitterMs: 0, loss: 0, duplicates: 0 } as const;

describe('the jitter buffer', () => {
  test.each([10, 20, 30])('plays packets of %i ms without a gap', (ptime) => {
    const { heard, buffer } = play({ ...calm, ptime });
    expect(buffer.counters).toMatchObject({ late: 0, concealedFrames: 0, resyncs: 0 });
    expect(toneShare(heard.slice(800), 440)).toBeGreaterThan(0.99);
  });

  test('a stream that crosses the end of the timestamp range goes on', () => {
    const { heard, buffer } = play({ ...calm, ptime: 20, firstTimestamp: 0xffff_f000 });
    expect(buffer.counters).toMatchObject({ late: 0, concealedFrames: 0, resyncs: 0 });
    expect(toneShare(heard.slice(800), 440)).toBeGreaterThan(0.99);
  });

  test.each([1, 2, 3, 4, 5])('rides out 50 ms of jitter, reordering and duplicates (seed %i)', (seed) => {
    const { heard, buffer } = play({
      seed,
      packets: 500,
      ptime: 20,
      jitterMs: 50,
      loss: 0,
      duplicates: 0.05,
    });
    expect(buffer.counters.duplicate).toBeGreaterThan(5);
    // The delay grows to what the network needs; from then on nothing is missing.
    expect(toneShare(heard.slice(16_000), 440)).toBeGreaterThan(0.98);
    expect(buffer.counters.resyncs).toBe(0);
  });

  test.each([7, 8])('covers 5 %% loss with something like the voice, not with silence (seed %i)', (seed) => {
    const { heard, buffer } = play({ seed, packets: 500, ptime: 20, jitterMs: 5, loss: 0.05, duplicates: 0 });
    expect(buffer.counters.concealedFrames).toBeGreaterThan(5);
    const amplitude = toneAmplitude(heard.slice(1_600), 440);
    expect(amplitude).toBeGreaterThan(8_000 * 0.9);
  });

  test.each([0.001, -0.001])('follows a sender whose clock is off by %f for a minute', (drift) => {
    const { buffer, silentFrames } = play({
      seed: 3,
      packets: 3_000,
      ptime: 20,
      jitterMs: 8,
      loss: 0,
      duplicates: 0,
      drift,
    });
    expect(buffer.counters.resyncs).toBe(0);
    expect(silentFrames).toBeLessThan(30);
    expect(buffer.delaySamples).toBeLessThan(8 * 150);
  });

  test('a stream that stopped fades out, and starts afresh when it comes back', () => {
    const buffer = new JitterBuffer();
    const frame = new Int16Array(FRAME_SAMPLES);
    const packet = new Int16Array(FRAME_SAMPLES).fill(5_000);
    for (let i = 0; i < 10; i++) {
      buffer.put(i * 160, packet);
      buffer.read(frame);
    }
    const levels: number[] = [];
    for (let i = 0; i < 30; i++) {
      buffer.read(frame);
      levels.push(frame[80]!);
    }
    expect(levels[0]).toBeGreaterThan(4_000);
    expect(levels.slice(2, 5)).toEqual([...levels.slice(2, 5)].sort((a, b) => b - a));
    expect(levels.slice(8).every((level) => level === 0)).toBe(true);
    buffer.put(999_999, packet);
    buffer.read(frame);
    buffer.read(frame);
    expect(buffer.read(frame)).toBe(true);
    expect(frame[80]).toBeGreaterThan(4_000);
  });

  test('absurd timestamps and sizes change nothing but counters', () => {
    const buffer = new JitterBuffer();
    const frame = new Int16Array(FRAME_SAMPLES);
    const random = chance(9);
    for (let i = 0; i < 5_000; i++) {
      buffer.put(Math.floor(random() * 2 ** 32), new Int16Array(Math.floor(random() * 1_500)));
      if (i % 3 === 0) buffer.read(frame);
    }
    expect(buffer.counters.resyncs).toBeGreaterThan(100);
  });
});
