// Who talks with whom: the longest idle agent of the queue, and for an agent of several queues the caller who is first by
// the same order that holds within one. Looks at the first of each line only.

import type { Agent } from './agent.ts';
import type { Place } from './call-log.ts';
import type { AgentId, QueueId } from './ids.ts';
import { comparePlaces, type Queue } from './queue.ts';

export interface Pairing {
  readonly place: Place;
  readonly agentId: AgentId;
}

/** The next pairing of one queue, if it has both a caller who can be offered and a free agent. */
export function nextPairing(queue: Queue): Pairing | undefined {
  const place = queue.offerable.first();
  const idle = queue.idle.first();
  return place && idle && { place, agentId: idle.agentId };
}

/** The next pairing among an agent's queues. The agent it names may be another one who has been idle longer. */
export function nextPairingFor(agent: Agent, queues: ReadonlyMap<QueueId, Queue>): Pairing | undefined {
  let best: Pairing | undefined;
  for (const queueId of agent.queues) {
    const queue = queues.get(queueId);
    const pairing = queue && nextPairing(queue);
    if (pairing && (!best || comparePlaces(pairing.place, best.place) < 0)) best = pairing;
  }
  return best;
}
