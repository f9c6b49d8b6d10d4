// What the by-… files do together: end a session, lose an agent or a third party, join again. Each does it to the session, the
// agents and the legs at once, so that no caller can forget one of the three; what the switch has to do then, wire.ts finds.

import type { LegEnding, SessionEnding } from '../ending.ts';
import type { AgentId, Instant, LegId, SessionId } from '../ids.ts';
import type {
  Conferencing,
  Consulting,
  Conversation,
  Ended,
  LiveSession,
  Session,
  Third,
} from '../session.ts';
import { customerLegOf, isConversation, isLive, partiesOf } from '../session-parts.ts';
import type { Party } from '../party.ts';
import { linkOf, wiringOf } from '../wiring.ts';
import { moveAgent, moveSession, putSession, queueOf } from './books.ts';
import type { HangUpCause } from './effects.ts';
import { hasMessage } from './messages.ts';
import { missAgent } from './offers.ts';
import { letGo } from './release.ts';
import { ask } from './wire.ts';
import { done, startTimer, type Outcome, type Work } from './work.ts';

export interface EndOptions {
  /** What the customer's phone is told. */
  readonly cause?: HangUpCause;
  /** The legs that ended by themselves, and how; the others are hung up. */
  readonly ended?: Readonly<Partial<Record<LegId, LegEnding>>>;
  /** The phones are dead: every agent is freed at once. */
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
  const { ended = {}, cause = 'normal', skipWrapUp = false } = options;
  const change = moveSession(work, sessionId, { kind: 'ended', ending, legs: ended });
  if (change.outcome !== 'moved' || change.to.at !== 'ended') return;
  bookEnd(work, change.to);
  const { queueId } = change.to.log;
  if (hasMessage(change.to.log, work)) work.facts.push({ kind: 'message.left', sessionId, queueId });
  for (const party of partiesOf(session)) {
    const { role, agentId, leg } = party;
    freeParty(work, session, party, skipWrapUp);
    letGo(work, leg.legId, { sessionId, agentId }, ended[leg.legId], role === 'customer' ? cause : 'normal');
  }
  // Without a leg she is no party, and in the call all the same.
  if (session.at === 'rejoining')
    callOver(work, session.agentId, skipWrapUp ? 0 : wrapUpMsOf(work, session), null);
}

/** Hands the record over. An ended session stays in sight for a while: the customer sees the end and may give stars. */
export function bookEnd(work: Work, session: Ended): void {
  const { sessionId, record, legs } = session;
  const { lingering, rules } = work.floor;
  putSession(work, sessionId, session);
  work.ended.push({ record, legs });
  lingering.push({ sessionId, until: work.now + rules.lingerMs });
  work.undo.push(() => lingering.pop());
}

function freeParty(work: Work, session: LiveSession, party: Party, skipWrapUp: boolean): void {
  const { agentId, role } = party;
  if (agentId === null) return;
  if (role === 'third' && 'third' in session) {
    freeThird(work, session.third);
    return;
  }
  if (session.at === 'offered') {
    missAgent(work, session, 'customer_left');
    return;
  }
  callOver(work, agentId, skipWrapUp ? 0 : wrapUpMsOf(work, session), null);
}

/** Only who has talked has something to write down. */
export function wrapUpMsOf(work: Work, session: Session): number {
  if (session.at === 'connecting' || session.at === 'dialling') return 0;
  return queueOf(work.floor, session.log.queueId).settings.wrapUpMs;
}

/** A consulted agent is free at once: the call was not hers. */
function freeThird(work: Work, { party, progress }: Third): void {
  if (party.kind !== 'agent') return;
  const { agentId } = party;
  if (progress === 'answered') callOver(work, agentId, 0, null);
  else moveAgent(work, agentId, { kind: 'missed', miss: 'withdrawn', maxMisses: 0, restUntil: null });
}

/** The agent's part of a call is over: wrap-up, or free at once. */
export function callOver(work: Work, agentId: AgentId, wrapUpMs: number, restUntil: Instant | null): void {
  const change = moveAgent(work, agentId, { kind: 'callOver', wrapUpMs, restUntil });
  if (change.outcome !== 'moved') return;
  if (change.to.activity.at === 'wrapUp')
    startTimer(work, { name: 'wrapUp', agentId }, change.to.activity.until);
  if (restUntil !== null) startTimer(work, { name: 'rest', agentId }, restUntil);
}

/**
 * The agent leaves a session that goes on: her leg is let go, her wrap-up begins.
 * @param session as it was with her
 * @param ended how her leg ended by itself; undefined when it still has to be hung up
 */
export function dismissAgent(work: Work, session: Conversation, ended?: LegEnding): void {
  const { agent, sessionId } = session;
  const { agentId } = agent;
  const talked = session.at !== 'connecting';
  const restUntil = talked ? null : work.now + work.floor.rules.restMs;
  callOver(work, agentId, wrapUpMsOf(work, session), restUntil);
  letGo(work, agent.leg.legId, { sessionId, agentId }, ended);
}

/**
 * The conversation lost its agent. With a third party on the line the customer stays with that; otherwise she hears music and
 * goes to the head of the line.
 */
export function loseAgent(work: Work, session: Conversation, ended?: LegEnding): void {
  if (session.at === 'consulting' || session.at === 'conferencing') {
    if (session.third.progress === 'answered') {
      leaveToThird(work, session, ended);
      return;
    }
    dropThird(work, session, 'cancelled');
  }
  const { sessionId } = session;
  moveSession(work, sessionId, { kind: 'agentLost', ending: ended ?? 'released' });
  dismissAgent(work, session, ended);
}

/** The agent leaves customer and third party to each other. */
export function leaveToThird(work: Work, session: Consulting | Conferencing, ended?: LegEnding): void {
  const { sessionId, third } = session;
  const change = moveSession(work, sessionId, { kind: 'agentLeaves', ending: ended ?? 'released' });
  if (change.outcome !== 'moved') return;
  dismissAgent(work, session, ended);
  if (third.party.kind === 'agent') moveAgent(work, third.party.agentId, { kind: 'turns', into: 'talking' });
}

/**
 * The third party goes, customer and agent have each other again.
 * @param ended how its leg ended by itself; undefined when it still has to be hung up
 * @param cause why it is hung up
 */
export function dropThird(
  work: Work,
  session: Consulting | Conferencing,
  how: 'cancelled' | 'failed' | 'left',
  ended?: LegEnding,
  cause: LegEnding = how === 'failed' ? 'no_answer' : 'released',
): void {
  const { sessionId, third, agent } = session;
  moveSession(work, sessionId, { kind: 'thirdGone', how, ending: ended ?? cause });
  freeThird(work, third);
  const agentId = third.party.kind === 'agent' ? third.party.agentId : null;
  letGo(work, third.leg.legId, { sessionId, agentId }, ended, cause === 'no_answer' ? 'no_answer' : 'normal');
  moveAgent(work, agent.agentId, { kind: 'turns', into: 'talking' });
}

/**
 * The customer leaves a conference; the other two go on until one of them has enough.
 * @param ended how her leg ended by itself; undefined when it still has to be hung up
 */
export function leaveConference(
  work: Work,
  session: Conferencing,
  sessionEnding: SessionEnding,
  ended?: LegEnding,
): Outcome {
  const { sessionId } = session;
  const leg = customerLegOf(session);
  const ending = ended ?? 'released';
  const change = moveSession(work, sessionId, { kind: 'customerLeaves', sessionEnding, ending });
  if (change.outcome !== 'moved') return change;
  if (leg) letGo(work, leg.legId, { sessionId, agentId: null }, ended);
  return done;
}

/** A conversation is recorded on the customer's own leg: left is her voice, right whomever she talks with. */
export function startRecording(work: Work, session: LiveSession): void {
  const { sessionId, log } = session;
  const legId = customerLegOf(session)?.legId;
  const { recording } = log;
  if (legId === undefined || log.optedOut || recording.at === 'paused') return;
  if (recording.at === 'on' && recording.legId === legId) return;
  const wanted = recording.at === 'on' || queueOf(work.floor, log.queueId).settings.record === 'always';
  if (!wanted) return;
  moveSession(work, sessionId, { kind: 'recordingAsked', legId });
  work.effects.push({ kind: 'recording.start', legId, sessionId });
}

const bridgeTries = 2;
const bridgeFailuresBorne = 2;

/** What was asked for did not come about in time, or the switch refused it. */
export function bridgeMissing(work: Work, sessionId: SessionId): void {
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined || !isLive(session)) return;
  const link = linkOf(session);
  if (link === undefined) return;
  const tried = wiringOf(session).ready ? link.asked : bridgeTries;
  if (tried < bridgeTries) {
    ask(work, session);
    return;
  }
  const change = moveSession(work, sessionId, { kind: 'bridgeFailed' });
  if (change.outcome === 'moved' && isLive(change.to)) giveUp(work, change.to);
}

/** Without a third party first, then with another agent, then not at all. */
function giveUp(work: Work, session: LiveSession): void {
  if (session.at === 'consulting' || session.at === 'conferencing') dropThird(work, session, 'left');
  else if (isConversation(session) && session.log.bridgeFailures < bridgeFailuresBorne)
    loseAgent(work, session);
  else endSession(work, session, 'failed', { cause: 'temporary_failure' });
}
