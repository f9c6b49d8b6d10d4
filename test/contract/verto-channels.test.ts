// The Verto face against its contract, over a real WebSocket: channels, events, what a client missed.

import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { signIn } from '../support/people.ts';
import { row } from '../support/conformance.ts';
import { until } from '../support/until.ts';
import type { VertoClient } from '../support/verto-client.ts';
import { loginOf, VertoDoor } from '../support/verto-door.ts';
import { apiOf } from './http-client.ts';

let door: VertoDoor;
const logIn = (user: string, options: { sessid?: string } = {}): Promise<VertoClient> =>
  door.logIn(user, options);

beforeAll(async () => {
  door = await VertoDoor.open();
});
afterEach(() => door.everybodyLeaves());
afterAll(() => door.stop());

row(
  '2.4',
  'verto.subscribe',
  'one channel or several; the answer sorts them, without empty lists',
  async () => {
    const client = await logIn('1001');
    expect(await client.must('verto.subscribe', { eventChannel: 'vcc.default.1001' })).toMatchObject({
      subscribedChannels: ['vcc.default.1001'],
    });
    const second = await client.must('verto.subscribe', {
      eventChannel: ['vcc.default.1001', 'vcc.sales.1001', 'vcc.default.1002'],
    });
    expect(second).toMatchObject({
      subscribedChannels: ['vcc.sales.1001'],
      unauthorizedChannels: ['vcc.default.1002'],
      alreadySubscribedChannels: ['vcc.default.1001'],
    });
    const third = await client.must('verto.subscribe', { eventChannel: 'user.1001' });
    expect(third).not.toHaveProperty('unauthorizedChannels');
  },
);

row(
  '2.4',
  'verto.subscribe',
  'is an error carrying the same lists when nothing new was subscribed',
  async () => {
    const client = await logIn('1001');
    const { error } = await client.call('verto.subscribe', { eventChannel: ['vcc', 'vcc.default'] });
    expect(error).toMatchObject({
      code: -32602,
      message: 'Permission Denied',
      unauthorizedChannels: ['vcc', 'vcc.default'],
    });
    await client.must('verto.subscribe', { eventChannel: 'user.1001' });
    expect((await client.call('verto.subscribe', { eventChannel: 'user.1001' })).error).toMatchObject({
      alreadySubscribedChannels: ['user.1001'],
    });
  },
);

row('2.4', 'verto.unsubscribe', 'tells what was subscribed and what was not', async () => {
  const client = await logIn('1001');
  await client.must('verto.subscribe', { eventChannel: 'user.1001' });
  expect(await client.must('verto.unsubscribe', { eventChannel: ['user.1001', 'vcc.x'] })).toMatchObject({
    unsubscribedChannels: ['user.1001'],
    notSubscribedChannels: ['vcc.x'],
  });
});

row(
  '2.4',
  'permissions',
  'an agent hears herself, a supervisor her group, an administrator everything',
  async () => {
    const agent = await logIn('1001');
    const supervisor = await logIn('supervisor');
    const admin = await logIn('admin');
    const heard = async (client: VertoClient, ...channels: string[]): Promise<unknown> => {
      const { result, error } = await client.call('verto.subscribe', { eventChannel: channels });
      return result?.['subscribedChannels'] ?? error?.['subscribedChannels'] ?? [];
    };
    const all = [
      'vcc',
      'vcc.default',
      'vcc.default.1001',
      'vcc.default.1002',
      'chat.default',
      'user.1002',
      'any.x',
    ];
    expect(await heard(agent, ...all)).toEqual(['vcc.default.1001', 'chat.default']);
    expect(await heard(supervisor, ...all)).toEqual([
      'vcc',
      'vcc.default',
      'vcc.default.1001',
      'vcc.default.1002',
      'chat.default',
    ]);
    expect(await heard(admin, ...all)).toEqual(all);
  },
);

row(
  '2.4',
  'permissions',
  "a supervisor's group is the queues she looks after: channels, cc.status and cc.logout end there, from the change on",
  async () => {
    const admin = await signIn(door.url, 'admin', door.passwordOf('admin'));
    const assign = async (queues: unknown): Promise<void> => {
      const { status } = await apiOf(door.url)('POST', '/supervisors/supervisor/queues', {
        token: admin,
        body: { queues },
      });
      expect(status).toBe(200);
    };
    const before = await logIn('supervisor');
    await before.must('verto.subscribe', { eventChannel: 'vcc' });
    await assign(['support']);
    try {
      expect(await before.gone()).toBe(1012);
      const after = await logIn('supervisor');
      const { error } = await after.call('verto.subscribe', {
        eventChannel: ['vcc', 'vcc.sales', 'chat.sales'],
      });
      expect(error).toMatchObject({ unauthorizedChannels: ['vcc', 'vcc.sales', 'chat.sales'] });
      await after.must('verto.subscribe', { eventChannel: ['vcc.support', 'vcc.support.1002'] });
      expect(await after.must('cc.status')).toMatchObject({
        agents: [{ agent: '1002' }, { agent: '1003' }],
        queues: [{ queue: 'support' }],
      });
      expect(await after.refused('cc.status', { queue: 'sales' })).toBe(403);
      expect(await after.refused('cc.logout', { agent: '1001' })).toBe(403);
      expect(await after.must('login', loginOf('supervisor', door.passwordOf('supervisor')))).toMatchObject({
        user: { queues: ['support'] },
        channels: ['vcc.support', 'chat.support', 'user.supervisor'],
      });
    } finally {
      await assign('all');
    }
  },
);

row('2.4', 'verto.broadcast', 'reaches the other subscribers, and the server says who spoke', async () => {
  const [speaker, listener] = [await logIn('1001'), await logIn('1002')];
  for (const client of [speaker, listener])
    await client.must('verto.subscribe', { eventChannel: 'chat.default' });
  const said = { eventChannel: 'chat.default', data: { text: 'hello' }, userid: 'somebody else' };
  expect(await speaker.must('verto.broadcast', said)).toEqual({ sessid: speaker.sessid });
  const heard = await listener.event('broadcast', { text: 'hello' });
  expect(heard).toMatchObject({ userid: '1001', sessid: speaker.sessid, fromDisplay: 'Alice' });
  await speaker.must('verto.broadcast', { ...said, data: { text: 'again' }, localBroadcast: true });
  await speaker.event('broadcast', { text: 'again' });
  expect(speaker.events).toHaveLength(1);
});

row('2.4', 'verto.broadcast', 'without a channel, or where she may not speak, is refused', async () => {
  const client = await logIn('1001');
  const refusal = async (params: object) => (await client.call('verto.broadcast', params)).error?.message;
  expect(await refusal({ data: {} })).toBe('eventChannel not specified.');
  expect(await refusal({ eventChannel: 'vcc.default.1001', eventType: 'agent-state' })).toBe(
    'Permission Denied',
  );
  expect(await refusal({ eventChannel: 'user.1002' })).toBe('Permission Denied');
});

row(
  '2.4',
  'verto.event',
  'carries its channel, the subscription it came by, and a serial number without gaps',
  async () => {
    const supervisor = await logIn('supervisor');
    await supervisor.must('verto.subscribe', { eventChannel: ['chat', 'chat.sales'] });
    const agent = await logIn('1001');
    for (const text of ['one', 'two'])
      await agent.must('verto.broadcast', { eventChannel: 'chat.sales.tea', data: { text } });
    await until('four events', () => supervisor.events.length === 4);
    const seen = (channel: string) =>
      supervisor.events.filter(({ subscribedChannel }) => subscribedChannel === channel);
    for (const channel of ['chat', 'chat.sales']) {
      const [first, second] = seen(channel);
      expect(first?.eventChannel).toBe('chat.sales.tea');
      expect(first?.data).toEqual({ text: 'one' });
      expect(second?.eventSerno).toBe((first?.eventSerno ?? 0) + 1);
    }
  },
);

row(
  '2.4',
  'verto.event',
  'a client that comes back with its last serial number hears what it missed, in order',
  async () => {
    const agent = await logIn('1001');
    const first = await logIn('1002');
    await first.must('verto.subscribe', { eventChannel: 'chat.default' });
    const say = (text: string) =>
      agent.must('verto.broadcast', { eventChannel: 'chat.default', data: { text } });
    await say('before');
    const { eventSerno } = await first.event('broadcast', { text: 'before' });
    first.close();
    for (const text of ['m1', 'm2', 'm3']) await say(text);
    const again = await logIn('1002');
    await again.must('verto.subscribe', { eventChannel: 'chat.default', lastSerno: eventSerno });
    await say('live');
    await again.event('broadcast', { text: 'live' });
    expect(again.events.map(({ data }) => data['text'])).toEqual(['m1', 'm2', 'm3', 'live']);
    expect(again.events.map((event) => event.eventSerno - eventSerno)).toEqual([1, 2, 3, 4]);
  },
);

row(
  '2.4',
  'verto.event',
  'who asks for more than is kept gets a picture of how things are instead',
  async () => {
    const supervisor = await logIn('supervisor');
    await supervisor.must('verto.subscribe', { eventChannel: 'vcc.default', lastSerno: 12 });
    const picture = await supervisor.event('snapshot', { reason: 'gap' });
    expect(picture.data).toMatchObject({
      agents: [
        { queue: 'default', agent: '1001', state: 'LOGGED_OUT' },
        { agent: '1002' },
        { agent: '1003' },
      ],
      queues: [{ queue: 'default', waiting: 0 }],
      calls: [],
    });
  },
);
