// The SIP edge has lost its server, or has it back. Calls that are up go on: the edge proxies and owns none. But no phone can be rung
// meanwhile: nobody is offered, and an offer that came to nothing because of it is not the agent's fault.

import { ignored } from '../change.ts';
import type { OfferMiss } from '../ending.ts';
import type { Instant } from '../ids.ts';
import type { Floor } from './floor.ts';
import type { Signal } from './inputs.ts';
import { done, type Outcome, type Work } from './work.ts';

export function edgeChanged(work: Work, { up }: Extract<Signal, { kind: 'edge.changed' }>): Outcome {
  const { floor } = work;
  const before = { edgeUp: floor.edgeUp, edgeLostAt: floor.edgeLostAt };
  if (before.edgeUp === up) return ignored(up ? 'already up' : 'already down');
  floor.edgeUp = up;
  if (!up) floor.edgeLostAt = work.now;
  work.undo.push(() => void Object.assign(floor, before));
  if (up) for (const queueId of floor.queues.keys()) work.called.add(queueId);
  return done;
}

/** Phones can be rung: a switch is there to do it, and the edge to find them. */
export const canRing = ({ mediaUp, edgeUp }: Floor): boolean => mediaUp && edgeUp;

/** An offer made at `madeAt` that reached nobody: was the way to the phones gone meanwhile? */
export const wayWasGone = ({ edgeLostAt }: Floor, miss: OfferMiss, madeAt: Instant): boolean =>
  (miss === 'unreachable' || miss === 'failed') && edgeLostAt !== null && edgeLostAt >= madeAt;
