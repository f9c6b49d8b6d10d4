import { expect, test } from 'vitest';
import { espeak, withLengths } from './espeak.ts';

test('a program that is not there is said to be missing, by name', async () => {
  await expect(espeak('no-such-program').render('Hello', 'en')).rejects.toThrow(
    'no-such-program, which speaks the texts of call flows, is not installed',
  );
});

test('a program that says nothing has failed, and its own words are told', async () => {
  await expect(espeak('true').render('Hello', 'en')).rejects.toThrow('true could not speak');
  await expect(espeak('false').render('Hello', 'en')).rejects.toThrow('it ended with 1');
});

test('a language that could be an option is no language', async () => {
  await expect(espeak('echo').render('Hello', '-w /etc/passwd')).rejects.toThrow(
    'not the name of a language',
  );
});

test('a file that came through a pipe is told its length', () => {
  const wav = Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WAVEfmt data\xff\xff\xff\x7f', 'latin1'),
    Buffer.alloc(10),
  ]);
  const whole = withLengths(wav);
  expect([whole.readUInt32LE(4), whole.readUInt32LE(whole.indexOf('data') + 4)]).toEqual([
    wav.length - 8,
    10,
  ]);
  expect(() => withLengths(Buffer.from('no sound'))).toThrow('no WAV');
});
