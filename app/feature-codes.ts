// What an agent says by dialling at her desk phone. Codes are wishes, the same commands her page gives, with the same refusals; beside
// them she reaches colleagues by their extension, a parked caller by the slot, and a queue by its name.

import type { AgentCommand } from './domain/floor/inputs.ts';
import type { AgentView } from './domain/floor/view.ts';
import { agentId, type AgentId } from './domain/ids.ts';
import type { Core } from './engine/core.ts';
import type { Directory } from './ports/directory.ts';
import type { Extension, FeatureCodes, FeatureWish } from './ports/feature-codes.ts';

/** A phone has no keys for reasons: a break asked for there goes under this one. */
const breakReason = 'break';

/** @param directory tells whose phone it is */
export function createFeatureCodes(
  core: Pick<Core, 'submit' | 'view'>,
  directory: Pick<Directory, 'sipCredentials'>,
): FeatureCodes {
  const ownerOf = async (address: string) => (await directory.sipCredentials(address))?.agentId;
  return {
    async carryOut(address, wish) {
      const owner = await ownerOf(address);
      if (owner === undefined) return false;
      return core.submit(commandOf(agentId(owner), address, wish)).outcome !== 'refused';
    },
    async reach(address, dialled) {
      const caller = await ownerOf(address);
      if (caller === undefined) return undefined;
      const { view } = core;
      const parked = view.sessions().find(({ slot }) => slot !== undefined && String(slot) === dialled);
      if (parked?.slot !== undefined) return { kind: 'slot', slot: parked.slot };
      const colleague = view.agent(agentId((await ownerOf(dialled)) ?? dialled));
      if (colleague) return reachOf(colleague, caller);
      const queue = view.queues().find(({ queueId }) => queueId === dialled);
      return queue && { kind: 'queue', queueId: queue.queueId, by: caller };
    },
  };
}

/** Her own is taken by this very call. */
function reachOf({ agentId: colleague, presence, activity, reachability }: AgentView, by: string): Extension {
  if (presence !== 'ready' || !reachability.reachable) return { kind: 'refused', why: 'unavailable' };
  return activity === 'idle' && colleague !== by
    ? { kind: 'agent', agentId: colleague, by }
    : { kind: 'refused', why: 'busy' };
}

function commandOf(agent: AgentId, address: string, wish: FeatureWish): AgentCommand {
  switch (wish.feature) {
    case 'signIn':
      return { kind: 'agent.signIn', agentId: agent, device: { kind: 'sip', address }, byCode: true };
    case 'signOut':
      return { kind: 'agent.signOut', agentId: agent };
    case 'ready':
      return { kind: 'agent.ready', agentId: agent, byCode: true };
    case 'break':
      return { kind: 'agent.break', agentId: agent, reason: breakReason };
    case 'pickUp':
      return { kind: 'agent.pickUp', agentId: agent, slot: wish.slot };
  }
}
