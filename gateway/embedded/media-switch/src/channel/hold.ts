// Hold, from both sides: uuid_hold sends a re-INVITE; a phone that sends one gets its partner music.
//
//   ACTIVE ──hold──> HELD ──unhold──> UNHELD ─> ACTIVE

import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { connectMedia } from './life.ts';
import { play } from './playback.ts';

const HOLD_MUSIC = 'local_stream://moh';

function enterHold(exchange: Exchange, channel: Channel): void {
  channel.times.lastHold = exchange.clock.now();
  channel.enterCallState('HELD');
  channel.raise('CHANNEL_HOLD');
}

function leaveHold(exchange: Exchange, channel: Channel): void {
  channel.times.holdAccum += exchange.clock.now() - channel.times.lastHold;
  channel.enterCallState('UNHELD');
  channel.raise('CHANNEL_UNHOLD');
}

/**
 * uuid_hold, uuid_hold off.
 * @returns false when the phone itself holds, or the channel has no sound yet
 */
export function hold(exchange: Exchange, channel: Channel, wanted: boolean): boolean {
  if (channel.heldByPeer || !channel.answered || !channel.session || !channel.signalling) return false;
  if (channel.holding === wanted) return true;
  const { session, signalling } = channel;
  channel.holding = wanted;
  session.holding = wanted;
  if (wanted) {
    exchange.media.order({ order: 'hold', leg: channel.uuid, held: true });
    enterHold(exchange, channel);
  } else leaveHold(exchange, channel);
  void signalling.reoffer(session.offer()).then(
    (answer) => {
      if (!channel.alive) return;
      session.accept(answer);
      connectMedia(exchange, channel, session);
      if (!wanted) resume(exchange, channel);
    },
    (error: unknown) => {
      // The phone refused: it plays on as before, and our side of the hold still stands.
      exchange.log(
        `${channel.uuid}: re-INVITE failed: ${error instanceof Error ? error.message : String(error)}`,
      );
      if (channel.alive && !wanted) resume(exchange, channel);
    },
  );
  return true;
}

function resume(exchange: Exchange, channel: Channel): void {
  exchange.media.order({ order: 'hold', leg: channel.uuid, held: false });
  channel.enterCallState('ACTIVE');
}

/** A re-INVITE of the phone was answered: take note of a hold it began or ended. */
export function notePeerHold(exchange: Exchange, channel: Channel, held: boolean): void {
  if (channel.heldByPeer === held) return;
  channel.heldByPeer = held;
  const partner = channel.partner;
  if (held) {
    enterHold(exchange, channel);
    const music = channel.variables.get('hold_music') ?? HOLD_MUSIC;
    if (partner && music !== 'silence') play(exchange, partner, { name: 'playback', argument: music });
    return;
  }
  const playing = partner?.applications.at(-1);
  if (playing?.name === 'playback') playing.interrupt();
  leaveHold(exchange, channel);
  channel.enterCallState('ACTIVE');
}
