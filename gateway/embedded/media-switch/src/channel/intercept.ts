// intercept: a leg takes another one out of what it does and is bridged with it; whoever was bridged with that one is hung up.

import { randomUUID } from 'node:crypto';
import { beginApplication, completeApplication, type ApplicationRequest } from './applications.ts';
import { bridge, separate } from './bridge.ts';
import type { Channel, RunningApplication } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { hangUp } from './hangup.ts';

/** `[-bleg] <uuid>`: the leg itself, or the one it is bridged with. */
function targetOf(exchange: Exchange, argument: string): Channel | undefined {
  const [first = '', second] = argument.trim().split(/\s+/);
  if (first === '-bleg') return exchange.find(second ?? '')?.partner;
  return exchange.find(first);
}

/** Bridges a channel with the leg named by the argument; without such a leg nothing happens. */
export function intercept(exchange: Exchange, channel: Channel, request: ApplicationRequest): void {
  const application: RunningApplication = {
    name: 'intercept',
    argument: request.argument,
    id: request.id ?? randomUUID(),
    stop: () => undefined,
    interrupt: () => false,
  };
  beginApplication(channel, application);
  const target = targetOf(exchange, request.argument);
  const possible = target && target !== channel && target.partner !== channel;
  if (possible) take(exchange, target);
  completeApplication(channel, application);
  if (possible) bridge(exchange, channel, target);
  else request.onEnd?.();
}

function take(exchange: Exchange, target: Channel): void {
  const { bridge: pair, partner } = target;
  if (!pair || !partner) return;
  hangUp(exchange, partner, 'PICKED_OFF');
  separate(exchange, pair);
}
