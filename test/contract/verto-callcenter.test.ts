// The call-centre verbs and events of the Verto face, with real phones: an agent at a desk phone, callers from a trunk, a supervisor who
// hears the whole queue.

import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { row } from '../support/conformance.ts';
import { Scene } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { statesOf, VertoClient } from '../support/verto-client.ts';

let scene: Scene;
let phone: Phone;
let caller: Phone;
const clients: VertoClient[] = [];

beforeAll(async () => {
  scene = await Scene.open();
  phone = await scene.deskPhone('1001');
  caller = await scene.trunkPhone('4930123456789');
});
afterEach(async () => {
  for (const client of clients.splice(0)) {
    if (client.closed === undefined) {
      for (const verb of ['cc.hangup', 'cc.wrapup', 'cc.logout'])
        await client.call(verb, {}).catch(() => undefined);
    }
    client.close();
  }
});
afterAll(() => scene.close());

async function logIn(user: string): Promise<VertoClient> {
  const { url, demoPassword } = scene.cordboard;
  const client = await VertoClient.logIn(url, user, demoPassword);
  clients.push(client);
  return client;
}

/** The agent at her page, hearing herself; signed in and ready, when nothing else is said. */
async function agent({ ready = true } = {}): Promise<VertoClient> {
  const client = await logIn('1001');
  await client.must('verto.subscribe', { eventChannel: 'vcc.default.1001' });
  if (!ready) return client;
  await client.must('cc.login', { queue: 'default', agent: '1001', extn: '1001' });
  await client.must('cc.ready', { queue: 'default', agent: '1001' });
  return client;
}

async function supervisor(channel: string | string[] = 'vcc.default'): Promise<VertoClient> {
  const client = await logIn('supervisor');
  await client.must('verto.subscribe', { eventChannel: channel });
  return client;
}

const mine = { queue: 'default', agent: '1001' };

/** A caller comes in and the agent takes her, both by their phones. @returns the call's id */
async function conversation(her: VertoClient): Promise<string> {
  const callID = await scene.caller(caller);
  await phone.ringing();
  await phone.answer();
  await her.event('agent-state', { state: 'TALKING', callID });
  await her.event('call-answered', { callID }); // from now on they have each other
  return callID;
}

async function over(her: VertoClient): Promise<void> {
  await her.event('agent-state', { state: 'WRAPUP' });
  await her.must('cc.wrapup', mine);
}

// ---------------------------------------------------------------- signing in and out, ready, break, rest

row(
  '2.1',
  'ccLogin',
  'with the extension bound to the agent: code 200, who she is, and agent-login',
  async () => {
    const her = await agent({ ready: false });
    const result = await her.must('cc.login', { group: 'default', ...mine, extn: '1001' });
    expect(result).toMatchObject({
      code: 200,
      message: 'OK',
      agent: {
        queue: 'default',
        agent: '1001',
        extn: '1001',
        reachable: true,
        state: 'UNREADY',
        reason: 'LOGIN',
      },
    });
    await her.event('agent-login', { queue: 'default', agent: '1001', extn: '1001' });
  },
);

row(
  '2.3',
  'ccLogin',
  'an extension that is not hers is 403, an unknown queue 404, another agent 403',
  async () => {
    const her = await agent({ ready: false });
    expect(await her.refused('cc.login', { ...mine, extn: '1002' })).toBe(403);
    expect(await her.refused('cc.login', { ...mine, queue: 'nowhere', extn: '1001' })).toBe(404);
    expect(await her.refused('cc.login', { ...mine, queue: 'support', extn: '1001' })).toBe(403);
    expect(await her.refused('cc.login', { queue: 'default', agent: '1002', extn: '1002' })).toBe(403);
    expect(await her.refused('cc.login', { queue: 'default', agent: 'nobody' })).toBe(404);
    expect(her.events).toEqual([]);
  },
);

row('2.3', 'ccLogin', 'an extension nobody registered is 480, and nothing is changed', async () => {
  const her = await logIn('1002');
  await her.must('verto.subscribe', { eventChannel: 'vcc.default.1002' });
  expect(await her.refused('cc.login', { queue: 'default', agent: '1002', extn: '1002' })).toBe(480);
  expect(await her.must('cc.status')).toMatchObject({ agents: [{ agent: '1002', state: 'LOGGED_OUT' }] });
  expect(her.events).toEqual([]);
});

row('2.1', 'setGroup', 'default and the name of a queue are groups; another is 404', async () => {
  const her = await agent({ ready: false });
  expect(await her.must('cc.login', { group: 'sales', agent: '1001' })).toMatchObject({
    agent: { queue: 'sales' },
  });
  expect(await her.refused('cc.ready', { group: 'other', agent: '1001' })).toBe(404);
});

row('2.1', 'ccLogout', 'signs out: agent-state LOGGED_OUT and agent-logout', async () => {
  const her = await agent();
  expect(await her.must('cc.logout', mine)).toMatchObject({ code: 200, agent: { state: 'LOGGED_OUT' } });
  await her.event('agent-state', { state: 'LOGGED_OUT', prevState: 'READY' });
  await her.event('agent-logout', { agent: '1001', extn: '1001' });
});

row('2.3', 'ccLogout', 'a supervisor signs out an agent of her group', async () => {
  const her = await agent();
  const boss = await supervisor();
  expect(await boss.must('cc.logout', mine)).toMatchObject({ agent: { agent: '1001', state: 'LOGGED_OUT' } });
  await her.event('agent-logout', { reason: 'by supervisor' });
  expect(await boss.refused('cc.logout', { agent: 'nobody' })).toBe(404);
});

row('2.1', 'ccGoReady', 'puts her in state READY', async () => {
  const her = await agent();
  await her.must('cc.break', { ...mine, reason: 'BRB' });
  expect(await her.must('cc.ready', mine)).toMatchObject({ agent: { state: 'READY' } });
  await her.event('agent-state', { state: 'READY', prevState: 'UNREADY' });
});

row('2.1', 'ccGoBreak', 'puts her in state UNREADY with her reason, which is told', async () => {
  const her = await agent();
  expect(await her.must('cc.break', { ...mine, reason: 'DND' })).toMatchObject({
    agent: { state: 'UNREADY', reason: 'DND' },
  });
  await her.event('agent-state', { state: 'UNREADY', reason: 'DND', prevState: 'READY' });
  await her.must('cc.break', mine); // the reason is optional
  await her.event('agent-state', { state: 'UNREADY', reason: 'BREAK' });
});

row('2.2', 'ccGoRest', 'rest is told as REST, never as busy', async () => {
  const her = await agent();
  expect(await her.must('cc.rest', mine)).toMatchObject({ agent: { state: 'REST' } });
  await her.event('agent-state', { state: 'REST', prevState: 'READY' });
  await her.must('cc.rest', { ...mine, reason: 'lunch' });
  await her.event('agent-state', { state: 'REST', reason: 'lunch' });
  const states = statesOf(her, '1001', 'vcc.default.1001');
  expect(states.slice(states.indexOf('READY'))).not.toContain('UNREADY');
});

row(
  '2.3',
  'wrong time',
  'a verb at the wrong time is an error with a code, and nothing is changed',
  async () => {
    const her = await agent({ ready: false });
    for (const verb of ['cc.ready', 'cc.break', 'cc.rest', 'cc.logout'])
      expect((await her.call(verb, mine)).error).toMatchObject({ code: 401, refusal: 'not_signed_in' });
    await her.must('cc.login', { ...mine, extn: '1001' });
    for (const [verb, params = {}] of [
      ['cc.answer'],
      ['cc.decline'],
      ['cc.hold'],
      ['cc.unhold'],
      ['cc.hangup'],
      ['cc.wrapup'],
      ['cc.transfer', { destNumber: '1002' }],
      ['cc.consult', { destNumber: '1002' }],
      ['cc.completeTransfer'],
      ['cc.cancelConsult'],
      ['cc.toggle'],
      ['cc.conference'],
      ['cc.dropParty', { party: 'third' }],
      ['cc.mute', { muted: true }],
      ['cc.dtmf', { digits: '5' }],
      ['cc.park'],
      ['cc.recording', { wish: 'start' }],
      ['cc.stopPlaying'],
    ] as const)
      expect([verb, await her.refused(verb, { ...mine, ...params })]).toEqual([verb, 409]);
    await her.must('cc.ready', mine); // what comes before this has come when it has
    await her.event('agent-state', { state: 'READY' });
    expect(statesOf(her, '1001', 'vcc.default.1001')).toEqual(['UNREADY', 'READY']);
    const told = new Set(her.events.map(({ eventType }) => eventType));
    told.delete('agent-reachability'); // comes with the first log-in of a person
    expect([...told].sort()).toEqual(['agent-login', 'agent-state']);
  },
);

row('2.3', 'bad params', 'what is not as it should be is 400', async () => {
  const her = await agent();
  for (const [verb, params] of [
    ['cc.break', { reason: 'x'.repeat(65) }],
    ['cc.break', { reason: 'a\nb' }],
    ['cc.login', { extn: { a: 1 } }],
    ['cc.dtmf', { digits: 'hello' }],
    ['cc.transfer', {}],
    ['cc.dial', { destNumber: 'sip:evil@example.org' }],
    ['cc.recording', { wish: 'delete' }],
  ] as const)
    expect([verb, await her.refused(verb, { ...mine, ...params })]).toEqual([verb, 400]);
});

row(
  '2.3',
  'cc.status',
  'an agent sees herself and her queues, a supervisor everybody of the group',
  async () => {
    const her = await agent();
    const own = (await her.must('cc.status')) as { agents: { agent: string }[]; queues: { queue: string }[] };
    expect(own.agents.map((one) => one.agent)).toEqual(['1001']);
    expect(own.queues.map((one) => one.queue)).toEqual(['default', 'sales']);
    expect(await her.refused('cc.status', { agent: '1002' })).toBe(403);
    const boss = await supervisor();
    const all = (await boss.must('cc.status', { queue: 'default' })) as typeof own;
    expect(all.agents.map((one) => one.agent)).toEqual(['1001', '1002', '1003']);
  },
);

// ---------------------------------------------------------------- calls

row('2.3', 'events', 'a supervisor sees each state of a call once and in order', async () => {
  const her = await agent();
  const boss = await supervisor(['vcc.default', 'vcc']);
  const callID = await conversation(her);
  await her.must('cc.hold', { ...mine, callID });
  await her.event('call-held', { callID });
  await her.must('cc.unhold', { ...mine, callID });
  await her.event('call-resumed', { callID });
  await her.must('cc.hangup', { ...mine, callID });
  await caller.callEnded();
  await over(her);
  for (const channel of ['vcc.default', 'vcc']) {
    await boss.event('agent-state', { state: 'READY', prevState: 'WRAPUP' }, { on: channel });
    expect(statesOf(boss, '1001', channel)).toEqual([
      'RESERVED',
      'RINGING',
      'TALKING',
      'HELD',
      'TALKING',
      'WRAPUP',
      'READY',
    ]);
  }
  const calls = boss.events
    .filter(({ subscribedChannel, data }) => subscribedChannel === 'vcc.default' && data['callID'] === callID)
    .map(({ eventType }) => eventType)
    .filter((type) => /^(call|queue)-/.test(type) && type !== 'call-recording');
  expect(calls).toEqual([
    'queue-join',
    'call-ringing',
    'queue-leave',
    'call-answered',
    'call-held',
    'call-resumed',
    'call-ended',
  ]);
  const numbers = boss.events
    .filter(({ subscribedChannel }) => subscribedChannel === 'vcc.default')
    .map(({ eventSerno }) => eventSerno);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
});

row('2.3', 'events', 'the caller is shown in full to a supervisor and masked to an agent', async () => {
  const her = await agent();
  const boss = await supervisor();
  const callID = await conversation(her);
  const toBoss = await boss.event('call-ringing', { callID });
  const toHer = await her.event('call-ringing', { callID });
  expect(toBoss.data['callerNumber']).toBe('4930123456789');
  expect(toHer.data['callerNumber']).toBe('*** 6789');
  await her.settled();
  expect(JSON.stringify([her.events, her.others])).not.toContain('4930123456789');
  expect(await her.must('cc.status')).toMatchObject({ calls: [{ callID, callerNumber: '*** 6789' }] });
  await her.must('cc.hangup', mine);
  await over(her);
});

row('2.3', 'ccAnswer', 'takes the ringing call from the page', async () => {
  const her = await agent();
  const callID = await scene.caller(caller);
  await phone.ringing();
  expect(await her.must('cc.answer', { ...mine, callID })).toMatchObject({ agent: { callID } });
  expect(await her.refused('cc.answer', { ...mine, callID: 'another' })).toBe(404);
  // Whether a phone goes off-hook by itself is the phone's affair; this one does not, and is rung anew.
  await phone.ringing();
  await phone.answer();
  await her.event('call-answered', { callID });
  await her.must('cc.hangup', mine);
  await over(her);
});

row(
  '2.3',
  'events',
  'the caller gave up while the phone rang: call-missed customer_left, and ready again',
  async () => {
    const her = await agent();
    const boss = await supervisor();
    const callID = await scene.caller(caller);
    await phone.ringing();
    await caller.hangUp();
    await her.event('call-missed', { callID, cause: 'customer_left' });
    await boss.event('call-ended', { callID, cause: 'abandoned_ringing' });
    await until('ready again', () => statesOf(her, '1001', 'vcc.default.1001').at(-1) === 'READY');
  },
);

row('2.3', 'ccDecline', 'refuses the offer: call-missed declined, the caller stays in line', async () => {
  const her = await agent();
  const boss = await supervisor();
  const callID = await scene.caller(caller);
  await phone.ringing();
  await her.must('cc.decline', { ...mine, callID });
  await her.event('call-missed', { callID, cause: 'declined' });
  await her.must('cc.break', mine);
  await caller.hangUp();
  await boss.event('queue-leave', { callID, cause: 'abandoned_waiting' });
  await boss.event('call-ended', { callID, cause: 'abandoned_waiting' });
});

row(
  '2.3',
  'break during a call',
  'is kept, told as agent-next, and becomes true after the call',
  async () => {
    const her = await agent();
    await conversation(her);
    expect(await her.must('cc.break', { ...mine, reason: 'lunch' })).toMatchObject({
      code: 200,
      agent: { state: 'TALKING', next: 'UNREADY' },
    });
    await her.event('agent-next', { next: 'UNREADY', reason: 'lunch' });
    await her.must('cc.hangup', mine);
    await over(her);
    await her.event('agent-state', { state: 'UNREADY', reason: 'lunch', prevState: 'WRAPUP' });
  },
);

row('2.3', 'queue-stats', 'tells the figures of a queue when they have changed', async () => {
  const boss = await supervisor();
  const her = await agent();
  await boss.event('queue-stats', { queue: 'default', waiting: 0, open: true });
  await her.must('cc.break', mine);
  const callID = await scene.caller(caller);
  const join = await boss.event('queue-join', { callID });
  expect(join.data).toMatchObject({ queue: 'default', position: 1, callerNumber: '4930123456789' });
  expect(join.eventChannel).toBe('vcc.default');
  const stats = await boss.event('queue-stats', { waiting: 1 });
  expect(stats.data['agents']).toEqual({ ready: 0, busy: 0, onBreak: 1 });
  await caller.hangUp();
  await boss.event('queue-leave', { callID, cause: 'abandoned_waiting' });
});

row(
  '2.5',
  'callcenter_config',
  'agent set status speaks mod_callcenter, and means the same acts',
  async () => {
    const her = await agent();
    const set = (status: string) =>
      her.must('jsapi', { command: 'callcenter_config', data: `agent set status 1001@default '${status}'` });
    await set('On Break');
    await her.event('agent-state', { state: 'UNREADY' });
    await set('Available');
    await until('ready', () => statesOf(her, '1001', 'vcc.default.1001').at(-1) === 'READY');
    expect(await set('Logged Out')).toMatchObject({ message: '+OK' });
    await her.event('agent-state', { state: 'LOGGED_OUT' });
  },
);
