// Where a recording's sound is: only ever in the recordings folder, whatever a record says.

import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';

/**
 * The file's real path, links resolved.
 * @param file as the record has it: absolute, or relative to the folder
 * @returns undefined when there is no such file, or it lies elsewhere: nobody is told which
 * @throws what the file system says when it could not look
 */
export async function inside(folder: string, file: string): Promise<string | undefined> {
  try {
    const home = await realpath(folder);
    const path = await realpath(resolve(home, file));
    return isBelow(home, path) ? path : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Does this name lie in the folder, going by names alone? */
export const isNamedInside = (folder: string, file: string): boolean =>
  isBelow(resolve(folder), resolve(folder, file));

function isBelow(home: string, path: string): boolean {
  const way = relative(home, path);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
