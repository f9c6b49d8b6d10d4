// By what a client comes back: the newest token, renewed in time; the password where the token is not taken.

import { expect, test, vi } from 'vitest';
import { World, account } from './support/world.ts';

test('the token the server renewed is used for the next log-in', async () => {
  const world = new World();
  world.verto({ login: 'a@b', socketUrl: 'ws://h/ws', loginParams: { xui_sessid: 'first' } });
  await world.socket.letIn({ xui_sessid: 'second' });
  await world.socket.drop();
  await world.pass(1_000);
  await world.socket.open();
  expect(world.socket.last('login').params.loginParams).toEqual({ xui_sessid: 'second' });
});

test('who logged in by password comes back by the token she was given, which costs the server nothing', async () => {
  const world = new World();
  world.verto(account);
  await world.socket.letIn({ xui_sessid: 'given' });
  await world.socket.drop();
  await world.pass(1_000);
  await world.socket.open();
  expect(world.socket.last('login').params).toMatchObject({
    passwd: 'password',
    loginParams: { xui_sessid: 'given' },
  });
});

test('a token that is not taken is forgotten, and the password tried; that refused, it is over', async () => {
  const world = new World();
  const onWSLogin = vi.fn();
  const verto = world.verto(account, { onWSLogin });
  await world.socket.letIn({ xui_sessid: 'given' });
  await world.socket.drop();
  await world.pass(1_000);
  await world.socket.open();
  await world.socket.refuse('login', { code: -32001, message: 'Authentication Failure' });
  const { passwd, loginParams } = world.socket.last('login').params;
  expect([passwd, loginParams]).toEqual([account.passwd, undefined]);
  expect(onWSLogin).toHaveBeenCalledTimes(1);
  await world.socket.refuse('login', { code: -32001, message: 'Login Incorrect' });
  expect(onWSLogin).toHaveBeenLastCalledWith(verto, false);
  expect(verto.state).toBe('ended');
});

test('a token that soon ends is renewed without being asked to, not more often than once a minute', async () => {
  const world = new World();
  world.verto({ ...account, keepAlive: false });
  await world.socket.letIn({ xui_sessid: 'first', 'auth-expires': 1_800_001_800 });
  await world.pass(20 * 60_000 - 1);
  expect(world.socket.methods()).not.toContain('cc.token');
  await world.pass(1);
  // The shift ends then: there is none that is good for longer.
  for (let renewed = 1; renewed <= 9; renewed += 1) {
    await world.socket.answer('cc.token', { xui_sessid: `${renewed}`, 'auth-expires': 1_800_001_800 });
    await world.pass(60_000);
  }
  expect(world.socket.methods().filter((method) => method === 'cc.token')).toHaveLength(10);
  await world.pass(600_000);
  expect(world.socket.methods().filter((method) => method === 'cc.token')).toHaveLength(10);
});

test('a token that soon ends is renewed when the server pings', async () => {
  const world = new World();
  world.verto({
    login: 'a@b',
    socketUrl: 'ws://h/ws',
    loginParams: { xui_sessid: 'first' },
    keepAlive: false,
  });
  await world.socket.letIn({ 'auth-expires': 1_800_001_800 });
  await world.socket.request('verto.ping', { 'auth-expires': 1_800_001_800 });
  expect(world.socket.methods()).not.toContain('cc.token');
  await world.pass(25 * 60_000);
  await world.socket.request('verto.ping', {});
  await world.socket.answer('cc.token', { xui_sessid: 'third', 'auth-expires': 1_800_003_600 });
  await world.socket.drop();
  await world.pass(1_000);
  await world.socket.open();
  expect(world.socket.last('login').params.loginParams).toEqual({ xui_sessid: 'third' });
});
