// uuid_displace: a sound over, or in place of, one direction of a leg, by the leg's path.

import type { AttachedBug } from './attached-bug.ts';
import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { preAnswer } from './life.ts';
import { detachBug, raiseBug } from './media-bugs.ts';

const nameOf = (path: string): string => `displace ${path}`;

/** FreeSWITCH's flags: m mixes, l loops, r is the leg's own voice, w with r both directions. */
function modeOf(flags: string): { side: 'read' | 'write' | 'both'; mix: boolean; loop: boolean } {
  const read = flags.includes('r');
  return {
    side: read ? (flags.includes('w') ? 'both' : 'read') : 'write',
    mix: flags.includes('m'),
    loop: flags.includes('l'),
  };
}

/**
 * Starts a displacement.
 * @param limitSeconds ends it by itself, 0 for never
 * @returns false when there is no such sound, no sound at all on the leg, or one of that path already
 */
export async function startDisplacing(
  exchange: Exchange,
  channel: Channel,
  { path, limitSeconds, flags }: { path: string; limitSeconds: number; flags: string },
): Promise<boolean> {
  preAnswer(exchange, channel);
  if (!channel.hasMedia || channel.bugs.has(nameOf(path))) return false;
  const bug: AttachedBug = { function: 'displace', target: path };
  // Its place is taken while the sound is opened: a second one of the same path finds it.
  channel.bugs.set(nameOf(path), bug);
  try {
    await exchange.media.call('displace', {
      leg: channel.uuid,
      path,
      ...modeOf(flags),
      limitMs: limitSeconds * 1_000,
    });
  } catch (error) {
    exchange.log(
      `${channel.uuid}: cannot displace: ${error instanceof Error ? error.message : String(error)}`,
    );
    channel.bugs.delete(nameOf(path));
    return false;
  }
  if (channel.alive) raiseBug(channel, 'START', bug);
  return true;
}

/** Stops one. @returns false when there is none of that path */
export function stopDisplacing(exchange: Exchange, channel: Channel, path: string): boolean {
  if (!channel.bugs.has(nameOf(path))) return false;
  exchange.media.order({ order: 'stopDisplace', leg: channel.uuid, path });
  return detachBug(channel, nameOf(path));
}

/** The sound or its limit is over. */
export function noteDisplaceEnd(channel: Channel, path: string): void {
  detachBug(channel, nameOf(path));
}
