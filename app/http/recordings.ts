// Playing a recording back: only from the recordings folder, only to whom the route admits, in ranges (RFC 9110 section
// 14), and never without a log line that says who listened.

import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { Refused } from '../realtime/commands.ts';

export interface Recordings {
  /** Where recordings are; nothing outside it is ever sent. */
  readonly folder: string;
  readonly log: Logger;
}

interface Wanted {
  readonly sessionId: string;
  /** As the record has it: absolute, or relative to the folder. */
  readonly file: string;
  readonly by: string;
}

/** @throws Refused not_found (no file, or a file elsewhere: the same answer), range_not_satisfiable */
export async function sendRecording(
  context: Context,
  { folder, log }: Recordings,
  wanted: Wanted,
): Promise<void> {
  const path = await inside(folder, wanted.file);
  const size = path === undefined ? undefined : (await stat(path)).size;
  if (path === undefined || size === undefined) throw new Refused('not_found');
  const range = rangeOf(context.get('Range'), size);
  log.info(
    { audit: 'recording.played', sessionId: wanted.sessionId, by: wanted.by, range },
    'a recording was played',
  );
  context.set({
    'Accept-Ranges': 'bytes',
    'Content-Disposition': `inline; filename="${wanted.sessionId}.wav"`,
  });
  context.type = 'audio/wav';
  if (range === 'none') {
    context.set('Content-Range', `bytes */${size}`);
    throw new Refused('range_not_satisfiable');
  }
  const { first, last } = range ?? { first: 0, last: size - 1 };
  context.status = range ? 206 : 200;
  if (range) context.set('Content-Range', `bytes ${first}-${last}/${size}`);
  context.length = last - first + 1;
  context.body = size === 0 ? '' : createReadStream(path, { start: first, end: last });
}

/** The file's real path if it lies in the folder, links resolved; undefined otherwise. */
async function inside(folder: string, file: string): Promise<string | undefined> {
  try {
    const home = await realpath(folder);
    const path = await realpath(resolve(home, file));
    const way = relative(home, path);
    return way === '' || way.startsWith('..') || isAbsolute(way) ? undefined : path;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}

type Range = { readonly first: number; readonly last: number };

/** One range; several, or another unit, are ignored as RFC 9110 section 14.2 allows. `none`: nothing of it exists. */
export function rangeOf(header: string, size: number): Range | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  return first <= last && first < size ? { first, last } : 'none';
}
