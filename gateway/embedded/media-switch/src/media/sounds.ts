// What a path in playback, uuid_broadcast, uuid_displace and conference play means: tone_stream://, silence_stream://,
// local_stream://name, file_string://a!b, or a WAV file.

import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SampleSource } from '../audio/frame.ts';
import { composeMusic, LoopSource } from '../audio/music.ts';
import { parseTones, SilenceSource, ToneSource } from '../audio/tone.ts';
import { FileSource, SoundFileError } from './file-source.ts';
import { LocalStream } from './local-stream.ts';
import { PlaylistSource } from './playlist-source.ts';
import { SequenceSource } from './sequence-source.ts';

/** Streams that are there without a folder of their own. */
const MUSIC: ReadonlySet<string> = new Set(['moh', 'default']);

/** Opens sounds by path. One per engine: streams are shared by all who listen. */
export class SoundLibrary {
  readonly #directory: string;
  readonly #musicDirectory: string | undefined;
  readonly #position: () => number;
  readonly #streams = new Map<string, LocalStream>();
  readonly #builtIn: LocalStream | undefined;

  /**
   * @param options.directory base of relative paths
   * @param options.musicDirectory WAV files for local_stream://moh, and a folder for every other stream; without it the
   *   built-in music plays
   * @param options.position frames since the engine's start, for sounds that everybody hears in step
   */
  constructor(options: { directory: string; musicDirectory?: string; position: () => number }) {
    this.#directory = options.directory;
    this.#musicDirectory = options.musicDirectory;
    this.#position = options.position;
    if (this.#musicDirectory === undefined)
      this.#builtIn = new LocalStream(new LoopSource(composeMusic(), this.#position), this.#position);
  }

  /**
   * @param asked the path as written in the command
   * @throws SoundFileError when there is no such sound
   */
  open(asked: string): Promise<SampleSource> {
    // FreeSWITCH's parameters of a file, `{name=value}path`; they name it to whoever asked, and change nothing here.
    const path = asked.replace(/^\{[^{}]*\}/, '');
    const sequence = /^file_string:\/\/(.+)$/s.exec(path)?.[1];
    if (sequence === undefined) return this.#openOne(path);
    return SequenceSource.of(sequence.split('!'), (one) => this.#openOne(one));
  }

  async #openOne(path: string): Promise<SampleSource> {
    const [, scheme, rest = ''] = /^(tone_stream|silence_stream|local_stream):\/\/(.*)$/s.exec(path) ?? [];
    switch (scheme) {
      case 'tone_stream': {
        const script = parseTones(rest);
        if (!script) throw new SoundFileError('missing', path);
        return new ToneSource(script);
      }
      case 'silence_stream':
        if (!/^-?\d+/.test(rest)) throw new SoundFileError('missing', path);
        return new SilenceSource(parseInt(rest, 10));
      case 'local_stream':
        return (await this.#stream(rest)).listen();
      default:
        return FileSource.open(resolve(this.#directory, path));
    }
  }

  async #stream(name: string): Promise<LocalStream> {
    if (this.#builtIn && MUSIC.has(name)) return this.#builtIn;
    const running = this.#streams.get(name);
    if (running) return running;
    const paths = await this.#filesOf(name);
    if (paths.length === 0) throw new SoundFileError('missing', `local_stream://${name}`);
    const playlist = await PlaylistSource.of(paths);
    // Two that ask at the same time hear the same one.
    const first = this.#streams.get(name);
    if (first) playlist.close();
    const stream = first ?? new LocalStream(playlist, this.#position);
    this.#streams.set(name, stream);
    return stream;
  }

  async #filesOf(name: string): Promise<string[]> {
    if (this.#musicDirectory === undefined || !/^[\w-]{1,64}$/.test(name)) return [];
    const own = await wavFiles(resolve(this.#musicDirectory, name));
    return own.length > 0 || !MUSIC.has(name) ? own : wavFiles(this.#musicDirectory);
  }
}

async function wavFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => name.toLowerCase().endsWith('.wav'))
    .sort()
    .map((name) => resolve(folder, name));
}
