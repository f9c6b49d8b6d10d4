// Trunks, bans and media switches over REST: who sees them, who changes them, and what is written down.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFrontDoor, type FrontDoor } from './front-door.ts';
import { apiOf, codeOf } from './http-client.ts';

let door: FrontDoor;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  door = await openFrontDoor();
  for (const name of ['supervisor', 'admin']) tokens[name] = await door.token(name);
});
afterAll(() => door.close());

const v1 = (as: string, method: string, path: string, body?: unknown) =>
  apiOf(door.url)(method, path, { token: tokens[as], body });

it('trunks are shown with their state and how much they carry', async () => {
  const trunk = { name: 'berlin', state: 'up', detail: 'OPTIONS answered 200', calls: 3 } as const;
  door.telephony.trunkList.push(trunk);
  expect((await v1('supervisor', 'GET', '/trunks')).json).toEqual({ trunks: [trunk] });
});

it('a ban is shown, and lifted by an administrator, once', async () => {
  const ban = { source: '192.0.2.7', reason: 'scanner', since: 1, until: 2 } as const;
  door.telephony.banned.push(ban);
  expect((await v1('supervisor', 'GET', '/bans')).json).toEqual({ bans: [ban] });
  const lift = (as: string, source: unknown = '192.0.2.7') => v1(as, 'POST', '/bans/lift', { source });
  expect((await lift('supervisor')).status).toBe(403);
  expect((await lift('admin', 'example.org')).status).toBe(400);
  expect((await lift('admin')).json).toEqual({ ok: true });
  const again = await lift('admin');
  expect([again.status, codeOf(again)]).toEqual([409, 'not_banned']);
  expect(door.logged.filter((line) => line.includes('"audit":"ban.lifted"'))).toHaveLength(1);
});

it('a switch is drained and taken back by an administrator, who sees what is left on it', async () => {
  const one = { name: '127.0.0.1:5080', up: true, draining: false, sessions: 2, legs: 4, detail: 'ok' };
  door.telephony.switchList.push(one, { ...one, name: '[::1]:5080' });
  const states = async () =>
    ((await v1('supervisor', 'GET', '/switches')).json as { switches: (typeof one)[] }).switches;
  expect(await states()).toMatchObject([one, { draining: false }]);
  for (const verb of ['drain', 'undrain']) {
    const path = (name: string) => `/switches/${encodeURIComponent(name)}/${verb}`;
    expect((await v1('supervisor', 'POST', path(one.name))).status).toBe(403);
    expect((await v1('admin', 'POST', path('127.0.0.1:5081'))).status).toBe(404);
    expect((await v1('admin', 'POST', path('../x'))).status).toBe(404);
    for (const name of [one.name, '[::1]:5080'])
      expect((await v1('admin', 'POST', path(name))).json).toEqual({ ok: true });
    const draining = verb === 'drain';
    expect(await states()).toMatchObject([
      { draining, legs: 4 },
      { draining, sessions: 2 },
    ]);
    expect(door.logged.filter((line) => line.includes(`"audit":"switch.${verb}ed"`))).toHaveLength(2);
  }
});
