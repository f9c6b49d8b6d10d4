// What the settings say: which queues and agents there are. Changes apply at once to whoever waits and whoever is free.

import { newAgent } from '../agent.ts';
import { moveAgent, putAgent, putQueue } from './books.ts';
import type { SettingsInput } from './inputs.ts';
import type { Flow } from '../flow.ts';
import { done, write, type Outcome, type Work } from './work.ts';

export function bySettings(work: Work, input: SettingsInput): Outcome {
  if (input.kind === 'settings.queue') {
    putQueue(work, input.queue);
    return done;
  }
  if (input.kind === 'settings.flows') {
    putFlows(work, input.flows);
    return done;
  }
  const { agentId, displayName, queues } = input.agent;
  const unique = [...new Set(queues)];
  if (work.floor.agents.has(agentId))
    moveAgent(work, agentId, { kind: 'settings', displayName, queues: unique });
  else putAgent(work, agentId, newAgent(agentId, displayName, unique, work.now));
  return done;
}

function putFlows(work: Work, flows: readonly Flow[]): void {
  const { floor } = work;
  for (const flowId of [...floor.flows.keys()]) write(work, floor.flows, flowId, undefined);
  for (const flow of flows) write(work, floor.flows, flow.flowId, flow);
}
