// The switch and the devices as a whole: gone, back, reachable or not; and what could not be done.

import type { Agent } from '../agent.ts';
import { ignored } from '../change.ts';
import type { AgentId, LegId } from '../ids.ts';
import type { LiveSession } from '../session.ts';
import { hasAgent, isLive, monitorsOf, partiesOf, partyOf } from '../session-parts.ts';
import type { Party } from '../party.ts';
import { linkOf } from '../wiring.ts';
import { announcementOver } from './announcements.ts';
import { moveAgent, moveSession, putAgent } from './books.ts';
import type { Signal } from './inputs.ts';
import { legEnded } from './by-leg.ts';
import { giveUpDial } from './dialling.ts';
import { isInFlow, messageOver } from './flows.ts';
import { menuSoundFailed } from './menu.ts';
import { dropMonitor } from './monitors.ts';
import { wishFailed } from './failed-wishes.ts';
import { bridgeMissing, dropThird, endSession } from './moves.ts';
import { missOffer } from './offers.ts';
import { pageChanged, recallFailed } from './rejoin.ts';
import { released } from './release.ts';
import { lineDialFailed, lineEnded } from './standing-lines.ts';
import { surveySoundOver } from './survey.ts';
import { loseThird } from './third.ts';
import { done, write, type Outcome, type Work } from './work.ts';

type Of<K extends Signal['kind']> = Extract<Signal, { kind: K }>;

/** Every leg on it is dead: every session with something on that switch ends, and nobody is asked to wrap up. */
export function switchLost(work: Work, { legs, othersUp = false }: Of<'switch.lost'>): Outcome {
  const { floor } = work;
  if (!othersUp) setMediaUp(work, false);
  // Without another switch there is none that anything we were not told of could live on.
  const { legHit, sessionHit } = othersUp && legs ? hitBy(work, new Set(legs)) : everything;
  for (const legId of [...floor.releases.keys()]) if (legHit(legId)) released(work, legId);
  for (const legId of [...floor.lines.keys()]) if (legHit(legId)) lineEnded(work, legId, 'media_lost');
  for (const session of [...floor.sessions.values()]) {
    if (isLive(session) && session.at !== 'arriving' && sessionHit(session)) die(work, session);
  }
  return done;
}

const everything = { legHit: () => true, sessionHit: () => true };

function hitBy({ floor }: Work, gone: ReadonlySet<LegId>) {
  const sessions = new Set([...gone].map((leg) => floor.legs.get(leg)));
  return {
    legHit: (leg: LegId) => gone.has(leg),
    sessionHit: ({ sessionId }: LiveSession) => sessions.has(sessionId),
  };
}

/** Its legs died with the switch: there is nothing to hang up. */
function die(work: Work, session: LiveSession): void {
  const ended = Object.fromEntries(partiesOf(session).map(({ leg }) => [leg.legId, 'media_lost' as const]));
  endSession(work, session, 'media_lost', { ended, skipWrapUp: true });
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
  for (const agentId of [...agents]) {
    moveAgent(work, agentId, { kind: 'reachable', reachability });
    pageChanged(work, agentId);
  }
  return done;
}

/**
 * The switch could not do what was asked. `no_such_leg` is no news by itself: the leg's own end is on its way, and the
 * reconciler looks after a lost one.
 */
export function effectFailed(work: Work, { effect, legId, reason }: Of<'effect.failed'>): Outcome {
  if (legId === undefined) return ignored('no leg named');
  if (effect === 'leg.hangUp') return hangUpFailed(work, legId, reason);
  if (effect === 'leg.dial' && work.floor.lines.has(legId)) return lineDialFailed(work, legId, reason);
  return ofLegFailed(work, effect, legId, reason);
}

// eslint-disable-next-line complexity -- one exhaustive switch over the effects that matter
function ofLegFailed(work: Work, effect: string, legId: LegId, reason: string): Outcome {
  const sessionId = work.floor.legs.get(legId);
  const session = sessionId && work.floor.sessions.get(sessionId);
  const party = session && isLive(session) ? partyOf(session, legId) : undefined;
  if (!session || !isLive(session) || !party) return ignored('leg not in a call');
  switch (effect) {
    case 'leg.dial':
      return dialFailed(work, session, party, reason);
    case 'leg.answer':
      if (reason === 'no_such_leg' || party.role !== 'customer') return ignored('its end will tell');
      endSession(work, session, 'failed', { cause: 'temporary_failure' });
      return done;
    case 'legs.bridge':
    case 'legs.conference':
      return bridgeFailed(work, session, reason);
    case 'sound.play':
      return soundFailed(work, session, reason);
    case 'recording.start':
      return recordingFailed(work, session, party, reason);
    case 'leg.mute':
    case 'recording.pause':
    case 'recording.resume':
      return wishFailed(work, effect, session, party, reason);
    case 'eavesdrop.start':
    case 'eavesdrop.mode':
      return eavesdropFailed(work, session, party, reason);
    default:
      return ignored('the call goes on without it');
  }
}

/** After a time-out nobody knows whether the leg came up: it is hung up. Otherwise there is none. */
function dialFailed(work: Work, session: LiveSession, party: Party, reason: string): Outcome {
  if (party.leg.answeredAt !== null) return ignored('answered after all');
  if (reason !== 'timeout') {
    if (session.at !== 'offered') return legEnded(work, session, party, 'failed');
    missOffer(work, session, 'withdrawn', 'failed');
    return done;
  }
  if (session.at === 'offered') missOffer(work, session, 'withdrawn');
  else if (party.role === 'supervisor') return eavesdropFailed(work, session, party, reason);
  else if (session.at === 'consulting') dropThird(work, session, 'failed', undefined, 'failed');
  else if (session.at === 'transferring') loseThird(work, session, 'failed');
  else if (session.at === 'rejoining') recallFailed(work, session);
  else if (session.at === 'dialling' || session.at === 'notifying')
    giveUpDial(work, session, party.role === 'agent' ? 'agent' : 'destination', 'failed');
  return done;
}

/** Whatever waits for a sound's end must not wait for ever. */
function soundFailed(work: Work, session: LiveSession, reason: string): Outcome {
  if (reason === 'no_such_leg') return ignored('its end will tell');
  if (session.at === 'menu') return menuSoundFailed(work, session);
  if (session.at === 'surveying') return surveySoundOver(work, session);
  if (session.at === 'waiting') return announcementOver(work, session);
  const { playing } = session.log;
  if (session.at === 'notifying') endSession(work, session, 'failed');
  else if (playing === null) return ignored('the call goes on without it');
  else moveSession(work, session.sessionId, { kind: 'played', playId: playing.playId, how: 'failed' });
  return done;
}

/** A message that is not recorded need not be spoken. */
function recordingFailed(work: Work, session: LiveSession, party: Party, reason: string): Outcome {
  const outcome = wishFailed(work, 'recording.start', session, party, reason);
  if (outcome.outcome === 'done' && isInFlow(session)) messageOver(work, session);
  return outcome;
}

function eavesdropFailed(work: Work, session: LiveSession, { leg }: Party, reason: string): Outcome {
  const monitor = monitorsOf(session).find((other) => other.leg.legId === leg.legId);
  if (monitor === undefined || reason === 'no_such_leg') return ignored('its end will tell');
  dropMonitor(work, session, monitor, 'failed');
  return done;
}

function hangUpFailed(work: Work, legId: Of<'effect.failed'>['legId'] & string, reason: string): Outcome {
  if (reason !== 'no_such_leg') return ignored('asked again soon');
  if (!work.floor.releases.has(legId)) return ignored('leg already gone');
  released(work, legId);
  return done;
}

function bridgeFailed(work: Work, session: LiveSession, reason: string): Outcome {
  if (linkOf(session)?.made !== false) return ignored('no bridge wanted');
  if (reason === 'no_such_leg') return ignored('its end will tell');
  bridgeMissing(work, session.sessionId);
  return done;
}

/** Bugs and lost inputs must not keep an agent busy for ever: without a call she is free. */
export function freeStranded(work: Work, agent: Agent): boolean {
  const { activity, agentId } = agent;
  if (activity.at === 'idle' || activity.at === 'wrapUp') return false;
  const session = work.floor.sessions.get(activity.sessionId);
  if (session && isLive(session) && hasAgent(session, agentId)) return false;
  free(work, agentId, agent);
  return true;
}

function free(work: Work, agentId: AgentId, agent: Agent): void {
  putAgent(work, agentId, { ...agent, activity: { at: 'idle', since: work.now } });
  work.facts.push({ kind: 'agent.activity', agentId, activity: 'idle' });
}
