// The Verto face against its contract, over a real WebSocket: framing, logging in, sessions.

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { row } from '../support/conformance.ts';
import { signIn } from '../support/people.ts';
import { until } from '../support/until.ts';
import { VertoClient, type Answer } from '../support/verto-client.ts';
import { loginOf, VertoDoor } from '../support/verto-door.ts';

let door: VertoDoor;
const logIn = (user: string, options: { sessid?: string } = {}): Promise<VertoClient> =>
  door.logIn(user, options);

beforeAll(async () => {
  door = await VertoDoor.open();
});
afterEach(() => door.everybodyLeaves());
afterAll(() => door.stop());

/** The next frame that is an array. */
const batchAnswer = (client: VertoClient): Promise<readonly Answer[]> =>
  until('a batch is answered', () => client.others.find((text) => text.startsWith('['))).then(
    (text) => JSON.parse(text) as readonly Answer[],
  );

const loose = (client: VertoClient): Promise<Answer> =>
  until('an answer without a known id', () => client.others[0]).then((text) => JSON.parse(text) as Answer);

// ---------------------------------------------------------------- framing

row('2.4', 'framing', 'one JSON-RPC 2.0 object is answered by one, with the id it came with', async () => {
  const client = await logIn('1001');
  client.send({ jsonrpc: '2.0', method: 'verto.ping', params: {}, id: 'a string' });
  const answer = await loose(client);
  expect(answer).toMatchObject({ jsonrpc: '2.0', id: 'a string', result: { message: 'PONG' } });
});

row('2.4', 'framing', 'an array is a batch and is answered by an array, in order', async () => {
  const client = await logIn('1001');
  client.send([
    { jsonrpc: '2.0', method: 'verto.ping', id: 71 },
    { jsonrpc: '2.0', method: 'no.such', id: 72 },
    { jsonrpc: '2.0', method: 'echo', params: { x: 1 }, id: 73 },
  ]);
  const answers = await batchAnswer(client);
  expect(answers.map(({ id }) => id)).toEqual([71, 72, 73]);
  expect(answers[1]?.error?.code).toBe(-32601);
  expect(answers[2]?.result).toMatchObject({ x: 1 });
});

row('2.4', 'framing', 'a request without an id is performed and never answered', async () => {
  const client = await logIn('1001');
  client.send({ jsonrpc: '2.0', method: 'verto.subscribe', params: { eventChannel: 'user.1001' } });
  client.send([{ jsonrpc: '2.0', method: 'echo' }]);
  await client.settled();
  expect(client.others).toEqual([]);
  expect((await client.call('verto.subscribe', { eventChannel: 'user.1001' })).error).toMatchObject({
    alreadySubscribedChannels: ['user.1001'],
  });
});

row('2.4', 'framing', 'text that is no JSON is -32600 Invalid Request, with no id', async () => {
  const client = await logIn('1001');
  client.sendText('{"jsonrpc":');
  expect(await loose(client)).toMatchObject({
    id: null,
    error: { code: -32600, message: 'Invalid Request' },
  });
});

row('2.4', 'framing', 'jsonrpc must be "2.0", or -32600 Invalid message', async () => {
  const client = await logIn('1001');
  for (const jsonrpc of ['1.0', undefined, 2]) {
    client.others.splice(0);
    client.send({ jsonrpc, method: 'echo', id: 'v' });
    expect(await loose(client)).toMatchObject({
      id: 'v',
      error: { code: -32600, message: 'Invalid message' },
    });
  }
});

row('2.4', 'framing', 'a frame that carries a result is an answer to us and is ignored', async () => {
  const client = await logIn('1001');
  client.send({ jsonrpc: '2.0', id: 5, result: { method: 'verto.ping' } });
  client.send({ jsonrpc: '2.0', id: 6, error: { code: 1, message: 'no' } });
  await client.settled();
  expect(client.others).toEqual([]);
});

row(
  '2.4',
  'framing',
  'no sub-protocol and no particular path beside /ws is required; /wss is the same',
  async () => {
    const client = await door.stranger({ path: '/wss' });
    expect(await client.refused('echo')).toBe(-32000);
    await expect(VertoClient.connect(door.url, { path: '/ws/other' })).rejects.toThrow('404');
  },
);

row(
  '2.4',
  'speed test',
  '#SPU, #SPB…, #SPE are answered by the time of the upload, as much again, and its time',
  async () => {
    const client = await logIn('1001');
    client.sendText('#SPU 20000');
    client.sendText(`#SPB${'x'.repeat(10_000)}`);
    client.sendText(`#SPB${'x'.repeat(10_000)}`);
    client.sendText('#SPE');
    await until('the download is over', () => client.others.some((text) => text.startsWith('#SPD ')));
    const [first = '', ...rest] = client.others;
    expect(first).toMatch(/^#SPU \d+$/);
    expect(rest.at(-1)).toMatch(/^#SPD \d+$/);
    const bytes = rest.slice(0, -1).reduce((sum, text) => sum + text.length, 0);
    expect(rest.slice(0, -1).every((text) => text.startsWith('#SPB'))).toBe(true);
    expect(bytes).toBeGreaterThanOrEqual(20_000);
    await client.settled();
  },
);

// ---------------------------------------------------------------- login and session

row('2.4', 'login', 'before it every request is -32000 Authentication Required', async () => {
  const client = await door.stranger();
  for (const method of ['echo', 'verto.ping', 'verto.subscribe', 'cc.ready', 'no.such'])
    expect((await client.call(method)).error).toMatchObject({
      code: -32000,
      message: 'Authentication Required',
    });
});

row(
  '2.4',
  'login',
  'by password: "logged in", the session id, and when the authentication ends',
  async () => {
    const client = await door.stranger();
    const result = await client.must('login', loginOf('1001@any.example', door.passwordOf('1001')));
    expect(result).toMatchObject({
      message: 'logged in',
      sessid: client.sessid,
      user: { name: '1001', role: 'agent', agent: '1001', extn: '1001' },
    });
    expect(result['channels']).toContain('vcc.default.1001');
    expect(Number(result['auth-expires'])).toBeGreaterThan(Date.now() / 1000);
  },
);

row('2.4', 'login', 'a missing password is -32001 Missing passwd', async () => {
  const client = await door.stranger();
  expect((await client.call('login', { login: '1001@x' })).error).toMatchObject({
    code: -32001,
    message: 'Missing passwd',
  });
});

row('2.4', 'login', 'without a login at all it is -32000, which is when verto.js gives its own', async () => {
  const client = await door.stranger();
  expect((await client.call('login')).error).toMatchObject({
    code: -32000,
    message: 'Authentication Required',
  });
});

row('2.4', 'login', 'a login that is none is -32001 Missing or improper credentials', async () => {
  const client = await door.stranger();
  for (const login of ['', 7, ['1001']])
    expect((await client.call('login', { login, passwd: 'x' })).error).toMatchObject({
      code: -32001,
      message: 'Missing or improper credentials',
    });
});

row('2.4', 'login', 'a wrong password and an unknown user are the same -32001 Login Incorrect', async () => {
  const client = await door.stranger();
  for (const user of ['1001', 'nobody'])
    expect((await client.call('login', loginOf(`${user}@x`, 'wrong-password'))).error).toMatchObject({
      code: -32001,
      message: 'Login Incorrect',
    });
});

row('2.4', 'login', 'an unknown method is -32601', async () => {
  const client = await logIn('1001');
  for (const method of ['no.such', 'constructor', '__proto__', 'fsapi'])
    expect((await client.call(method, { command: 'status' })).error).toMatchObject({
      code: -32601,
      message: 'Invalid Method, Missing Method or Permission Denied',
    });
});

row('2.4', 'login', 'a request without a usable method is -32601', async () => {
  const client = await logIn('1001');
  client.send({ jsonrpc: '2.0', id: 'm' });
  expect((await loose(client)).error).toMatchObject({ code: -32601 });
});

row('2.4', 'sessid', 'every result echoes the name the client chose for its session', async () => {
  const client = await logIn('1001');
  for (const method of ['echo', 'verto.ping', 'Uas.Ping', 'cc.status'])
    expect(await client.must(method)).toMatchObject({ sessid: client.sessid });
});

row('2.4', 'sessid', 'a client that chooses none is given one', async () => {
  const client = await door.stranger();
  const result = await client.must('login', {
    ...loginOf('1001', door.passwordOf('1001')),
    sessid: undefined,
  });
  expect(result['sessid']).toMatch(/^[0-9a-f-]{36}$/);
});

row(
  '2.4',
  'verto.punt',
  'the same session of the same user moves: the first connection is punted and closed',
  async () => {
    const sessid = randomUUID();
    const first = await logIn('1001', { sessid });
    const second = await logIn('1001', { sessid });
    await first.request('verto.punt');
    expect(await first.gone()).toBe(4001);
    expect(await second.must('verto.ping')).toMatchObject({ sessid });
  },
);

row(
  '2.4',
  'sessid',
  'the session of another user is -32001 Session in use, and the connection is dropped',
  async () => {
    const sessid = randomUUID();
    const first = await logIn('1001', { sessid });
    const thief = await door.stranger({ sessid });
    expect((await thief.call('login', loginOf('1002', door.passwordOf('1002')))).error).toMatchObject({
      code: -32001,
      message: 'Session in use',
    });
    expect(await thief.gone()).toBe(1008);
    expect(await first.must('verto.ping')).toMatchObject({ message: 'PONG' });
  },
);

row('2.4', 'verto.clientReady', 'comes right after login, with the calls that are still up', async () => {
  const client = await logIn('1001');
  const ready = await client.request('verto.clientReady');
  expect(ready.params).toEqual({ reattached_sessions: [] });
  expect(client.requests[0]?.method).toBe('verto.clientReady');
  expect(typeof ready.id).toBe('number');
});

row('2.4', 'echoParams', 'its result carries the params of the request', async () => {
  const client = await logIn('1001');
  const result = await client.must('verto.ping', { echoParams: true, mine: [1] });
  expect(result).toMatchObject({
    message: 'PONG',
    requestParams: { echoParams: true, mine: [1], sessid: client.sessid },
  });
});

row('2.4', 'echo', 'answers the same object', async () => {
  const client = await logIn('1001');
  expect(await client.must('echo', { a: { b: [1, 'two', null] } })).toEqual({
    a: { b: [1, 'two', null] },
    sessid: client.sessid,
  });
});

row('2.4', 'verto.ping', 'is answered PONG', async () => {
  const client = await logIn('1001');
  expect(await client.must('verto.ping', { serno: 3 })).toMatchObject({ message: 'PONG' });
});

row('2.2', 'Uas.Ping', 'the keep-alive of the XSwitch SDK is answered, not refused', async () => {
  const client = await logIn('1001');
  expect(await client.must('Uas.Ping', { serno: 7 })).toMatchObject({ message: 'PONG', serno: 7 });
});

row(
  '2.4',
  'jsapi',
  'callcenter_config does the same acts for scripts; every other command is -32601',
  async () => {
    const client = await logIn('supervisor');
    const config = (data: string) => client.call('jsapi', { command: 'callcenter_config', data });
    const { result } = await config('queue list');
    expect(result).toMatchObject({
      message: '+OK',
      list: [{ queue: 'default', waiting: 0 }, { queue: 'sales' }, { queue: 'support' }],
    });
    expect((await config('agent list')).result?.['list']).toHaveLength(3);
    for (const [command, data] of [
      ['fsapi', { cmd: 'status' }],
      ['callcenter_config', 'queue unload default'],
      ['originate', 'user/1001 9999'],
    ])
      expect(await client.refused('jsapi', { command, data })).toBe(-32601);
  },
);

row(
  '2.1',
  'verto.connect',
  'token login: xui_sessid names the person, the password is the word "password"',
  async () => {
    const client = await door.stranger();
    const token = await signIn(door.url, '1001', door.passwordOf('1001'));
    const params = { ...loginOf('1001@xswitch.cn', 'password'), loginParams: { xui_sessid: token } };
    expect(await client.must('login', params)).toMatchObject({ message: 'logged in' });
  },
);

row('2.1', 'verto.connect', 'a token of somebody else, or of nobody, is refused', async () => {
  const client = await door.stranger();
  const token = await signIn(door.url, '1001', door.passwordOf('1001'));
  const byToken = (login: string, xui_sessid: string) =>
    client.call('login', { ...loginOf(login, 'password'), loginParams: { xui_sessid } });
  expect((await byToken('1002@x', token)).error?.code).toBe(-32001);
  expect((await byToken('1001@x', `${token}x`)).error?.code).toBe(-32001);
  expect((await byToken('1001@x', token)).result?.['message']).toBe('logged in');
});

row('2.1', 'verto.connect', 'the token a login answers with logs the next connection in', async () => {
  const first = await logIn('1001');
  const { xui_sessid } = await first.must('cc.token');
  const second = await door.stranger();
  const params = { ...loginOf('1001', 'password'), loginParams: { xui_sessid } };
  expect(await second.must('login', params)).toMatchObject({ message: 'logged in' });
});

row('2.1', 'verto.logout', 'ends the connection and leaves others alone', async () => {
  const [leaving, staying] = [await logIn('1001'), await logIn('1002')];
  expect(await leaving.must('logout')).toMatchObject({ message: 'logged out' });
  expect(await leaving.gone()).toBe(1000);
  await staying.settled();
});

row(
  '2.1',
  'Verto',
  'several connections of one person live side by side under names of their own',
  async () => {
    const [one, two] = [await logIn('1001'), await logIn('1001')];
    expect(await one.must('verto.ping')).toMatchObject({ sessid: one.sessid });
    expect(await two.must('verto.ping')).toMatchObject({ sessid: two.sessid });
    expect(one.sessid).not.toBe(two.sessid);
  },
);
