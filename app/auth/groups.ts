// What of the floor a person of the staff may see and act upon. The one place that says so: HTTP, Socket.IO and the faces ask here.
//
//   agent        herself; her colleagues as colleagues see them       supervisor   her group: the queues she looks after, their agents
//   admin        everything                                                        and calls; every one, until somebody bounds her

import type { AgentView, SessionView } from '../domain/floor/view.ts';
import type { QueueScope, Supervisor, Supervisors } from '../ports/groups.ts';
import type { StaffPrincipal } from './auth.ts';

export interface Groups {
  /** Queues this supervisor looks after now. */
  of(username: string): QueueScope;
  list(): Promise<readonly Supervisor[]>;
  /** Resolves when it is stored and holds; false: there is no such supervisor. */
  assign(username: string, queues: QueueScope): Promise<boolean>;
  /** Somebody's group changed. @returns the disposer */
  subscribe(listener: (username: string) => void): () => void;
}

/** Where nobody is bounded: a floor without kept accounts. */
export const unbounded: Groups = {
  of: () => 'all',
  list: async () => [],
  assign: async () => false,
  subscribe: () => () => undefined,
};

/** Holds in memory what is kept: it is asked for every event. */
export async function openGroups(kept: Supervisors): Promise<Groups> {
  const groups = new Map<string, QueueScope>();
  const listeners = new Set<(username: string) => void>();
  for (const { username, queues } of await kept.list()) groups.set(username, queues);
  return {
    of: (username) => groups.get(username) ?? 'all',
    list: () => kept.list(),
    async assign(username, queues) {
      if (!(await kept.assign(username, queues))) return false;
      groups.set(username, queues);
      for (const listener of [...listeners]) listener(username);
      return true;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export interface Scope {
  readonly queues: QueueScope;
  readonly queue: (id: string) => boolean;
  /** Of one of the queues. */
  readonly agent: (agent: Pick<AgentView, 'queues'>) => boolean;
  readonly session: (session: Pick<SessionView, 'queueId'>) => boolean;
}

const everything: Scope = {
  queues: 'all',
  queue: () => true,
  agent: () => true,
  session: () => true,
};

/** As it is at this moment: a scope is not kept. */
export function scopeOf(
  groups: Groups,
  { role, username }: Pick<StaffPrincipal, 'role' | 'username'>,
): Scope {
  return role === 'supervisor' ? within(groups.of(username)) : everything;
}

/** What somebody who looks after these queues may see and act on; `all`: everything. */
export function within(queues: QueueScope): Scope {
  if (queues === 'all') return everything;
  const queue = (id: string): boolean => queues.includes(id);
  return {
    queues,
    queue,
    agent: (agent) => agent.queues.some(queue),
    session: ({ queueId }) => queue(queueId),
  };
}
