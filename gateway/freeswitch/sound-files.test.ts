import { mkdtemp, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWav, sine, strength, writeWav } from '../../test/support/tones.ts';
import { playableSounds, scale, soundFiles } from './sound-files.ts';

describe('sounds', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cordboard-sounds-'));
    writeWav(path.join(folder, 'hello.wav'), sine(1_000, 0, 8_000));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are files of the folder, as often as asked', async () => {
    const sounds = soundFiles(folder);
    const file = `${folder}/hello.wav`;
    expect(await sounds.source(['hello'], 0, 1)).toBe(file);
    expect(await sounds.source(['hello'], 0, 3)).toBe(`file_string://${file}!${file}!${file}`);
  });

  it('follow one another without a gap, files and tones', async () => {
    const sounds = soundFiles(folder);
    const tone = 'tone_stream://v=-7;%(250,50,1000);loops=1';
    expect(await sounds.source(['hello', 'tone-beep'], 0, 1)).toBe(
      `file_string://${folder}/hello.wav!${tone}`,
    );
    expect((await sounds.source(['tone-beep', 'hello'], 0, 2)).split('!')).toHaveLength(4);
    await expect(sounds.source(['hello', '../x'], 0, 1)).rejects.toMatchObject({ reason: 'refused' });
  });

  it('are offered to agents: files and tones, but not what is played of itself', async () => {
    for (const id of ['say-en-123', 'press-1']) writeWav(path.join(folder, `${id}.wav`), sine(1_000, 0, 80));
    const offered = await playableSounds(folder);
    expect(offered[0]).toBe('hello');
    expect(offered).toContain('tone-beep');
    expect(offered.filter((id) => /^(say-|press-1|hold-reminder)/.test(id))).toEqual([]);
  });

  it('are tones where the folder has none of that name, at the volume asked for', async () => {
    const sounds = soundFiles(folder);
    expect(await sounds.source(['tone-beep'], 0, 2)).toBe('tone_stream://v=-7;%(250,50,1000);loops=2');
    expect(await sounds.source(['hold-reminder'], -2, 1)).toContain('v=-15;');
    writeWav(path.join(folder, 'hold-reminder.wav'), sine(500, 0, 800));
    expect(await sounds.source(['hold-reminder'], 0, 1)).toBe(`${folder}/hold-reminder.wav`);
    expect(await soundFiles(undefined).source(['press-1'], 0, 1)).toContain('tone_stream://');
  });

  it.each([
    [-2, 0.25 / 10 ** 0.4],
    [1, 0.25 * 10 ** 0.2],
  ])('at volume %i are copies, made once and again when the sound has changed', async (volume, expected) => {
    const sounds = soundFiles(folder);
    const copy = await sounds.source(['hello'], volume, 1);
    expect(strength(readWav(copy).channels[0]!, 1_000)).toBeCloseTo(expected, 2);
    const { mtimeMs } = await stat(copy);
    await sounds.source(['hello'], volume, 1);
    expect((await stat(copy)).mtimeMs).toBe(mtimeMs);
    const later = new Date(Date.now() + 60_000);
    await utimes(path.join(folder, 'hello.wav'), later, later);
    await sounds.source(['hello'], volume, 1);
    expect((await stat(copy)).mtimeMs).not.toBe(mtimeMs);
  });

  it('that nobody could play, or may ask for, are refused', async () => {
    const sounds = soundFiles(folder);
    const refused = { reason: 'refused' };
    for (const id of ['', '../x', 'a/b', 'x'.repeat(65), 'ä'])
      await expect(sounds.source([id], 0, 1)).rejects.toMatchObject(refused);
    for (const volume of [5, -5, 0.5, Number.NaN])
      await expect(sounds.source(['hello'], volume, 1)).rejects.toMatchObject(refused);
    for (const times of [0, 21, 1.5])
      await expect(sounds.source(['hello'], 0, times)).rejects.toMatchObject(refused);
    await expect(sounds.source(['missing'], 2, 1)).rejects.toMatchObject(refused);
    await expect(soundFiles(undefined).source(['hello'], 0, 1)).rejects.toMatchObject(refused);
  });

  it('are not scaled when they are no 16-bit PCM', async () => {
    const wav = await readFile(path.join(folder, 'hello.wav'));
    expect(() => scale(Buffer.from('no wav file at all'), 2)).toThrow('not a WAV file');
    wav.writeUInt16LE(7, 20);
    expect(() => scale(wav, 2)).toThrow('not 16-bit PCM');
  });

  it('too loud are cut off, not turned over', async () => {
    const file = path.join(folder, 'loud.wav');
    writeWav(file, Int16Array.from([30_000, -30_000, 100]));
    const scaled = scale(await readFile(file), 2);
    expect([44, 46, 48].map((at) => scaled.readInt16LE(at))).toEqual([32_767, -32_768, 200]);
  });
});
