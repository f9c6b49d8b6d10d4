// A prompt is played to a caller who is alone with the machine: sound after sound, each when the one before is over.

import type { Prompt } from '../flow.ts';
import type { LegId } from '../ids.ts';
import type { Heard } from '../session.ts';
import type { Work } from './work.ts';

export type HearsPrompt = Extract<Heard, { at: 'prompt' }>;

/** @returns undefined when there is nothing to play */
export function playPrompt(work: Work, legId: LegId, [soundId, ...rest]: Prompt): HearsPrompt | undefined {
  if (soundId === undefined) return undefined;
  const playId = playOnce(work, legId, soundId);
  return { at: 'prompt', playId, rest };
}

/** In place of whatever she hears otherwise. @param then follows without a gap @returns the play's id */
export function playOnce(work: Work, legId: LegId, soundId: string, then: Prompt = []): string {
  const playId = work.newId();
  const sound = { soundId, playId, mix: false, volume: 0, times: 1, to: 'leg' } as const;
  work.effects.push({ kind: 'sound.play', legId, ...sound, ...(then.length > 0 && { then }) });
  return playId;
}
