// A third party: asked, handed over to, joined with, let go again.

import type { Agent } from '../agent.ts';
import { refused } from '../change.ts';
import type { Conversation } from '../session.ts';
import { moveAgent, moveSession } from './books.ts';
import type { AgentCommand, ConsultTarget } from './inputs.ts';
import { dropThird, leaveConference, leaveToThird } from './moves.ts';
import { outsideNumber } from './numbers.ts';
import { callThird, newThird, refusalToCall } from './third.ts';
import { done, type Outcome, type Work } from './work.ts';

export type ConsultCommand = Extract<
  AgentCommand,
  {
    kind: `agent.${'consult' | 'completeTransfer' | 'cancelConsult' | 'toggle' | 'conference' | 'dropParty'}`;
  }
>;

export function byConsultation(
  work: Work,
  agent: Agent,
  session: Conversation,
  command: ConsultCommand,
): Outcome {
  switch (command.kind) {
    case 'agent.consult':
      return consult(work, agent, session, command.to);
    case 'agent.completeTransfer':
      return complete(work, session);
    case 'agent.cancelConsult':
      if (session.at !== 'consulting') return refused('not_consulting');
      dropThird(work, session, 'cancelled');
      return done;
    case 'agent.toggle':
      return told(moveSession(work, session.sessionId, { kind: 'toggled' }));
    case 'agent.conference':
      return conference(work, session);
    case 'agent.dropParty':
      return dropParty(work, session, command.party);
  }
}

const told = (change: ReturnType<typeof moveSession>): Outcome =>
  change.outcome === 'moved' ? done : change;

function consult(work: Work, agent: Agent, session: Conversation, to: ConsultTarget): Outcome {
  if (session.at !== 'talking' && session.at !== 'held') return refused('wrong_state');
  const code = refusalToCall(work, to);
  if (code !== undefined) return refused(code);
  const third = newThird(work, session, to);
  const { sessionId, log } = session;
  const change = moveSession(work, sessionId, { kind: 'consults', third });
  if (change.outcome !== 'moved') return change;
  const { agentId, displayName } = agent;
  moveAgent(work, agentId, { kind: 'turns', into: 'consulting' });
  // A colleague sees who asks; the world outside a number of the queue's.
  const outside = { number: outsideNumber(work, log.queueId), name: '' };
  callThird(work, session, third, to.kind === 'agent' ? { number: agentId, name: displayName } : outside);
  return done;
}

function complete(work: Work, session: Conversation): Outcome {
  if (session.at !== 'consulting' && session.at !== 'conferencing') return refused('not_consulting');
  if (session.third.progress !== 'answered') return refused('not_answered');
  leaveToThird(work, session);
  return done;
}

function conference(work: Work, session: Conversation): Outcome {
  const change = moveSession(work, session.sessionId, { kind: 'confers' });
  if (change.outcome !== 'moved') return change;
  moveAgent(work, session.agent.agentId, { kind: 'turns', into: 'conferencing' });
  if ('third' in session && session.third.party.kind === 'agent') {
    moveAgent(work, session.third.party.agentId, { kind: 'turns', into: 'conferencing' });
  }
  return done;
}

function dropParty(work: Work, session: Conversation, party: 'customer' | 'third'): Outcome {
  if (session.at !== 'conferencing') return refused('not_conferencing');
  if (party === 'customer') return leaveConference(work, session, 'agent_hung_up');
  dropThird(work, session, 'left');
  return done;
}
