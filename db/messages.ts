// Messages callers left, as rows of recordings.

import type { Knex } from 'knex';
import { queueId, sessionId } from '../app/domain/ids.ts';
import type { Message, Messages } from '../app/ports/messages.ts';
import type { Connections } from './dialect.ts';
import { patiently } from './patience.ts';

/** A recording shorter than that is nobody's message: somebody who hung up at the beep. */
const shortestMs = 1_000;

export const createMessages = ({ read, write }: Connections, patienceMs: number): Messages => ({
  async list({ queues, handled, limit }) {
    const query = messages(read).orderBy('recordings.started_at', 'desc').limit(limit);
    if (queues) void query.whereIn('recordings.queue_id', [...queues]);
    if (handled === true) void query.whereNotNull('recordings.handled_at');
    if (handled === false) void query.whereNull('recordings.handled_at');
    return (await query.select<MessageRow[]>(columns)).map(messageOf);
  },

  async find(recordingId) {
    const row = await messages(read)
      .where('recordings.recording_id', recordingId)
      .first<MessageRow | undefined>(columns);
    return row && messageOf(row);
  },

  async handle(recordingId, by, at) {
    await patiently(
      () =>
        write('recordings')
          .where({ recording_id: recordingId, kind: 'message', handled_at: null })
          .update({ handled_at: at, handled_by: by }),
      patienceMs,
    );
  },
});

interface MessageRow {
  readonly recording_id: string;
  readonly session_id: string;
  readonly queue_id: string;
  readonly started_at: number;
  readonly duration_ms: number | null;
  readonly handled_at: number | null;
  readonly handled_by: string | null;
  readonly customer_number: string | null;
  readonly customer_name: string | null;
}

const columns = ['recordings.*', 'calls.customer_number', 'calls.customer_name'];

const messages = (db: Knex): Knex.QueryBuilder =>
  db('recordings')
    .join('calls', 'calls.session_id', 'recordings.session_id')
    .where({ 'recordings.kind': 'message', 'recordings.deleted_at': null, 'recordings.claimed_at': null })
    .where(
      (long) =>
        void long.whereNull('recordings.duration_ms').orWhere('recordings.duration_ms', '>=', shortestMs),
    );

const messageOf = (row: MessageRow): Message => ({
  recordingId: row.recording_id,
  sessionId: sessionId(row.session_id),
  queueId: queueId(row.queue_id),
  leftAt: row.started_at,
  durationMs: row.duration_ms,
  customerNumber: row.customer_number,
  customerName: row.customer_name,
  handled: row.handled_at === null ? null : { at: row.handled_at, by: row.handled_by ?? '' },
});
