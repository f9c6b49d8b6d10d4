// A customer on hold is easily forgotten: her agent is reminded, again and again.

import { ignored } from '../change.ts';
import type { LiveSession } from '../session.ts';
import { moveSession } from './books.ts';
import { done, type Outcome, type Work } from './work.ts';

export function remindOfHold(work: Work, session: LiveSession): Outcome {
  if (session.at !== 'held' || session.remindAt > work.now) return ignored('stale timer');
  const { sessionId, agent } = session;
  moveSession(work, sessionId, { kind: 'reminded', remindAt: work.now + work.floor.rules.holdReminderMs });
  const playId = work.newId();
  const sound = { soundId: 'hold-reminder', playId, mix: false, volume: 0, times: 1, to: 'leg' } as const;
  work.effects.push({ kind: 'sound.play', legId: agent.leg.legId, ...sound });
  return done;
}
