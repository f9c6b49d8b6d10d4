// Trunks, outbound routes, numbering and inbound numbers, as the tables hold them.

import {
  trunkDefaults,
  type InboundTarget,
  type Numbering,
  type Trunk,
  type Trunking,
  type TrunkingSettings,
} from '../app/ports/trunking.ts';
import type { Connections } from './dialect.ts';
import { seal, unseal } from './sealing.ts';

export interface KeptTrunking extends Trunking {
  /** All of it or nothing. @throws when a number leads to a queue or an agent that is none */
  replace(settings: TrunkingSettings): Promise<void>;
  /** Inbound numbers that lead to a flow. */
  flowNumbers(): Promise<readonly { readonly number: string; readonly flowId: string }[]>;
}

export interface TrunkingOptions {
  /** Trunks that come from the settings, beside those in the tables; of two with one name, these. */
  readonly trunks: readonly Trunk[];
  /** Seals carriers' passwords; 32 bytes. */
  readonly sealingKey: Buffer;
}

/** Without a country, only numbers written in full can be told from short ones. */
const defaultNumbering: Numbering = {
  countryCode: '',
  internationalPrefix: '00',
  nationalPrefix: '0',
};

export function createTrunking({ read, write }: Connections, options: TrunkingOptions): KeptTrunking {
  return {
    async trunks() {
      const rows = await read('trunks').orderBy('name').select<TrunkRow[]>('name', 'body');
      const named = new Set(options.trunks.map(({ name }) => name));
      const kept = rows.filter(({ name }) => !named.has(name)).map((row) => trunkOf(row, options.sealingKey));
      return [...options.trunks, ...kept];
    },

    async outboundRoutes() {
      const rows = await read('outbound_routes').orderBy('prefix').select<RouteRow[]>('prefix', 'trunks');
      return rows.map(({ prefix, trunks }) => ({ prefix, trunks: JSON.parse(trunks) as readonly string[] }));
    },

    async numbering() {
      const row = await read('trunking_settings')
        .where({ name: 'numbering' })
        .first<{ body: string } | undefined>('body');
      return row ? (JSON.parse(row.body) as Numbering) : defaultNumbering;
    },

    async inboundNumber(number) {
      const row = await read('inbound_numbers').where({ number }).first<NumberRow | undefined>();
      return row && targetOf(row);
    },

    async flowNumbers() {
      const rows = await read('inbound_numbers')
        .whereNotNull('flow_id')
        .orderBy('number')
        .select<{ number: string; flow_id: string }[]>('number', 'flow_id');
      return rows.map(({ number, flow_id }) => ({ number, flowId: flow_id }));
    },

    async replace({ trunks, routes, numbering, numbers }) {
      await write.transaction(async (db) => {
        if (trunks) {
          await db('trunks').delete();
          for (const trunk of trunks) await db('trunks').insert(rowOf(trunk, options.sealingKey));
        }
        if (routes) {
          await db('outbound_routes').delete();
          for (const { prefix, trunks: names } of routes)
            await db('outbound_routes').insert({ prefix, trunks: JSON.stringify(names) });
        }
        if (numbering)
          await db('trunking_settings')
            .insert({ name: 'numbering', body: JSON.stringify(numbering) })
            .onConflict('name')
            .merge();
        if (numbers) {
          await db('inbound_numbers').delete();
          for (const { number, target } of numbers)
            await db('inbound_numbers').insert({ number, ...columnsOf(target) });
        }
      });
    },
  };
}

interface TrunkRow {
  readonly name: string;
  readonly body: string;
}
interface RouteRow {
  readonly prefix: string;
  readonly trunks: string;
}
interface NumberRow {
  readonly queue_id: string | null;
  readonly agent_id: string | null;
  readonly flow_id: string | null;
}
/** As in Trunk, but for the password. */
type StoredTrunk = Partial<Omit<Trunk, 'name' | 'outboundLogin'>> & {
  readonly outboundLogin?: { readonly username: string; readonly sealed: string; readonly realm?: string };
};

function trunkOf({ name, body }: TrunkRow, key: Buffer): Trunk {
  const { outboundLogin, ...rest } = JSON.parse(body) as StoredTrunk;
  const login = outboundLogin && {
    username: outboundLogin.username,
    password: unseal(outboundLogin.sealed, key),
    ...(outboundLogin.realm !== undefined && { realm: outboundLogin.realm }),
  };
  return { ...trunkDefaults, name, ...rest, ...(login && { outboundLogin: login }) };
}

function rowOf({ name, outboundLogin, ...rest }: Trunk, key: Buffer): TrunkRow {
  const { password, ...login } = outboundLogin ?? { password: '' };
  const stored = {
    ...rest,
    ...(outboundLogin && { outboundLogin: { ...login, sealed: seal(password, key) } }),
  };
  return { name, body: JSON.stringify(stored) };
}

function targetOf({ queue_id, agent_id, flow_id }: NumberRow): InboundTarget | undefined {
  if (queue_id !== null) return { kind: 'queue', queueId: queue_id };
  if (agent_id !== null) return { kind: 'agent', agentId: agent_id };
  return flow_id === null ? undefined : { kind: 'flow', flowId: flow_id };
}

function columnsOf(target: InboundTarget): Partial<Record<keyof NumberRow, string>> {
  switch (target.kind) {
    case 'queue':
      return { queue_id: target.queueId };
    case 'agent':
      return { agent_id: target.agentId };
    case 'flow':
      return { flow_id: target.flowId };
  }
}
