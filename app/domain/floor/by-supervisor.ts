// What supervisors do to calls and agents. Whether this person may is the edge's question; what is possible is asked here.

import { refused } from '../change.ts';
import { isLive } from '../session-parts.ts';
import { moveAgent } from './books.ts';
import type { SupervisorCommand } from './inputs.ts';
import { byMonitor } from './monitors.ts';
import { endSession } from './moves.ts';
import { done, type Outcome, type Work } from './work.ts';

export function bySupervisor(work: Work, command: SupervisorCommand): Outcome {
  switch (command.kind) {
    case 'supervisor.endSession': {
      const session = work.floor.sessions.get(command.sessionId);
      if (session === undefined) return refused('unknown_session');
      if (!isLive(session)) return refused('already_ended');
      endSession(work, session, 'supervisor_ended');
      return done;
    }
    case 'supervisor.signOutAgent': {
      if (!work.floor.agents.has(command.agentId)) return refused('unknown_agent');
      const cause = `by ${command.by}`;
      const change = moveAgent(work, command.agentId, { kind: 'signOut', cause });
      return change.outcome === 'moved' ? done : change;
    }
    default:
      return byMonitor(work, command);
  }
}
