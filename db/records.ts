// Looking call records up: filtered, newest first, page by page (by key, not by offset: a page stays right while calls end).

import type { Knex } from 'knex';
import { agentId, legId, queueId, sessionId } from '../app/domain/ids.ts';
import type { CallRecord, LegRecord } from '../app/domain/record.ts';
import type { KeptRecording } from '../app/ports/recordings.ts';
import type { RatedRecord, RecordFilter, Records } from '../app/ports/records.ts';
import type { Connections } from './dialect.ts';
import { totals } from './figures.ts';
import type { CallRow, LegRow } from './journal-rows.ts';
import { keptOf, keptRows, type KeptRow, type RecordingOptions } from './recordings.ts';

type RatedRow = CallRow & { readonly stars: number | null };
interface NoteRow {
  readonly agent_id: string;
  readonly note: string;
  readonly at: number;
}

export function createRecords({ read }: Connections, { recordingDays }: RecordingOptions): Records {
  const recordingsOf = async (ids: readonly string[]): Promise<KeptRecording[]> => {
    const rows = await keptRows(read)
      .whereIn('session_id', ids)
      .orderBy(['started_at', 'file'])
      .select<KeptRow[]>();
    return rows.map((row) => keptOf(row, recordingDays));
  };
  const withRecordings = async (rows: readonly RatedRow[]): Promise<RatedRecord[]> => {
    const ids = rows.filter((row) => row.recording_file !== null).map((row) => row.session_id);
    const recordings = ids.length === 0 ? [] : await recordingsOf(ids);
    return rows.map((row) => recordOf(row, recordings));
  };
  return {
    async list(filter) {
      const rows = await matching(read, filter)
        .limit(filter.limit + 1)
        .select<RatedRow[]>('calls.*', 'ratings.stars');
      const page = rows.slice(0, filter.limit);
      const last = page.at(-1);
      return {
        calls: await withRecordings(page),
        next: rows.length > page.length && last ? `${last.ended_at}_${last.session_id}` : null,
      };
    },

    async find(id) {
      const row = await rated(read)
        .where('calls.session_id', id)
        .first<RatedRow | undefined>('calls.*', 'ratings.stars');
      if (!row) return undefined;
      const legs = await read('legs').where({ session_id: id }).orderBy('created_at').select<LegRow[]>();
      const notes = await read('wrap_up_notes').where({ session_id: id }).orderBy('at').select<NoteRow[]>();
      return {
        record: recordOf(row, await recordingsOf([id])),
        legs: legs.map(legOf),
        notes: notes.map(({ agent_id, note, at }) => ({ agentId: agent_id, note, at })),
      };
    },

    totals: (query) => totals(read, query),
  };
}

const rated = (db: Knex): Knex.QueryBuilder =>
  db('calls').leftJoin('ratings', 'ratings.session_id', 'calls.session_id');

function matching(db: Knex, filter: RecordFilter): Knex.QueryBuilder {
  const query = rated(db).orderBy([
    { column: 'calls.ended_at', order: 'desc' },
    { column: 'calls.session_id', order: 'desc' },
  ]);
  if (filter.queueId !== undefined) void query.where('calls.queue_id', filter.queueId);
  if (filter.queues !== undefined) void query.whereIn('calls.queue_id', filter.queues);
  if (filter.agentId !== undefined) void query.where('calls.agent_id', filter.agentId);
  if (filter.ending !== undefined) void query.where('calls.ending', filter.ending);
  if (filter.from !== undefined) void query.where('calls.ended_at', '>=', filter.from);
  if (filter.to !== undefined) void query.where('calls.ended_at', '<', filter.to);
  if (filter.after !== undefined) after(query, filter.after);
  return query;
}

function after(query: Knex.QueryBuilder, mark: string): void {
  const [at, id = ''] = mark.split('_');
  const endedAt = Number(at);
  void query.where((older) => {
    void older
      .where('calls.ended_at', '<', endedAt)
      .orWhere((same) => void same.where('calls.ended_at', endedAt).where('calls.session_id', '<', id));
  });
}

const recordOf = (row: RatedRow, recordings: readonly KeptRecording[]): RatedRecord => ({
  sessionId: sessionId(row.session_id),
  source: row.source,
  queueId: queueId(row.queue_id),
  customerNumber: row.customer_number,
  customerName: row.customer_name,
  dialledNumber: row.dialled_number,
  requestedAt: row.requested_at,
  arrivedAt: row.arrived_at,
  queuedAt: row.queued_at,
  connectedAt: row.connected_at,
  endedAt: row.ended_at,
  talkMs: row.talk_ms,
  heldMs: row.held_ms,
  waitMs: row.wait_ms,
  agentId: row.agent_id === null ? null : agentId(row.agent_id),
  ending: row.ending,
  recovered: Boolean(row.recovered),
  offers: JSON.parse(row.offers) as CallRecord['offers'],
  segments: JSON.parse(row.segments) as CallRecord['segments'],
  recordingFile: row.recording_file,
  ...(row.survey !== null && { survey: JSON.parse(row.survey) as NonNullable<CallRecord['survey']> }),
  recordings: recordings.filter((recording) => recording.sessionId === row.session_id),
  stars: row.stars,
});

const legOf = (row: LegRow): LegRecord => ({
  legId: legId(row.leg_id),
  sessionId: sessionId(row.session_id),
  role: row.role,
  agentId: row.agent_id === null ? null : agentId(row.agent_id),
  createdAt: row.created_at,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
  ending: row.ending,
  ...(row.supervisor_id !== null && { supervisorId: row.supervisor_id }),
  ...(row.number !== null && { number: row.number }),
});
