// Recordings that are kept, and the log of what happened to each.

import type { Knex } from 'knex';
import { legId, queueId, sessionId } from '../app/domain/ids.ts';
import type { RecordingRecord } from '../app/domain/record.ts';
import type {
  Act,
  Deletion,
  KeptRecording,
  RecordingArchive,
  RecordingLogLine,
} from '../app/ports/recordings.ts';
import type { Connections } from './dialect.ts';
import { patiently } from './patience.ts';

export interface RecordingOptions {
  /** Days recordings are kept where their queue says nothing; 0: for ever. */
  readonly recordingDays: number;
}

const dayMs = 86_400_000;
const longestLog = 500;

export function createRecordings(
  { write, read }: Connections,
  { recordingDays }: RecordingOptions,
  patienceMs: number,
): RecordingArchive {
  const commit: Commit = (work) => patiently(() => write.transaction(work), patienceMs);

  return {
    async find(recordingId) {
      const row = await keptRows(read).where({ recording_id: recordingId }).first<KeptRow | undefined>();
      return row && keptOf(row, recordingDays);
    },

    linked: (act) => commit((db) => note(db, 'linked', act)),
    fetched: (act) => commit((db) => note(db, 'fetched', act)),

    hold: (act) =>
      commit(async (db) => {
        const { recordingId, by, at, reason } = act;
        const held = await db('recordings')
          .where({ recording_id: recordingId, held_at: null, claimed_at: null, deleted_at: null })
          .update({ held_at: at, held_by: by, hold_reason: reason });
        if (held > 0) return note(db, 'held', act).then(() => 'done' as const);
        const row = await stateOf(db, recordingId);
        if (!row) return 'unknown';
        return row.held_at === null ? 'deleted' : 'held';
      }),

    release: (act) =>
      commit(async (db) => {
        const { recordingId } = act;
        const released = await db('recordings')
          .where({ recording_id: recordingId })
          .whereNotNull('held_at')
          .update({ held_at: null, held_by: null, hold_reason: null });
        if (released > 0) return note(db, 'released', act).then(() => 'done' as const);
        const row = await stateOf(db, recordingId);
        if (!row) return 'unknown';
        return row.claimed_at === null && row.deleted_at === null ? 'not_held' : 'deleted';
      }),

    async log(recordingId) {
      const rows = await read('recording_log')
        .where({ recording_id: recordingId })
        .orderBy('number', 'desc')
        .limit(longestLog)
        .select<LogRow[]>();
      return rows.map(lineOf);
    },

    ...retentionOf(read, commit, recordingDays),
  };
}

type Commit = <T>(work: (db: Knex) => Promise<T>) => Promise<T>;
type ForRetention = 'due' | 'claim' | 'deleted' | 'retention' | 'setRetention';

function retentionOf(
  read: Knex,
  commit: Commit,
  recordingDays: number,
): Pick<RecordingArchive, ForRetention> {
  return {
    async due(now, limit, after) {
      const query = keptRows(read)
        .where({ deleted_at: null, held_at: null })
        .where((either) => {
          void either.whereNotNull('claimed_at').orWhereRaw(overdue, [recordingDays, recordingDays, now]);
        })
        .orderBy(['recordings.started_at', 'recording_id'])
        .limit(limit);
      if (after)
        void query.whereRaw('(started_at, recording_id) > (?, ?)', [after.startedAt, after.recordingId]);
      const rows = await query.select<KeptRow[]>();
      return rows.map((row) => keptOf(row, recordingDays));
    },

    claim: (recordingId, now) =>
      commit(async (db) => {
        const rows = await db('recordings')
          .where({ recording_id: recordingId, held_at: null, deleted_at: null })
          .update({ claimed_at: db.raw('coalesce(claimed_at, ?)', [now]) });
        return rows > 0;
      }),

    deleted: (recordingId, { at, why }) =>
      commit(async (db) => {
        const rows = await db('recordings')
          .where({ recording_id: recordingId, deleted_at: null })
          .update({ deleted_at: at, deleted_why: why });
        if (rows > 0) await note(db, 'deleted', { recordingId, at, by: 'retention', reason: why });
      }),

    async retention() {
      const rows = await read('queues')
        .orderBy('queue_id')
        .select<{ queue_id: string; recording_days: number | null }[]>('queue_id', 'recording_days');
      return {
        defaultDays: recordingDays,
        queues: rows.map(({ queue_id, recording_days }) => ({ queueId: queue_id, days: recording_days })),
      };
    },

    setRetention: (id, days) =>
      commit(async (db) => (await db('queues').where({ queue_id: id }).update({ recording_days: days })) > 0),
  };
}

/** A day's milliseconds do not fit PostgreSQL's integer once they are multiplied. */
const overdue = `coalesce(recording_days, ?) > 0
  and recordings.started_at + cast(coalesce(recording_days, ?) as bigint) * ${dayMs} <= ?`;

/** Recordings with the days of their queue. */
export const keptRows = (db: Knex): Knex.QueryBuilder =>
  db('recordings')
    .leftJoin('queues', 'queues.queue_id', 'recordings.queue_id')
    .select('recordings.*', 'queues.recording_days');

const stateOf = (db: Knex, recordingId: string) =>
  db('recordings')
    .where({ recording_id: recordingId })
    .first<Pick<KeptRow, 'held_at' | 'claimed_at' | 'deleted_at'> | undefined>();

async function note(
  db: Knex,
  what: RecordingLogLine['what'],
  act: Omit<Act, 'address'> & {
    readonly address?: string;
    readonly linkId?: string;
    readonly reason?: string;
  },
): Promise<void> {
  const { recordingId, by, at, address = null, linkId = null, reason = null } = act;
  const row = {
    recording_id: recordingId,
    what,
    at,
    last_at: at,
    times: 1,
    by,
    address,
    link_id: linkId,
    reason,
  };
  await db('recording_log')
    .insert(row)
    .onConflict(['link_id', 'what', 'address'])
    .merge({ times: db.raw('recording_log.times + 1'), last_at: at });
}

export interface RecordingRow {
  readonly file: string;
  readonly recording_id: string;
  readonly session_id: string;
  readonly queue_id: string;
  readonly kind: 'call' | 'message';
  readonly leg_id: string;
  readonly started_at: number;
  readonly duration_ms: number | null;
  readonly pauses: string;
}

export interface KeptRow extends RecordingRow {
  readonly held_at: number | null;
  readonly held_by: string | null;
  readonly hold_reason: string | null;
  readonly claimed_at: number | null;
  readonly deleted_at: number | null;
  readonly deleted_why: Deletion['why'] | null;
  readonly recording_days: number | null;
}

export function keptOf(row: KeptRow, defaultDays: number): KeptRecording {
  const days = row.recording_days ?? defaultDays;
  return {
    recordingId: row.recording_id,
    sessionId: sessionId(row.session_id),
    queueId: queueId(row.queue_id),
    file: row.file,
    legId: legId(row.leg_id),
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    pauses: JSON.parse(row.pauses) as RecordingRecord['pauses'],
    ...(row.kind === 'message' && { kind: row.kind }),
    hold:
      row.held_at === null ? null : { at: row.held_at, by: row.held_by ?? '', reason: row.hold_reason ?? '' },
    deletesAt: days > 0 && row.deleted_at === null ? row.started_at + days * dayMs : null,
    claimedAt: row.claimed_at,
    deleted: row.deleted_at === null ? null : { at: row.deleted_at, why: row.deleted_why ?? 'retention' },
  };
}

interface LogRow {
  readonly what: RecordingLogLine['what'];
  readonly at: number;
  readonly last_at: number;
  readonly times: number;
  readonly by: string;
  readonly address: string | null;
  readonly reason: string | null;
}

const lineOf = ({ what, at, last_at, times, by, address, reason }: LogRow): RecordingLogLine => ({
  what,
  at,
  lastAt: last_at,
  times,
  by,
  address,
  reason,
});
