// The floor as data that survives a restart: live sessions, ended ones whose last leg is not gone yet, and agents. Recovery = last snapshot, minus what the
// switch no longer holds (recover.ts in the engine).

import type { AgentId } from '../ids.ts';
import type { Agent } from '../agent.ts';
import type { Session } from '../session.ts';

export interface FloorSnapshot {
  readonly factNumber: number;
  readonly sessions: readonly Session[];
  readonly agents: readonly (Agent & { readonly agentId: AgentId })[];
}
