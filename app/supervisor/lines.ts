// A stream of bytes as lines: chunks are cut anywhere, also within a line or a letter.

import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is handed over in pieces: a program gone mad must not fill our memory. */
const longestLine = 64 * 1024;

/** Calls `onLine` for each line, without its line end; for the last one also when no line end follows. */
export function forEachLine(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
    if (rest.length < longestLine) return;
    onLine(rest);
    rest = '';
  });
  stream.once('end', () => {
    const last = rest + decoder.end();
    if (last !== '') onLine(last);
  });
}
