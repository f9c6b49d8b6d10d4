// Text as sound by espeak-ng, a program of its own: the text goes in by its standard input, never by its command line.

import { spawn } from 'node:child_process';
import { SpeechProblem, type Speech } from '../../app/ports/speech.ts';

const voice = /^[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}$/;
/** A prompt takes some tens of milliseconds. */
const withinMs = 30_000;
/** Words a minute: a little slower than its default, for telephones. */
const pace = '155';

/** @param program for tests */
export const espeak = (program = 'espeak-ng'): Speech => ({
  async render(text, language) {
    if (!voice.test(language)) throw new SpeechProblem(`not the name of a language: ${language}`);
    return withLengths(
      await run(program, ['-v', language, '-s', pace, '-b', '1', '--stdin', '--stdout'], text),
    );
  },
});

function run(program: string, args: readonly string[], text: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: withinMs, stdio: ['pipe', 'pipe', 'pipe'] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ENOENT' ? 'is not installed' : `cannot be run: ${cause.message}`;
      reject(new SpeechProblem(`${program}, which speaks the texts of call flows, ${why}`, { cause }));
    });
    child.on('close', (code) => {
      if (code === 0 && out.length > 0) return resolve(Buffer.concat(out));
      const said = Buffer.concat(err).toString().trim().split('\n')[0] ?? '';
      reject(new SpeechProblem(`${program} could not speak: ${said || `it ended with ${code}`}`));
    });
    // It may end before it has read all: then its exit says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
  });
}

/** A RIFF file written to a pipe does not know its length (0x7ffff000 stands in its place). */
export function withLengths(wav: Buffer): Buffer {
  const data = wav.indexOf('data', 12, 'latin1');
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || data < 0) throw new SpeechProblem('no WAV came of it');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.writeUInt32LE(wav.length - data - 8, data + 4);
  return wav;
}
