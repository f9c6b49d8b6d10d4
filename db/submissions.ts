// Notes and ratings: committed before the person is told so, once per idempotency key.

import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Submissions, Submitted } from '../app/ports/submissions.ts';
import type { Connections } from './dialect.ts';
import { patiently } from './patience.ts';

interface Keyed {
  readonly scope: string;
  readonly key: string | undefined;
  readonly words: string;
  readonly sessionId: string;
  readonly at: number;
}

/** @param withinMs how long a person may be kept waiting for a locked database */
export function createSubmissions({ write, read }: Connections, withinMs: number): Submissions {
  const once = (keyed: Keyed, store: (db: Knex) => Promise<unknown>): Promise<Submitted> =>
    patiently(
      () =>
        write.transaction(async (transaction) => {
          const submitted = await remember(transaction, keyed);
          if (submitted.outcome === 'stored') await store(transaction);
          return submitted;
        }),
      withinMs,
    );

  return {
    wrapUpNote: ({ sessionId, agentId, note, at, idempotencyKey: key }) =>
      once({ scope: noteScope(agentId), key, words: note, sessionId, at }, (db) =>
        db('wrap_up_notes')
          .insert({ session_id: sessionId, agent_id: agentId, note, at })
          .onConflict(['session_id', 'agent_id'])
          .merge(),
      ),

    async noteSeen({ agentId, note, idempotencyKey }) {
      const seen = await recall(read, noteScope(agentId), idempotencyKey);
      if (!seen) return undefined;
      return seen.fingerprint === fingerprintOf(note) ? 'repeated' : 'conflict';
    },

    rating: ({ sessionId, stars, at, idempotencyKey: key }) =>
      once({ scope: `rating ${sessionId}`, key, words: String(stars), sessionId, at }, (db) =>
        db('ratings').insert({ session_id: sessionId, stars, at }).onConflict('session_id').merge(),
      ),
  };
}

const noteScope = (agentId: string): string => `note ${agentId}`;
const fingerprintOf = (words: string): string => createHash('sha256').update(words).digest('hex');

/** Takes the key in the same transaction as the words it stands for. The insert comes first, so that of two at once one waits. */
async function remember(db: Knex, { scope, key, words, sessionId, at }: Keyed): Promise<Submitted> {
  if (key === undefined) return { outcome: 'stored', sessionId };
  const fingerprint = fingerprintOf(words);
  const taken = await db('idempotency_keys')
    .insert({ scope, key, fingerprint, session_id: sessionId, at })
    .onConflict(['scope', 'key'])
    .ignore()
    .returning<object[]>('key');
  if (taken.length > 0) return { outcome: 'stored', sessionId };
  const seen = await recall(db, scope, key);
  return seen?.fingerprint === fingerprint
    ? { outcome: 'repeated', sessionId: seen.session_id }
    : { outcome: 'conflict' };
}

const recall = (db: Knex, scope: string, key: string) =>
  db('idempotency_keys')
    .where({ scope, key })
    .first<{ fingerprint: string; session_id: string } | undefined>();
