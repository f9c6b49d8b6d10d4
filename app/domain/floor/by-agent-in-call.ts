// What an agent does with the call she has. Everything is done on the switch, the same for every device.

import type { Agent } from '../agent.ts';
import { refused } from '../change.ts';
import type { SessionId } from '../ids.ts';
import type { Conversation, LiveSession } from '../session.ts';
import {
  agentIdOf,
  customerLegOf,
  hasAgent,
  isConversation,
  isLive,
  partiesOf,
  thirdOf,
} from '../session-parts.ts';
import type { Leg } from '../party.ts';
import { moveAgent, moveSession } from './books.ts';
import { byConsultation } from './by-consultation.ts';
import type { AgentCommand } from './inputs.ts';
import { dropThird, endSession, leaveToThird, loseAgent } from './moves.ts';
import { areDigits } from './numbers.ts';
import { missOffer } from './offers.ts';
import { answerAtPage } from './off-hook.ts';
import { park } from './parking.ts';
import { byRecordingWish, play, stopPlaying } from './sounds.ts';
import { agentHangsUp } from './survey.ts';
import { transfer } from './transfer.ts';
import { done, type Outcome, type Work } from './work.ts';

type Elsewhere = `agent.${'signIn' | 'signOut' | 'ready' | 'break' | 'finishWrapUp' | 'dial' | 'pickUp'}`;
export type InCallCommand = Exclude<AgentCommand, { kind: Elsewhere }>;

export function duringCall(work: Work, agent: Agent, command: InCallCommand): Outcome {
  switch (command.kind) {
    case 'agent.answer':
      return answerAtPage(work, agent);
    case 'agent.decline':
      return decline(work, agent);
    case 'agent.hangUp':
      return hangUp(work, agent);
    case 'agent.mute':
      return mute(work, agent, command.muted);
    default: {
      const session = ownConversation(work, agent);
      if ('outcome' in session) return session;
      return withCall(work, agent, session, command);
    }
  }
}

type OwnCommand = Exclude<InCallCommand, { kind: `agent.${'answer' | 'decline' | 'hangUp' | 'mute'}` }>;

function withCall(work: Work, agent: Agent, session: Conversation, command: OwnCommand): Outcome {
  switch (command.kind) {
    case 'agent.hold':
      return hold(work, agent, session.sessionId);
    case 'agent.resume':
      return resume(work, agent, session.sessionId);
    case 'agent.sendDigits':
      return sendDigits(work, agent, session, command.digits);
    case 'agent.transfer':
      return transfer(work, session, command.to);
    case 'agent.park':
      return park(work, session);
    case 'agent.play':
      return play(work, session, command);
    case 'agent.stopPlaying':
      return stopPlaying(work, session);
    case 'agent.recording':
      return byRecordingWish(work, session, command.wish);
    default:
      return byConsultation(work, agent, session, command);
  }
}

function sessionOfAgent(work: Work, { activity }: Agent): LiveSession | undefined {
  if (activity.at === 'idle' || activity.at === 'wrapUp') return undefined;
  const session = work.floor.sessions.get(activity.sessionId);
  return session && isLive(session) ? session : undefined;
}

/** The conversation in which she is the agent; a consulted agent has none of her own. */
function ownConversation(work: Work, agent: Agent): Conversation | Outcome {
  const session = sessionOfAgent(work, agent);
  if (session === undefined || !isConversation(session)) return refused('not_in_call');
  return session.agent.agentId === agent.agentId ? session : refused('not_your_call');
}

function decline(work: Work, agent: Agent): Outcome {
  const session = sessionOfAgent(work, agent);
  const { agentId } = agent;
  if (session?.at === 'offered' && session.offer.agentId === agentId) {
    missOffer(work, session, 'declined');
    return done;
  }
  const isAsked = session?.at === 'consulting' && session.third.progress !== 'answered';
  if (!isAsked || session.agent.agentId === agentId) return refused('not_ringing');
  dropThird(work, session, 'failed', undefined, 'declined');
  return done;
}

function hold(work: Work, { agentId }: Agent, sessionId: SessionId): Outcome {
  const remindAt = work.now + work.floor.rules.holdReminderMs;
  const change = moveSession(work, sessionId, { kind: 'held', remindAt });
  if (change.outcome !== 'moved') return change;
  moveAgent(work, agentId, { kind: 'hold' });
  return done;
}

function resume(work: Work, { agentId }: Agent, sessionId: SessionId): Outcome {
  const change = moveSession(work, sessionId, { kind: 'resumed' });
  if (change.outcome !== 'moved') return change;
  moveAgent(work, agentId, { kind: 'resume' });
  return done;
}

/** Hers and nobody else's: also of the consulted agent, and of one who dials. */
function mute(work: Work, agent: Agent, muted: boolean): Outcome {
  const session = sessionOfAgent(work, agent);
  const own = session && partiesOf(session).find((party) => party.agentId === agent.agentId);
  if (session === undefined || own === undefined || !hasCall(session)) return refused('not_in_call');
  const { legId } = own.leg;
  const change = moveSession(work, session.sessionId, { kind: 'muted', legId, muted });
  if (change.outcome !== 'moved') return change;
  work.effects.push({ kind: 'leg.mute', legId, muted });
  return done;
}

const hasCall = ({ at }: LiveSession): boolean => at !== 'offered' && at !== 'rejoining';

/** To whomever she talks with: the third party, where there is one. */
function sendDigits(work: Work, { agentId }: Agent, session: Conversation, digits: string): Outcome {
  if (!areDigits(digits)) return refused('bad_digits');
  const leg = facedBy(session);
  if (leg === undefined) return refused('wrong_state');
  const { sessionId } = session;
  moveSession(work, sessionId, { kind: 'digitsSent', agentId, count: digits.length });
  work.effects.push({ kind: 'leg.sendDigits', legId: leg.legId, digits });
  return done;
}

function facedBy(session: Conversation): Leg | undefined {
  switch (session.at) {
    case 'connecting':
    case 'held':
      return undefined;
    case 'talking':
      return customerLegOf(session);
    case 'conferencing':
      return session.third.leg;
    case 'consulting':
      if (session.facing === 'customer') return customerLegOf(session);
      return session.third.progress === 'answered' ? session.third.leg : undefined;
  }
}

/**
 * Before the bridge nobody has talked yet: then the customer is not sent away but to the next agent. With a third party she hangs
 * up on whom she talks with; out of a conference she leaves the other two to each other.
 */

function hangUp(work: Work, agent: Agent): Outcome {
  const session = sessionOfAgent(work, agent);
  if (session === undefined || session.at === 'offered' || !hasAgent(session, agent.agentId)) {
    return refused('not_in_call');
  }
  if (agentIdOf(session) !== agent.agentId) return thirdHangsUp(work, session);
  switch (session.at) {
    case 'connecting':
      loseAgent(work, session);
      return done;
    case 'talking':
    case 'held':
      agentHangsUp(work, session);
      return done;
    case 'rejoining':
      endSession(work, session, 'agent_hung_up');
      return done;
    case 'consulting':
      if (session.facing === 'customer') endSession(work, session, 'agent_hung_up');
      else dropThird(work, session, 'cancelled');
      return done;
    case 'conferencing':
      leaveToThird(work, session);
      return done;
    case 'dialling':
      endSession(work, session, 'dial_cancelled');
      return done;
    case 'aside':
      endSession(work, session, session.ending);
      return done;
    default:
      return refused('not_in_call');
  }
}

/** The consulted agent has had enough. */
function thirdHangsUp(work: Work, session: LiveSession): Outcome {
  const isThere = thirdOf(session)?.progress === 'answered';
  if (session.at === 'aside') endSession(work, session, session.ending);
  else if (session.at === 'consulting' || session.at === 'conferencing')
    dropThird(work, session, isThere ? 'left' : 'failed', undefined, isThere ? 'released' : 'declined');
  else return refused('not_in_call');
  return done;
}
