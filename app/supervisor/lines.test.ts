import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { forEachLine } from './lines.ts';

async function linesOf(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  forEachLine(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  return lines;
}

test('chunks may be cut anywhere: within a line, within a letter, before a line end', async () => {
  const bytes = Buffer.from('früh\r\nspät\n\nlast');
  for (let at = 0; at <= bytes.length; at += 1) {
    expect(await linesOf(bytes.subarray(0, at), bytes.subarray(at))).toEqual(['früh', 'spät', '', 'last']);
  }
});

test('nothing is no line', async () => {
  expect(await linesOf()).toEqual([]);
  expect(await linesOf('\n')).toEqual(['']);
});

test('a line without an end is handed over in pieces instead of kept', async () => {
  const piece = 'x'.repeat(40_000);
  const lines = await linesOf(piece, piece, piece);
  expect(lines.map(({ length }) => length)).toEqual([80_000, 40_000]);
});
