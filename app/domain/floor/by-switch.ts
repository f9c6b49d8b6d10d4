// The switch and the devices as a whole: gone, back, reachable or not; and what could not be done.

import type { Agent } from '../agent.ts';
import { ignored } from '../change.ts';
import type { AgentId } from '../ids.ts';
import { agentSideOf, isLive, roleOf, type LiveSession } from '../session.ts';
import { moveAgent, putAgent } from './books.ts';
import type { Signal } from './inputs.ts';
import { bridgeMissing, endSession, missOffer, released } from './moves.ts';
import { cancelTimer, done, write, type Outcome, type Work } from './work.ts';

type Of<K extends Signal['kind']> = Extract<Signal, { kind: K }>;

/** Every leg is dead: every session with something on the switch ends, and nobody is asked to wrap up. */
export function switchLost(work: Work): Outcome {
  const { floor } = work;
  setMediaUp(work, false);
  for (const legId of [...floor.releases.keys()]) released(work, legId);
  for (const session of [...floor.sessions.values()]) {
    if (isLive(session) && session.at !== 'arriving') die(work, session);
  }
  return done;
}

/** Its legs died with the switch: there is nothing to hang up. */
function die(work: Work, session: LiveSession): void {
  endSession(work, session, 'media_lost', {
    customerLeg: 'media_lost',
    agentLeg: 'media_lost',
    skipWrapUp: true,
  });
}

/** Calls are offered again. Whoever waits (and whoever arrived meanwhile) is matched in this step. */
export function switchBack(work: Work): Outcome {
  if (work.floor.mediaUp) return ignored('already up');
  setMediaUp(work, true);
  return done;
}

export function setMediaUp(work: Work, up: boolean): void {
  const { floor } = work;
  const before = floor.mediaUp;
  if (before === up) return;
  floor.mediaUp = up;
  work.undo.push(() => {
    floor.mediaUp = before;
  });
  if (up) for (const queueId of floor.queues.keys()) work.called.add(queueId);
}

export function deviceChanged(work: Work, { address, reachability }: Of<'device.changed'>): Outcome {
  // What nobody reported counts as unregistered, so that this is not worth an entry of its own.
  const known = reachability.reachable || reachability.why !== 'unregistered' ? reachability : undefined;
  write(work, work.floor.devices, address, known);
  const agents = work.floor.agentsByDevice.get(address);
  if (agents === undefined) return done;
  for (const agentId of [...agents]) moveAgent(work, agentId, { kind: 'reachable', reachability });
  return done;
}

/**
 * The switch could not do what was asked. `no_such_leg` is no news by itself: the leg's own end is on its way, and the
 * reconciler looks after a lost one.
 */
export function effectFailed(work: Work, { effect, legId, reason }: Of<'effect.failed'>): Outcome {
  if (legId === undefined) return ignored('no leg named');
  if (effect === 'leg.hangUp') return hangUpFailed(work, legId, reason);
  const sessionId = work.floor.legs.get(legId);
  const session = sessionId && work.floor.sessions.get(sessionId);
  if (!session || !isLive(session)) return ignored('leg not in a call');
  switch (effect) {
    case 'leg.dial':
      if (session.at !== 'offered' || session.offer.leg.legId !== legId) return ignored('no offer open');
      missOffer(work, session, 'withdrawn', reason === 'timeout' ? undefined : 'failed');
      return done;
    case 'leg.answer':
      if (reason === 'no_such_leg' || roleOf(session, legId) !== 'customer')
        return ignored('its end will tell');
      endSession(work, session, 'failed', { cause: 'temporary_failure' });
      return done;
    case 'legs.bridge':
      return bridgeFailed(work, session, reason);
    default:
      return ignored('the call goes on without it');
  }
}

function hangUpFailed(work: Work, legId: Of<'effect.failed'>['legId'] & string, reason: string): Outcome {
  if (reason !== 'no_such_leg') return ignored('asked again soon');
  if (!work.floor.releases.has(legId)) return ignored('leg already gone');
  released(work, legId);
  return done;
}

function bridgeFailed(work: Work, session: LiveSession, reason: string): Outcome {
  if (session.at !== 'connecting' && session.at !== 'talking') return ignored('no bridge wanted');
  if (reason === 'no_such_leg') return ignored('its end will tell');
  cancelTimer(work, { name: 'bridge', sessionId: session.sessionId });
  bridgeMissing(work, session.sessionId);
  return done;
}

/** Bugs and lost inputs must not keep an agent busy for ever: without a call she is free. */
export function freeStranded(work: Work, agent: Agent): boolean {
  const { activity, agentId } = agent;
  if (activity.at === 'idle' || activity.at === 'wrapUp') return false;
  const session = work.floor.sessions.get(activity.sessionId);
  if (session && agentSideOf(session)?.agentId === agentId) return false;
  free(work, agentId, agent);
  return true;
}

function free(work: Work, agentId: AgentId, agent: Agent): void {
  putAgent(work, agentId, { ...agent, activity: { at: 'idle', since: work.now } });
  work.facts.push({ kind: 'agent.activity', agentId, activity: 'idle' });
}
