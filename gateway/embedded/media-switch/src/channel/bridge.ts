// Two channels joined, and what becomes of each when the other goes.
//
//   parked, parked ──uuid_bridge──> joining ──> bridged ──leg gone──> survivor: parked if park_after_bridge, else hung up
//                                                       ──transfer──> parked, and the other parked or hung up
//
// CHANNEL_BRIDGE and CHANNEL_UNBRIDGE are raised once per bridge, on its first leg.

import { randomUUID } from 'node:crypto';
import type { EventFields } from '../esl/event.ts';
import { stopApplications } from './applications.ts';
import type { BridgePair, Channel } from './channel.ts';
import type { Exchange } from './exchange.ts';
import { hangUp } from './hangup.ts';
import { answer } from './life.ts';
import { park, unpark } from './park.ts';

const bridgeFields = (pair: BridgePair): EventFields => [
  ['Bridge-A-Unique-ID', pair.first.uuid],
  ['Bridge-B-Unique-ID', pair.second.uuid],
];

/** Joins two live channels; everything but the acceptance happens in later turns, as events tell. */
export function bridge(exchange: Exchange, first: Channel, second: Channel): void {
  exchange.clock.soon(() => {
    if (!bothAlive(exchange, first, second)) return;
    first.otherLeg = second;
    first.otherType = 'originatee';
    second.otherLeg = first;
    second.otherType = 'originator';
    first.bridging = second.bridging = true;
    release(exchange, second, first);
    release(exchange, first, second);
    for (const leg of [first, second])
      for (const state of ['CS_HIBERNATE', 'CS_RESET', 'CS_SOFT_EXECUTE'] as const) leg.enter(state);
    exchange.clock.soon(() => connect(exchange, first, second));
  });
}

/** Frees a leg from what it does: an earlier bridge, sounds, park. */
function release(exchange: Exchange, leg: Channel, joining: Channel): void {
  stopApplications(leg);
  const pair = leg.bridge;
  if (!pair) {
    unpark(leg);
    return;
  }
  const left = leg.partner!;
  separate(exchange, pair);
  if (left !== joining) survive(exchange, left);
}

/** Legs without sound cannot be joined: FreeSWITCH ends both, with these causes. */
function canBridge(exchange: Exchange, first: Channel, second: Channel): boolean {
  if (first.hasMedia && second.hasMedia) return true;
  const [silent, other] = first.hasMedia ? [second, first] : [first, second];
  hangUp(exchange, silent, 'DESTINATION_OUT_OF_ORDER');
  hangUp(exchange, other, 'ORIGINATOR_CANCEL');
  return false;
}

/** A leg that hung up on the way takes the other with it, or leaves it parked. */
function bothAlive(exchange: Exchange, first: Channel, second: Channel): boolean {
  if (first.alive && second.alive) return true;
  for (const leg of [first, second]) {
    const wasJoining = leg.bridging;
    leg.bridging = false;
    if (leg.alive && wasJoining) survive(exchange, leg);
  }
  return false;
}

function connect(exchange: Exchange, first: Channel, second: Channel): void {
  if (!bothAlive(exchange, first, second) || !canBridge(exchange, first, second)) return;
  const pair: BridgePair = { first, second, lose: (gone) => loseBridgedLeg(exchange, gone) };
  const now = exchange.clock.now();
  for (const [leg, other] of [
    [first, second],
    [second, first],
  ] as const) {
    leg.bridging = false;
    leg.bridge = pair;
    leg.times.bridged = now;
    leg.application = { name: 'uuid_bridge', argument: other.uuid };
    leg.set('bridge_uuid', other.uuid);
    leg.set('signal_bond', other.uuid);
    leg.set('bridge_to', other.uuid);
    leg.set('last_bridge_to', other.uuid);
    leg.set('bridge_channel', other.name);
    leg.raise('CHANNEL_EXECUTE', {
      extra: [
        ['Application', 'uuid_bridge'],
        ['Application-Data', other.uuid],
        ['Application-UUID', randomUUID()],
      ],
    });
  }
  if (first.direction === 'inbound' && first.answerState === 'early' && second.answered)
    answer(exchange, first);
  exchange.media.order({ order: 'join', room: first.uuid, legs: [first.uuid, second.uuid] });
  second.enter('CS_CONSUME_MEDIA');
  first.raise('CHANNEL_BRIDGE', { extra: bridgeFields(pair) });
  second.enter('CS_EXCHANGE_MEDIA');
  for (const leg of [first, second])
    leg.raise('CALL_UPDATE', {
      extra: [
        ['Direction', 'SEND'],
        ['Bridged-To', leg.partner!.uuid],
      ],
    });
}

/** Undoes a bridge: no sound between the two any more, CHANNEL_UNBRIDGE on the first. What follows is the caller's. */
export function separate(exchange: Exchange, pair: BridgePair): void {
  detach(exchange, pair);
  pair.first.raise('CHANNEL_UNBRIDGE', { extra: bridgeFields(pair) });
}

function detach(exchange: Exchange, pair: BridgePair): void {
  for (const leg of [pair.first, pair.second]) {
    exchange.media.order({ order: 'leave', leg: leg.uuid });
    stopApplications(leg);
    leg.bridge = undefined;
    leg.set('bridge_uuid', undefined);
    leg.set('signal_bond', undefined);
    leg.set('bridge_to', undefined);
  }
}

/** What becomes of a leg that lost its partner. */
export function survive(exchange: Exchange, leg: Channel): void {
  const cause = leg.otherLeg?.hangupCause;
  if (cause !== undefined) {
    leg.set('last_bridge_hangup_cause', cause);
    leg.set('bridge_hangup_cause', cause);
  }
  if (!leg.alive) return;
  if (leg.isTrue('park_after_bridge')) park(exchange, leg, 'CS_PARK');
  else {
    if (leg.state === 'CS_SOFT_EXECUTE') leg.state = 'CS_EXECUTE';
    hangUp(exchange, leg, 'NORMAL_CLEARING');
  }
}

/** A bridged leg has hung up: the other one is told, parked or hung up. The order of events depends on which leg it was. */
function loseBridgedLeg(exchange: Exchange, gone: Channel): void {
  const pair = gone.bridge;
  if (!pair) return;
  const survivor = gone.partner!;
  if (gone === pair.first) {
    detach(exchange, pair);
    survive(exchange, survivor);
    gone.raise('CHANNEL_UNBRIDGE', { extra: bridgeFields(pair) });
    return;
  }
  separate(exchange, pair);
  survive(exchange, survivor);
}
