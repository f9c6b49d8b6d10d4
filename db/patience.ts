// Writing what somebody waits for: tried again while the database is locked or away, given up at a deadline.

import { setTimeout as sleep } from 'node:timers/promises';
import { StorageUnavailable } from '../app/ports/submissions.ts';
import { isTransient } from './dialect.ts';

const firstPauseMs = 25;
const longestPauseMs = 500;

/**
 * The result of `write`, tried again after failures that pass (locks, lost connections).
 * @param withinMs when to give up, milliseconds from now
 * @throws StorageUnavailable at the deadline; whatever `write` throws when trying again is no use
 */
export async function patiently<T>(write: () => Promise<T>, withinMs: number): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
    try {
      return await write();
    } catch (error) {
      if (!isTransient(error)) throw error;
      if (performance.now() + pause > deadline) {
        throw new StorageUnavailable('busy', `the database could not take it within ${withinMs} ms`, {
          cause: error,
        });
      }
    }
    await sleep(pause);
  }
}
