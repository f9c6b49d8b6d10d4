// What the by-… files do together: let a leg go, end a session, give up an offer, send a customer back into line, join a pair.
// Each does it to the session, the agent and the world at once, so that no caller can forget one of the three.

import { needsRest } from '../offer.ts';
import type { Leg } from '../call-log.ts';
import type { LegEnding, OfferMiss, SessionEnding } from '../ending.ts';
import type { AgentId, Instant, LegId, SessionId } from '../ids.ts';
import { agentSideOf, customerLegOf, isLive, type LiveSession, type Session } from '../session.ts';
import { moveAgent, moveSession, putSession, queueOf } from './books.ts';
import type { HangUpCause } from './effects.ts';
import { cancelTimer, startTimer, write, type Work } from './work.ts';

/** Hangs a leg up and watches until it is gone. An agent's phone counts as busy until then. */
export function release(
  work: Work,
  legId: LegId,
  cause: HangUpCause,
  of: { readonly sessionId: SessionId | null; readonly agentId: AgentId | null },
): void {
  if (work.floor.releases.has(legId)) return;
  write(work, work.floor.releases, legId, { legId, ...of, asked: 1 });
  work.effects.push({ kind: 'leg.hangUp', legId, cause });
  startTimer(work, { name: 'release', legId }, work.now + work.floor.rules.releaseMs);
  if (of.agentId !== null) moveAgent(work, of.agentId, { kind: 'legClearing', legId });
}

/** A leg that was let go is gone, or given up. */
export function released(work: Work, legId: LegId): void {
  const { floor } = work;
  const entry = floor.releases.get(legId);
  if (entry === undefined) return;
  write(work, floor.releases, legId, undefined);
  cancelTimer(work, { name: 'release', legId });
  if (entry.sessionId !== null) {
    buried(work, legId, entry.sessionId);
    if (work.floor.sessions.has(entry.sessionId)) work.sessions.add(entry.sessionId);
  }
  if (entry.agentId !== null) moveAgent(work, entry.agentId, { kind: 'legGone', legId });
}

/** Remembers a gone leg for as long as its session is shown: late news of it is no surprise. */
export function buried(work: Work, legId: LegId, sessionId: SessionId): void {
  if (work.floor.sessions.has(sessionId)) write(work, work.floor.gone, legId, sessionId);
}

export interface EndOptions {
  /** What the customer's phone is told. */
  readonly cause?: HangUpCause;
  /** The leg that ended by itself, and how; the others are hung up. */
  readonly customerLeg?: LegEnding;
  readonly agentLeg?: LegEnding;
  /** Nobody was served, or the phone is dead: the agent is freed at once. */
  readonly skipWrapUp?: boolean;
}

/** Ends a session for everybody who has to do with it. The record is made here and only here. */
export function endSession(
  work: Work,
  session: LiveSession,
  ending: SessionEnding,
  options: EndOptions = {},
): void {
  const { sessionId } = session;
  cancelTimersOf(work, session);
  const { customerLeg, agentLeg } = options;
  const change = moveSession(work, sessionId, {
    kind: 'ended',
    ending,
    ...(customerLeg && { customerLeg }),
    ...(agentLeg && { agentLeg }),
  });
  if (change.outcome !== 'moved') return;
  bookEnd(work, change.to);
  letGo(work, customerLegOf(session), { sessionId, agentId: null }, customerLeg, options.cause ?? 'normal');
  const agent = agentSideOf(session);
  if (agent === undefined) return;
  freeAgent(work, session, agent.agentId, options.skipWrapUp ?? false);
  letGo(work, agent.leg, { sessionId, agentId: agent.agentId }, agentLeg, 'normal');
}

/** One leg of a session that goes on without it: hung up, unless it ended by itself. */
function letGo(
  work: Work,
  leg: Leg | undefined,
  of: { readonly sessionId: SessionId; readonly agentId: AgentId | null },
  ended: LegEnding | undefined,
  cause: HangUpCause,
): void {
  if (leg === undefined) return;
  if (ended === undefined) release(work, leg.legId, cause, of);
  else buried(work, leg.legId, of.sessionId);
}

/** Hands the record over. An ended session stays in sight for a while: the customer sees the end and may give stars. */
export function bookEnd(work: Work, session: Session): void {
  if (session.at !== 'ended') return;
  const { sessionId, record, legs } = session;
  const { lingering, rules } = work.floor;
  putSession(work, sessionId, session);
  work.ended.push({ record, legs });
  lingering.push({ sessionId, until: work.now + rules.lingerMs });
  work.undo.push(() => lingering.pop());
}

function freeAgent(work: Work, session: LiveSession, agentId: AgentId, skipWrapUp: boolean): void {
  if (session.at === 'offered') {
    missAgent(work, session, 'customer_left');
    return;
  }
  const talked = session.at === 'talking' || session.at === 'held';
  const wrapUpMs = talked && !skipWrapUp ? queueOf(work.floor, session.log.queueId).settings.wrapUpMs : 0;
  callOver(work, agentId, wrapUpMs, null);
}

/** The agent's part of a call is over: wrap-up, or free at once. */
export function callOver(work: Work, agentId: AgentId, wrapUpMs: number, restUntil: Instant | null): void {
  const change = moveAgent(work, agentId, { kind: 'callOver', wrapUpMs, restUntil });
  if (change.outcome !== 'moved') return;
  if (change.to.activity.at === 'wrapUp')
    startTimer(work, { name: 'wrapUp', agentId }, change.to.activity.until);
  if (restUntil !== null) startTimer(work, { name: 'rest', agentId }, restUntil);
}

function cancelTimersOf(work: Work, session: LiveSession): void {
  const { sessionId } = session;
  switch (session.at) {
    case 'arriving':
      cancelTimer(work, { name: 'arrival', sessionId });
      return;
    case 'offered':
      cancelTimer(work, { name: 'offer', offerId: session.offer.offerId });
      break;
    case 'connecting':
    case 'talking':
      cancelTimer(work, { name: 'bridge', sessionId });
      break;
    case 'waiting':
    case 'held':
      break;
  }
  if (session.customer.at === 'away') cancelTimer(work, { name: 'return', sessionId });
}

export type OfferedSession = Extract<Session, { at: 'offered' }>;
export type ConversingSession = Extract<Session, { at: 'connecting' | 'talking' | 'held' }>;

/**
 * The offer came to nothing: the customer is back at her own place, the agent is free or at rest.
 * @param ended how the agent's leg ended by itself; undefined when it still has to be hung up
 */
export function missOffer(work: Work, session: OfferedSession, miss: OfferMiss, ended?: LegEnding): void {
  const { offer, sessionId } = session;
  cancelTimer(work, { name: 'offer', offerId: offer.offerId });
  moveSession(work, sessionId, { kind: 'missed', miss, ending: ended ?? 'released' });
  missAgent(work, session, miss);
  const cause = miss === 'no_answer' ? 'no_answer' : 'normal';
  letGo(work, offer.leg, { sessionId, agentId: offer.agentId }, ended, cause);
}

function missAgent(work: Work, { offer, log }: OfferedSession, miss: OfferMiss): void {
  const { maxMisses } = queueOf(work.floor, log.queueId).settings;
  const restUntil = needsRest(miss) ? work.now + work.floor.rules.restMs : null;
  const { agentId } = offer;
  const change = moveAgent(work, agentId, { kind: 'missed', miss, maxMisses, restUntil });
  if (change.outcome !== 'moved' || change.to.activity.at !== 'idle') return;
  const { restUntil: resting } = change.to.activity;
  if (resting !== undefined) startTimer(work, { name: 'rest', agentId }, resting);
}

/**
 * The conversation lost its agent: the customer hears music and goes to the head of the line.
 * @param ended how the agent's leg ended by itself; undefined when it still has to be hung up
 */
export function loseAgent(work: Work, session: ConversingSession, ended?: LegEnding): void {
  const { sessionId, agent, log } = session;
  cancelTimer(work, { name: 'bridge', sessionId });
  moveSession(work, sessionId, { kind: 'agentLost', ending: ended ?? 'released' });
  stopRecording(work, session);
  const customerLeg = customerLegOf(session);
  if (customerLeg) startMusic(work, session, customerLeg.legId);
  const talked = session.at !== 'connecting';
  const { wrapUpMs } = queueOf(work.floor, log.queueId).settings;
  const restUntil = talked ? null : work.now + work.floor.rules.restMs;
  callOver(work, agent.agentId, talked ? wrapUpMs : 0, restUntil);
  letGo(work, agent.leg, { sessionId, agentId: agent.agentId }, ended, 'normal');
}

/** A conversation is recorded on the customer's own leg: left is her voice, right the agent's. */
export function startRecording(work: Work, session: LiveSession): void {
  const { sessionId, log } = session;
  const legId = customerLegOf(session)?.legId;
  if (legId === undefined || log.recordingLeg === legId) return;
  if (queueOf(work.floor, log.queueId).settings.record !== 'always') return;
  moveSession(work, sessionId, { kind: 'recordingAsked', legId });
  work.effects.push({ kind: 'recording.start', legId, sessionId });
}

function stopRecording(work: Work, { sessionId, log }: LiveSession): void {
  if (log.recordingLeg === null) return;
  moveSession(work, sessionId, { kind: 'recordingAsked', legId: null });
  if (work.floor.legs.has(log.recordingLeg)) {
    work.effects.push({ kind: 'recording.stop', legId: log.recordingLeg, sessionId });
  }
}

export function startMusic(work: Work, { log }: Session, legId: LegId): void {
  work.effects.push({ kind: 'music.start', legId, queueId: log.queueId });
}

/**
 * Asks for the bridge as soon as both legs can bear it. Bridging a leg that is not answered kills both (FreeSWITCH), so
 * until the switch says the customer's leg is answered only the deadline runs.
 */
export function join(work: Work, sessionId: SessionId): void {
  const session = work.floor.sessions.get(sessionId);
  if (session?.at !== 'connecting' && session?.at !== 'talking') return;
  if (session.customer.at === 'away' || (session.at === 'talking' && session.joined)) return;
  startTimer(work, { name: 'bridge', sessionId }, work.now + work.floor.rules.bridgeMs);
  const { leg } = session.customer;
  if (leg.answeredAt === null) return;
  moveSession(work, sessionId, { kind: 'bridgeAsked' });
  work.effects.push({ kind: 'legs.bridge', a: leg.legId, b: session.agent.leg.legId, sessionId });
}

const bridgeTries = 2;
const bridgeFailuresBorne = 2;

/** The bridge did not come about in time, or the switch refused it. */
export function bridgeMissing(work: Work, sessionId: SessionId): void {
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined || !isLive(session)) return;
  if (session.at !== 'connecting' && session.at !== 'talking') return;
  const tried =
    session.customer.at === 'here' && session.customer.leg.answeredAt === null ? bridgeTries : session.asked;
  if (tried < bridgeTries) {
    join(work, sessionId);
    return;
  }
  const change = moveSession(work, sessionId, { kind: 'bridgeFailed' });
  if (change.outcome !== 'moved' || (change.to.at !== 'connecting' && change.to.at !== 'talking')) return;
  if (change.to.log.bridgeFailures < bridgeFailuresBorne) loseAgent(work, change.to);
  else endSession(work, change.to, 'failed', { cause: 'temporary_failure' });
}
