// uuid_audio: mute and volume of what a leg says (read) and hears (write).

import { gainOfLevel } from '../audio/mixer.ts';
import type { AudioLevels, Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { attachBug, detachBug } from './media-bugs.ts';

export type AudioSide = 'read' | 'write';

const NORMAL: AudioLevels = { muted: false, level: 0 };
const BUG = 'audio';
const gainOf = ({ muted, level }: AudioLevels): number => (muted ? 0 : gainOfLevel(level));

/** Mutes (0 unmutes) or sets a level of −4…4 on one direction. */
export function setAudio(
  exchange: Exchange,
  channel: Channel,
  change: { readonly side: AudioSide; readonly kind: 'mute' | 'level'; readonly value: number },
): void {
  const { side, kind, value } = change;
  const before = channel.audio[side];
  if (kind === 'mute') channel.audio[side] = { muted: value !== 0, level: 0 };
  else if (Math.abs(value) <= 4) channel.audio[side] = { ...before, level: value };
  apply(exchange, channel, kind);
}

/** Back to normal in both directions. */
export function clearAudio(exchange: Exchange, channel: Channel): void {
  channel.audio.read = channel.audio.write = NORMAL;
  apply(exchange, channel, 'mute');
}

function apply(exchange: Exchange, channel: Channel, target: string): void {
  const [read, write] = [gainOf(channel.audio.read), gainOf(channel.audio.write)];
  exchange.media.order({ order: 'volume', leg: channel.uuid, read, write });
  if (read === 1 && write === 1) detachBug(channel, BUG);
  else if (!channel.bugs.has(BUG)) attachBug(channel, BUG, { function: 'audio', target });
}
