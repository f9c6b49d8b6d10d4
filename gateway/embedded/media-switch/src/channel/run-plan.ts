// Carries out applications: those of an inline dial plan one after the other, and the single one of a sendmsg.

import { randomUUID } from 'node:crypto';
import { joinConference } from '../conference/join.ts';
import {
  beginApplication,
  completeApplication,
  runWaiting,
  type ApplicationRequest,
} from './applications.ts';
import { parseCause } from './causes.ts';
import type { Channel, RunningApplication } from './channel.ts';
import { eavesdrop } from './eavesdrop.ts';
import { echo } from './echo.ts';
import type { Exchange } from './exchange.ts';
import { getDigits } from './get-digits.ts';
import { hangUp } from './hangup.ts';
import { intercept } from './intercept.ts';
import { answer, preAnswer, ringReady } from './life.ts';
import { park } from './park.ts';
import type { PlannedApplication } from './plan.ts';
import { play } from './playback.ts';

type Start = (exchange: Exchange, channel: Channel, request: ApplicationRequest) => void;

/** Applications that take time: they end by themselves, or when something else takes the channel. */
const LASTING: ReadonlyMap<string, Start> = new Map([
  ['playback', play],
  ['endless_playback', play],
  ['eavesdrop', eavesdrop],
  ['three_way', eavesdrop],
  ['intercept', intercept],
  ['conference', joinConference],
  ['play_and_get_digits', getDigits],
  ['echo', echo],
]);

/** Runs a plan on a channel that does nothing else; at its end the channel hangs up, as in FreeSWITCH. */
export function runPlan(exchange: Exchange, channel: Channel, plan: readonly PlannedApplication[]): void {
  const [first, ...rest] = plan;
  if (!channel.alive) return;
  if (!first) {
    hangUp(exchange, channel, 'NORMAL_CLEARING');
    return;
  }
  if (channel.state !== 'CS_EXECUTE') channel.enter('CS_EXECUTE');
  if (first.name === 'park') {
    park(exchange, channel, 'CS_EXECUTE');
    runWaiting(channel);
    return;
  }
  const start = LASTING.get(first.name);
  if (start) {
    const onEnd = (): void => {
      if (channel.alive && !channel.bridging && !channel.bridge) runPlan(exchange, channel, rest);
    };
    start(exchange, channel, { ...first, onEnd });
    return;
  }
  runInstant(exchange, channel, first);
  runPlan(exchange, channel, rest);
}

/** Runs one application on top of whatever the channel does; at its end that goes on. */
export function runOnTop(exchange: Exchange, channel: Channel, request: ApplicationRequest): void {
  const start = LASTING.get(request.name);
  if (start) start(exchange, channel, { ...request, onEnd: () => runWaiting(channel) });
  else runInstant(exchange, channel, request);
}

/** Carries out an application that is over at once. */
function runInstant(exchange: Exchange, channel: Channel, request: ApplicationRequest): void {
  const application: RunningApplication = {
    name: request.name,
    argument: request.argument,
    id: request.id ?? randomUUID(),
    stop: () => undefined,
    interrupt: () => false,
  };
  beginApplication(channel, application);
  perform(exchange, channel, request);
  completeApplication(channel, application);
}

function perform(exchange: Exchange, channel: Channel, { name, argument }: PlannedApplication): void {
  switch (name) {
    case 'answer':
      return answer(exchange, channel);
    case 'pre_answer':
      return preAnswer(exchange, channel);
    case 'ring_ready':
      return ringReady(exchange, channel);
    case 'hangup':
      return void hangUp(exchange, channel, parseCause(argument === '' ? undefined : argument));
    case 'unset':
      return channel.set(argument, undefined);
    case 'set': {
      const equals = argument.indexOf('=');
      if (equals > 0) channel.set(argument.slice(0, equals), argument.slice(equals + 1));
    }
  }
}
