// After every decision: whoever became free or came into line is paired. Before the step no queue had both a caller who
// can be offered and a free agent, so it is enough to look where this step changed something.

import type { AgentId } from '../ids.ts';
import { nextPairing, nextPairingFor } from '../routing.ts';
import { isAvailable } from '../agent.ts';
import { queueOf } from './books.ts';
import { canRing } from './by-edge.ts';
import { offerTo } from './offers.ts';
import type { Work } from './work.ts';

/** Makes every offer that has become possible. */
export function match(work: Work): void {
  if (!canRing(work.floor)) return;
  for (const agentId of work.freed) matchAgent(work, agentId);
  for (const queueId of work.called) {
    const queue = queueOf(work.floor, queueId);
    for (let pairing = nextPairing(queue); pairing; pairing = nextPairing(queue))
      offerTo(work, pairing.place.sessionId, pairing.agentId, { kind: 'turn' });
  }
}

/** The caller goes to the longest idle agent of that queue, who need not be the one just freed. */
function matchAgent(work: Work, agentId: AgentId): void {
  for (;;) {
    const agent = work.floor.agents.get(agentId);
    if (agent === undefined || !isAvailable(agent)) return;
    const pairing = nextPairingFor(agent, work.floor.queues);
    if (pairing === undefined) return;
    offerTo(work, pairing.place.sessionId, pairing.agentId, { kind: 'turn' });
  }
}
