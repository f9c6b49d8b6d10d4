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
  const playId = work.newId();
  const sound = { soundId: 'press-1', playId, mix: false, volume: 0, times, to: 'leg' } as const;
  work.effects.push({ kind: 'sound.play', legId, ...sound });
}
