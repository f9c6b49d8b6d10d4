// What agents do: sign in and out, be ready, take a break, and everything within a call.

import { deviceOf, type Agent } from '../agent.ts';
import type { AgentChange } from '../agent-changes.ts';
import { refused } from '../change.ts';
import type { Device, Reachability } from '../device.ts';
import { customerLegOf, type Session } from '../session.ts';
import { moveAgent, moveSession } from './books.ts';
import type { AgentCommand } from './inputs.ts';

type PlainCommand = Extract<
  AgentCommand,
  {
    kind:
      'agent.signIn' | 'agent.signOut' | 'agent.ready' | 'agent.break' | 'agent.finishWrapUp' | DuringCall;
  }
>;
import { endSession, join, loseAgent, missOffer, startMusic } from './moves.ts';
import { cancelTimer, done, type Outcome, type Work } from './work.ts';

export function byAgent(work: Work, command: PlainCommand): Outcome {
  const agent = work.floor.agents.get(command.agentId);
  if (agent === undefined) return refused('unknown_agent');
  const { agentId } = agent;
  switch (command.kind) {
    case 'agent.signIn':
      return signIn(work, agent, command.device);
    case 'agent.signOut':
      return told(moveAgent(work, agentId, { kind: 'signOut', cause: 'asked' }));
    case 'agent.ready':
      return told(moveAgent(work, agentId, { kind: 'ready' }));
    case 'agent.break':
      return told(moveAgent(work, agentId, { kind: 'break', reason: command.reason }));
    case 'agent.finishWrapUp':
      return finishWrapUp(work, agent);
    case 'agent.answer':
    case 'agent.decline':
    case 'agent.hold':
    case 'agent.resume':
    case 'agent.hangUp':
      return duringCall(work, agent, command.kind);
  }
}

const told = (change: AgentChange): Outcome => (change.outcome === 'moved' ? done : change);

/** An address nobody ever reported is not registered: nothing is offered until it is. */
export function reachabilityOf(work: Work, { address }: Device): Reachability {
  return work.floor.devices.get(address) ?? { reachable: false, why: 'unregistered' };
}

function signIn(work: Work, agent: Agent, device: Device): Outcome {
  const users = work.floor.agentsByDevice.get(device.address);
  if (users !== undefined && !users.has(agent.agentId)) return refused('unknown_device');
  const reachability = reachabilityOf(work, device);
  return told(moveAgent(work, agent.agentId, { kind: 'signIn', device, reachability }));
}

function finishWrapUp(work: Work, { agentId }: Agent): Outcome {
  const change = moveAgent(work, agentId, { kind: 'wrapUpOver' });
  if (change.outcome !== 'moved') return change;
  cancelTimer(work, { name: 'wrapUp', agentId });
  return done;
}

type DuringCall = 'agent.answer' | 'agent.decline' | 'agent.hold' | 'agent.resume' | 'agent.hangUp';

function duringCall(work: Work, agent: Agent, wish: DuringCall): Outcome {
  const { activity } = agent;
  const session = activity.at === 'idle' ? undefined : work.floor.sessions.get(activity.sessionId);
  switch (wish) {
    case 'agent.answer':
      return answer(work, agent);
    case 'agent.decline':
      if (session?.at !== 'offered' || session.offer.agentId !== agent.agentId) return refused('not_ringing');
      missOffer(work, session, 'declined');
      return done;
    case 'agent.hold':
      return hold(work, agent, session);
    case 'agent.resume':
      return resume(work, agent, session);
    case 'agent.hangUp':
      return hangUp(work, agent, session);
  }
}

/** A desk phone is asked to go off-hook; a browser answers by itself, its page only says so. */
function answer(work: Work, agent: Agent): Outcome {
  const { activity } = agent;
  if (activity.at !== 'ringing') return refused('not_ringing');
  if (deviceOf(agent)?.kind === 'sip') work.effects.push({ kind: 'leg.autoAnswer', legId: activity.legId });
  return done;
}

/** Hold is done on the switch, the same for every device: the pair is parted and the customer hears music. */
function hold(work: Work, { agentId, activity }: Agent, session: Session | undefined): Outcome {
  if (session === undefined || activity.at === 'wrapUp') return refused('not_in_call');
  const change = moveSession(work, session.sessionId, { kind: 'held' });
  if (change.outcome !== 'moved') return change;
  moveAgent(work, agentId, { kind: 'hold' });
  const customerLeg = customerLegOf(session);
  if (customerLeg && activity.at === 'talking') {
    work.effects.push({ kind: 'legs.park', a: customerLeg.legId, b: activity.legId });
    startMusic(work, session, customerLeg.legId);
  }
  return done;
}

function resume(work: Work, { agentId, activity }: Agent, session: Session | undefined): Outcome {
  if (session === undefined || activity.at === 'wrapUp') return refused('not_in_call');
  const change = moveSession(work, session.sessionId, { kind: 'resumed' });
  if (change.outcome !== 'moved') return change;
  moveAgent(work, agentId, { kind: 'resume' });
  join(work, session.sessionId);
  return done;
}

/** Before the bridge nobody has talked yet: then the customer is not sent away but to the next agent. */
function hangUp(work: Work, { activity }: Agent, session: Session | undefined): Outcome {
  if (activity.at !== 'talking' && activity.at !== 'held') return refused('not_in_call');
  if (session?.at === 'connecting') loseAgent(work, session);
  else if (session?.at === 'talking' || session?.at === 'held') endSession(work, session, 'agent_hung_up');
  else return refused('not_in_call');
  return done;
}
