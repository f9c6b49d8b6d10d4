// Feature codes as wishes of the agent whose phone it is: the same commands her page gives, with the same refusals.

import type { AgentCommand } from './domain/floor/inputs.ts';
import { agentId, type AgentId } from './domain/ids.ts';
import type { Core } from './engine/core.ts';
import type { Directory } from './ports/directory.ts';
import type { FeatureCodes, FeatureWish } from './ports/feature-codes.ts';

/** A phone has no keys for reasons: a break asked for there goes under this one. */
const breakReason = 'break';

/** @param directory tells whose phone it is */
export function createFeatureCodes(
  core: Pick<Core, 'submit'>,
  directory: Pick<Directory, 'sipCredentials'>,
): FeatureCodes {
  return {
    async carryOut(address, wish) {
      const owner = (await directory.sipCredentials(address))?.agentId;
      if (owner === undefined) return false;
      return core.submit(commandOf(agentId(owner), address, wish)).outcome !== 'refused';
    },
  };
}

function commandOf(agent: AgentId, address: string, wish: FeatureWish): AgentCommand {
  switch (wish.feature) {
    case 'signIn':
      return { kind: 'agent.signIn', agentId: agent, device: { kind: 'sip', address } };
    case 'signOut':
      return { kind: 'agent.signOut', agentId: agent };
    case 'ready':
      return { kind: 'agent.ready', agentId: agent };
    case 'break':
      return { kind: 'agent.break', agentId: agent, reason: breakReason };
    case 'pickUp':
      return { kind: 'agent.pickUp', agentId: agent, slot: wish.slot };
  }
}
