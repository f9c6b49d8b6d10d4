// Media bugs as events tell them: what hangs on a channel's sound, from MEDIA_BUG_START to MEDIA_BUG_STOP.

import type { AttachedBug, BugFunction } from './attached-bug.ts';
import type { Channel } from './channel.ts';

/** MEDIA_BUG_START or MEDIA_BUG_STOP. */
export function raiseBug(channel: Channel, what: 'START' | 'STOP', bug: AttachedBug): void {
  channel.raise(`MEDIA_BUG_${what}`, {
    extra: [
      ['Media-Bug-Function', bug.function],
      ['Media-Bug-Target', bug.target],
    ],
  });
}

/** Attaches a bug under a name and says so. */
export function attachBug(channel: Channel, name: string, bug: AttachedBug): void {
  channel.bugs.set(name, bug);
  raiseBug(channel, 'START', bug);
}

/** Takes a bug off and says so. @returns false when there is none of that name */
export function detachBug(channel: Channel, name: string): boolean {
  const bug = channel.bugs.get(name);
  if (!bug) return false;
  channel.bugs.delete(name);
  raiseBug(channel, 'STOP', bug);
  return true;
}

/** Takes bugs of some kinds off a channel that has hung up. */
export function detachBugs(channel: Channel, ...kinds: readonly BugFunction[]): void {
  for (const [name, bug] of [...channel.bugs]) {
    if (!kinds.includes(bug.function)) continue;
    detachBug(channel, name);
    bug.onChannelEnd?.();
  }
}
