// A leg is let go: hung up, and watched until it is gone.

import type { LegEnding } from '../ending.ts';
import type { AgentId, LegId, SessionId } from '../ids.ts';
import { moveAgent } from './books.ts';
import type { HangUpCause } from './effects.ts';
import { cancelTimer, startTimer, write, type Work } from './work.ts';

interface Owner {
  readonly sessionId: SessionId | null;
  readonly agentId: AgentId | null;
}

/**
 * Hangs a leg up and watches until it is gone. An agent's phone counts as busy until then. Her nailed-up line is not hung up with a
 * call: wire.ts takes it out of it.
 */
export function release(work: Work, legId: LegId, cause: HangUpCause, of: Owner): void {
  if (work.floor.releases.has(legId) || work.floor.lines.has(legId)) return;
  write(work, work.floor.releases, legId, { legId, ...of, asked: 1 });
  work.effects.push({ kind: 'leg.hangUp', legId, cause });
  startTimer(work, { name: 'release', legId }, work.now + work.floor.rules.releaseMs);
  if (of.agentId !== null) moveAgent(work, of.agentId, { kind: 'legClearing', legId });
}

/** A leg that was let go is gone, or given up. */
export function released(work: Work, legId: LegId): void {
  const { floor } = work;
  const entry = floor.releases.get(legId);
  if (entry === undefined) return;
  write(work, floor.releases, legId, undefined);
  cancelTimer(work, { name: 'release', legId });
  if (entry.sessionId !== null) {
    buried(work, legId, entry.sessionId);
    if (work.floor.sessions.has(entry.sessionId)) work.sessions.add(entry.sessionId);
  }
  if (entry.agentId !== null) moveAgent(work, entry.agentId, { kind: 'legGone', legId });
}

/** Remembers a gone leg for as long as its session is shown: late news of it is no surprise. */
export function buried(work: Work, legId: LegId, sessionId: SessionId): void {
  const session = work.floor.sessions.get(sessionId);
  if (session === undefined) return;
  write(work, work.floor.gone, legId, sessionId);
  const { callerAgent } = session.log;
  if (callerAgent !== undefined) moveAgent(work, callerAgent, { kind: 'legGone', legId });
}

/**
 * One leg of a session that goes on without it: hung up, unless it ended by itself.
 * @param ended how it did; undefined when it is still there
 */
export function letGo(
  work: Work,
  legId: LegId,
  of: { readonly sessionId: SessionId; readonly agentId: AgentId | null },
  ended: LegEnding | undefined,
  cause: HangUpCause = 'normal',
): void {
  if (ended === undefined) release(work, legId, cause, of);
  else buried(work, legId, of.sessionId);
}
