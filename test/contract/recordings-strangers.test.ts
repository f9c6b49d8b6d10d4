// What somebody gets from the door to recordings who has no business there: the same nothing, whatever she tries.

import { createHmac, randomUUID } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabaseFile } from '../support/database-file.ts';
import { demoPassword } from './front-door.ts';
import { codeOf } from './http-client.ts';
import { RecordingRoom } from './recording-room.ts';

let room: RecordingRoom;
beforeAll(async () => {
  room = await RecordingRoom.open();
});
afterAll(() => room.door.close());

describe('somebody without business here', () => {
  const same = { status: 404, code: 'not_found' };
  const tried: string[] = [];
  /** Every refusal looks like every other, to the byte. */
  function refused(what: string, answer: { status: number; text: string; json: unknown; headers: Headers }) {
    tried.push(what);
    expect({ status: answer.status, code: codeOf(answer) }, what).toEqual(same);
    expect(answer.text, what).toBe('{"error":{"code":"not_found","message":"There is no such thing here"}}');
    for (const name of ['etag', 'content-range', 'accept-ranges', 'last-modified', 'content-disposition'])
      expect(answer.headers.get(name), `${what}: ${name}`).toBeNull();
  }

  let mine: { id: string; sessionId: string };
  let other: { id: string };
  /** Hers, to a recording of her queue, and its parts. */
  let path = '';
  let token = '';
  beforeAll(async () => {
    mine = await room.recorded({ queue: 'sales' });
    other = await room.recorded({ queue: 'support' });
    path = await room.linkTo(mine.id, 'sales-lead');
    token = path.split('link=')[1] ?? '';
    expect((await room.at(path)).status).toBe(200);
  });
  const soundOf = (id: string, link = token) => `/api/v1/recordings/${id}/sound?link=${link}`;

  it('guesses ids', async () => {
    for (let count = 0; count < 40; count += 1) {
      const id = randomUUID().replaceAll('-', '');
      refused('a guessed id', await room.at(soundOf(id)));
      refused(
        'a link to a guessed id',
        await room.v1('POST', `/recordings/${id}/link`, { as: 'supervisor' }),
      );
    }
  });

  it('uses a link elsewhere, changed in every place, forged, or of another purpose', async () => {
    refused('her link to another recording', await room.at(soundOf(other.id)));
    for (let place = 0; place < token.length; place += Math.ceil(token.length / 60)) {
      const changed = token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1);
      refused('a changed link', await room.at(soundOf(mine.id, changed)));
    }
    const [payload = '', mac = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    for (const changes of [{ r: other.id }, { u: 'admin' }, { x: Number.MAX_SAFE_INTEGER }, {}]) {
      const text = Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url');
      const ownMac = createHmac('sha256', 'guess').update(text).digest('base64url');
      refused('a forged link', await room.at(soundOf(other.id, `${text}.${mac}`)));
      refused('a link of her own making', await room.at(soundOf(mine.id, `${text}.${ownMac}`)));
    }
    const cut = [
      '',
      '.',
      'x.y',
      'null',
      `${token}.`,
      `.${mac}`,
      `${payload}.`,
      `${token}%00`,
      'x'.repeat(3_000),
    ];
    const foreign = [
      room.tokens['admin'] ?? '',
      room.door.auth.makeLink({ queueId: 'sales' }),
      room.door.auth.sessionToken(mine.sessionId, 'sales').token,
      room.door.auth.makeTicket({ sessionId: mine.sessionId, queueId: 'sales' }),
    ];
    for (const link of [...cut, ...foreign])
      refused('no link to a recording', await room.at(soundOf(mine.id, link)));
    refused('none', await room.at(`/api/v1/recordings/${mine.id}/sound`));
    refused('two', await room.at(`${soundOf(mine.id)}&link=${token}`));
    refused(
      'a bearer',
      await room.at(`/api/v1/recordings/${mine.id}/sound`, { token: room.tokens['admin'] }),
    );
  });

  it('looks for a way out of the folder, in an id or by what a record says', async () => {
    const long = ['..%2f..%2fcordboard.sqlite', '%2fetc%2fpasswd', `${mine.id}%2f..%2f${other.id}`];
    const near = [`${mine.id}%00`, `${mine.id}.wav`, mine.id.toUpperCase()];
    for (const way of ['..', '%2e%2e', 'link.wav', '%ff', ...long, ...near])
      refused(`the id ${way}`, await room.at(soundOf(way)));
    symlinkSync('/etc/passwd', join(room.door.recordingsFolder, 'link.wav'));
    symlinkSync('/etc', join(room.door.recordingsFolder, 'folder.wav'));
    const within = ['link.wav', 'folder.wav', 'folder.wav/passwd', 'none.wav', '.'];
    for (const file of [...within, '..', '../cordboard.sqlite', '/etc/passwd', '/proc/self/environ']) {
      const { id } = await room.recorded({ queue: 'sales', file, there: false });
      refused(`a record that says ${file}`, await room.at(await room.linkTo(id, 'sales-lead')));
    }
  });

  it('leads another team, by each door', async () => {
    const its = `/recordings/${other.id}`;
    const [as, body] = ['sales-lead', { reason: 'mine' }];
    refused('link', await room.v1('POST', `${its}/link`, { as }));
    refused('hold', await room.v1('POST', `${its}/hold`, { as, body }));
    refused('release', await room.v1('POST', `${its}/release`, { as, body }));
    refused('log', await room.v1('GET', `${its}/log`, { as }));
  });

  it('led the team, or was somebody, when the link was made', async () => {
    const file = openDatabaseFile(dirname(room.door.databaseFile));
    const team = (queue_id: string) =>
      file('user_queues').where({ username: 'sales-lead' }).update({ queue_id });
    const user = (change: object) => file('users').where({ username: 'sales-lead' }).update(change);
    await team('support');
    refused('another team now', await room.at(path));
    await team('sales');
    expect((await room.at(path)).status).toBe(200);
    await user({ active: false });
    refused('switched off', await room.at(path));
    await user({ active: true, role: 'agent' });
    refused('no supervisor any more', await room.at(path));
    await user({ role: 'supervisor' });
    await file.destroy();
  });

  it('comes too late', async () => {
    room.door.advance(4 * 60_000);
    expect((await room.at(path)).status).toBe(200);
    room.door.advance(60_000);
    refused('an expired link', await room.at(path));
    room.door.advance(-5 * 60_000);
    expect((await room.at(path)).status).toBe(200);
    await room.door.db.recordings.deleted(mine.id, { at: room.door.now(), why: 'retention' });
    refused('to what was deleted', await room.at(path));
    refused(
      'a new one to what was deleted',
      await room.v1('POST', `/recordings/${mine.id}/link`, { as: 'sales-lead' }),
    );
  });

  it('has learnt nothing from some two hundred tries, and every one was written down without its link', async () => {
    expect(tried.length).toBeGreaterThan(180);
    const fetched = (await room.logOf(mine.id)).filter(({ what }) => what === 'fetched');
    expect(fetched).toMatchObject([{ by: 'sales-lead', times: 4 }]);
    expect(room.door.logged.filter((line) => line.includes('recording.refused')).length).toBeGreaterThan(120);
    const all = room.door.logged.join('\n');
    for (const secret of [token, ...token.split('.'), demoPassword, room.door.recordingsFolder])
      expect(all).not.toContain(secret);
  });
});
