// Who may sign in, and which queues a supervisor looks after.

import type { Account, Accounts } from '../app/ports/accounts.ts';
import type { Supervisors } from '../app/ports/groups.ts';
import { patiently } from './patience.ts';
import type { Connections } from './dialect.ts';

interface UserRow {
  readonly username: string;
  readonly display_name: string;
  readonly role: Account['role'];
  readonly agent_id: string | null;
  readonly password_hash: string;
}

export function createAccounts({ read }: Connections): Accounts {
  return {
    async account(username) {
      const row = await read('users').where({ username, active: true }).first<UserRow | undefined>();
      if (!row) return undefined;
      const queues = await read('user_queues')
        .where({ username })
        .orderBy('queue_id')
        .pluck<string[]>('queue_id');
      return {
        username: row.username,
        displayName: row.display_name,
        role: row.role,
        passwordHash: row.password_hash,
        ...(queues.length > 0 && { queues }),
        ...(row.agent_id !== null && { agentId: row.agent_id }),
      };
    },
  };
}

interface SupervisorRow {
  readonly username: string;
  readonly display_name: string;
}

const inUse = { role: 'supervisor', active: true } as const;

/** @param patienceMs how long an assignment may wait for a locked database */
export function createSupervisors({ read, write }: Connections, patienceMs: number): Supervisors {
  return {
    async list() {
      const rows = await read('users').where(inUse).orderBy('username').select<SupervisorRow[]>();
      const places = await read('user_queues')
        .orderBy('queue_id')
        .select<{ username: string; queue_id: string }[]>();
      return rows.map(({ username, display_name: displayName }) => {
        const queues = places.filter((place) => place.username === username);
        return {
          username,
          displayName,
          queues: queues.length === 0 ? 'all' : queues.map(({ queue_id }) => queue_id),
        };
      });
    },
    assign: (username, queues) =>
      patiently(
        () =>
          write.transaction(async (db) => {
            const known = await db('users')
              .where({ ...inUse, username })
              .first<object | undefined>('username');
            if (!known) return false;
            await db('user_queues').where({ username }).delete();
            const places = queues === 'all' ? [] : queues.map((queue_id) => ({ username, queue_id }));
            if (places.length > 0) await db('user_queues').insert(places);
            return true;
          }),
        patienceMs,
      ),
  };
}
