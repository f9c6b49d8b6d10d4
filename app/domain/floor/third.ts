// The third party: called into a conversation by its agent, or called to take a customer over.

import { isAvailable, deviceOf, standingLegOf } from '../agent.ts';
import { ignored } from '../change.ts';
import type { LegEnding, SessionEnding } from '../ending.ts';
import type { LegId, OfferId, SessionId } from '../ids.ts';
import type { RefusalCode } from '../refusal.ts';
import type { LiveSession, Third, Transferred, Transferring } from '../session.ts';
import { isLive } from '../session-parts.ts';
import { moveAgent, moveSession, queueOf } from './books.ts';
import { askToConfirm, needsConfirming } from './confirm.ts';
import type { ConsultTarget } from './inputs.ts';
import { dropThird, endSession } from './moves.ts';
import { callerFor, destinationOf, isNumber } from './numbers.ts';
import { giveBack } from './offers.ts';
import { letGo } from './release.ts';
import { zip } from './standing-lines.ts';
import { done, type Outcome, type Work } from './work.ts';

/** Why that party cannot be called now; undefined when it can. */
export function refusalToCall(work: Work, to: ConsultTarget): RefusalCode | undefined {
  if (to.kind === 'number') return isNumber(to.number) ? undefined : 'bad_number';
  const agent = work.floor.agents.get(to.agentId);
  if (agent === undefined) return 'unknown_agent';
  return isAvailable(agent) ? undefined : 'agent_unavailable';
}

/** A party as it is before it has been called; `callThird` calls it. */
export function newThird(work: Work, session: LiveSession, to: ConsultTarget): Third {
  const agent = to.kind === 'agent' ? work.floor.agents.get(to.agentId) : undefined;
  const legId = (agent && standingLegOf(agent)) ?? (work.newId() as LegId);
  const leg = { legId, createdAt: work.now, answeredAt: null };
  const until = work.now + queueOf(work.floor, session.log.queueId).settings.ringMs;
  const party = to.kind === 'number' ? to : ({ ...to, offerId: work.newId() as OfferId } as const);
  return { party, leg, progress: 'dialling', until };
}

/** @param from how the party is told who calls */
export function callThird(
  work: Work,
  { sessionId, log }: LiveSession,
  { party, leg, until }: Third,
  from: { readonly number: string; readonly name: string },
): void {
  const { legId } = leg;
  const agent = party.kind === 'agent' ? work.floor.agents.get(party.agentId) : undefined;
  const device = agent && deviceOf(agent);
  if (party.kind === 'agent') {
    const { agentId, offerId } = party;
    moveAgent(work, agentId, { kind: 'offer', offerId, sessionId, legId });
    if (work.floor.lines.has(legId)) return joinStanding(work, sessionId, legId);
  }
  work.effects.push({
    kind: 'leg.dial',
    legId,
    to: device
      ? destinationOf(device)
      : { kind: 'number', number: party.kind === 'number' ? party.number : '' },
    labels: {
      role: 'third',
      sessionId,
      ...(party.kind === 'agent' && { agentId: party.agentId, offerId: party.offerId }),
    },
    ...callerFor(work, log.queueId, device, from),
    ringUntil: until,
  });
}

/** Whose line stands need not be rung. */
function joinStanding(work: Work, sessionId: SessionId, legId: LegId): void {
  zip(work, legId);
  const session = work.floor.sessions.get(sessionId);
  if (session && isLive(session)) thirdThere(work, session);
}

export function thirdRings(work: Work, session: LiveSession): Outcome {
  const change = moveSession(work, session.sessionId, { kind: 'thirdProgress', progress: 'ringing' });
  if (change.outcome !== 'moved') return change;
  if ('third' in session && session.third.party.kind === 'agent') {
    moveAgent(work, session.third.party.agentId, { kind: 'rings' });
  }
  return done;
}

export function thirdAnswered(work: Work, session: LiveSession): Outcome {
  if (session.at !== 'consulting' && session.at !== 'transferring') return ignored('already answered');
  const { party, leg } = session.third;
  if (party.kind !== 'agent' || !needsConfirming(work, party.agentId)) return thirdThere(work, session);
  const change = moveSession(work, session.sessionId, { kind: 'thirdProgress', progress: 'confirming' });
  if (change.outcome !== 'moved') return change;
  askToConfirm(work, leg.legId);
  return done;
}

/** It has answered, and is a person. */
export function thirdThere(work: Work, session: LiveSession): Outcome {
  const change = moveSession(work, session.sessionId, { kind: 'thirdProgress', progress: 'answered' });
  if (change.outcome !== 'moved') return change;
  if ('third' in session && session.third.party.kind === 'agent') {
    moveAgent(work, session.third.party.agentId, { kind: 'answers', into: 'consulting' });
  }
  return done;
}

/** @param ending how it ended by itself */
export function thirdLegEnded(work: Work, session: LiveSession, ending: LegEnding): Outcome {
  switch (session.at) {
    case 'consulting':
      dropThird(work, session, session.third.progress === 'answered' ? 'left' : 'failed', ending);
      return done;
    case 'conferencing':
      dropThird(work, session, 'left', ending);
      return done;
    case 'aside':
      endSession(work, session, session.ending, { ended: { [session.third.leg.legId]: ending } });
      return done;
    case 'transferring':
      loseThird(work, session, ending, ending);
      return done;
    case 'transferred':
      transferredEnded(work, session, ending);
      return done;
    default:
      return ignored('no third party');
  }
}

/** Whom the customer was passed on to has hung up, or was lost: then the customer must not pay. */
function transferredEnded(work: Work, session: Transferred, ending: LegEnding): void {
  const ended = { [session.third.leg.legId]: ending };
  if (ending === 'hung_up') endSession(work, session, endingOfThird(session), { ended });
  else loseThird(work, session, ending, ending);
}

export const endingOfThird = ({ third }: Transferred): SessionEnding =>
  third.party.kind === 'supervisor' ? 'supervisor_ended' : 'third_hung_up';

/**
 * A customer who was let go to a third party is back: with the agent who let her go, if nobody answered there, or at the head of
 * the line.
 * @param ended how the third leg ended by itself; undefined when it still has to be hung up
 */
export function loseThird(
  work: Work,
  session: Transferring | Transferred,
  cause: LegEnding,
  ended?: LegEnding,
): void {
  const { sessionId, third } = session;
  const by = session.at === 'transferring' ? session.by : undefined;
  if (by?.kind === 'flow') {
    work.onward.push({ sessionId, place: by.otherwise, thirdEnding: cause });
    letGo(work, third.leg.legId, { sessionId, agentId: null }, ended, 'no_answer');
    return;
  }
  moveSession(work, sessionId, { kind: 'backToLine', thirdEnding: cause });
  letGo(work, third.leg.legId, { sessionId, agentId: null }, ended, 'no_answer');
  if (by) giveBack(work, sessionId, by.agentId, cause);
}
