import { describe, expect, test } from 'vitest';
import { sine, toneShare } from '../../test/support/goertzel.ts';
import { FRAME_SAMPLES } from './frame.ts';
import { applyGain, MixBus } from './mixer.ts';

const mixOf = (frames: readonly Int16Array[], listener: number): Int16Array => {
  const bus = new MixBus();
  const into = new Int16Array(FRAME_SAMPLES);
  bus.clear();
  for (const frame of frames) bus.add(frame);
  bus.mixFor([frames[listener]!], into);
  return into;
};

describe('mix-minus', () => {
  test('each of two hears the other exactly and never herself', () => {
    const a = sine(400, FRAME_SAMPLES);
    const b = sine(700, FRAME_SAMPLES);
    expect(mixOf([a, b], 0)).toEqual(b);
    expect(mixOf([a, b], 1)).toEqual(a);
  });

  test('in a room of five each hears the other four tones and not her own', () => {
    const tones = [400, 700, 1_100, 1_500, 1_900];
    const frames = tones.map((hz) => sine(hz, FRAME_SAMPLES, 5_000));
    tones.forEach((own, listener) => {
      const heard = mixOf(frames, listener);
      for (const hz of tones) {
        const share = toneShare(heard, hz);
        if (hz === own) expect(share).toBeLessThan(0.01);
        else expect(share).toBeGreaterThan(0.2);
      }
    });
  });

  test('a sum beyond 16 bits saturates and does not wrap', () => {
    const loud = new Int16Array(FRAME_SAMPLES).fill(30_000);
    const deep = new Int16Array(FRAME_SAMPLES).fill(-30_000);
    const quiet = new Int16Array(FRAME_SAMPLES);
    expect(mixOf([loud, loud, quiet], 2)).toEqual(new Int16Array(FRAME_SAMPLES).fill(32_767));
    expect(mixOf([deep, deep, quiet], 2)).toEqual(new Int16Array(FRAME_SAMPLES).fill(-32_768));
    // The clamp is per listener: one of the loud ones still hears the other undistorted.
    expect(mixOf([loud, loud, quiet], 0)).toEqual(loud);
  });

  test('gain silences, keeps, amplifies with saturation', () => {
    const frame = Int16Array.of(100, -100, 20_000, -20_000);
    applyGain(frame, 1);
    expect([...frame]).toEqual([100, -100, 20_000, -20_000]);
    applyGain(frame, 2);
    expect([...frame]).toEqual([200, -200, 32_767, -32_768]);
    applyGain(frame, 0);
    expect([...frame]).toEqual([0, 0, 0, 0]);
  });
});
