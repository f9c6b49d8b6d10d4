// An agent's two axes as the one word this face's clients know. Rest is a word of its own: a page that shows it as "busy" is wrong.
//
//   signed out                        LOGGED_OUT
//   idle, ready                       READY
//   idle, on break                    UNREADY, with the reason; a break whose reason is REST (or REST: …) is REST
//   offered → ringing → talking       RESERVED → RINGING → TALKING, HELD while she holds
//   with a second call beside it      CONSULTING, CONFERENCING
//   her page dropped out of the call  RECONNECTING, and back to where she was when it is there again
//   an outgoing call, not answered    DIALING
//   after the call                    WRAPUP

import type { AgentView } from '../../domain/floor/view.ts';

type Activity = AgentView['activity'];

const activityStates: Readonly<Record<Exclude<Activity, 'idle'>, string>> = {
  offered: 'RESERVED',
  ringing: 'RINGING',
  dialling: 'DIALING',
  talking: 'TALKING',
  held: 'HELD',
  consulting: 'CONSULTING',
  conferencing: 'CONFERENCING',
  reconnecting: 'RECONNECTING',
  wrapUp: 'WRAPUP',
};

/** Reason of a rest, as the floor keeps it. */
export const restReason = (detail?: string): string => (detail === undefined ? 'REST' : `REST: ${detail}`);

const restPattern = /^REST(?:: (.+))?$/s;

export interface AgentState {
  readonly state: string;
  readonly reason?: string;
}

/** What she is, in one word. */
export function agentState(agent: {
  readonly presence: AgentView['presence'];
  readonly breakReason?: string | undefined;
  readonly activity: Activity;
}): AgentState {
  if (agent.activity !== 'idle') return { state: activityStates[agent.activity] };
  if (agent.presence === 'signedOut') return { state: 'LOGGED_OUT' };
  return agent.presence === 'ready' ? { state: 'READY' } : onBreak(agent.breakReason ?? '');
}

/** What a wish kept for after the call will make of her. */
export function nextState(next: NonNullable<AgentView['next']>, reason?: string): AgentState {
  if (next === 'ready') return { state: 'READY' };
  return next === 'signedOut' ? { state: 'LOGGED_OUT' } : onBreak(reason ?? '');
}

function onBreak(reason: string): AgentState {
  const rest = restPattern.exec(reason);
  if (!rest) return { state: 'UNREADY', ...(reason !== '' && { reason }) };
  return { state: 'REST', ...(rest[1] !== undefined && { reason: rest[1] }) };
}
