import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sine, toneShare } from '../../test/support/goertzel.ts';
import { FRAME_SAMPLES, type SampleSource } from '../audio/frame.ts';
import { wavHeader } from '../audio/wav.ts';
import { until } from '../../../../../test/support/until.ts';
import { SoundLibrary } from './sounds.ts';

let folder: string;
let tick = 0;
const library = (musicDirectory?: string): SoundLibrary =>
  new SoundLibrary({
    directory: folder,
    position: () => tick,
    ...(musicDirectory !== undefined && { musicDirectory }),
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sounds-'));
  mkdirSync(join(folder, 'music/sales'), { recursive: true });
  for (const [name, hz, ms] of [
    ['a.wav', 400, 100],
    ['b.wav', 700, 100],
    ['music/one.wav', 900, 2_000],
    ['music/sales/two.wav', 1_500, 2_000],
  ] as const) {
    const sound = sine(hz, ms * 8);
    writeFileSync(
      join(folder, name),
      Buffer.concat([wavHeader(1, 8_000, sound.byteLength), Buffer.from(sound.buffer)]),
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Reads frame by frame, at half the speed of the clock, so that what is opened meanwhile is in time. */
const read = async (source: SampleSource, frames: number): Promise<Int16Array> => {
  const heard: number[] = [];
  const frame = new Int16Array(FRAME_SAMPLES);
  for (let n = 0; n < frames; n++) {
    tick++;
    if (!source.read(frame)) break;
    heard.push(...frame);
    const next = performance.now() + 10;
    await until('the next frame', () => performance.now() > next, { everyMs: 2 });
  }
  return Int16Array.from(heard);
};
const shareIn = (sound: Int16Array, hz: number, fromMs: number, toMs: number): number =>
  toneShare(sound.slice(fromMs * 8, toMs * 8), hz);

describe('a list of files', () => {
  test('plays one after the other without a gap, tones among them', async () => {
    const source = await library().open('file_string://a.wav!tone_stream://%(100,0,1100)!b.wav');
    const sound = await read(source, 100);
    expect(sound.length).toBe(300 * 8);
    expect(shareIn(sound, 400, 0, 100)).toBeGreaterThan(0.9);
    expect(shareIn(sound, 1_100, 100, 200)).toBeGreaterThan(0.9);
    expect(shareIn(sound, 700, 200, 300)).toBeGreaterThan(0.9);
  });

  test('may carry parameters, which name it and are no part of its path', async () => {
    const source = await library().open('{play=1,x=y}file_string://a.wav!b.wav');
    expect((await read(source, 100)).length).toBe(200 * 8);
    await expect(library().open('{play=1}nope.wav')).rejects.toThrow(/missing/);
  });

  test('passes over what is missing, and is missing when nothing is there', async () => {
    const source = await library().open('file_string://nope.wav!b.wav!nope.wav');
    const sound = await read(source, 100);
    expect(shareIn(sound, 700, 0, 100)).toBeGreaterThan(0.9);
    await expect(library().open('file_string://nope.wav!neither.wav')).rejects.toThrow(/missing/);
  });
});

describe('music', () => {
  test('is the same for all who listen, whenever they came', async () => {
    const sounds = library(join(folder, 'music'));
    const early = await sounds.open('local_stream://moh');
    await read(early, 10);
    const late = await sounds.open('local_stream://moh');
    const [one, two] = [new Int16Array(FRAME_SAMPLES), new Int16Array(FRAME_SAMPLES)];
    for (let n = 0; n < 5; n++) {
      tick++;
      early.read(one);
      late.read(two);
      expect(two).toEqual(one);
    }
    expect(toneShare(one, 900)).toBeGreaterThan(0.5);
    late.close();
    tick++;
    expect(early.read(one)).toBe(true);
  });

  test('of another name comes from the folder of that name', async () => {
    const sounds = library(join(folder, 'music'));
    const sound = await read(await sounds.open('local_stream://sales'), 20);
    expect(shareIn(sound, 1_500, 200, 400)).toBeGreaterThan(0.9);
    for (const name of ['support', '../music', 'sales/..', ''])
      await expect(sounds.open(`local_stream://${name}`)).rejects.toThrow(/missing/);
  });

  test('is built in when no folder is given, under its own name only', async () => {
    const sounds = library();
    const sound = await read(await sounds.open('local_stream://moh'), 20);
    expect(Math.max(...sound)).toBeGreaterThan(1_000);
    await expect(sounds.open('local_stream://sales')).rejects.toThrow(/missing/);
  });
});
