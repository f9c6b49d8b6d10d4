// Recordings behind their door: links, ranges, holds, how long they stay, and the log of who heard what.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callDetailSchema } from '../../app/contract/calls.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { until } from '../support/until.ts';
import { codeOf } from './http-client.ts';
import { RecordingRoom, sound } from './recording-room.ts';

let room: RecordingRoom;
beforeAll(async () => {
  room = await RecordingRoom.open();
});
afterAll(() => room.door.close());

describe('the sound', () => {
  it('comes whole or in the range that is asked for, with validators, also to who asks only about it', async () => {
    const path = await room.linkTo((await room.recorded()).id);
    const size = sound.length;
    const whole = await room.at(path);
    expect([whole.status, whole.text.length, whole.headers.get('accept-ranges')]).toEqual([
      200,
      size,
      'bytes',
    ]);
    expect(whole.headers.get('content-type')).toBe('audio/wav');
    expect(whole.headers.get('cache-control')).toBe('private, no-store');
    const [etag = '', changed = ''] = ['etag', 'last-modified'].map((name) => whole.headers.get(name) ?? '');
    const range = 'bytes=8-15';
    const cases: [Record<string, string>, number, string][] = [
      [{ Range: range }, 206, '00000001'],
      [{ Range: 'BYTES=8-15' }, 206, '00000001'],
      [{ Range: 'bytes=-8' }, 206, '00009999'],
      [{ Range: `bytes=${size - 8}-` }, 206, '00009999'],
      [{ Range: `bytes=${size - 8}-99999999` }, 206, '00009999'],
      [{ Range: range, 'If-Range': etag }, 206, '00000001'],
      [{ Range: range, 'If-Range': changed }, 206, '00000001'],
      [{ Range: range, 'If-Range': `W/${etag}` }, 200, sound],
      [{ Range: range, 'If-Range': '"another"' }, 200, sound],
      [{ Range: range, 'If-Range': new Date(0).toUTCString() }, 200, sound],
      [{ Range: 'bytes=0-1,4-5' }, 200, sound],
      [{ Range: 'seconds=1-2' }, 200, sound],
      [{ Range: 'bytes=9-3' }, 200, sound],
      [{ Range: 'bytes=a-b' }, 200, sound],
      [{ 'If-None-Match': etag }, 304, ''],
      [{ 'If-None-Match': `W/${etag}` }, 304, ''],
      [{ 'If-None-Match': `"x", ${etag}`, Range: range }, 304, ''],
      [{ 'If-None-Match': '"x"', Range: range }, 206, '00000001'],
      [{ 'If-Match': etag, Range: range }, 206, '00000001'],
      [{ 'If-Match': '*' }, 200, sound],
      [{ 'If-Modified-Since': changed }, 304, ''],
      [{ 'If-Unmodified-Since': changed }, 200, sound],
    ];
    for (const [headers, status, text] of cases) {
      const answer = await room.at(path, { headers });
      expect([answer.status, answer.text], JSON.stringify(headers)).toEqual([status, text]);
    }
    const part = await room.at(path, { headers: { Range: range } });
    expect([part.headers.get('content-range'), part.headers.get('content-length')]).toEqual([
      `bytes 8-15/${size}`,
      '8',
    ]);
    for (const beyond of [`bytes=${size}-`, 'bytes=-0', 'bytes=99999999999999999999-']) {
      const answer = await room.at(path, { headers: { Range: beyond } });
      expect([answer.status, codeOf(answer), answer.headers.get('content-range')], beyond).toEqual([
        416,
        'range_not_satisfiable',
        `bytes */${size}`,
      ]);
    }
    for (const headers of [{ 'If-Match': '"x"' }, { 'If-Unmodified-Since': new Date(0).toUTCString() }])
      expect((await room.at(path, { headers })).status).toBe(412);
    const head = await room.at(path, { headers: { Range: range } }, 'HEAD');
    expect([head.status, head.text, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
      200,
      '',
      String(size),
      etag,
    ]);
  });

  it('leaves no file open when a listener goes away in the middle', async () => {
    const file = `${randomUUID()}.wav`;
    const { id } = await room.recorded({ file });
    writeFileSync(join(room.door.recordingsFolder, file), Buffer.alloc(32 * 1024 * 1024));
    const path = await room.linkTo(id);
    for (let times = 0; times < 5; times += 1) {
      const request = get(room.door.url + path);
      const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
      await once(response, 'readable');
      request.destroy();
    }
    await until('no descriptor of it is open', () => !openFiles().some((name) => name.endsWith(file)));
  });
});

const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // Closed since the folder was read.
    }
  });

describe('a hold', () => {
  it('is set and lifted with a reason, shown to supervisors, and refused at the wrong time', async () => {
    const { id, sessionId, startedAt } = await room.recorded();
    const wish = (verb: string, body: unknown = { reason: 'Case 7' }, as = 'supervisor') =>
      room.v1('POST', `/recordings/${id}/${verb}`, { as, body });
    const shown = async (as: string) =>
      callDetailSchema.parse((await room.v1('GET', `/calls/${sessionId}`, { as })).json).recordings[0];
    expect(codeOf(await wish('release'))).toBe('recording_not_held');
    for (const body of [{}, { reason: ' ' }, { reason: 'x'.repeat(201) }, { reason: 'a\nb' }])
      expect((await wish('hold', body)).status).toBe(400);
    expect((await wish('hold')).json).toEqual({ ok: true });
    const again = await wish('hold', { reason: 'Case 8' }, 'admin');
    expect([again.status, codeOf(again)]).toEqual([409, 'recording_held']);
    expect(await shown('supervisor')).toMatchObject({
      recordingId: id,
      kind: 'call',
      hold: { by: 'supervisor', reason: 'Case 7' },
      deletesAt: startedAt + 90 * 86_400_000,
      deletedAt: null,
    });
    expect(Object.keys((await shown('1001')) ?? {}).sort()).toEqual([
      'durationMs',
      'kind',
      'pauses',
      'startedAt',
    ]);
    expect((await wish('release', { reason: 'settled' }, 'admin')).json).toEqual({ ok: true });
    expect(await room.logOf(id)).toMatchObject([
      { what: 'released', by: 'admin', reason: 'settled', address: '127.0.0.1' },
      { what: 'held', by: 'supervisor', reason: 'Case 7' },
    ]);
    expect(room.door.logged.some((line) => line.includes('"audit":"recording.held"'))).toBe(true);
  });

  it('comes too late once the removal is decided: then there is no sound either', async () => {
    const { id } = await room.recorded();
    const path = await room.linkTo(id);
    expect(await room.door.db.recordings.claim(id, room.door.now())).toBe(true);
    expect((await room.at(path)).status).toBe(404);
    expect((await room.v1('POST', `/recordings/${id}/link`, { as: 'admin' })).status).toBe(404);
    const late = await room.v1('POST', `/recordings/${id}/hold`, { as: 'admin', body: { reason: 'late' } });
    expect([late.status, codeOf(late)]).toEqual([409, 'recording_deleted']);
  });
});

describe('the days recordings are kept', () => {
  it('are the settings’ where a queue says nothing, and are an administrator’s to change', async () => {
    const set = (days: unknown, as = 'admin', queue = 'support') =>
      room.v1('POST', `/queues/${queue}/retention`, { as, body: { days } });
    const terms = async () => (await room.v1('GET', '/recordings/retention', { as: 'supervisor' })).json;
    const before = await terms();
    expect(before).toMatchObject({ defaultDays: 90, queues: [{}, {}, { queueId: 'support', days: null }] });
    expect((await set(30)).json).toEqual({ ok: true });
    expect(await terms()).toMatchObject({ queues: [{}, {}, { queueId: 'support', days: 30 }] });
    for (const days of [-1, 1.5, '30', 99_999]) expect((await set(days)).status).toBe(400);
    expect((await set(30, 'supervisor')).status).toBe(403);
    expect(codeOf(await set(30, 'admin', 'nothing'))).toBe('unknown_queue');
    await set(null);
    expect(await terms()).toEqual(before);
  });
});

describe('the log', () => {
  it('says who was given a link, and who fetched the sound with it, how often and from where', async () => {
    const { id } = await room.recorded();
    const [hers, other] = [await room.linkTo(id), await room.linkTo(id, 'admin')];
    for (const path of [hers, hers, hers, other]) expect((await room.at(path)).status).toBe(200);
    const from = { address: '127.0.0.1', reason: null };
    expect(await room.logOf(id)).toMatchObject([
      { what: 'fetched', by: 'admin', times: 1, ...from },
      { what: 'fetched', by: 'supervisor', times: 3, ...from },
      { what: 'linked', by: 'admin', times: 1, ...from },
      { what: 'linked', by: 'supervisor', times: 1, ...from },
    ]);
  });

  it('comes first: what cannot be written down is not heard', async () => {
    const path = await room.linkTo((await room.recorded()).id);
    const file = openDatabaseFile(dirname(room.door.databaseFile));
    await file.raw('DROP TABLE IF EXISTS kept_log');
    await file.raw('ALTER TABLE recording_log RENAME TO kept_log');
    const answer = await room.at(path);
    await file.raw('ALTER TABLE kept_log RENAME TO recording_log');
    await file.destroy();
    expect([answer.status, answer.text.includes('00000001')]).toEqual([500, false]);
    expect((await room.at(path)).status).toBe(200);
  });
});
