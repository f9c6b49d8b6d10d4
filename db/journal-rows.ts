// Journal entries as rows: one transaction for facts, ended sessions' records, agent states and the snapshot. Every insert
// leaves rows alone that are there already, so that a batch whose commit was not confirmed may be written again.

import type { Knex } from 'knex';
import type { Fact, Stamped } from '../app/domain/floor/facts.ts';
import type { FloorSnapshot } from '../app/domain/floor/snapshot.ts';
import type { CallRecord, LegRecord, RecordingRecord } from '../app/domain/record.ts';
import type { JournalEntry } from '../app/ports/journal.ts';
import { recordingIdOf } from './recording-id.ts';
import type { RecordingRow } from './recordings.ts';

const rowsPerStatement = 200;

/** Commits entries, oldest first, all or none. */
export async function commitEntries(db: Knex, entries: readonly JournalEntry[]): Promise<void> {
  const facts = entries.flatMap((entry) => entry.facts);
  const ended = entries.flatMap((entry) => entry.ended);
  await db.transaction(async (transaction) => {
    await insertMissing(transaction, 'facts', 'number', facts.map(factRow));
    await insertMissing(transaction, 'agent_states', 'number', facts.flatMap(agentStateRow));
    await insertMissing(
      transaction,
      'calls',
      'session_id',
      ended.map(({ record }) => callRow(record)),
    );
    await insertMissing(
      transaction,
      'legs',
      ['leg_id', 'session_id', 'created_at'],
      ended.flatMap(({ legs }) => legs.map(legRow)),
    );
    await insertMissing(
      transaction,
      'recordings',
      'file',
      ended.flatMap(({ record }) => record.recordings.map((recording) => recordingRow(record, recording))),
    );
    await tellDurations(transaction, facts);
    await writeSnapshot(transaction, entries, facts.at(-1)?.number);
  });
}

/** A recording usually ends with its leg, after the call's record was written. */
async function tellDurations(db: Knex, facts: readonly Stamped<Fact>[]): Promise<void> {
  for (const { fact } of facts) {
    if (fact.kind !== 'session.recordingStopped') continue;
    await db('recordings').where({ file: fact.file }).update({ duration_ms: fact.durationMs });
  }
}

/** The floor as it was at the last commit; undefined when there never was one. */
export async function readSnapshot(db: Knex): Promise<FloorSnapshot | undefined> {
  return db.transaction(async (transaction) => {
    const meta = await transaction('floor_meta')
      .where({ name: 'fact_number' })
      .first<{ value: number } | undefined>();
    if (!meta) return undefined;
    const bodies = async (table: string, key: string): Promise<string[]> =>
      (await transaction(table).orderBy(key).select<{ body: string }[]>('body')).map(({ body }) => body);
    const sessions = await bodies('floor_sessions', 'session_id');
    const agents = await bodies('floor_agents', 'agent_id');
    return {
      factNumber: meta.value,
      sessions: sessions.map((body) => JSON.parse(body) as FloorSnapshot['sessions'][number]),
      agents: agents.map((body) => JSON.parse(body) as FloorSnapshot['agents'][number]),
    };
  });
}

async function insertMissing(
  db: Knex,
  table: string,
  key: string | string[],
  rows: readonly object[],
): Promise<void> {
  for (const chunk of chunks(rows)) await db(table).insert(chunk).onConflict([key].flat()).ignore();
}

async function writeSnapshot(
  db: Knex,
  entries: readonly JournalEntry[],
  number: number | undefined,
): Promise<void> {
  const sessions = new Map(entries.flatMap(({ snapshot }) => Object.entries(snapshot.sessions)));
  const agents = new Map(entries.flatMap(({ snapshot }) => Object.entries(snapshot.agents)));
  const gone = [...sessions].flatMap(([id, session]) => (session === null ? [id] : []));
  const live = [...sessions].flatMap(([id, session]) =>
    session === null ? [] : [{ session_id: id, body: JSON.stringify(session) }],
  );
  for (const ids of chunks(gone)) await db('floor_sessions').whereIn('session_id', ids).delete();
  for (const rows of chunks(live)) await db('floor_sessions').insert(rows).onConflict('session_id').merge();
  const agentRows = [...agents].map(([id, agent]) => ({ agent_id: id, body: JSON.stringify(agent) }));
  for (const rows of chunks(agentRows)) await db('floor_agents').insert(rows).onConflict('agent_id').merge();
  if (number === undefined) return;
  await db('floor_meta').insert({ name: 'fact_number', value: number }).onConflict('name').merge();
}

function* chunks<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += rowsPerStatement) yield items.slice(at, at + rowsPerStatement);
}

function factRow({ number, at, fact }: Stamped<Fact>) {
  return {
    number,
    at,
    kind: fact.kind,
    session_id: ('sessionId' in fact && fact.sessionId) || null,
    agent_id: ('agentId' in fact && fact.agentId) || null,
    body: JSON.stringify(fact),
  };
}

/** The agent state log: what each agent was, from when, and why, read off the facts. */
function agentStateRow({ number, at, fact }: Stamped<Fact>) {
  const row = (axis: string, state: string, cause: string | null = null, session: string | null = null) =>
    'agentId' in fact
      ? [{ number, agent_id: fact.agentId, at, axis, state, cause, session_id: session }]
      : [];
  switch (fact.kind) {
    case 'agent.signedIn':
      return row('presence', 'signedIn', fact.device.kind);
    case 'agent.signedOut':
      return row('presence', 'signedOut', fact.cause);
    case 'agent.ready':
      return row('presence', 'ready');
    case 'agent.onBreak':
      return row('presence', 'break', fact.cause === 'misses' ? 'misses' : fact.reason);
    case 'agent.activity':
      return row('activity', fact.activity, null, fact.sessionId ?? null);
    case 'agent.reachability':
      return fact.reachability.reachable
        ? row('reachability', 'reachable')
        : row('reachability', 'unreachable', fact.reachability.why);
    default:
      return [];
  }
}

export interface CallRow {
  readonly session_id: string;
  readonly source: CallRecord['source'];
  readonly queue_id: string;
  readonly customer_number: string | null;
  readonly customer_name: string | null;
  readonly dialled_number: string | null;
  readonly requested_at: number;
  readonly arrived_at: number | null;
  readonly queued_at: number | null;
  readonly connected_at: number | null;
  readonly ended_at: number;
  readonly talk_ms: number;
  readonly held_ms: number;
  readonly wait_ms: number;
  readonly agent_id: string | null;
  readonly ending: CallRecord['ending'];
  readonly recovered: boolean | number;
  readonly offers: string;
  readonly segments: string;
  readonly recording_file: string | null;
  readonly survey: string | null;
}

const callRow = (record: CallRecord): CallRow => ({
  session_id: record.sessionId,
  source: record.source,
  queue_id: record.queueId,
  customer_number: cut(record.customerNumber, 128),
  customer_name: cut(record.customerName, 256),
  dialled_number: cut(record.dialledNumber, 128),
  requested_at: record.requestedAt,
  arrived_at: record.arrivedAt,
  queued_at: record.queuedAt,
  connected_at: record.connectedAt,
  ended_at: record.endedAt,
  talk_ms: record.talkMs,
  held_ms: record.heldMs,
  wait_ms: record.waitMs,
  agent_id: record.agentId,
  ending: record.ending,
  recovered: record.recovered,
  offers: JSON.stringify(record.offers),
  segments: JSON.stringify(record.segments),
  recording_file: record.recordingFile,
  survey: record.survey ? JSON.stringify(record.survey) : null,
});

/** What the network sent may be longer than a column; a record is worth more than the end of a name. NUL is no text in PostgreSQL. */
const cut = (text: string | null, longest: number): string | null =>
  text?.replaceAll('\0', '').slice(0, longest) ?? null;

export interface LegRow {
  readonly leg_id: string;
  readonly session_id: string;
  readonly role: LegRecord['role'];
  readonly agent_id: string | null;
  readonly created_at: number;
  readonly answered_at: number | null;
  readonly ended_at: number;
  readonly ending: LegRecord['ending'];
  readonly supervisor_id: string | null;
  readonly number: string | null;
}

const legRow = (leg: LegRecord): LegRow => ({
  leg_id: leg.legId,
  session_id: leg.sessionId,
  role: leg.role,
  agent_id: leg.agentId,
  created_at: leg.createdAt,
  answered_at: leg.answeredAt,
  ended_at: leg.endedAt,
  ending: leg.ending,
  supervisor_id: leg.supervisorId ?? null,
  number: leg.number ?? null,
});

const recordingRow = ({ sessionId, queueId }: CallRecord, recording: RecordingRecord): RecordingRow => ({
  file: recording.file,
  recording_id: recordingIdOf(recording.file),
  session_id: sessionId,
  queue_id: queueId,
  kind: recording.kind ?? 'call',
  leg_id: recording.legId,
  started_at: recording.startedAt,
  duration_ms: recording.durationMs,
  pauses: JSON.stringify(recording.pauses),
});
