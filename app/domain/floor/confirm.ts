// An agent on a telephone takes a call by pressing 1: whatever answers there may be a voicemail.

import { deviceOf } from '../agent.ts';
import type { AgentId, LegId } from '../ids.ts';
import type { Work } from './work.ts';

export const confirmDigit = '1';
/** More than any deadline leaves time for. */
const times = 20;

export function needsConfirming(work: Work, agentId: AgentId): boolean {
  const agent = work.floor.agents.get(agentId);
  return agent !== undefined && deviceOf(agent)?.kind === 'pstn';
}

/** Asks whoever took the call to press 1, again and again until the deadline. */
export function askToConfirm(work: Work, legId: LegId): void {
  const sound = { soundId: 'press-1', mix: false, volume: 0, times, to: 'leg' } as const;
  work.effects.push({ kind: 'sound.play', legId, playId: askingOf(legId), ...sound });
}

/** She has pressed it: while she is asked she hears nobody, and nobody hears her. */
export function askNoMore(work: Work, legId: LegId): void {
  work.effects.push({ kind: 'sound.stop', legId, playId: askingOf(legId) });
}

/** A leg is asked once: its id tells which sound it is. */
const askingOf = (legId: LegId): string => legId;
