// What agents do outside of a call: sign in and out, be ready, take a break, begin a call. What they do within one: by-agent-in-call.ts.

import type { Agent } from '../agent.ts';
import type { AgentChange } from '../agent-changes.ts';
import { refused } from '../change.ts';
import type { Device, Reachability } from '../device.ts';
import { moveAgent } from './books.ts';
import { duringCall } from './by-agent-in-call.ts';
import { dial } from './dialling.ts';
import type { AgentCommand } from './inputs.ts';
import { isNumber } from './numbers.ts';
import { pickUp } from './parking.ts';
import { letGoOfLine, wantLine } from './standing-lines.ts';
import { cancelTimer, done, startTimer, type Outcome, type Work } from './work.ts';

export function byAgent(work: Work, command: AgentCommand): Outcome {
  const agent = work.floor.agents.get(command.agentId);
  if (agent === undefined) return refused('unknown_agent');
  const { agentId } = agent;
  switch (command.kind) {
    case 'agent.signIn':
      return thenRests(work, command, signIn(work, agent, command));
    case 'agent.signOut':
      return told(moveAgent(work, agentId, { kind: 'signOut', cause: 'asked' }));
    case 'agent.ready':
      return thenRests(work, command, ready(work, agent));
    case 'agent.break':
      return told(moveAgent(work, agentId, { kind: 'break', reason: command.reason }));
    case 'agent.finishWrapUp':
      return finishWrapUp(work, agent);
    case 'agent.dial':
      return dial(work, agent, command);
    case 'agent.pickUp':
      return pickUp(work, agent, command.slot);
    default:
      return duringCall(work, agent, command);
  }
}

const told = (change: AgentChange): Outcome => (change.outcome === 'moved' ? done : change);

/** A call offered now would find her phone busy, which would be her miss. */
function thenRests(
  work: Work,
  { agentId, byCode }: Extract<AgentCommand, { kind: 'agent.signIn' | 'agent.ready' }>,
  outcome: Outcome,
): Outcome {
  if (byCode !== true || outcome.outcome !== 'done') return outcome;
  const until = work.now + work.floor.rules.codeMs;
  if (moveAgent(work, agentId, { kind: 'rests', until }).outcome === 'moved')
    startTimer(work, { name: 'rest', agentId }, until);
  return outcome;
}

/** An address nobody ever reported is not registered: nothing is offered until it is. A telephone is always there. */
export function reachabilityOf(work: Work, { kind, address }: Device): Reachability {
  if (kind === 'pstn') return { reachable: true };
  return work.floor.devices.get(address) ?? { reachable: false, why: 'unregistered' };
}

function signIn(
  work: Work,
  agent: Agent,
  { device, onBreak, nailedUp }: Extract<AgentCommand, { kind: 'agent.signIn' }>,
): Outcome {
  const users = work.floor.agentsByDevice.get(device.address);
  if (users !== undefined && !users.has(agent.agentId)) return refused('unknown_device');
  if (device.kind === 'pstn' && !isNumber(device.address)) return refused('bad_number');
  if (nailedUp === true && !work.floor.rules.nailedUpLines) return refused('nailed_up_unavailable');
  const reachability = reachabilityOf(work, device);
  const change = moveAgent(work, agent.agentId, {
    kind: 'signIn',
    device,
    reachability,
    ...(nailedUp !== undefined && { nailedUp }),
    ...(onBreak !== undefined && { onBreak }),
  });
  if (change.outcome === 'moved') letGoOfLine(work, agent.agentId, agent.line);
  return told(change);
}

/** With her line down she means that it is to be rung, even where she was ready all the time. */
function ready(work: Work, { agentId }: Agent): Outcome {
  const change = moveAgent(work, agentId, { kind: 'ready' });
  if (change.outcome === 'refused') return change;
  return wantLine(work, agentId) === done ? done : told(change);
}

function finishWrapUp(work: Work, { agentId }: Agent): Outcome {
  const change = moveAgent(work, agentId, { kind: 'wrapUpOver' });
  if (change.outcome !== 'moved') return change;
  cancelTimer(work, { name: 'wrapUp', agentId });
  return done;
}
