// How the floor is laid out on the supervisor's page: who stands where, which rows are shown, what a row is called. Rows keep their
// places while states change under them; only the line itself moves up.

import type { Agent as BoardAgent, SupervisorSession as BoardSession } from '@cordboard/sdk';

/** In line, the next one first. */
export const lineOf = (queueId: string, sessions: readonly BoardSession[]): readonly BoardSession[] =>
  sessions
    .filter((session) => session.queueId === queueId && isInLine(session))
    .sort((a, b) => (a.place ?? Infinity) - (b.place ?? Infinity));

export const isInLine = ({ state }: BoardSession): boolean => state === 'waiting' || state === 'ringing';

/** Since when she has waited, or her present state has lasted. */
export const sinceOf = (session: BoardSession): number =>
  isInLine(session) ? (session.queuedAt ?? session.requestedAt) : session.since;

/** Who waits comes first, by place; then whoever came first. What is over is not shown. */
export const inOrder = (
  sessions: readonly BoardSession[],
  queueId: string | undefined,
): readonly BoardSession[] =>
  sessions
    .filter((session) => session.state !== 'ended' && (queueId === undefined || session.queueId === queueId))
    .sort(
      (a, b) =>
        Number(isInLine(b)) - Number(isInLine(a)) ||
        (isInLine(a) ? (a.place ?? Infinity) - (b.place ?? Infinity) : 0) ||
        a.requestedAt - b.requestedAt,
    );

/** How long is long, milliseconds: a wait is shown in another colour. */
const longWaits = [
  ['bad', 60_000],
  ['warn', 20_000],
] as const;

export const waitTag = (waitedMs: number): 'bad' | 'warn' | 'off' =>
  longWaits.find(([, longest]) => waitedMs > longest)?.[0] ?? 'off';

/** What an agent does, as a supervisor counts it. */
export const agentStates = [
  'ready',
  'ringing',
  'talking',
  'wrapUp',
  'break',
  'unreachable',
  'signedOut',
] as const;
export type AgentState = (typeof agentStates)[number];

export function stateOf({ presence, activity, reachable }: BoardAgent): AgentState {
  switch (activity) {
    case 'idle':
      if (presence === 'signedOut') return 'signedOut';
      if (!reachable) return 'unreachable';
      return presence === 'ready' ? 'ready' : 'break';
    case 'offered':
    case 'ringing':
      return 'ringing';
    case 'wrapUp':
      return 'wrapUp';
    case 'dialling':
    case 'talking':
    case 'held':
    case 'consulting':
    case 'conferencing':
    case 'reconnecting':
      return 'talking';
  }
}

export interface AgentFilter {
  readonly queueId: string | undefined;
  readonly state: AgentState | undefined;
}

export const agentsIn = (agents: readonly BoardAgent[], { queueId, state }: AgentFilter): BoardAgent[] =>
  agents
    .filter((agent) => queueId === undefined || agent.queues.includes(queueId))
    .filter((agent) => state === undefined || stateOf(agent) === state)
    .sort((a, b) => Number(isAway(a)) - Number(isAway(b)) || a.displayName.localeCompare(b.displayName));

const isAway = (agent: BoardAgent): boolean => stateOf(agent) === 'signedOut';

/** How many do what; what nobody does is left out. */
export function countStates(agents: readonly BoardAgent[]): readonly (readonly [AgentState, number])[] {
  const counted = agentStates.map(
    (state) => [state, agents.filter((agent) => stateOf(agent) === state).length] as const,
  );
  return counted.filter(([, count]) => count > 0);
}

/** Where there is an agent to listen to. */
export const mayJoin = ({ state }: BoardSession): boolean =>
  state === 'talking' || state === 'held' || state === 'consulting' || state === 'conferencing';

export type Part = 'joining' | 'listen' | 'whisper' | 'barge' | 'tookOver';

/** The call this supervisor is in, and as what. */
export function ownPart(
  sessions: readonly BoardSession[],
  username: string,
): { readonly call: BoardSession; readonly part: Part } | undefined {
  for (const call of sessions) {
    if (call.state === 'ended') continue;
    const monitor = call.monitors?.find(({ supervisorId }) => supervisorId === username);
    if (monitor) return { call, part: monitor.state === 'on' ? monitor.mode : 'joining' };
    if (call.third?.supervisorId === username) return { call, part: 'tookOver' };
  }
  return undefined;
}
