// Prompts as sounds. A text is spoken once, ahead of time, and kept under a name made of what it says; at call time there are only ids.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Prompt } from '../domain/flow.ts';
import { SpeechProblem, type Speech } from '../ports/speech.ts';
import { FlowsProblem, type StatedPrompt } from './file.ts';

/** Changes when the same text comes to sound different. */
const rendering = '1';

interface Spoken {
  readonly text: string;
  readonly language: string;
  /** Where it was first found. */
  readonly where: string;
}

/** The prompts of a flow file, as they are found in it. */
export class Prompts {
  readonly #language: string;
  readonly #texts = new Map<string, Spoken>();
  readonly #sounds = new Map<string, string>();

  constructor(language: string) {
    this.#language = language;
  }

  /** @param where for the problem, should it not be there */
  of(stated: StatedPrompt | undefined, where: string): Prompt {
    if (stated === undefined) return [];
    return (Array.isArray(stated) ? stated : [stated]).map((part) => {
      if (typeof part !== 'string') return this.say(part.say, where, part.language);
      if (!this.#sounds.has(part)) this.#sounds.set(part, where);
      return part;
    });
  }

  /** @returns the id it will have */
  say(text: string, where: string, language = this.#language): string {
    const digest = createHash('sha256').update(`${rendering}\0${language}\0${text}`).digest('hex');
    const id = `say-${language}-${digest.slice(0, 24)}`;
    if (!this.#texts.has(id)) this.#texts.set(id, { text, language, where });
    return id;
  }

  /**
   * Speaks what has not been spoken before, and looks for what must be there.
   * @param folder of sounds
   * @param builtIn sounds that need no file
   * @throws FlowsProblem
   */
  async prepare(folder: string, speech: Speech, builtIn: ReadonlySet<string>): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const [id, where] of this.#sounds) {
      if (!builtIn.has(id) && !(await exists(fileOf(folder, id))))
        throw new FlowsProblem(`${where}: there is no sound "${id}": ${fileOf(folder, id)}`);
    }
    for (const [id, spoken] of this.#texts)
      if (!(await exists(fileOf(folder, id)))) await speak(fileOf(folder, id), spoken, speech);
  }
}

const fileOf = (folder: string, id: string): string => path.join(folder, `${id}.wav`);

const exists = async (file: string): Promise<boolean> =>
  (await stat(file).catch(() => undefined)) !== undefined; // Not there, or not ours to see.

async function speak(file: string, { text, language, where }: Spoken, speech: Speech): Promise<void> {
  try {
    const wav = await speech.render(text, language);
    // Renamed into place, so that nobody plays half a file.
    const part = `${file}.${randomUUID()}`;
    await writeFile(part, wav);
    await rename(part, file);
  } catch (error) {
    if (error instanceof SpeechProblem)
      throw new FlowsProblem(`${where}: ${error.message}`, { cause: error });
    throw error;
  }
}
