// What a path in playback, uuid_broadcast and endless_playback means: tone_stream://, silence_stream://,
// local_stream://moh, or a WAV file.

import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SampleSource } from '../audio/frame.ts';
import { composeMusic, LoopSource } from '../audio/music.ts';
import { parseTones, SilenceSource, ToneSource } from '../audio/tone.ts';
import { FileSource, SoundFileError } from './file-source.ts';

/** Plays a list of files for ever: music on hold from a directory. */
class PlaylistSource implements SampleSource {
  readonly #paths: readonly string[];
  #index = 0;
  #current: SampleSource | undefined;
  #opening = false;
  #closed = false;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  read(frame: Int16Array): boolean {
    if (this.#current?.read(frame)) return true;
    frame.fill(0);
    this.#current?.close();
    this.#current = undefined;
    if (!this.#opening) void this.#openNext();
    return true;
  }

  async #openNext(): Promise<void> {
    this.#opening = true;
    const path = this.#paths[this.#index++ % this.#paths.length]!;
    // A file that went missing is skipped: the list goes on with the next one.
    const next = await FileSource.open(path).catch(() => undefined);
    this.#opening = false;
    if (this.#closed) next?.close();
    else this.#current = next;
  }

  close(): void {
    this.#closed = true;
    this.#current?.close();
  }
}

/** Opens sounds by path. One per engine: the built-in music is composed once and shared. */
export class SoundLibrary {
  readonly #directory: string;
  readonly #musicDirectory: string | undefined;
  readonly #position: () => number;
  #music: Int16Array | undefined;

  /**
   * @param options.directory base of relative paths
   * @param options.musicDirectory WAV files for local_stream://; without it the built-in music plays
   * @param options.position frames since the engine's start, for sounds that everybody hears in step
   */
  constructor(options: { directory: string; musicDirectory?: string; position: () => number }) {
    this.#directory = options.directory;
    this.#musicDirectory = options.musicDirectory;
    this.#position = options.position;
    if (this.#musicDirectory === undefined) this.#music = composeMusic();
  }

  /**
   * @param path as written in the command
   * @throws SoundFileError when there is no such sound
   */
  async open(path: string): Promise<SampleSource> {
    const [, scheme, rest] = /^(tone_stream|silence_stream|local_stream):\/\/(.*)$/s.exec(path) ?? [];
    switch (scheme) {
      case 'tone_stream': {
        const script = parseTones(rest!);
        if (!script) throw new SoundFileError('missing', path);
        return new ToneSource(script);
      }
      case 'silence_stream':
        if (!/^-?\d+/.test(rest!)) throw new SoundFileError('missing', path);
        return new SilenceSource(parseInt(rest!, 10));
      case 'local_stream':
        return this.#openMusic();
      default:
        return FileSource.open(resolve(this.#directory, path));
    }
  }

  async #openMusic(): Promise<SampleSource> {
    if (this.#musicDirectory === undefined) return new LoopSource(this.#music!, this.#position);
    const directory = this.#musicDirectory;
    const names = await readdir(directory).catch((): string[] => []);
    const paths = names.filter((name) => name.toLowerCase().endsWith('.wav')).sort();
    if (paths.length === 0) throw new SoundFileError('missing', directory);
    return new PlaylistSource(paths.map((name) => resolve(directory, name)));
  }
}
