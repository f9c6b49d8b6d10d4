// What the tables keep of a call beyond its record: recordings with their pauses, and everybody who was called.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { legId, queueId } from '../../app/domain/ids.ts';
import type { Database } from '../../db/database.ts';
import type { DatabaseAddress } from '../../db/dialect.ts';
import { entryOf, factOf, legOf, open, recordOf } from './database-suite.ts';

export function describeCallRecords(freshAddress: () => Promise<DatabaseAddress>): void {
  let db: Database;
  beforeEach(async () => {
    db = await open(await freshAddress());
  });
  afterEach(() => db.close());

  it('keeps recordings with their pauses, and learns how long one was when its leg is gone', async () => {
    const pauses = [
      { from: 1, to: 2 },
      { from: 5, to: null },
    ];
    const recording = {
      file: 'b.wav',
      legId: legId('c'),
      startedAt: 1_800_000_000_000,
      durationMs: null,
      pauses,
    };
    const record = recordOf({ recordingFile: 'b.wav', recordings: [recording] });
    const { sessionId: id } = record;
    db.journal.append(entryOf(1, [record]));
    const stopped = {
      kind: 'session.recordingStopped',
      sessionId: id,
      file: 'b.wav',
      durationMs: 42_000,
    } as const;
    db.journal.append({ ...entryOf(2), facts: [factOf(2, stopped)] });
    await db.journal.flushed(5_000);
    const found = await db.records.find(id);
    expect(found?.record.recordings).toMatchObject([{ ...recording, durationMs: 42_000 }]);
  });

  it('keeps a leg that was in several calls, and in one of them twice', async () => {
    const [first, second] = [recordOf(), recordOf()];
    const line = { ...legOf(first), legId: legId('a-line-that-stands') };
    const firstLegs = [line, { ...line, createdAt: line.createdAt + 50 }];
    const secondLegs = [{ ...line, sessionId: second.sessionId }];
    for (let time = 0; time < 2; time += 1)
      db.journal.append({
        ...entryOf(1),
        ended: [
          { record: first, legs: firstLegs },
          { record: second, legs: secondLegs },
        ],
      });
    await db.journal.flushed(5_000);
    expect((await db.records.find(first.sessionId))?.legs).toEqual(firstLegs);
    expect((await db.records.find(second.sessionId))?.legs).toEqual(secondLegs);
  });

  it('adds up the calls of each queue that came into line since then, of the queues asked for', async () => {
    const at = (ms: number) => ({ queuedAt: ms, connectedAt: ms + 4_000, endedAt: ms + 9_000 });
    const unanswered = { connectedAt: null, agentId: null } as const;
    db.journal.append(
      entryOf(1, [
        recordOf(at(1_000)),
        recordOf(at(2_000)),
        recordOf({ ...at(2_000), ...unanswered, ending: 'abandoned_ringing' }),
        recordOf({ ...at(2_000), ...unanswered, ending: 'left_message' }),
        recordOf({ ...at(2_000), queueId: queueId('sales') }),
        recordOf({ ...at(2_000), queuedAt: null }),
      ]),
    );
    await db.journal.flushed(5_000);
    const since = { from: 2_000, withinMs: 3_999 };
    const [first, second] = await db.records.totals(since);
    expect(first).toEqual({
      queueId: 'default',
      answered: 1,
      answeredInTime: 0,
      abandoned: 1,
      abandonedLate: 1,
      waitMs: 4_000,
    });
    expect(second).toMatchObject({ queueId: 'sales', answered: 1 });
    expect(await db.records.totals({ ...since, queues: ['sales'] })).toEqual([second]);
    expect(await db.records.totals({ ...since, queues: [] })).toEqual([]);
  });

  it('keeps who was called beside agent and customer', async () => {
    const record = recordOf();
    const third = { ...legOf(record), legId: legId('third'), role: 'third', number: '+4930123' } as const;
    const listener = {
      ...legOf(record),
      legId: legId('tap'),
      role: 'supervisor',
      supervisorId: 'sue',
    } as const;
    db.journal.append({ ...entryOf(1), ended: [{ record, legs: [third, listener] }] });
    await db.journal.flushed(5_000);
    expect((await db.records.find(record.sessionId))?.legs).toEqual(
      expect.arrayContaining([third, listener]),
    );
  });
}
