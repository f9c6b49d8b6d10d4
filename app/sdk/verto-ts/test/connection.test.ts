import { describe, expect, test, vi } from 'vitest';
import { VertoError } from '../src/errors.ts';
import { World, account, settle } from './support/world.ts';

describe('logging in', () => {
  test('by password: login goes out first, with the session id, and nothing before its answer', async () => {
    const world = new World();
    const onWSLogin = vi.fn();
    const verto = world.verto();
    const connected = verto.connect(account, { onWSLogin });
    const asked = verto.call('echo', { a: 1 });
    const socket = await world.socket.open();
    expect(socket.url).toBe('ws://localhost/ws');
    expect(socket.methods()).toEqual(['login']);
    expect(socket.last('login').params).toEqual({
      login: '1001@cordboard',
      passwd: 'secret',
      sessid: verto.sessid,
    });
    await socket.answer('login', {
      message: 'logged in',
      sessid: verto.sessid,
      'auth-expires': 1_800_003_600,
    });
    expect(socket.methods()).toEqual(['login', 'echo']);
    await socket.answer('echo', { a: 1 });
    expect(await asked).toEqual({ a: 1 });
    expect(await connected).toMatchObject({ message: 'logged in' });
    expect(onWSLogin).toHaveBeenCalledExactlyOnceWith(verto, true);
    expect(verto.state).toBe('online');
    expect(verto.socketReady()).toBe(true);
    expect(verto.authExpires?.getTime()).toBe(1_800_003_600_000);
  });

  test('by token: the token travels in loginParams, the password is the word "password"', async () => {
    const world = new World();
    void world.verto().connect({ login: 'a@b', socketUrl: 'ws://h/ws', loginParams: { xui_sessid: 't-1' } });
    const socket = await world.socket.open();
    expect(socket.last('login').params).toMatchObject({
      passwd: 'password',
      loginParams: { xui_sessid: 't-1' },
    });
  });

  test('a refused log-in is told, and never tried again', async () => {
    const world = new World();
    const onWSLogin = vi.fn();
    const verto = world.verto();
    const connected = verto.connect(account, { onWSLogin });
    await world.socket.open();
    await world.socket.refuse('login', { code: -32001, message: 'Authentication Failure' });
    await expect(connected).rejects.toMatchObject({
      reason: 'login-failed',
      code: -32001,
      message: 'Authentication Failure',
    });
    expect(onWSLogin).toHaveBeenCalledExactlyOnceWith(verto, false);
    await world.pass(600_000);
    expect(world.sockets).toHaveLength(1);
    expect(world.socket.closedWith).toBe(1000);
    expect(verto.state).toBe('ended');
    expect(world.timers).toBe(0);
  });

  test.each([429, 503, -32603, -32003, -32005])('a server that is busy (%i) is asked again', async (code) => {
    const world = new World();
    const verto = world.verto(account);
    await world.socket.open();
    await world.socket.refuse('login', { code, message: 'busy' });
    expect(verto.state).toBe('waiting');
    await world.pass(1_000);
    expect(world.sockets).toHaveLength(2);
  });

  test('a client the server knew comes back after the time it named', async () => {
    const world = new World();
    const verto = await world.online();
    await world.socket.drop();
    await world.pass(500);
    await world.socket.open();
    await world.socket.refuse('login', {
      code: -32001,
      message: 'Too many attempts',
      data: { retryAfterMs: 60_000 },
    });
    expect(verto.state).toBe('waiting');
    await world.pass(59_000);
    expect(world.sockets).toHaveLength(2);
    await world.pass(1_000);
    expect(world.sockets).toHaveLength(3);
  });

  test('a server that never answers login is left and tried again', async () => {
    const world = new World();
    world.verto({ ...account, connectTimeout: 5_000 });
    await world.socket.open();
    await world.pass(5_000);
    expect(world.socket.closedWith).toBe(1000);
    await world.pass(1_000);
    expect(world.sockets).toHaveLength(2);
  });

  test('an address that cannot be one is the caller’s mistake', async () => {
    const world = new World();
    await expect(world.verto().connect({ ...account, socketUrl: 'cordboard' })).rejects.toMatchObject({
      reason: 'invalid',
    });
    await expect(world.verto().connect({ login: 'a' })).rejects.toMatchObject({ reason: 'invalid' });
  });

  test('credentials() is asked at every log-in', async () => {
    const world = new World();
    let round = 0;
    world.verto({ ...account, credentials: () => ({ passwd: `secret ${(round += 1)}` }) });
    await world.socket.letIn();
    expect(world.socket.last('login').params.passwd).toBe('secret 1');
    await world.socket.drop();
    await world.pass(1_000);
    await world.socket.letIn();
    expect(world.socket.last('login').params.passwd).toBe('secret 2');
  });
});

describe('the session id', () => {
  test('is found again after a reload, by the same login on the same server only', async () => {
    const world = new World();
    const before = world.verto();
    void before.connect(account).catch(() => undefined);
    before.closeSocket();
    const after = world.verto();
    void after.connect(account).catch(() => undefined);
    expect(after.sessid).toBe(before.sessid);
    const other = world.verto();
    void other.connect({ ...account, login: '1002@cordboard' }).catch(() => undefined);
    expect(other.sessid).not.toBe(before.sessid);
    after.closeSocket();
    other.closeSocket();
  });

  test('two clients of one page do not throw each other out', () => {
    const world = new World();
    const [one, two] = [world.verto(account), world.verto(account)];
    expect(one.sessid).not.toBe(two.sessid);
    one.closeSocket();
    two.closeSocket();
  });
});

describe('when the connection breaks', () => {
  test('it comes back by itself, after pauses that double and scatter', async () => {
    const world = new World();
    const pauses: number[] = [];
    const verto = world.verto(account, { onReconnecting: (_verto, ms) => pauses.push(ms) });
    await world.socket.letIn();
    for (let attempt = 0; attempt < 9; attempt += 1) {
      world.chance = attempt % 2;
      await world.socket.drop();
      await world.pass(pauses.at(-1) ?? 0);
    }
    expect(pauses).toEqual([250, 1_000, 1_000, 4_000, 4_000, 16_000, 15_000, 30_000, 15_000]);
    await world.socket.letIn();
    expect(verto.state).toBe('online');
  });

  test('a connection that stood for a while starts the pauses anew; one that fell at once does not', async () => {
    const world = new World();
    const pauses: number[] = [];
    world.verto(account, { onReconnecting: (_verto, ms) => pauses.push(ms) });
    for (const stood of [0, 0, 0, 11_000, 0]) {
      await world.socket.letIn();
      await world.pass(stood);
      await world.socket.drop();
      await world.pass(pauses.at(-1) ?? 0);
    }
    expect(pauses).toEqual([375, 750, 1_500, 375, 750]);
  });

  test('the page is told once per loss, and of the log-in after it', async () => {
    const world = new World();
    const told: string[] = [];
    const verto = world.verto(account, {
      onWSLogin: (_verto, success) => told.push(`login ${success}`),
      onWSClose: (_verto, success) => told.push(`close ${success}`),
    });
    await world.socket.letIn();
    await world.socket.drop();
    await world.pass(1_000);
    await world.socket.drop();
    await world.pass(2_000);
    await world.socket.letIn();
    verto.logout();
    expect(told).toEqual(['login true', 'close false', 'login true', 'close true']);
  });

  test('a network that is back is used at once', async () => {
    const world = new World();
    await world.online();
    await world.socket.drop();
    expect(world.sockets).toHaveLength(1);
    world.networkBack();
    expect(world.sockets).toHaveLength(2);
  });

  test('with autoReconnect off, it ends', async () => {
    const world = new World();
    const onWSClose = vi.fn();
    const verto = await world.online({ autoReconnect: false }, { onWSClose });
    const asked = verto.call('echo');
    await world.socket.drop();
    await expect(asked).rejects.toMatchObject({ reason: 'connection-lost' });
    await expect(verto.call('echo')).rejects.toMatchObject({ reason: 'not-connected' });
    expect(onWSClose).toHaveBeenCalledExactlyOnceWith(verto, false);
    await world.pass(600_000);
    expect(world.sockets).toHaveLength(1);
  });

  test('what an old connection still says is not heard', async () => {
    const world = new World();
    const onMessage = vi.fn();
    await world.online({}, { onMessage });
    const old = world.socket;
    await old.drop();
    await world.pass(1_000);
    await old.request('verto.info', { msg: { body: 'late' } });
    await old.drop();
    expect(onMessage).not.toHaveBeenCalled();
    expect(world.sockets).toHaveLength(2);
  });

  test('verto.punt is final: somebody else has the session', async () => {
    const world = new World();
    const onPunt = vi.fn();
    const onWSClose = vi.fn();
    const verto = await world.online({}, { onPunt, onWSClose });
    const asked = verto.call('echo');
    await world.socket.request('verto.punt', {});
    await expect(asked).rejects.toMatchObject({ reason: 'punted' });
    await world.pass(600_000);
    expect(world.sockets).toHaveLength(1);
    expect(onPunt).toHaveBeenCalledOnce();
    expect(onWSClose).toHaveBeenCalledExactlyOnceWith(verto, false);
    expect(verto.socketReady()).toBe(false);
  });
});

describe('signs of life', () => {
  test('a silent connection is asked; when nothing comes, it is left', async () => {
    const world = new World();
    const verto = await world.online({ keepAlive: { interval: 10_000, maxFailed: 3 } });
    await world.pass(10_000);
    expect(world.socket.methods()).toEqual(['login', 'verto.ping']);
    await world.pass(30_000);
    expect(verto.state).toBe('waiting');
    await world.pass(1_000);
    expect(world.sockets).toHaveLength(2);
  });

  test('a connection that speaks is not asked', async () => {
    const world = new World();
    const verto = await world.online({ keepAlive: { interval: 10_000, maxFailed: 1 } });
    for (let round = 0; round < 20; round += 1) {
      await world.pass(9_000);
      await world.socket.request('verto.ping', { serno: round });
    }
    expect(world.socket.methods()).toEqual(['login']);
    expect(verto.state).toBe('online');
  });

  test('Uas.Ping answered with "Invalid Method" is life, and verto.ping is used from then on', async () => {
    const world = new World();
    const verto = await world.online({ keepAlive: { interval: 10_000, maxFailed: 1, method: 'Uas.Ping' } });
    await world.pass(10_000);
    await world.socket.refuse('Uas.Ping', { code: -32601, message: 'Invalid Method' });
    await world.pass(20_000);
    expect(world.socket.methods()).toEqual(['login', 'Uas.Ping', 'verto.ping']);
    await world.socket.answer('verto.ping', { message: 'PONG' });
    expect(verto.state).toBe('online');
  });

  test('keepAlive: false asks nothing', async () => {
    const world = new World();
    await world.online({ keepAlive: false });
    await world.pass(600_000);
    expect(world.socket.methods()).toEqual(['login']);
  });

  test('the server’s requests are answered by their name, those in a batch by a batch', async () => {
    const world = new World();
    await world.online();
    await world.socket.request('verto.ping', { serno: 1 }, 41);
    await world.socket.send([
      { jsonrpc: '2.0', id: 42, method: 'verto.ping', params: {} },
      { jsonrpc: '2.0', method: 'verto.ping', params: {} },
      { jsonrpc: '2.0', id: 43, method: 'unheard.of', params: {} },
    ]);
    expect(world.socket.frames.slice(1)).toEqual([
      { jsonrpc: '2.0', id: 41, result: { method: 'verto.ping' } },
      [
        { jsonrpc: '2.0', id: 42, result: { method: 'verto.ping' } },
        { jsonrpc: '2.0', id: 43, result: { method: 'unheard.of' } },
      ],
    ]);
  });

  test.each([
    '',
    'no json',
    '[]',
    '{}',
    '[1,null,"x"]',
    '{"result":1}',
    '#SPX',
    '{"method":5}',
    '{"id":{},"error":7}',
  ])('a frame that is not Verto (%s) hurts nobody', async (text) => {
    const world = new World();
    const verto = await world.online();
    await world.socket.send(text);
    const asked = verto.call('echo');
    await world.socket.answer('echo', { still: 'here' });
    expect(await asked).toEqual({ still: 'here' });
    expect(world.reported).toEqual([]);
  });
});

describe('leaving', () => {
  test('logout ends everything: calls waiting, timers, the socket', async () => {
    const world = new World();
    const verto = await world.online();
    const asked = verto.call('echo');
    verto.logout();
    await expect(asked).rejects.toMatchObject({ reason: 'closed' });
    await expect(verto.call('echo')).rejects.toBeInstanceOf(VertoError);
    expect(world.socket.closedWith).toBe(1000);
    expect(world.socket.methods()).toEqual(['login', 'echo', 'logout']);
    expect(world.timers).toBe(0);
    expect(verto.state).toBe('idle');
  });

  test('logout while a log-in is on its way leaves no promise hanging', async () => {
    const world = new World();
    const verto = world.verto();
    const connected = verto.connect(account);
    await world.socket.open();
    verto.logout();
    await expect(connected).rejects.toMatchObject({ reason: 'closed' });
    await settle();
    expect(world.timers).toBe(0);
  });

  test('logging in again as somebody else is a new connection with a new session', async () => {
    const world = new World();
    const verto = await world.online();
    const first = verto.sessid;
    const again = verto.connect({ login: '1002@cordboard', passwd: 'other' });
    await world.socket.letIn();
    await again;
    expect(world.sockets).toHaveLength(2);
    expect(world.socket.last('login').params).toMatchObject({ login: '1002@cordboard', passwd: 'other' });
    expect(verto.sessid).not.toBe(first);
  });
});
