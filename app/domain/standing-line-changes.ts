// What happens to an agent's nailed-up line, and whether she can be reached by it.

import { reachOf, type Agent } from './agent.ts';
import { ignored, moved, type Change } from './change.ts';
import type { AgentFact } from './floor/facts.ts';
import type { Instant } from './ids.ts';
import { wantedLine, type LineEvent, type StandingLine } from './standing-line.ts';

/** Pure; see the drawing in standing-line.ts. */
export function changeLine(agent: Agent, event: LineEvent, now: Instant): Change<Agent, AgentFact> {
  const { line, ...rest } = agent;
  if (line === undefined) return ignored('she has no line of her own');
  if (event.kind === 'lineOff') return moved(rest);
  const next = nextLine(line, event, now);
  if (next === undefined) return ignored('nothing to change');
  const after = { ...agent, line: next };
  const { agentId } = agent;
  if (next.at === line.at) return moved(after);
  return moved(after, { kind: 'agent.line', agentId, line: next.at }, ...reachFact(agent, after));
}

function nextLine(
  line: StandingLine,
  event: Exclude<LineEvent, { kind: 'lineOff' }>,
  now: Instant,
): StandingLine | undefined {
  switch (event.kind) {
    case 'lineWanted':
      return line.at === 'down' ? wantedLine(now) : undefined;
    case 'lineDialled': {
      if (line.at !== 'down') return undefined;
      const { legId, until } = event;
      return { at: 'dialling', since: now, legId, tries: line.tries, until, confirming: false };
    }
    case 'lineConfirming':
      return line.at === 'dialling' && !line.confirming ? { ...line, confirming: true } : undefined;
    case 'lineUp':
      return line.at === 'up' ? undefined : { at: 'up', since: now, legId: event.legId };
    case 'lineDown':
      return { at: 'down', since: now, tries: event.tries, redialAt: event.redialAt };
  }
}

/** The news of it, when a call can reach her and could not before, or the reverse. */
export function reachFact(before: Agent, after: Agent): readonly AgentFact[] {
  const [was, is] = [reachOf(before), reachOf(after)];
  const why = (reach: typeof is) => (reach.reachable ? '' : reach.why);
  if (why(was) === why(is)) return [];
  return [{ kind: 'agent.reachability', agentId: after.agentId, reachability: is }];
}
