// After a restart: timers live in the engine and died with it; the floor knows when each was due.

import { isLive } from '../session-parts.ts';
import { linkOf } from '../wiring.ts';
import { lineDueAt } from '../standing-line.ts';
import { timersOf } from './timers.ts';
import { startTimer, type Work } from './work.ts';

export function restartTimers(work: Work): void {
  const { floor } = work;
  for (const session of floor.sessions.values()) {
    if (!isLive(session)) continue;
    const { sessionId } = session;
    for (const { timer, at } of timersOf(session)) startTimer(work, timer, at);
    if (linkOf(session)?.made === false) {
      startTimer(work, { name: 'bridge', sessionId }, work.now + floor.rules.bridgeMs);
    }
  }
  for (const { legId } of floor.releases.values()) {
    startTimer(work, { name: 'release', legId }, work.now + floor.rules.releaseMs);
  }
  for (const { agentId, activity, line } of floor.agents.values()) {
    if (activity.at === 'wrapUp') startTimer(work, { name: 'wrapUp', agentId }, activity.until);
    if (activity.at === 'idle' && activity.restUntil !== undefined) {
      startTimer(work, { name: 'rest', agentId }, activity.restUntil);
    }
    const due = lineDueAt(line);
    if (due !== null) startTimer(work, { name: 'line', agentId }, due);
  }
}
