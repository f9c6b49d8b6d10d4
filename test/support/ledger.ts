// What people were told is done, and what the database says of it (N8): each acknowledged submission must be there, with one effect
// however often it was repeated, also when the control plane was killed the moment after it answered.

import type { Knex } from 'knex';

interface Entry {
  readonly what: string;
  /** How many times it took effect. */
  readonly effects: (db: Knex) => Promise<number>;
}

/** Evidence for invariants.ts. */
export interface Settled {
  readonly acknowledged: readonly { readonly key: string; readonly what: string }[];
  readonly committed: Readonly<Record<string, number>>;
}

export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #presence = new Map<string, number>();

  /** An agent's note was acknowledged. @param idempotencyKey when it was sent with one; a repetition is the same entry */
  noted(sessionId: string, agentId: string, note: string, idempotencyKey?: string): void {
    const where = { session_id: sessionId, agent_id: agentId, note };
    this.#enter(`note ${sessionId} ${agentId}`, 'a note', (db) => count(db('wrap_up_notes').where(where)));
    // Wrap-up of one call ends once: a repetition must not end the next one's.
    const ended = { kind: 'agent.activity', agent_id: agentId };
    this.#enter(`wrap-up ${sessionId} ${agentId}`, 'the end of a wrap-up', async (db) => {
      const bodies = (
        await db('facts').where(ended).orderBy('number').select<{ body: string }[]>('body')
      ).map(({ body }) => JSON.parse(body) as { activity: string; sessionId?: string });
      const began = bodies.findIndex((fact) => fact.activity === 'wrapUp' && fact.sessionId === sessionId);
      return began !== -1 && bodies[began + 1]?.activity === 'idle' ? 1 : 0;
    });
    if (idempotencyKey !== undefined) this.#keyed(`note ${agentId}`, idempotencyKey);
  }

  /** A customer's stars were acknowledged. */
  rated(sessionId: string, stars: number, idempotencyKey?: string): void {
    const where = { session_id: sessionId, stars };
    this.#enter(`stars ${sessionId}`, 'stars', (db) => count(db('ratings').where(where)));
    if (idempotencyKey !== undefined) this.#keyed(`rating ${sessionId}`, idempotencyKey);
  }

  /** An agent was told that she sits down, or is on a break. Each is one change of her state. */
  presence(agentId: string, state: 'signedIn' | 'break'): void {
    const kind = `${state} ${agentId}`;
    const nth = (this.#presence.get(kind) ?? 0) + 1;
    this.#presence.set(kind, nth);
    const where = { agent_id: agentId, axis: 'presence', state };
    this.#enter(`${kind} ${nth}`, 'a change of presence', async (db) => {
      // All of them together must be as many as were acknowledged: neither one lost nor one doubled.
      const [rows, told] = [await count(db('agent_states').where(where)), this.#presence.get(kind) ?? 0];
      return rows === told ? 1 : rows < told ? 0 : 2;
    });
  }

  /** What was acknowledged, and what there is of it. */
  async settle(db: Knex): Promise<Settled> {
    const committed: Record<string, number> = {};
    for (const [key, { effects }] of this.#entries) committed[key] = await effects(db);
    return { acknowledged: [...this.#entries].map(([key, { what }]) => ({ key, what })), committed };
  }

  #keyed(scope: string, key: string): void {
    this.#enter(`${scope} ${key}`, 'an idempotency key', (db) =>
      count(db('idempotency_keys').where({ scope, key })),
    );
  }

  #enter(key: string, what: string, effects: Entry['effects']): void {
    this.#entries.set(key, { what, effects });
  }
}

async function count(rows: Knex.QueryBuilder): Promise<number> {
  const [found] = (await rows.count({ count: '*' })) as unknown as { count: number }[];
  return Number(found?.count ?? 0);
}
