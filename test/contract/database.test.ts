// The repositories on both databases, and what happens when a database is locked or gone.

import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knex, { type Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StorageUnavailable } from '../../app/ports/submissions.ts';
import type { Database } from '../../db/database.ts';
import * as recordingsMigration from '../../db/migrations/0005-recordings.ts';
import { postgresPrograms, startPostgres, type PostgresCluster } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { describeCallRecords } from './database-call-suite.ts';
import { describeEdgeCalls } from './database-edge-suite.ts';
import { describeRecordings } from './database-recordings-suite.ts';
import { describeRepositories, entryOf, factOf, open, recordOf } from './database-suite.ts';
import { agentId } from '../../app/domain/ids.ts';

// Databases of the newest shape are made once and copied: the migrations have tests of their own.
const migrated = 'migrated';
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cordboard-db-'));
  await (await open({ kind: 'sqlite', file: join(folder, migrated) })).close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const emptyFile = () => ({ kind: 'sqlite', file: join(folder, `${randomUUID()}.sqlite`) }) as const;
const freshFile = () => {
  const address = emptyFile();
  copyFileSync(join(folder, migrated), address.file);
  return address;
};

describe('SQLite', () => {
  const freshAddress = async () => freshFile();
  describeRepositories(freshAddress, async () => emptyFile());
  describeCallRecords(freshAddress);
  describeRecordings(freshAddress);
  describeEdgeCalls(freshAddress);
});

describe('a locked SQLite', () => {
  let db: Database;
  let intruder: Knex;
  const troubles: string[] = [];
  beforeEach(async () => {
    const address = freshFile();
    troubles.length = 0;
    db = await open(address, {
      patienceMs: 10_000,
      journal: { onTrouble: ({ kind }) => troubles.push(kind) },
    });
    intruder = knex({
      client: 'sqlite3',
      connection: { filename: address.file },
      useNullAsDefault: true,
      pool: { min: 1, max: 1 },
    });
    await intruder.raw('BEGIN EXCLUSIVE');
  });
  afterEach(async () => {
    await intruder.destroy();
    await db.close();
  });

  it('degrades the journal, keeps look-ups and registrations going, and loses nothing', async () => {
    const records = Array.from({ length: 50 }, () => recordOf());
    for (const [index, record] of records.entries()) db.journal.append(entryOf(index + 1, [record]));
    await until('the journal says it is degraded', () => !db.journal.health().up);
    expect(db.journal.health()).toMatchObject({ pending: 50 });
    expect((await db.health()).up).toBe(false);
    await expect(db.journal.flushed(10)).rejects.toThrow(/could not commit within 10 ms: failing since/);

    expect(await db.directory.sipCredentials('1001')).toBeUndefined(); // answers, although the file is locked
    const phone = {
      address: '1001',
      contact: 'sip:a@b',
      flow: 'udp:192.0.2.1:5060',
      callId: 'c',
      cseq: 1,
      userAgent: '',
    };
    await db.registrations.save({ ...phone, expiresAt: 10 });
    expect(await db.registrations.of('1001', 0)).toHaveLength(1);

    await intruder.raw('ROLLBACK');
    await db.journal.flushed(10_000);
    expect(db.journal.health()).toEqual({ up: true, pending: 0, detail: 'ok' });
    expect(troubles).toEqual(['degraded', 'recovered']);
    expect((await db.records.list({ limit: 100 })).calls).toHaveLength(50);
  });

  it('lets the acknowledgement of what a person submits wait for the commit', async () => {
    const record = recordOf();
    let acknowledged = false;
    const stored = db.submissions
      .rating({ sessionId: record.sessionId, stars: 5, at: 1 })
      .then(() => (acknowledged = true));
    db.journal.append(entryOf(1, [record]));
    await until('the journal says it is degraded', () => !db.journal.health().up);
    expect(acknowledged).toBe(false);
    await intruder.raw('ROLLBACK');
    await stored;
    await db.journal.flushed(10_000);
    expect((await db.records.find(record.sessionId))?.record.stars).toBe(5);
  });

  it('keeps every record and the newest fact number when it has to give up facts', async () => {
    await db.close();
    const address = freshFile();
    await intruder.destroy();
    db = await open(address, { journal: { mostFacts: 100, onTrouble: ({ kind }) => troubles.push(kind) } });
    intruder = knex({
      client: 'sqlite3',
      connection: { filename: address.file },
      useNullAsDefault: true,
      pool: { min: 1, max: 1 },
    });
    await intruder.raw('BEGIN EXCLUSIVE');
    const records = Array.from({ length: 500 }, () => recordOf());
    for (const [index, record] of records.entries()) db.journal.append(entryOf(index + 1, [record]));
    expect(troubles).toContain('facts_dropped');
    await intruder.raw('ROLLBACK');
    await db.journal.flushed(10_000);
    expect((await db.journal.lastSnapshot())?.factNumber).toBe(500);
    const first = await db.records.list({ limit: 200 });
    expect(first.calls).toHaveLength(200);
    const counted = await intruder('calls').count<{ count: number }[]>({ count: '*' });
    expect(counted[0]?.count).toBe(500);
  });
});

it('a lock that a control plane killed while migrating left behind is no obstacle', async () => {
  const address = emptyFile();
  await (await open(address)).close();
  const file = knex({ client: 'sqlite3', connection: { filename: address.file }, useNullAsDefault: true });
  expect(await file('knex_migrations_lock').update({ is_locked: 1 })).toBe(1);
  await file.destroy();
  const db = await open(address);
  expect((await db.health()).up).toBe(true);
  await db.close();
});

it('recordings of before they had ids get one, and the queue of their call', async () => {
  const address = emptyFile();
  await (await open(address)).close();
  const file = knex({ client: 'sqlite3', connection: { filename: address.file }, useNullAsDefault: true });
  await recordingsMigration.down(file);
  await file.destroy();
  const old = knex({ client: 'sqlite3', connection: { filename: address.file }, useNullAsDefault: true });
  const call = {
    session_id: 's',
    source: 'web',
    queue_id: 'sales',
    requested_at: 1,
    ended_at: 2,
    talk_ms: 1,
    held_ms: 0,
  };
  const rest = { wait_ms: 0, ending: 'agent_hung_up', recovered: false, offers: '[]', segments: '[]' };
  await old('calls').insert({ ...call, ...rest, recording_file: 'a.wav' });
  for (const name of ['a.wav', 'b.wav'])
    await old('recordings').insert({ file: name, session_id: 's', leg_id: 'c', started_at: 1, pauses: '[]' });
  await recordingsMigration.up(old);
  await old.destroy();
  const db = await open(address);
  const recordings = (await db.records.find('s'))?.record.recordings ?? [];
  expect(recordings.map(({ file: name, queueId }) => [name, queueId])).toEqual([
    ['a.wav', 'sales'],
    ['b.wav', 'sales'],
  ]);
  expect(await db.recordings.find(recordings[1]?.recordingId ?? '')).toMatchObject({ file: 'b.wav' });
  await db.close();
});

it('closing says so when something could not be committed, and the file is intact afterwards', async () => {
  const address = freshFile();
  const db = await open(address);
  const intruder = knex({
    client: 'sqlite3',
    connection: { filename: address.file },
    useNullAsDefault: true,
  });
  await intruder.raw('BEGIN EXCLUSIVE');
  db.journal.append(entryOf(1, [recordOf()]));
  await expect(db.close()).rejects.toThrow(/could not commit/);
  await intruder.raw('ROLLBACK');
  expect(await intruder.raw<object[]>('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  await intruder.destroy();
});

describe('an impatient submission', () => {
  it('is told that nothing was stored', async () => {
    const address = freshFile();
    const db = await open(address, { patienceMs: 100 });
    const intruder = knex({
      client: 'sqlite3',
      connection: { filename: address.file },
      useNullAsDefault: true,
    });
    await intruder.raw('BEGIN EXCLUSIVE');
    await expect(db.submissions.rating({ sessionId: 's', stars: 1, at: 1 })).rejects.toThrow(
      StorageUnavailable,
    );
    await intruder.raw('ROLLBACK');
    expect(await intruder('ratings').count<{ count: number }[]>({ count: '*' })).toEqual([{ count: 0 }]);
    await intruder.destroy();
    await db.close();
  });
});

const programs = postgresPrograms();
describe.skipIf(programs === undefined)('PostgreSQL (skipped where it is not installed)', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await startPostgres(programs ?? '');
    await (await open({ kind: 'postgres', url: await cluster.createDatabase(migrated) })).close();
  });
  afterAll(() => cluster.stop());
  const made = async (template?: string) =>
    ({
      kind: 'postgres',
      url: await cluster.createDatabase(`t${randomUUID().slice(0, 8)}`, template),
    }) as const;
  const freshAddress = () => made(migrated);

  describe('the repositories', () => {
    describeRepositories(freshAddress, () => made());
    describeCallRecords(freshAddress);
    describeRecordings(freshAddress);
    describeEdgeCalls(freshAddress);
  });

  it('two control planes that start at once migrate one after the other', async () => {
    const address = await made();
    const both = await Promise.all([open(address), open(address)]);
    for (const db of both) {
      expect(await db.directory.queues()).toEqual([]);
      await db.close();
    }
  });

  it('a server that dies and comes back costs no record', async () => {
    const troubles: string[] = [];
    const db = await open(await freshAddress(), {
      journal: { onTrouble: ({ kind }) => troubles.push(kind) },
    });
    const records = Array.from({ length: 40 }, () => recordOf());
    for (const [index, record] of records.slice(0, 20).entries())
      db.journal.append(entryOf(index + 1, [record]));
    await db.journal.flushed(10_000);
    await cluster.kill();
    for (const [index, record] of records.slice(20).entries())
      db.journal.append(entryOf(index + 21, [record]));
    await until('the journal says it is degraded', () => !db.journal.health().up);
    await cluster.start();
    await db.journal.flushed(20_000);
    expect((await db.records.list({ limit: 100 })).calls).toHaveLength(40);
    expect(troubles).toEqual(['degraded', 'recovered']);
    await db.close();
  });
});

describe('the agent state log', () => {
  it('says what an agent was, from when and why', async () => {
    const address = freshFile();
    const db = await open(address);
    const id = agentId('1001');
    db.journal.append({
      facts: [
        factOf(1, { kind: 'agent.signedIn', agentId: id, device: { kind: 'sip', address: '1001' } }),
        factOf(2, { kind: 'agent.onBreak', agentId: id, reason: 'lunch', cause: 'asked' }),
        factOf(3, {
          kind: 'agent.reachability',
          agentId: id,
          reachability: { reachable: false, why: 'unregistered' },
        }),
      ],
      ended: [],
      snapshot: { sessions: {}, agents: {} },
    });
    await db.journal.flushed(5_000);
    await db.close();
    const reader = knex({
      client: 'sqlite3',
      connection: { filename: address.file },
      useNullAsDefault: true,
    });
    const rows = await reader('agent_states').orderBy('number').select<object[]>('axis', 'state', 'cause');
    await reader.destroy();
    expect(rows).toEqual([
      { axis: 'presence', state: 'signedIn', cause: 'sip' },
      { axis: 'presence', state: 'break', cause: 'lunch' },
      { axis: 'reachability', state: 'unreachable', cause: 'unregistered' },
    ]);
  });
});
