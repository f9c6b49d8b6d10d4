// The front door with recordings behind it, and the people who ask for them.

import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { callDetailSchema } from '../../app/contract/calls.ts';
import { recordingLinkSchema, recordingLogSchema, type RecordingLog } from '../../app/contract/recordings.ts';
import { legId, queueId } from '../../app/domain/ids.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { entryOf, recordOf } from './database-suite.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';
import { apiOf, clientOf, type Call } from './http-client.ts';

/** What is in every recording: eighty thousand bytes that differ. */
export const sound = Array.from({ length: 10_000 }, (_, at) => String(at).padStart(8, '0')).join('');

export class RecordingRoom {
  readonly door: FrontDoor;
  readonly tokens: Readonly<Record<string, string>>;
  #entries = 0;

  private constructor(door: FrontDoor, tokens: Record<string, string>) {
    this.door = door;
    this.tokens = tokens;
  }

  /** With an agent, an administrator, a supervisor of every queue, and `sales-lead`, who looks after `sales` only. */
  static async open(): Promise<RecordingRoom> {
    const door = await openFrontDoor();
    const file = openDatabaseFile(dirname(door.databaseFile));
    const [like] = await file('users').where({ username: 'supervisor' }).select<object[]>();
    await file('users').insert({ ...like, username: 'sales-lead' });
    await file('user_queues').insert({ username: 'sales-lead', queue_id: 'sales' });
    await file.destroy();
    const tokens: Record<string, string> = {};
    for (const name of ['1001', 'supervisor', 'sales-lead', 'admin']) tokens[name] = await door.token(name);
    return new RecordingRoom(door, tokens);
  }

  /** A call of the API. `as`: with the token of this person. */
  v1(method: string, path: string, { as, ...call }: Call & { as?: string } = {}) {
    return apiOf(this.door.url)(method, path, {
      ...call,
      ...(as !== undefined && { token: this.tokens[as] }),
    });
  }

  at(path: string, call?: Call, method = 'GET') {
    return clientOf(this.door.url)(method, path, call);
  }

  /** A call of this queue with one recording, on record. `there: false`: without its file. */
  async recorded({ queue = 'default', file = `${randomUUID()}.wav`, there = true } = {}) {
    const { door } = this;
    if (there) writeFileSync(join(door.recordingsFolder, file), sound);
    const startedAt = door.now() - 60_000;
    const pauses = [{ from: startedAt + 1_000, to: startedAt + 2_000 }];
    const recording = { file, legId: legId('c'), startedAt, durationMs: 40_000, pauses };
    const record = recordOf({ queueId: queueId(queue), recordingFile: file, recordings: [recording] });
    door.db.journal.append(entryOf((this.#entries += 1), [record]));
    await door.db.journal.flushed(5_000);
    const detail = await this.v1('GET', `/calls/${record.sessionId}`, { as: 'admin' });
    const [shown] = callDetailSchema.parse(detail.json).recordings;
    return { id: shown?.recordingId ?? '', sessionId: record.sessionId, startedAt };
  }

  async linkTo(id: string, as = 'supervisor'): Promise<string> {
    const answer = await this.v1('POST', `/recordings/${id}/link`, { as });
    expect(answer.status, answer.text).toBe(201);
    return recordingLinkSchema.parse(answer.json).path;
  }

  async logOf(id: string): Promise<RecordingLog['lines']> {
    return recordingLogSchema.parse(
      (await this.v1('GET', `/recordings/${id}/log`, { as: 'supervisor' })).json,
    ).lines;
  }
}
