import { describe, expect, test } from 'vitest';
import { sine, toneShare } from '../../test/support/goertzel.ts';
import { FRAME_SAMPLES, type SampleSource } from './frame.ts';
import { composeMusic, LoopSource } from './music.ts';
import { Resampler } from './resampler.ts';
import { parseTones, SilenceSource, ToneSource } from './tone.ts';
import { decodeWav, parseWavHeader, wavHeader } from './wav.ts';

const all = (source: SampleSource, limit = 500): Int16Array => {
  const frames: Int16Array[] = [];
  for (let i = 0; i < limit; i++) {
    const frame = new Int16Array(FRAME_SAMPLES);
    if (!source.read(frame)) break;
    frames.push(frame);
  }
  return Int16Array.from(frames.flatMap((frame) => [...frame]));
};
const loudness = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / Math.max(1, samples.length));

describe('tone_stream://', () => {
  test('on, off, two frequencies, loops', () => {
    const sound = all(new ToneSource(parseTones('%(200,100,440,480);loops=2')!));
    expect(sound.length / 8).toBe(600);
    const [on, off] = [sound.slice(0, 1_600), sound.slice(1_600, 2_400)];
    expect(toneShare(on, 440)).toBeGreaterThan(0.3);
    expect(toneShare(on, 480)).toBeGreaterThan(0.3);
    expect(loudness(off)).toBe(0);
    expect(loudness(sound.slice(2_400, 4_000))).toBeGreaterThan(1_000);
  });

  test('loops=-1 never ends, and v= sets the level', () => {
    const quiet = new ToneSource(parseTones('v=-27;%(100,0,400);loops=-1')!);
    const loud = new ToneSource(parseTones('v=-7;%(100,0,400);loops=-1')!);
    expect(all(quiet).length).toBe(500 * FRAME_SAMPLES);
    expect(loudness(all(loud, 5))).toBeGreaterThan(9 * loudness(all(quiet, 5)));
  });

  test.each([
    '',
    '%()',
    '%(1,2)',
    '%(x,0,400)',
    '%(0,0,400)',
    '%(100,0,9000)',
    '%(100,0,400);bogus',
    '%(1e12,0,400)',
  ])('%j is not a tone', (text) => {
    expect(parseTones(text)).toBeUndefined();
  });
});

test('silence_stream:// lasts what it says, or for ever', () => {
  expect(all(new SilenceSource(100)).length).toBe(800);
  expect(all(new SilenceSource(-1)).length).toBe(500 * FRAME_SAMPLES);
});

describe('the music on hold', () => {
  const music = composeMusic();

  test('is a seamless loop of audible, unclipped sound over twenty seconds long', () => {
    expect(music.length % FRAME_SAMPLES).toBe(0);
    expect(music.length / 8_000).toBeGreaterThan(20);
    for (let second = 0; second + 8_000 <= music.length; second += 8_000)
      expect(loudness(music.slice(second, second + 8_000))).toBeGreaterThan(500);
    expect(music.every((sample) => Math.abs(sample) < 32_767)).toBe(true);
    expect(Math.abs(music.at(-1)! - music[0]!)).toBeLessThan(4_000);
  });

  test('is heard in step by everybody', () => {
    let position = music.length / FRAME_SAMPLES - 1;
    const [one, two] = [new LoopSource(music, () => position), new LoopSource(music, () => position)];
    const [a, b] = [new Int16Array(FRAME_SAMPLES), new Int16Array(FRAME_SAMPLES)];
    one.read(a);
    two.read(b);
    expect(a).toEqual(b);
    position++;
    one.read(a);
    expect(a).toEqual(music.slice(0, FRAME_SAMPLES));
  });
});

describe('resampling', () => {
  test.each([8_001, 11_025, 16_000, 44_100, 48_000])('from %i Hz keeps pitch, length and level', (rate) => {
    const resampler = new Resampler(rate);
    const input = Int16Array.from({ length: rate }, (_, i) =>
      Math.round(8_000 * Math.sin((2 * Math.PI * 1_000 * i) / rate)),
    );
    const parts: number[] = [];
    for (let at = 0; at < input.length; at += 777) parts.push(...resampler.push(input.slice(at, at + 777)));
    const output = Int16Array.from(parts);
    expect(Math.abs(output.length - 8_000)).toBeLessThan(40);
    expect(toneShare(output.slice(400), 1_000)).toBeGreaterThan(0.98);
    expect(loudness(output.slice(400))).toBeGreaterThan(5_000);
  });

  test('what 8 kHz cannot carry does not fold back', () => {
    const resampler = new Resampler(16_000);
    const input = Int16Array.from({ length: 16_000 }, (_, i) =>
      Math.round(8_000 * Math.sin((2 * Math.PI * 6_000 * i) / 16_000)),
    );
    expect(loudness(resampler.push(input).slice(400))).toBeLessThan(50);
  });
});

describe('WAV', () => {
  test('what is written is read back, channels averaged', () => {
    const tone = sine(400, 800);
    const body = Buffer.alloc(tone.length * 4);
    tone.forEach((sample, i) => {
      body.writeInt16LE(sample, i * 4);
      body.writeInt16LE(sample, i * 4 + 2);
    });
    const layout = parseWavHeader(Buffer.concat([wavHeader(2, 8_000, body.length), body]))!;
    expect(layout).toEqual({
      encoding: 'pcm16',
      channels: 2,
      rate: 8_000,
      blockBytes: 4,
      dataStart: 44,
      dataBytes: body.length,
    });
    expect(decodeWav(body, layout)).toEqual(tone);
  });

  test('other chunks before the sound are passed over', () => {
    const header = wavHeader(1, 16_000, 10);
    const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    const whole = Buffer.concat([header.subarray(0, 36), list, header.subarray(36), Buffer.alloc(10)]);
    expect(parseWavHeader(whole)).toMatchObject({ rate: 16_000, dataStart: 56 });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['another format', Buffer.from('OggS'.padEnd(64, '\0'))],
    ['a cut header', wavHeader(1, 8_000, 0).subarray(0, 30)],
    ['no channels', wavHeader(0, 8_000, 0)],
    ['an absurd rate', wavHeader(1, 1, 0)],
    [
      'chunks without end',
      Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEjunk', 'latin1'), Buffer.alloc(200, 0xff)]),
    ],
  ])('%s is not playable', (_, bytes) => {
    expect(parseWavHeader(bytes)).toBeUndefined();
  });
});
