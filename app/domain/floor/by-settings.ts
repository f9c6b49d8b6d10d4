// What the settings say: which queues and agents there are. Changes apply at once to whoever waits and whoever is free.

import { newAgent } from '../agent.ts';
import { moveAgent, putAgent, putQueue } from './books.ts';
import type { SettingsInput } from './inputs.ts';
import { done, type Outcome, type Work } from './work.ts';

export function bySettings(work: Work, input: SettingsInput): Outcome {
  if (input.kind === 'settings.queue') {
    putQueue(work, input.queue);
    return done;
  }
  const { agentId, displayName, queues } = input.agent;
  const unique = [...new Set(queues)];
  if (work.floor.agents.has(agentId))
    moveAgent(work, agentId, { kind: 'settings', displayName, queues: unique });
  else putAgent(work, agentId, newAgent(agentId, displayName, unique, work.now));
  return done;
}
