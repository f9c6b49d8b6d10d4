// The floor against the switch. Signals get lost, processes die; what the switch holds is the truth about legs, and what
// the floor holds is the truth about everything else. A disagreement is believed when it is seen twice in a row, since the
// list is older than the signals that overtook it; after a restart a missing leg from before it is believed at once.
//
//   on the switch, not on the floor   → taken in when its arrival says who it is; otherwise hung up
//   on the floor, not on the switch   → as if it had ended
//   answered or bridged, and we missed it, or the reverse → as if the signal had come

import { ignored } from '../change.ts';
import type { Instant, LegId, SessionId } from '../ids.ts';
import type { LiveSession } from '../session.ts';
import { heardLegOf, isLive, monitorsOf, partiesOf, partyOf } from '../session-parts.ts';
import type { Party } from '../party.ts';
import { legsOf, linkOf, wiringOf, type Together } from '../wiring.ts';
import { resumeAnnouncing } from './announcements.ts';
import { legArrived } from './arrivals.ts';
import { moveSession } from './books.ts';
import { endingWhenCustomerLeaves } from './by-customer.ts';
import { byLeg, legEnded } from './by-leg.ts';
import { byPair, byRoom, joined } from './by-media.ts';
import { freeStranded, setMediaUp } from './by-switch.ts';
import type { LiveLeg, Reconciled } from './inputs.ts';
import { resumeMenu } from './menu.ts';
import { monitorHears } from './monitors.ts';
import { endSession } from './moves.ts';
import { missOffer } from './offers.ts';
import { release, released } from './release.ts';
import { adoptLine, alignLine, lineEnded } from './standing-lines.ts';
import { ask } from './wire.ts';
import { done, write, type Outcome, type Work } from './work.ts';

/** Younger than this when the switch was asked: its signals may still be on their way. */
const settleMs = 2_000;
/** Seen so often in a row, a disagreement is believed. */
const believedAt = 2;

interface Look {
  readonly legs: ReadonlyMap<LegId, LiveLeg>;
  readonly askedAt: Instant;
  /** When the floor was put back, at the first look after that. */
  readonly restoredAt: Instant | undefined;
  /** What it says of whom it is about is believed at once. */
  readonly certain: boolean;
}

export function byReconciled(work: Work, input: Reconciled): Outcome {
  const look: Look = {
    legs: new Map(input.legs.map((leg) => [leg.legId, leg])),
    askedAt: input.askedAt ?? work.now,
    restoredAt: input.restoredAt,
    certain: input.restoredAt !== undefined,
  };
  if (look.certain) setMediaUp(work, true);
  else if (!work.floor.mediaUp) return ignored('the switch is lost');
  if (look.certain) markRecovered(work, look);
  bury(work, look);
  for (const leg of look.legs.values()) alignStanding(work, leg, look);
  for (const session of [...work.floor.sessions.values()]) {
    if (isLive(session)) align(work, session.sessionId, look);
  }
  for (const sessionId of [...work.floor.apart.keys()]) {
    const session = work.floor.sessions.get(sessionId);
    if (session === undefined || linkOf(session) === undefined)
      write(work, work.floor.apart, sessionId, undefined);
  }
  meetStrangers(work, look);
  for (const agent of [...work.floor.agents.values()]) {
    if (freeStranded(work, agent)) work.repairs.push('stranded agent');
  }
  return done;
}

/** Callers are let in while the first look is under way: of them the restart says nothing. */
const isFromBefore = ({ restoredAt }: Look, at: Instant): boolean =>
  restoredAt !== undefined && at <= restoredAt;

function markRecovered(work: Work, look: Look): void {
  for (const session of [...work.floor.sessions.values()]) {
    if (isLive(session) && isFromBefore(look, session.log.requestedAt))
      moveSession(work, session.sessionId, { kind: 'recovered' });
  }
}

// ---------------------------------------------------------------- legs of ours that the switch does not name

function bury(work: Work, look: Look): void {
  for (const legId of knownLegs(work)) {
    if (look.legs.has(legId)) write(work, work.floor.missing, legId, undefined);
    else if (isBelieved(work, work.floor.missing, legId, look)) vanished(work, legId);
  }
  const known = knownLegs(work);
  for (const legId of [...work.floor.missing.keys()]) {
    if (!known.has(legId)) write(work, work.floor.missing, legId, undefined);
  }
}

const knownLegs = ({ floor }: Work): ReadonlySet<LegId> =>
  new Set([...floor.legs.keys(), ...floor.releases.keys(), ...floor.lines.keys()]);

function isBelieved(work: Work, doubts: Map<LegId, { seen: number }>, legId: LegId, look: Look): boolean {
  const created = createdAt(work, legId);
  if (look.certain && (created === undefined || isFromBefore(look, created))) return true;
  if (created !== undefined && created > look.askedAt - settleMs) return false;
  const seen = (doubts.get(legId)?.seen ?? 0) + 1;
  write(work, doubts, legId, seen < believedAt ? { seen } : undefined);
  return seen >= believedAt;
}

function createdAt({ floor }: Work, legId: LegId): Instant | undefined {
  const sessionId = floor.legs.get(legId);
  const session = sessionId && floor.sessions.get(sessionId);
  if (session) return partyOf(session, legId)?.leg.createdAt;
  const owner = floor.lines.get(legId);
  return owner && floor.agents.get(owner)?.line?.since;
}

function vanished(work: Work, legId: LegId): void {
  work.repairs.push('vanished leg');
  if (work.floor.releases.has(legId)) {
    released(work, legId);
    return;
  }
  const sessionId = work.floor.legs.get(legId);
  const session = sessionId && work.floor.sessions.get(sessionId);
  const party = session && isLive(session) ? partyOf(session, legId) : undefined;
  if (!session || !isLive(session) || !party) {
    lineEnded(work, legId, 'failed');
    return;
  }
  if (party.role === 'customer') customerVanished(work, session, party);
  else legVanished(work, session, party);
}

/** How it ended nobody saw. Somebody still on the line is served rather than sent away. */
function legVanished(work: Work, session: LiveSession, party: Party): void {
  if (session.at === 'offered') missOffer(work, session, 'withdrawn', 'failed');
  else legEnded(work, session, party, 'failed');
}

function customerVanished(work: Work, session: LiveSession, party: Party): void {
  const { log } = session;
  if (log.source !== 'phone' || session.at === 'conferencing') {
    legEnded(work, session, party, 'failed');
    return;
  }
  const talked = log.connectedAt !== null && session.at !== 'surveying';
  const ending = talked ? 'customer_lost' : endingWhenCustomerLeaves(work, session);
  endSession(work, session, ending, { ended: { [party.leg.legId]: 'failed' } });
}

// ---------------------------------------------------------------- legs we agree about

function align(work: Work, sessionId: SessionId, seen: Look): void {
  alignAnswers(work, sessionId, seen);
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined || !isLive(session)) return;
  const look = { ...seen, certain: isFromBefore(seen, session.log.requestedAt) };
  if (!look.certain && session.since > look.askedAt - settleMs) return;
  if (look.certain) resumeMenu(work, session);
  if (look.certain) resumeAnnouncing(work, session);
  if (look.certain && session.at === 'surveying') return;
  alignTaps(work, session, look);
  const { together } = wiringOf(session);
  if (together.kind === 'apart') alignApart(work, session, look);
  else alignTogether(work, session, together, look);
}

function alignAnswers(work: Work, sessionId: SessionId, look: Look): void {
  const session = work.floor.sessions.get(sessionId);
  for (const { leg } of session ? partiesOf(session) : []) {
    const live = look.legs.get(leg.legId);
    if (live?.state !== 'answered' || leg.answeredAt !== null) continue;
    if (byLeg(work, { kind: 'leg.answered', legId: leg.legId }).outcome === 'done')
      work.repairs.push('missed answer');
  }
}

function alignStanding(work: Work, leg: LiveLeg, look: Look): void {
  const repair = alignLine(work, leg, (since) => look.certain || since <= look.askedAt - settleMs);
  if (repair !== undefined) work.repairs.push(repair);
}

/** Whoever listens hears the agent: a listener who does not, after a restart, is joined again. */
function alignTaps(work: Work, session: LiveSession, look: Look): void {
  const on = heardLegOf(session);
  if (on === undefined) return;
  for (const { leg, mode, on: hears } of monitorsOf(session)) {
    const live = look.legs.get(leg.legId);
    if (live === undefined || leg.answeredAt === null) continue;
    if (live.listensTo === on) {
      if (hears) continue;
      work.repairs.push('missed listening');
      monitorHears(work, session, leg.legId);
    } else if (look.certain) {
      work.repairs.push('listening lost');
      work.effects.push({ kind: 'eavesdrop.start', legId: leg.legId, on, mode });
    }
  }
}

/** Nobody is to hear anybody: whoever is together all the same is parted, and hears what she should. */
function alignApart(work: Work, session: LiveSession, look: Look): void {
  const { sessionId } = session;
  const legs = partiesOf(session).map(({ leg }) => leg.legId);
  const own = new Set(legs);
  let parted = false;
  for (const legId of legs) {
    const live = look.legs.get(legId);
    const other = live?.bridgedTo;
    if (other !== undefined && own.has(other)) {
      own.delete(legId); // One of the two speaks for both.
      work.effects.push({ kind: 'legs.park', a: legId, b: other });
    } else if (live?.room === sessionId) work.effects.push({ kind: 'leg.parkAlone', legId });
    else continue;
    parted = true;
  }
  if (!parted) return;
  work.repairs.push('held but bridged');
  for (const [legId, heard] of wiringOf(session).hears) {
    if (heard === 'ringback') work.effects.push({ kind: 'ringback.start', legId });
    else work.effects.push({ kind: 'music.start', legId, queueId: session.log.queueId });
  }
}

function areTogether(session: LiveSession, together: Together, look: Look): boolean {
  if (together.kind === 'pair') {
    const { a, b } = together;
    return look.legs.get(a)?.bridgedTo === b || look.legs.get(b)?.bridgedTo === a;
  }
  return legsOf(together).every((legId) => look.legs.get(legId)?.room === session.sessionId);
}

function alignTogether(work: Work, session: LiveSession, together: Together, look: Look): void {
  const made = linkOf(session)?.made ?? false;
  const isSo = areTogether(session, together, look);
  if (made && !isSo) {
    mend(work, session, together, look);
    return;
  }
  write(work, work.floor.apart, session.sessionId, undefined);
  if (isSo && !made) {
    work.repairs.push('missed bridge');
    tellTogether(work, session, together);
  } else if (look.certain && !made) ask(work, session);
}

function tellTogether(work: Work, session: LiveSession, together: Together): void {
  if (together.kind === 'pair') {
    joined(work, session);
    return;
  }
  const { sessionId: room } = session;
  for (const legId of legsOf(together)) byRoom(work, { kind: 'conference.joined', legId, room });
}

function mend(work: Work, session: LiveSession, together: Together, look: Look): void {
  const { sessionId } = session;
  if (!isApart(work, sessionId, look)) return;
  work.repairs.push('bridge lost');
  if (together.kind === 'pair') byPair(work, { kind: 'legs.unbridged', a: together.a, b: together.b });
  else {
    for (const legId of legsOf(together)) {
      if (look.legs.get(legId)?.room !== sessionId)
        byRoom(work, { kind: 'conference.left', legId, room: sessionId });
    }
  }
  const now = work.floor.sessions.get(sessionId);
  if (now && isLive(now)) ask(work, now);
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
    if (floor.legs.has(leg.legId) || floor.releases.has(leg.legId) || floor.lines.has(leg.legId)) continue;
    if (leg.arrival && mayArrive(work, leg)) arrive(work, leg);
    else if (adoptLine(work, leg)) work.repairs.push('line adopted');
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
