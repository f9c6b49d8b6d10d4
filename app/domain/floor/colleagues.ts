// One agent calls another by her extension: that call is for her alone. Whoever calls from outside goes on to the queue.

import { isOfferable } from '../session-parts.ts';
import { endSession } from './moves.ts';
import type { Work } from './work.ts';

/** Ends the calls that are back in line because the colleague was not there for them. Runs before anybody else is offered one. */
export function endUnreached(work: Work): void {
  for (const sessionId of [...work.sessions]) {
    const session = work.floor.sessions.get(sessionId);
    if (session?.at !== 'waiting' || !isOfferable(session)) continue;
    const { callerAgent, wantedAgent } = session.log;
    if (callerAgent === undefined || wantedAgent === null) continue;
    endSession(work, session, 'agent_not_reached', { cause: 'no_answer' });
  }
}
