// A file's sound as an HTTP answer: whole or one range, on conditions (RFC 9110 sections 13 and 14). The audio element of a browser
// asks in ranges to seek.

import { createReadStream, type Stats } from 'node:fs';
import type { Context } from 'koa';
import { Refused } from '../realtime/commands.ts';

/** A file that is there. */
export interface SoundFile {
  readonly path: string;
  readonly stats: Stats;
  /** What a person who saves it sees. */
  readonly name: string;
}

/** @throws Refused range_not_satisfiable, precondition_failed */
export function sendSound(context: Context, { path, stats, name }: SoundFile): void {
  const validator = validatorOf(stats);
  context.set({
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-store',
    'Content-Disposition': `inline; filename="${name}"`,
    ETag: validator.etag,
    'Last-Modified': validator.lastModified,
  });
  const outcome = conditionOf(context, validator);
  if (outcome === 'failed') throw new Refused('precondition_failed', 'The file is another one than you know');
  if (outcome === 'unchanged') {
    context.status = 304;
    return;
  }
  const { size } = stats;
  // A range is defined for GET only, and of the representation the client knows (section 14.2, 13.1.5).
  const wanted =
    context.method === 'GET' && isOfThis(context.get('If-Range'), validator)
      ? rangeOf(context.get('Range'), size)
      : undefined;
  if (wanted === 'none') {
    context.set('Content-Range', `bytes */${size}`);
    throw new Refused('range_not_satisfiable');
  }
  const { first, last } = wanted ?? { first: 0, last: size - 1 };
  context.status = wanted ? 206 : 200;
  context.type = 'audio/wav';
  if (wanted) context.set('Content-Range', `bytes ${first}-${last}/${size}`);
  if (context.method === 'GET')
    context.body = size === 0 ? '' : createReadStream(path, { start: first, end: last });
  context.length = last - first + 1;
}

interface Validator {
  readonly etag: string;
  readonly lastModified: string;
}

/** Strong: a recording only ever grows, and then its length is another. */
const validatorOf = ({ size, mtimeMs }: Stats): Validator => ({
  etag: `"${size.toString(16)}-${Math.floor(mtimeMs * 1_000).toString(16)}"`,
  lastModified: new Date(mtimeMs).toUTCString(),
});

/** If-Match, If-None-Match, and the dates where those are not given, in the order of section 13.2.2. */
function conditionOf(context: Context, { etag, lastModified }: Validator): 'met' | 'failed' | 'unchanged' {
  const [match, noneMatch] = [context.get('If-Match'), context.get('If-None-Match')];
  const changedAt = Date.parse(lastModified);
  if (match !== '' && !tagsOf(match).some((tag) => tag === '*' || tag === etag)) return 'failed';
  if (match === '' && changedAt > Date.parse(context.get('If-Unmodified-Since'))) return 'failed';
  // Compared weakly (section 13.1.2): W/ makes no difference.
  if (noneMatch !== '') {
    const known = tagsOf(noneMatch).some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
    return known ? 'unchanged' : 'met';
  }
  return changedAt <= Date.parse(context.get('If-Modified-Since')) ? 'unchanged' : 'met';
}

const tagsOf = (header: string): string[] => header.match(/\*|(?:W\/)?"[^"]*"/g) ?? [];

/** Strong comparison only: a weak tag, or another date, asks for the whole (section 13.1.5). */
const isOfThis = (ifRange: string, { etag, lastModified }: Validator): boolean =>
  ifRange === '' || ifRange === etag || ifRange === lastModified;

type Range = { readonly first: number; readonly last: number };

/** One range; several, or another unit, are ignored as section 14.2 allows. `none`: nothing of it exists. */
export function rangeOf(header: string, size: number): Range | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header.trim()) ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  return first <= last && first < size ? { first, last } : 'none';
}
