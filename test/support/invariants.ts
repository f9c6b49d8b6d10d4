// N1–N8: nothing is lost. Works on plain data, so that the same checker judges a story in memory and a run with real peers.
// Each check returns the breaches it found; a part of the evidence that is not given is not judged, and `judged` says
// which were, so that a green result can prove that it looked.

import { sessionEndings } from '../../app/domain/ending.ts';
import { defaultRules } from '../../app/domain/floor/floor.ts';
import type { Fact, Stamped } from '../../app/domain/floor/facts.ts';
import type { AgentView, SessionView } from '../../app/domain/floor/view.ts';
import type { CallRecord, Segment } from '../../app/domain/record.ts';
import { graceMs, legsOf, overheard, sharedLegs } from './overheard.ts';

export type InvariantName = 'N1' | 'N2' | 'N3' | 'N4' | 'N5' | 'N6' | 'N7' | 'N8';

export interface Breach {
  readonly invariant: InvariantName;
  readonly what: string;
}

/** One channel as the switch lists it. */
export interface SwitchLeg {
  readonly legId: string;
  readonly bridgedTo?: string | undefined;
  /** The conference it is in. */
  readonly room?: string | undefined;
}

/** One call as whoever made it knows it. `sessionId` when the caller was told one. */
export interface GeneratedCall {
  readonly name: string;
  readonly sessionId?: string;
  /** For calls without a known session: the number it called from, unique per call. */
  readonly from?: string;
  /** It is still going on: it must not have a record yet. */
  readonly live?: boolean;
}

export interface Evidence {
  /** When the evidence was taken, epoch milliseconds. */
  readonly now: number;
  /** How long floor and switch may disagree after a change, milliseconds; 5 s unless said otherwise. */
  readonly graceMs?: number;
  readonly records?: readonly CallRecord[];
  readonly facts?: readonly Stamped<Fact>[];
  readonly floor?: { readonly sessions: readonly SessionView[]; readonly agents: readonly AgentView[] };
  readonly liveLegs?: readonly SwitchLeg[];
  /** Legs that are told to go and have not gone yet may still be listed. */
  readonly leaving?: readonly string[];
  readonly calls?: readonly GeneratedCall[];
  /** What each subscriber shows, after two quiet seconds. `gaps`: missed numbers without a resync. */
  readonly subscribers?: readonly { readonly name: string; readonly digest: string; readonly gaps: number }[];
  readonly serverDigest?: string;
  readonly acknowledged?: readonly { readonly key: string; readonly what: string }[];
  /** How many effects each acknowledged key has in the database. */
  readonly committed?: Readonly<Record<string, number>>;
}

export interface Verdict {
  readonly breaches: readonly Breach[];
  /** The invariants there was evidence for. */
  readonly judged: readonly InvariantName[];
}

const checks: Readonly<Record<InvariantName, (evidence: Evidence) => readonly string[] | undefined>> = {
  N1: everyCallHasOneRecord,
  N2: recordsAreTrue,
  N3: agentsAreWhereTheirLegsAre,
  N4: everyCustomerLegIsLookedAfter,
  N5: nobodyIsOfferedTwice,
  N6: subscribersConverge,
  N7: noOrphans,
  N8: acknowledgedIsCommittedOnce,
};

/** Judges what there is evidence for. */
export function checkInvariants(evidence: Evidence): Verdict {
  const breaches: Breach[] = [];
  const judged: InvariantName[] = [];
  for (const [invariant, check] of Object.entries(checks) as [InvariantName, (typeof checks)['N1']][]) {
    const found = check(evidence);
    if (found === undefined) continue;
    judged.push(invariant);
    breaches.push(...found.map((what) => ({ invariant, what })));
  }
  return { breaches, judged };
}

/** One record per call, one call per record. */
function everyCallHasOneRecord({ records, calls }: Evidence): readonly string[] | undefined {
  if (!records) return undefined;
  const found: string[] = [];
  const count = new Map<string, number>();
  for (const { sessionId } of records) count.set(sessionId, (count.get(sessionId) ?? 0) + 1);
  for (const [sessionId, times] of count)
    if (times > 1) found.push(`session ${sessionId} has ${times} records`);
  if (!calls) return found;
  const explained = new Set<string>();
  for (const call of calls) {
    const own = records.filter((record) => isRecordOf(record, call));
    for (const { sessionId } of own) explained.add(sessionId);
    const expected = call.live === true ? 0 : 1;
    if (own.length !== expected)
      found.push(`call ${call.name} has ${own.length} records, expected ${expected}`);
  }
  for (const { sessionId } of records) {
    if (!explained.has(sessionId)) found.push(`record ${sessionId} belongs to no call`);
  }
  return found;
}

function isRecordOf(record: CallRecord, call: GeneratedCall): boolean {
  if (call.sessionId !== undefined) return record.sessionId === call.sessionId;
  return call.from !== undefined && record.customerNumber === call.from;
}

const toleranceMs = 100;
const inLine = new Set<Segment['kind']>(['waiting', 'ringing']);
const inConversation = new Set<Segment['kind']>([
  'talking',
  'held',
  'consulting',
  'conferencing',
  'transferred',
]);

/** A cause from the closed list, times in order, segments that leave no gap and sum to the total. */
function recordsAreTrue({ records }: Evidence): readonly string[] | undefined {
  return records?.flatMap((record) =>
    falsehoods(record).map((what) => `record ${record.sessionId}: ${what}`),
  );
}

function falsehoods(record: CallRecord): readonly string[] {
  const { requestedAt, arrivedAt, queuedAt, connectedAt, endedAt, segments, ending } = record;
  const found: string[] = [];
  if (!sessionEndings.includes(ending)) found.push(`ending '${String(ending)}' is not on the list`);
  const order = [requestedAt, arrivedAt, queuedAt, connectedAt, endedAt].filter((at) => at !== null);
  if (order.some((at, index) => index > 0 && at < (order[index - 1] ?? at)))
    found.push('times are not in order');
  const talked = ['customer_hung_up', 'agent_hung_up'].includes(ending);
  // A flow may have brought her to a number: a conversation without an agent.
  const withNumber = segments.some(({ kind }) => kind === 'transferred');
  if (talked && connectedAt === null && !withNumber) found.push(`${ending} without a conversation`);
  if (connectedAt !== null && record.agentId === null) found.push('a conversation with nobody');
  return [...found, ...gaps(record), ...wrongSums(segments, record), ...openOffers(record)];
}

function gaps({ segments, requestedAt, endedAt }: CallRecord): readonly string[] {
  const found: string[] = [];
  let at = requestedAt;
  for (const { kind, from, to } of segments) {
    if (from !== at) found.push(`segment ${kind} begins ${from - at} ms off`);
    if (to <= from) found.push(`segment ${kind} has no length`);
    at = to;
  }
  if (Math.abs(endedAt - at) > toleranceMs) found.push(`segments end ${endedAt - at} ms before the end`);
  return found;
}

function wrongSums(segments: readonly Segment[], record: CallRecord): readonly string[] {
  const sum = (kinds: ReadonlySet<Segment['kind']>) =>
    segments.reduce((total, { kind, from, to }) => (kinds.has(kind) ? total + to - from : total), 0);
  const found: string[] = [];
  const check = (name: string, written: number, summed: number): void => {
    if (Math.abs(written - summed) > toleranceMs)
      found.push(`${name} is ${written}, its segments say ${summed}`);
  };
  check('waitMs', record.waitMs, sum(inLine));
  check('talkMs', record.talkMs, sum(inConversation));
  check('heldMs', record.heldMs, sum(new Set<Segment['kind']>(['held'])));
  return found;
}

function openOffers({ offers, requestedAt, endedAt }: CallRecord): readonly string[] {
  return offers
    .filter((offer) => offer.madeAt < requestedAt || offer.endedAt < offer.madeAt || offer.endedAt > endedAt)
    .map((offer) => `offer ${offer.offerId} lies outside the call`);
}

/** Nobody is busy without a channel for longer than the grace; nobody is free while a channel of hers is up. */
function agentsAreWhereTheirLegsAre({ floor, liveLegs, now }: Evidence): readonly string[] | undefined {
  if (!floor || !liveLegs) return undefined;
  const up = new Set(liveLegs.map(({ legId }) => legId));
  return floor.agents.flatMap((agent) => [
    ...misplaced(agent, floor.sessions, up, now),
    ...withoutLine(agent, up, now),
  ]);
}

/** Her leg in this session, as its agent or as the third party. */
function legOf({ agentId, agentLeg, third }: SessionView, agent: AgentView): string | undefined {
  if (agentId === agent.agentId) return agentLeg;
  return third?.agentId === agent.agentId ? third.legId : undefined;
}

function misplaced(
  agent: AgentView,
  sessions: readonly SessionView[],
  up: ReadonlySet<string>,
  now: number,
): readonly string[] {
  const own = sessions.filter((session) => session.state !== 'ended' && legOf(session, agent) !== undefined);
  const hers = own.find((session) => session.sessionId === agent.sessionId);
  const leg = hers && legOf(hers, agent);
  const { agentId, activity } = agent;
  if (activity === 'idle')
    return own.map(({ sessionId }) => `agent ${agentId} is idle in session ${sessionId}`);
  if (activity === 'wrapUp') {
    const overdue = now - (agent.wrapUpUntil ?? 0);
    return overdue > graceMs ? [`agent ${agentId} is in wrap-up ${overdue} ms too long`] : [];
  }
  const forMs = now - agent.activitySince;
  if (activity === 'reconnecting')
    return forMs > defaultRules.rejoinMs + graceMs
      ? [`agent ${agentId} is waited for since ${forMs} ms`]
      : [];
  if (forMs <= graceMs || (leg !== undefined && up.has(leg))) return [];
  return [`agent ${agentId} is ${activity} without a live channel for ${forMs} ms`];
}

/** A nailed-up line that is said to stand is there. */
function withoutLine({ agentId, line }: AgentView, up: ReadonlySet<string>, now: number): readonly string[] {
  if (line?.state !== 'up' || now - line.since <= graceMs) return [];
  if (line.legId !== undefined && up.has(line.legId)) return [];
  return [`agent ${agentId} has a line that is not there`];
}

/**
 * Every session on the floor has its channel on the switch, unless the customer is away or on her way; no leg is in two
 * conversations; and nobody hears whom she should not.
 */
function everyCustomerLegIsLookedAfter(evidence: Evidence): readonly string[] | undefined {
  const { floor, liveLegs } = evidence;
  if (!floor || !liveLegs) return undefined;
  return [
    ...unserved(floor.sessions, liveLegs, evidence.now),
    ...sharedLegs(floor.sessions),
    ...overheard(floor.sessions, liveLegs, evidence),
  ];
}

/** Without a customer's leg by nature: none yet, or none any more. */
const customerless: ReadonlySet<SessionView['state']> = new Set(['ended', 'arriving', 'aside', 'dialling']);

function unserved(
  sessions: readonly SessionView[],
  liveLegs: readonly SwitchLeg[],
  now: number,
): readonly string[] {
  const up = new Set(liveLegs.map(({ legId }) => legId));
  const found: string[] = [];
  for (const session of sessions) {
    const { customerLeg, state, away, sessionId, since } = session;
    if (customerless.has(state) || away) continue;
    if (customerLeg === undefined) found.push(`session ${sessionId} is ${state} without a customer's leg`);
    else if (!up.has(customerLeg) && now - since > graceMs) {
      found.push(`session ${sessionId} is ${state} with a dead leg ${customerLeg}`);
    }
  }
  return found;
}

/** After these the session may be offered again. */
const lettingGo: ReadonlySet<Fact['kind']> = new Set([
  'session.requeued',
  'session.transferred',
  'session.parked',
  'session.ended',
]);

/** One open offer or call per agent, one open offer per session; replayed from the facts. */
function nobodyIsOfferedTwice({ facts }: Evidence): readonly string[] | undefined {
  if (!facts) return undefined;
  const found: string[] = [];
  const agents = new Map<string, string>();
  const sessions = new Map<string, string>();
  for (const { number, fact } of facts) {
    if (fact.kind === 'offer.made') {
      const busyWith = agents.get(fact.agentId);
      if (busyWith !== undefined)
        found.push(`#${number}: agent ${fact.agentId} offered while in ${busyWith}`);
      const taken = sessions.get(fact.sessionId);
      if (taken !== undefined)
        found.push(`#${number}: session ${fact.sessionId} offered while with ${taken}`);
      agents.set(fact.agentId, fact.sessionId);
      sessions.set(fact.sessionId, fact.agentId);
    } else if (fact.kind === 'offer.missed') {
      agents.delete(fact.agentId);
      sessions.delete(fact.sessionId);
    } else if (lettingGo.has(fact.kind) && 'sessionId' in fact && fact.sessionId !== undefined) {
      sessions.delete(fact.sessionId);
    } else if (fact.kind === 'agent.activity' && (fact.activity === 'idle' || fact.activity === 'wrapUp')) {
      agents.delete(fact.agentId);
    }
  }
  return found;
}

/** Facts are numbered without a gap, and every subscriber shows what the server holds. */
function subscribersConverge({ facts, subscribers, serverDigest }: Evidence): readonly string[] | undefined {
  if (!facts && !subscribers) return undefined;
  const found: string[] = [];
  (facts ?? []).forEach(({ number }, index, all) => {
    const before = all[index - 1]?.number;
    if (before !== undefined && number !== before + 1) found.push(`fact ${number} follows ${before}`);
  });
  for (const { name, digest, gaps: missed } of subscribers ?? []) {
    if (serverDigest !== undefined && digest !== serverDigest)
      found.push(`subscriber ${name} shows something else`);
    if (missed > 0) found.push(`subscriber ${name} missed ${missed} facts without a resync`);
  }
  return found;
}

/** Every channel of the switch is in a live session, or is an agent's nailed-up line. */
function noOrphans({ floor, liveLegs, leaving = [] }: Evidence): readonly string[] | undefined {
  if (!floor || !liveLegs) return undefined;
  const owned = new Set<string>(leaving);
  for (const session of floor.sessions) {
    if (session.state !== 'ended') for (const leg of legsOf(session)) owned.add(leg);
  }
  for (const { line } of floor.agents) if (line?.legId !== undefined) owned.add(line.legId);
  return liveLegs
    .filter(({ legId }) => !owned.has(legId))
    .map(({ legId }) => `channel ${legId} belongs to nobody`);
}

/** What was acknowledged is in the database, and a retried command has one effect. */
function acknowledgedIsCommittedOnce({ acknowledged, committed }: Evidence): readonly string[] | undefined {
  if (!acknowledged || !committed) return undefined;
  return acknowledged
    .filter(({ key }) => committed[key] !== 1)
    .map(({ key, what }) => `${what} (${key}) was acknowledged and has ${committed[key] ?? 0} effects`);
}
