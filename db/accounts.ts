// Who may sign in.

import type { Account, Accounts } from '../app/ports/accounts.ts';
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
