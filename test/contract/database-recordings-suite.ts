// What every database must do for kept recordings: whose time is over, what holds them, who heard them.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { legId, queueId } from '../../app/domain/ids.ts';
import type { Database } from '../../db/database.ts';
import type { DatabaseAddress } from '../../db/dialect.ts';
import { entryOf, open, recordOf, seeds } from './database-suite.ts';

const day = 86_400_000;
const now = 1_900_000_000_000;
const act = (recordingId: string) => ({ recordingId, by: 'sue', address: '192.0.2.1', at: now });

export function describeRecordings(freshAddress: () => Promise<DatabaseAddress>): void {
  let db: Database;
  beforeEach(async () => {
    db = await open(await freshAddress(), { recordingDays: 90 });
    await db.seed(seeds());
  });
  afterEach(() => db.close());

  let entries = 0;
  /** A call of this queue whose recording is so many days old. @returns its id */
  async function recorded(
    file: string,
    daysOld: number,
    queue = 'default',
    kind?: 'message',
  ): Promise<string> {
    const recording = {
      ...(kind && { kind }),
      file,
      legId: legId('c'),
      startedAt: now - daysOld * day,
      durationMs: 1,
      pauses: [],
    };
    const record = recordOf({ queueId: queueId(queue), recordingFile: file, recordings: [recording] });
    db.journal.append(entryOf((entries += 1), [record]));
    await db.journal.flushed(5_000);
    const found = await db.records.find(record.sessionId);
    expect(found?.record.recordings[0]).toMatchObject(recording);
    return found?.record.recordings[0]?.recordingId ?? '';
  }
  const dueNow = async (limit = 100): Promise<string[]> =>
    (await db.recordings.due(now, limit)).map(({ file }) => file);

  it('knows whose time is over, as its queue says or the settings do, oldest first and page by page', async () => {
    expect(await db.recordings.setRetention('sales', 10)).toBe(true);
    expect(await db.recordings.setRetention('support', 0)).toBe(true);
    expect(await db.recordings.setRetention('nothing', 1)).toBe(false);
    await recorded('old.wav', 91);
    await recorded('on-the-day.wav', 90, 'default', 'message');
    await recorded('young.wav', 89);
    await recorded('sold.wav', 11, 'sales');
    await recorded('just-sold.wav', 9, 'sales');
    await recorded('for-ever.wav', 5_000, 'support');
    await recorded('queue-is-gone.wav', 100, 'closed');
    expect(await dueNow()).toEqual(['queue-is-gone.wav', 'old.wav', 'on-the-day.wav', 'sold.wav']);
    const [first, second] = await db.recordings.due(now, 2);
    expect((await db.recordings.due(now, 2, second)).map(({ file }) => file)).toEqual([
      'on-the-day.wav',
      'sold.wav',
    ]);
    expect(first).toMatchObject({
      hold: null,
      deletesAt: now - 10 * day,
      queueId: 'closed',
    });
  });

  it('lets a hold win before the claim, and refuses it after', async () => {
    const id = await recorded('a.wav', 100);
    expect(await db.recordings.hold({ ...act(id), reason: 'Case 7' })).toBe('done');
    expect(await db.recordings.hold({ ...act(id), reason: 'Case 8' })).toBe('held');
    expect([await dueNow(), await db.recordings.claim(id, now)]).toEqual([[], false]);
    expect(await db.recordings.find(id)).toMatchObject({ hold: { at: now, by: 'sue', reason: 'Case 7' } });
    expect(await db.recordings.release({ ...act(id), reason: 'settled' })).toBe('done');
    expect(await db.recordings.release({ ...act(id), reason: 'again' })).toBe('not_held');
    expect(await db.recordings.claim(id, now)).toBe(true);
    expect(await db.recordings.claim(id, now + 1)).toBe(true);
    expect(await db.recordings.find(id)).toMatchObject({ claimedAt: now, deleted: null });
    expect(await db.recordings.hold({ ...act(id), reason: 'late' })).toBe('deleted');
    expect(await db.recordings.hold({ ...act('none'), reason: 'who' })).toBe('unknown');
    expect(await db.recordings.release({ ...act('none'), reason: 'who' })).toBe('unknown');
  });

  it('comes back to what was claimed, whatever its queue says by now, and keeps the record of what is deleted', async () => {
    const id = await recorded('a.wav', 100);
    await db.recordings.claim(id, now);
    await db.recordings.setRetention('default', 0);
    expect(await dueNow()).toEqual(['a.wav']);
    for (const why of ['retention', 'missing'] as const) await db.recordings.deleted(id, { at: now, why });
    expect(await dueNow()).toEqual([]);
    expect(await db.recordings.find(id)).toMatchObject({
      file: 'a.wav',
      deletesAt: null,
      deleted: { at: now, why: 'retention' },
    });
    expect(await db.recordings.log(id)).toMatchObject([
      { what: 'deleted', by: 'retention', reason: 'retention', address: null, times: 1 },
    ]);
  });

  it('logs links and fetches, one line for each link and address', async () => {
    const id = await recorded('a.wav', 1);
    const fetched = (at: number, address: string, linkId = 'one') =>
      db.recordings.fetched({ ...act(id), at, address, linkId });
    await db.recordings.linked({ ...act(id), linkId: 'one' });
    await Promise.all([
      fetched(now + 1, '192.0.2.1'),
      fetched(now + 1, '192.0.2.1'),
      fetched(now + 1, '192.0.2.1'),
    ]);
    await fetched(now + 2, '192.0.2.2');
    await fetched(now + 3, '192.0.2.1');
    await fetched(now + 4, '192.0.2.1', 'two');
    const lines = (await db.recordings.log(id)).map(({ what, at, lastAt, times, address }) =>
      [what, at - now, lastAt - now, times, address].join(' '),
    );
    expect(lines).toEqual([
      'fetched 4 4 1 192.0.2.1',
      'fetched 2 2 1 192.0.2.2',
      'fetched 1 3 4 192.0.2.1',
      'linked 0 0 1 192.0.2.1',
    ]);
    expect(await db.recordings.log('none')).toEqual([]);
  });
}
