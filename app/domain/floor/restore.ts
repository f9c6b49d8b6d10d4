// A floor from the last snapshot. What became of its legs meanwhile the first look at the switch will tell; until then
// nobody is offered.

import { deviceOf, type Agent } from '../agent.ts';
import type { LegId } from '../ids.ts';
import type { Session } from '../session.ts';
import { legOfLine } from '../standing-line.ts';
import { putAgent, putSession } from './books.ts';
import type { Floor } from './floor.ts';
import type { Moment } from './inputs.ts';
import { restartTimers } from './restart.ts';
import type { FloorSnapshot } from './snapshot.ts';
import { perform, type Step } from './step.ts';
import { done, write, type Work } from './work.ts';

/**
 * Fills an empty floor. The step it returns changes nothing that is not on the snapshot already; it carries the timers.
 * @throws when the snapshot contradicts itself
 */
export function restore(floor: Floor, snapshot: FloorSnapshot, moment: Moment): Step {
  return perform(floor, moment, (work) => {
    const lines = new Set(snapshot.agents.map(({ line }) => legOfLine(line)));
    for (const session of snapshot.sessions) restoreSession(work, session, lines);
    floor.lingering.sort((a, b) => a.until - b.until);
    for (const agent of byIdleTime(snapshot.agents)) restoreAgent(work, agent);
    restartTimers(work);
    floor.mediaUp = floor.mediaUp && snapshot.sessions.length === 0 && floor.lines.size === 0;
    return done;
  });
}

/** @param lines legs that outlive their calls */
function restoreSession(work: Work, session: Session, lines: ReadonlySet<LegId | undefined>): void {
  const { floor } = work;
  const { sessionId, log } = session;
  putSession(work, sessionId, session);
  const place = session.at === 'menu' && session.step.kind === 'consent' ? session.step.place : log.place;
  floor.sequence = Math.max(floor.sequence, (place?.sequence ?? 0) + 1);
  if (session.at !== 'ended') {
    for (const { legId } of log.legs) write(work, floor.gone, legId, sessionId);
    return;
  }
  // Over, but a leg of it was not gone yet. Those that are by now the first look will bury.
  floor.lingering.push({ sessionId, until: session.since + floor.rules.lingerMs });
  for (const { legId, agentId, ending } of session.legs) {
    if (lines.has(legId)) continue;
    if (ending === 'released') write(work, floor.releases, legId, { legId, sessionId, agentId, asked: 1 });
    else write(work, floor.gone, legId, sessionId);
  }
}

/** The longest idle first again: their places are given out in that order. */
function byIdleTime(agents: FloorSnapshot['agents']): readonly Agent[] {
  const since = (agent: Agent) => Math.max(agent.activity.since, agent.presence.since);
  return agents.toSorted((a, b) => since(a) - since(b) || (a.agentId < b.agentId ? -1 : 1));
}

function restoreAgent(work: Work, agent: Agent): void {
  putAgent(work, agent.agentId, agent);
  const address = deviceOf(agent)?.address;
  if (address !== undefined && agent.reachability.reachable) {
    write(work, work.floor.devices, address, agent.reachability);
  }
  for (const legId of agent.clearing) {
    // In which she called a colleague.
    if (work.floor.legs.has(legId)) continue;
    const sessionId = work.floor.releases.get(legId)?.sessionId ?? null;
    write(work, work.floor.releases, legId, { legId, sessionId, agentId: agent.agentId, asked: 1 });
  }
}
