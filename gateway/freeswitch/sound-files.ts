// From a sound's id to what the switch plays: a tone by its name, or a file of the sounds folder. Nothing a person may ask for
// names a path. FreeSWITCH cannot change the volume of what it lays over a call, so a quieter or louder copy of the file is made
// once and kept beside the sounds; for that the folder must be the control plane's too.

import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { MediaError } from '../../app/ports/media.ts';
import { safePath, safeSound } from './safe-text.ts';

/** Decibels per step of volume. */
const stepDb = 4;
const toneStream = 'tone_stream://';

/**
 * What stands in where the folder has no such file, so that a fresh installation is never silent. Written with the tone
 * generator's own volume, which it knows how to change: `v` is in dB.
 */
const tones: Readonly<Record<string, string>> = {
  'tone-beep': '%(250,50,1000)',
  'tone-double-beep': '%(120,80,1000);%(120,80,1000)',
  'tone-ringback': '%(1000,4000,425)',
  'tone-busy': '%(500,500,425)',
  'tone-zip': '%(60,20,1200);%(60,20,1600)',
  'tone-error': '%(330,15,950);%(330,15,1400);%(330,1000,1800)',
  // What the floor plays of itself.
  'hold-reminder': '%(120,80,1000);%(120,80,1000)',
  'press-1': '%(200,100,600);%(200,100,800);%(300,1500,1000)',
};

/** Sounds that need no file. */
export const builtInSounds: ReadonlySet<string> = new Set(Object.keys(tones));

/** What the floor and the flows play of themselves: nothing for an agent to choose from. */
const ownAffair = /^(hold-reminder|press-1|say-.*)$/;

/** What an agent may play into her call: the tones, and the files of the folder. */
export async function playableSounds(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  const ids = files.flatMap((file) => /^([A-Za-z0-9_-]{1,64})\.wav$/.exec(file)?.[1] ?? []);
  return [...new Set([...ids.sort(), ...builtInSounds])].filter((id) => !ownAffair.test(id));
}

export interface SoundFiles {
  /**
   * What the switch is told to play.
   * @param soundIds one after the other without a gap
   * @param volume -4 to 4 steps, 0 as recorded
   * @param times how often, 1 to 20
   * @throws MediaError `refused`
   */
  source(soundIds: readonly string[], volume: number, times: number): Promise<string>;
}

/** @param folder absolute, as the switch sees it; without one there are only tones */
export function soundFiles(folder: string | undefined): SoundFiles {
  const place = folder === undefined ? undefined : safePath(folder);
  const part = async (soundId: string, step: number, times: number): Promise<string> => {
    const tone = tones[soundId];
    if (tone !== undefined && !(await exists(place, soundId)))
      return `${toneStream}v=${step * stepDb - 7};${tone};loops=${times}`;
    if (place === undefined) throw new MediaError('refused', 'no folder of sounds is configured');
    return atVolume(place, soundId, step);
  };
  return {
    async source(soundIds, volume, times) {
      const [step, count] = [whole(volume, -4, 4, 'volume'), whole(times, 1, 20, 'number of times')];
      const isOne = soundIds.length === 1;
      const parts = await Promise.all(soundIds.map((id) => part(safeSound(id), step, isOne ? count : 1)));
      const [first = ''] = parts;
      if (isOne && (count === 1 || first.startsWith(toneStream))) return first;
      return `file_string://${Array.from({ length: count }, () => parts)
        .flat()
        .join('!')}`;
    },
  };
}

async function exists(folder: string | undefined, soundId: string): Promise<boolean> {
  if (folder === undefined) return false;
  const found = await stat(originalOf(folder, soundId)).catch(() => undefined); // Not there, or not ours to see.
  return found !== undefined;
}

const originalOf = (folder: string, soundId: string): string => path.posix.join(folder, `${soundId}.wav`);

function whole(value: number, least: number, most: number, what: string): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new MediaError('refused', `the ${what} must be ${least} to ${most}, not ${value}`);
}

async function atVolume(folder: string, soundId: string, step: number): Promise<string> {
  const original = originalOf(folder, soundId);
  if (step === 0) return original;
  const copy = path.posix.join(folder, '.volumes', `${soundId}_${step}.wav`);
  try {
    if (!(await isNewer(copy, original))) await makeCopy(original, copy, 10 ** ((step * stepDb) / 20));
  } catch (error) {
    throw new MediaError('refused', `no copy of ${soundId} at another volume could be made`, {
      cause: error,
    });
  }
  return copy;
}

async function isNewer(copy: string, original: string): Promise<boolean> {
  const [ours, theirs] = await Promise.all([
    stat(copy).catch(() => undefined), // Not made yet.
    stat(original),
  ]);
  return ours !== undefined && ours.mtimeMs >= theirs.mtimeMs;
}

async function makeCopy(original: string, copy: string, factor: number): Promise<void> {
  const scaled = scale(await readFile(original), factor);
  await mkdir(path.dirname(copy), { recursive: true });
  // Renamed into place, so that nobody plays half a file.
  const part = `${copy}.${randomUUID()}`;
  await writeFile(part, scaled);
  await rename(part, copy);
}

/**
 * 16-bit PCM in a RIFF file, made louder or quieter in place.
 * @throws Error when it is anything else
 */
export function scale(wav: Buffer, factor: number): Buffer {
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || wav.toString('latin1', 8, 12) !== 'WAVE')
    throw new Error('not a WAV file');
  let isPcm16 = false;
  for (let at = 12; at + 8 <= wav.length;) {
    const [name, size] = [wav.toString('latin1', at, at + 4), wav.readUInt32LE(at + 4)];
    if (name === 'fmt ') isPcm16 = wav.readUInt16LE(at + 8) === 1 && wav.readUInt16LE(at + 22) === 16;
    if (name === 'data') {
      if (!isPcm16) throw new Error('not 16-bit PCM');
      const end = Math.min(at + 8 + size, wav.length) - 1;
      for (let sample = at + 8; sample < end; sample += 2) {
        const louder = Math.round(wav.readInt16LE(sample) * factor);
        wav.writeInt16LE(Math.max(-32_768, Math.min(32_767, louder)), sample);
      }
      return wav;
    }
    at += 8 + size + (size % 2);
  }
  throw new Error('no sound in it');
}
