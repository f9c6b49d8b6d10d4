// Carries out an inline dial plan on a channel that does nothing else.

import { parseCause } from './causes.ts';
import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { hangUp } from './hangup.ts';
import { answer } from './life.ts';
import { park } from './park.ts';
import type { PlannedApplication } from './plan.ts';
import { play } from './playback.ts';

/** Runs a plan on a channel that does nothing else; at its end the channel hangs up, as in FreeSWITCH. */
export function runPlan(exchange: Exchange, channel: Channel, plan: readonly PlannedApplication[]): void {
  const [first, ...rest] = plan;
  if (!channel.alive) return;
  if (!first) {
    hangUp(exchange, channel, 'NORMAL_CLEARING');
    return;
  }
  const { name, argument } = first;
  if (channel.state !== 'CS_EXECUTE') channel.enter('CS_EXECUTE');
  if (name === 'park') return park(exchange, channel, 'CS_EXECUTE');
  if (name === 'playback' || name === 'endless_playback') {
    const onEnd = (): void => {
      if (channel.alive && !channel.bridging && !channel.bridge) runPlan(exchange, channel, rest);
    };
    play(exchange, channel, { name, path: argument, onEnd });
    return;
  }
  runInstant(exchange, channel, first);
  runPlan(exchange, channel, rest);
}

/** Carries out an application that is over at once. */
export function runInstant(
  exchange: Exchange,
  channel: Channel,
  { name, argument }: PlannedApplication,
): void {
  if (name === 'answer') answer(exchange, channel);
  else if (name === 'hangup') hangUp(exchange, channel, parseCause(argument === '' ? undefined : argument));
  else if (name === 'set') {
    const equals = argument.indexOf('=');
    if (equals > 0) channel.set(argument.slice(0, equals), argument.slice(equals + 1));
  }
}
