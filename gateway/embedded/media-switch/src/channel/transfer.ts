// uuid_transfer, uuid_park: a channel leaves what it does and runs something else.

import { stopApplications } from './applications.ts';
import { separate, survive } from './bridge.ts';
import type { Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { park, unpark } from './park.ts';
import type { PlannedApplication } from './plan.ts';
import { runPlan } from './run-plan.ts';

/** Which legs of a bridge a transfer takes. */
export type TransferScope = 'own' | 'other' | 'both';

/** Takes legs out of their bridge and runs a plan on them; a leg left over is parked or hung up. */
export function transfer(
  exchange: Exchange,
  channel: Channel,
  scope: TransferScope,
  plan: readonly PlannedApplication[],
): void {
  exchange.clock.soon(() => {
    if (!channel.alive) return;
    const pair = channel.bridge;
    const partner = channel.partner;
    if (!pair || !partner) {
      leaveEverything(channel);
      reroute(exchange, channel, plan);
      return;
    }
    const moved = scope === 'both' ? [partner, channel] : [scope === 'own' ? channel : partner];
    for (const leg of moved) leg.otherLeg = undefined;
    separate(exchange, pair);
    for (const leg of moved) reroute(exchange, leg, plan);
    if (scope !== 'both') survive(exchange, scope === 'own' ? partner : channel);
  });
}

function leaveEverything(channel: Channel): void {
  stopApplications(channel);
  unpark(channel);
}

function reroute(exchange: Exchange, channel: Channel, plan: readonly PlannedApplication[]): void {
  if (!channel.alive) return;
  const now = exchange.clock.now();
  channel.times.transferred = now;
  channel.transferSource = `${Math.floor(now / 1_000_000)}:${channel.uuid}:uuid_transfer`;
  channel.set('transfer_source', channel.transferSource);
  rerouteStates(channel);
  runPlan(exchange, channel, plan);
}

/** An answered inbound leg rings for a moment on its way through the dial plan; an outbound one is told its caller id. */
function rerouteStates(channel: Channel): void {
  const rings = channel.direction === 'inbound' && channel.callState === 'ACTIVE';
  channel.state = 'CS_ROUTING';
  if (rings) channel.enterCallState('RINGING');
  channel.enter('CS_ROUTING');
  if (channel.direction === 'outbound') channel.raise('CALL_UPDATE', { extra: [['Direction', 'RECV']] });
  channel.state = 'CS_EXECUTE';
  if (rings) channel.enterCallState('ACTIVE');
  channel.enter('CS_EXECUTE');
}

/** uuid_park: the channel is parked without an application, its partner survives or not. */
export function parkOutright(exchange: Exchange, channel: Channel): void {
  exchange.clock.soon(() => {
    if (!channel.alive) return;
    const partner = channel.partner;
    if (channel.bridge) separate(exchange, channel.bridge);
    leaveEverything(channel);
    park(exchange, channel, 'CS_PARK');
    if (partner) survive(exchange, partner);
  });
}
