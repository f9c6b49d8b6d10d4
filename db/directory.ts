// Agents, queues and SIP credentials, as the tables hold them.

import { createHash } from 'node:crypto';
import { agentId, queueId } from '../app/domain/ids.ts';
import type { QueueSettings } from '../app/domain/floor/inputs.ts';
import type { Directory } from '../app/ports/directory.ts';
import type { Connections } from './dialect.ts';

export const sipRealm = 'cordboard';

interface QueueRow {
  readonly queue_id: string;
  readonly ring_ms: number;
  readonly wrap_up_ms: number;
  readonly max_misses: number;
  readonly max_waiting: number;
  readonly record: QueueSettings['record'];
  readonly open: boolean | number;
  readonly park_ms: number | null;
  readonly consent_sound: string | null;
  readonly consent_digit: string | null;
  readonly caller_numbers: string | null;
}

export interface DirectoryOptions {
  /** The derived SIP password of an agent's or a supervisor's browser device. */
  readonly browserPassword: (agentId: string) => string;
}

const browserPrefix = 'browser-';

export function createDirectory({ read }: Connections, { browserPassword }: DirectoryOptions): Directory {
  /** The desk phone of an agent, or of a supervisor under her user name; null: she has only her browser. */
  const phoneOf = async (owner: string): Promise<Phone | undefined> => {
    const agent = await read('agents')
      .where({ agent_id: owner, active: true })
      .first<{ ha1: string } | undefined>('ha1');
    if (agent) return { ha1: agent.ha1, isAgent: true };
    const user = await read('users')
      .where({ username: owner, active: true })
      .whereIn('role', ['supervisor', 'admin'])
      .first<{ ha1: string | null } | undefined>('ha1');
    return user && { ha1: user.ha1, isAgent: false };
  };

  return {
    async queues() {
      const rows = await read<QueueRow>('queues').orderBy('queue_id').select<QueueRow[]>();
      return rows.map(queueOf);
    },

    async agents() {
      const agents = await read('agents')
        .where({ active: true })
        .orderBy('agent_id')
        .select<AgentRow[]>('agent_id', 'display_name');
      const memberships = await read('agent_queues').orderBy('queue_id').select<MembershipRow[]>();
      const queuesOf = groupBy(memberships, ({ agent_id }) => agent_id);
      return agents.map(({ agent_id, display_name }) => ({
        agentId: agentId(agent_id),
        displayName: display_name,
        queues: (queuesOf.get(agent_id) ?? []).map(({ queue_id }) => queueId(queue_id)),
      }));
    },

    async sipCredentials(username) {
      const isBrowser = username.startsWith(browserPrefix);
      const owner = isBrowser ? username.slice(browserPrefix.length) : username;
      const phone = await phoneOf(owner);
      const ha1 = isBrowser ? ha1For(username, browserPassword(owner)) : phone?.ha1;
      if (!phone || !ha1) return undefined;
      return { username, ha1, ...(phone.isAgent && { agentId: owner }) };
    },
  };
}

interface Phone {
  readonly ha1: string | null;
  readonly isAgent: boolean;
}
interface AgentRow {
  readonly agent_id: string;
  readonly display_name: string;
}
interface MembershipRow {
  readonly agent_id: string;
  readonly queue_id: string;
}

/** RFC 7616 section 3.4.2 with MD5, which is what phones speak. */
export const ha1For = (username: string, password: string, realm = sipRealm): string =>
  createHash('md5').update(`${username}:${realm}:${password}`).digest('hex');

const queueOf = (row: QueueRow): QueueSettings => ({
  queueId: queueId(row.queue_id),
  ringMs: row.ring_ms,
  wrapUpMs: row.wrap_up_ms,
  maxMisses: row.max_misses,
  maxWaiting: row.max_waiting,
  record: row.record,
  open: Boolean(row.open),
  ...(row.park_ms !== null && { parkMs: row.park_ms }),
  ...(row.consent_sound !== null &&
    row.consent_digit !== null && {
      consent: { soundId: row.consent_sound, optOutDigit: row.consent_digit },
    }),
  ...(row.caller_numbers !== null && { callerNumbers: JSON.parse(row.caller_numbers) as string[] }),
});

/** Map.groupBy, which Node 20 does not have. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
