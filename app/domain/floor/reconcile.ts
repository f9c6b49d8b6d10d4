// The floor against the switch. Signals get lost, processes die; what the switch holds is the truth about legs, and what
// the floor holds is the truth about everything else. A disagreement is believed when it is seen twice in a row, since the
// list is older than the signals that overtook it; after a restart a missing leg is believed at once.
//
//   on the switch, not on the floor   → taken in when its arrival says who it is; otherwise hung up
//   on the floor, not on the switch   → as if it had ended
//   answered or bridged, and we missed it, or the reverse → as if the signal had come

import { ignored } from '../change.ts';
import type { Instant, LegId, SessionId } from '../ids.ts';
import {
  agentSideOf,
  customerLegOf,
  isLive,
  roleOf,
  type Customer,
  type LiveSession,
  type Session,
} from '../session.ts';
import { moveSession } from './books.ts';
import { agentLegEnded, bridged, byLeg, byPair, legArrived } from './by-leg.ts';
import { freeStranded, setMediaUp } from './by-switch.ts';
import type { LiveLeg, Reconciled } from './inputs.ts';
import { endSession, join, loseAgent, missOffer, release, released, startMusic } from './moves.ts';
import { endingWhenCustomerLeaves } from './by-customer.ts';
import { done, startTimer, write, type Outcome, type Work } from './work.ts';

/** Younger than this when the switch was asked: its signals may still be on their way. */
const settleMs = 2_000;
/** Seen so often in a row, a disagreement is believed. */
const believedAt = 2;

interface Look {
  readonly legs: ReadonlyMap<LegId, LiveLeg>;
  readonly askedAt: Instant;
  readonly certain: boolean;
}

export function byReconciled(work: Work, input: Reconciled): Outcome {
  const look: Look = {
    legs: new Map(input.legs.map((leg) => [leg.legId, leg])),
    askedAt: input.askedAt ?? work.now,
    certain: input.afterRestart ?? false,
  };
  if (look.certain) setMediaUp(work, true);
  else if (!work.floor.mediaUp) return ignored('the switch is lost');
  if (look.certain) markRecovered(work);
  bury(work, look);
  for (const session of [...work.floor.sessions.values()]) {
    if (isLive(session)) align(work, session.sessionId, look);
  }
  for (const sessionId of [...work.floor.apart.keys()]) {
    if (work.floor.sessions.get(sessionId)?.at !== 'talking')
      write(work, work.floor.apart, sessionId, undefined);
  }
  meetStrangers(work, look);
  for (const agent of [...work.floor.agents.values()]) {
    if (freeStranded(work, agent)) work.repairs.push('stranded agent');
  }
  return done;
}

function markRecovered(work: Work): void {
  for (const session of [...work.floor.sessions.values()]) {
    if (isLive(session)) moveSession(work, session.sessionId, { kind: 'recovered' });
  }
}

// ---------------------------------------------------------------- legs of ours that the switch does not name

function bury(work: Work, look: Look): void {
  for (const legId of [...work.floor.legs.keys(), ...work.floor.releases.keys()]) {
    if (look.legs.has(legId)) write(work, work.floor.missing, legId, undefined);
    else if (isBelieved(work, work.floor.missing, legId, look)) vanished(work, legId);
  }
  for (const legId of [...work.floor.missing.keys()]) {
    if (!work.floor.legs.has(legId) && !work.floor.releases.has(legId))
      write(work, work.floor.missing, legId, undefined);
  }
}

function isBelieved(work: Work, doubts: Map<LegId, { seen: number }>, legId: LegId, look: Look): boolean {
  if (look.certain) return true;
  const created = createdAt(work, legId);
  if (created !== undefined && created > look.askedAt - settleMs) return false;
  const seen = (doubts.get(legId)?.seen ?? 0) + 1;
  write(work, doubts, legId, seen < believedAt ? { seen } : undefined);
  return seen >= believedAt;
}

function createdAt({ floor }: Work, legId: LegId): Instant | undefined {
  const sessionId = floor.legs.get(legId);
  const session = sessionId && floor.sessions.get(sessionId);
  if (!session) return undefined;
  const leg = roleOf(session, legId) === 'agent' ? agentSideOf(session)?.leg : customerLegOf(session);
  return leg?.createdAt;
}

function vanished(work: Work, legId: LegId): void {
  work.repairs.push('vanished leg');
  if (work.floor.releases.has(legId)) {
    released(work, legId);
    return;
  }
  const sessionId = work.floor.legs.get(legId);
  const session = sessionId && work.floor.sessions.get(sessionId);
  if (!session || !isLive(session)) return;
  if (roleOf(session, legId) === 'agent') agentVanished(work, session);
  else customerVanished(work, session, legId);
}

/** How it ended nobody saw. Somebody still on the line is served rather than sent away. */
function agentVanished(work: Work, session: LiveSession): void {
  if (session.at === 'offered') missOffer(work, session, 'withdrawn', 'failed');
  else if (session.at === 'connecting' || session.at === 'talking' || session.at === 'held')
    loseAgent(work, session, 'failed');
  else agentLegEnded(work, session, 'failed');
}

function customerVanished(work: Work, session: LiveSession, legId: LegId): void {
  if (session.log.source === 'web') {
    byLeg(work, { kind: 'leg.ended', legId, ending: 'failed' });
    return;
  }
  const talked = session.log.connectedAt !== null;
  endSession(work, session, talked ? 'customer_lost' : endingWhenCustomerLeaves(session), {
    customerLeg: 'failed',
  });
}

// ---------------------------------------------------------------- legs we agree about

function align(work: Work, sessionId: SessionId, look: Look): void {
  alignAnswers(work, sessionId, look);
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined || (!look.certain && session.since > look.askedAt - settleMs)) return;
  const customerLeg = customerLegOf(session)?.legId;
  const agentLeg = agentSideOf(session)?.leg.legId;
  if (customerLeg === undefined || agentLeg === undefined) return;
  alignBridge(work, session, { a: customerLeg, b: agentLeg }, look);
}

function alignAnswers(work: Work, sessionId: SessionId, look: Look): void {
  for (const leg of openLegs(work.floor.sessions.get(sessionId))) {
    const live = look.legs.get(leg.legId);
    if (live?.state !== 'answered' || leg.answeredAt !== null) continue;
    if (byLeg(work, { kind: 'leg.answered', legId: leg.legId }).outcome === 'done')
      work.repairs.push('missed answer');
  }
}

function openLegs(session: Session | undefined) {
  if (session === undefined) return [];
  return [customerLegOf(session), agentSideOf(session)?.leg].filter((leg) => leg !== undefined);
}

type Pair = { readonly a: LegId; readonly b: LegId };

function alignBridge(work: Work, session: Session, pair: Pair, look: Look): void {
  const together = look.legs.get(pair.a)?.bridgedTo === pair.b || look.legs.get(pair.b)?.bridgedTo === pair.a;
  if (session.at === 'held' && together) {
    work.repairs.push('held but bridged');
    work.effects.push({ kind: 'legs.park', ...pair });
    startMusic(work, session, pair.a);
  } else if (session.at === 'connecting' || session.at === 'talking') {
    const joined = session.at === 'talking' && session.joined;
    if (joined && !together) mendBridge(work, session.sessionId, pair, look);
    else settleBridge(work, session, { joined, together }, look);
  }
}

function settleBridge(
  work: Work,
  session: LiveSession,
  { joined, together }: { readonly joined: boolean; readonly together: boolean },
  look: Look,
): void {
  write(work, work.floor.apart, session.sessionId, undefined);
  if (together && !joined) {
    work.repairs.push('missed bridge');
    bridged(work, session);
  } else if (look.certain && !joined) join(work, session.sessionId);
}

function mendBridge(work: Work, sessionId: SessionId, pair: Pair, look: Look): void {
  if (!isApart(work, sessionId, look)) return;
  work.repairs.push('bridge lost');
  byPair(work, { kind: 'legs.unbridged', ...pair });
  join(work, sessionId);
}

/** The list may be older than the bridge: only the second look in a row that shows none is believed. */
function isApart(work: Work, sessionId: SessionId, look: Look): boolean {
  const { apart } = work.floor;
  const seen = (apart.get(sessionId)?.seen ?? 0) + 1;
  const believed = look.certain || seen >= believedAt;
  write(work, apart, sessionId, believed ? undefined : { seen });
  return believed;
}

// ---------------------------------------------------------------- legs of the switch that we do not know

function meetStrangers(work: Work, look: Look): void {
  const { floor } = work;
  for (const legId of [...floor.strangers.keys()]) {
    if (!look.legs.has(legId)) write(work, floor.strangers, legId, undefined);
  }
  for (const leg of look.legs.values()) {
    if (floor.legs.has(leg.legId) || floor.releases.has(leg.legId)) continue;
    if (leg.arrival && mayArrive(work, leg)) arrive(work, leg);
    else if (twice(work, leg.legId)) letGo(work, leg);
  }
}

/** An inbound call that came while nobody was here, or whose arrival was lost. */
function mayArrive({ floor }: Work, { legId, arrival }: LiveLeg): boolean {
  if (floor.gone.has(legId) || !arrival) return false;
  const session = arrival.sessionId && floor.sessions.get(arrival.sessionId);
  return !session || isLive(session);
}

function arrive(work: Work, { legId, arrival, sessionId, role }: LiveLeg): void {
  if (!arrival) return;
  const named = role === 'customer' ? sessionId : undefined;
  const session = named && work.floor.sessions.get(named);
  // A phone caller's session id is only on the label.
  const known = session && isLive(session) ? { sessionId: named } : {};
  work.repairs.push('missed arrival');
  legArrived(work, { kind: 'leg.arrived', legId, ...arrival, ...known });
}

function twice(work: Work, legId: LegId): boolean {
  const seen = (work.floor.strangers.get(legId)?.seen ?? 0) + 1;
  write(work, work.floor.strangers, legId, { seen });
  return seen >= believedAt;
}

/** Nobody's leg: no state outlives its channel, and no channel its state (N7). */
function letGo(work: Work, { legId, sessionId }: LiveLeg): void {
  work.repairs.push('orphan leg');
  write(work, work.floor.strangers, legId, undefined);
  release(work, legId, 'normal', { sessionId: sessionId ?? null, agentId: null });
}

// ---------------------------------------------------------------- after a restart

/** Timers live in the engine and died with it; the floor knows when each was due. */
export function restartTimers(work: Work): void {
  const { floor } = work;
  for (const session of floor.sessions.values()) if (isLive(session)) timersOf(work, session);
  for (const { legId } of floor.releases.values()) {
    startTimer(work, { name: 'release', legId }, work.now + floor.rules.releaseMs);
  }
  for (const { agentId, activity } of floor.agents.values()) {
    if (activity.at === 'wrapUp') startTimer(work, { name: 'wrapUp', agentId }, activity.until);
    if (activity.at === 'idle' && activity.restUntil !== undefined) {
      startTimer(work, { name: 'rest', agentId }, activity.restUntil);
    }
  }
}

function timersOf(work: Work, session: LiveSession): void {
  const { sessionId } = session;
  if (session.at === 'arriving') {
    startTimer(work, { name: 'arrival', sessionId }, session.until);
    return;
  }
  awayTimer(work, sessionId, session.customer);
  if (session.at === 'offered')
    startTimer(work, { name: 'offer', offerId: session.offer.offerId }, session.offer.until);
  if (session.at === 'connecting' || (session.at === 'talking' && !session.joined)) {
    startTimer(work, { name: 'bridge', sessionId }, work.now + work.floor.rules.bridgeMs);
  }
}

function awayTimer(work: Work, sessionId: SessionId, customer: Customer): void {
  if (customer.at === 'away') startTimer(work, { name: 'return', sessionId }, customer.until);
}
