// Call flows: what a caller meets before the line.

import { expect, test } from 'vitest';
import type { Flow, FlowStep } from '../../app/domain/flow.ts';
import type { OpeningHours } from '../../app/domain/hours.ts';
import { agentId, queueId } from '../../app/domain/ids.ts';
import { openWorld, type World, type WorldOptions } from '../support/world.ts';

const always = [{ from: 0, to: 1_440 }];
const hours = (open: boolean): OpeningHours => ({
  timeZone: 'UTC',
  weekly: Array.from({ length: 7 }, () => (open ? always : [])),
  holidays: {},
});
const flow = (steps: Record<string, FlowStep>, start = Object.keys(steps)[0] ?? ''): Flow => ({
  flowId: 'main',
  start,
  queueId: queueId('default'),
  steps,
});
const menu = {
  kind: 'menu',
  prompt: ['choose'],
  keys: { '1': 'sales', '2': 'default' },
  tries: 2,
  keyMs: 5_000,
  wrong: ['wrong-key'],
  otherwise: 'bye',
} as const;
const bye = { kind: 'hangUp', prompt: ['bye'] } as const;
const reception = flow({
  hello: { kind: 'say', prompt: ['hello', 'news'], then: 'menu' },
  menu,
  sales: { kind: 'queue', queueId: queueId('sales') },
  default: { kind: 'queue', queueId: queueId('default') },
  bye,
});

const center = (flows: readonly Flow[], more: Partial<WorldOptions> = {}): Promise<World> =>
  openWorld({ queues: [{ name: 'default' }, { name: 'sales' }], flows, ...more });

async function caller(world: World) {
  const anna = world.customer('anna');
  await anna.dialsFlow('main');
  return anna;
}

test('she hears what is said, sound after sound, and a key brings her to the right queue', async () => {
  const world = await center([reception]);
  await world.agent('1001').signsIn('answer');
  const anna = await caller(world);
  expect(anna.view).toMatchObject({ state: 'menu', flow: { flowId: 'main', step: 'hello' } });
  expect(anna.hears).toEqual(['hello']);
  await anna.hearsOut();
  expect(anna.hears).toEqual(['news']);
  await anna.hearsOut();
  expect([anna.hears, anna.view?.keys]).toEqual([['choose'], ['1', '2']]);
  await anna.pressesKeys('1');
  expect(anna.state).toBe('talking');
  expect(anna.hears).toEqual([]);
  expect(world.told).toEqual([
    'agent.signedIn 1001',
    'agent.reachability 1001',
    'agent.ready 1001',
    'session.requested',
    'session.arrived',
    'flow.step',
    'flow.step',
    'flow.key',
    'flow.step',
    'session.queued',
    'offer.made 1001',
    'agent.activity 1001',
    'offer.ringing 1001',
    'agent.activity 1001',
    'offer.accepted 1001',
    'agent.activity 1001',
    'session.connected 1001',
  ]);
  await anna.drops();
  expect(anna.record).toMatchObject({ queueId: 'sales', ending: 'customer_hung_up' });
  expect(anna.record?.segments.map(({ kind }) => kind)).toContain('menu');
  await world.isEmpty();
});

test('a wrong key and no key are tries; after the last one she goes where the menu says', async () => {
  const world = await center([reception]);
  const anna = await caller(world);
  await anna.hearsOut();
  await anna.hearsOut();
  await anna.pressesKeys('7');
  expect(anna.hears).toEqual(['wrong-key']);
  await anna.hearsOut();
  expect(anna.hears).toEqual(['choose']);
  await anna.hearsOut();
  await world.passes(4_900);
  expect(anna.view?.flow?.step).toBe('menu');
  await world.passes(200);
  expect(anna.hears).toEqual(['bye']);
  expect(world.facts('flow.key')).toMatchObject([{ digit: '7', understood: false }, { understood: false }]);
  await anna.hearsOut();
  expect(anna.record).toMatchObject({ ending: 'flow_ended', queueId: 'default' });
  await world.isEmpty();
});

test.each([
  [true, 'waiting', undefined],
  [false, 'menu', ['bye']],
] as const)('by hours: open %s', async (open, state, hears) => {
  const world = await center([
    flow({
      hours: { kind: 'hours', hours: hours(open), open: 'in', closed: 'bye' },
      in: { kind: 'queue', queueId: queueId('sales') },
      bye,
    }),
  ]);
  const anna = await caller(world);
  expect(anna.state).toBe(state);
  if (hears) expect(anna.hears).toEqual(hears);
  if (hears) await anna.hearsOut();
  else await anna.drops();
  expect(anna.record?.ending).toBe(open ? 'abandoned_waiting' : 'closed');
  await world.isEmpty();
});

test("a queue's own hours: its closed flow, for a web customer and a phone caller alike; without one, a refusal", async () => {
  const closed = { hours: hours(false), closedFlow: 'main' };
  const world = await center([flow({ bye })], {
    queues: [
      { name: 'default', ...closed },
      { name: 'sales', hours: hours(false) },
    ],
  });
  const [anna, bob, cleo] = ['anna', 'bob', 'cleo'].map((name) => world.customer(name));
  await anna?.calls('default');
  await bob?.dials('default');
  expect([anna?.hears, bob?.hears]).toEqual([['bye'], ['bye']]);
  expect(await cleo?.calls('sales')).toMatchObject({ code: 'queue_closed' });
  await anna?.hearsOut();
  await bob?.drops();
  expect([anna?.record?.ending, bob?.record?.ending]).toEqual(['closed', 'abandoned_menu']);
  await world.isEmpty();
});

test('closed is shown as closed, with when it opens and whether it takes calls all the same; it opens by the clock alone', async () => {
  const dayMs = 86_400_000;
  const inTheMorning = {
    timeZone: 'UTC',
    weekly: Array<OpeningHours['weekly'][number]>(7).fill([{ from: 540, to: 1_020 }]),
  };
  const morning = { ...inTheMorning, holidays: {} };
  const world = await center([flow({ bye })], {
    queues: [
      { name: 'default', hours: morning, closedFlow: 'main' },
      { name: 'sales', hours: morning },
      { name: 'shut', open: false, hours: morning },
    ],
  });
  const until = (hour: number): number => (dayMs + hour * 3_600_000 - (world.clock.now() % dayMs)) % dayMs;
  const shown = () =>
    Object.fromEntries(
      world.engine.view
        .queues()
        .map(({ queueId: id, open, takesCalls, opensAt }) => [id, { open, takesCalls, opensAt }]),
    );
  await world.passes(until(17));
  const opensAt = world.clock.now() + 16 * 3_600_000;
  expect(shown()).toEqual({
    default: { open: false, takesCalls: true, opensAt },
    sales: { open: false, takesCalls: false, opensAt },
    shut: { open: false, takesCalls: false, opensAt: undefined },
  });
  expect(await world.customer('anna').calls('sales')).toMatchObject({ code: 'queue_closed' });
  await world.passes(until(9));
  expect(world.engine.view.queues().map(({ open }) => open)).toEqual([true, true, false]);
  expect(await world.customer('bob').calls('sales')).toMatchObject({ outcome: 'done' });
  await world.customer('bob').hangsUp();
  await world.isEmpty();
});

test('what a queue says first, says consent to recording after it, and closes its doors while she listens', async () => {
  const first = flow({
    hello: { kind: 'say', prompt: ['hello'], then: 'in' },
    in: { kind: 'queue', queueId: queueId('default') },
  });
  const consent = { soundId: 'recorded', optOutDigit: '9' };
  const world = await center([first], {
    queues: [{ name: 'default', firstFlow: 'main', record: 'always', consent }],
  });
  const anna = world.customer('anna');
  await anna.calls();
  await anna.hearsOut();
  expect([anna.hears, anna.view?.keys]).toEqual([['recorded'], ['9']]);
  await anna.pressesKeys('9');
  expect(anna.state).toBe('waiting');
  const bob = world.customer('bob');
  await bob.calls();
  await world.does({
    kind: 'settings.queue',
    queue: {
      queueId: queueId('default'),
      ringMs: 1,
      wrapUpMs: 0,
      maxMisses: 0,
      maxWaiting: 9,
      record: 'never',
      open: false,
    },
  });
  await bob.hearsOut();
  expect(bob.record?.ending).toBe('closed');
  await anna.hangsUp();
  await world.isEmpty();
});

test('a full queue, and a queue that nobody knows: on in the flow, or the end', async () => {
  const world = await center(
    [
      flow({ in: { kind: 'queue', queueId: queueId('sales'), otherwise: 'bye' }, bye }),
      { ...flow({ in: { kind: 'queue', queueId: queueId('nowhere') } }), flowId: 'lost' },
    ],
    { queues: [{ name: 'default' }, { name: 'sales', maxWaiting: 0 }] },
  );
  const anna = await caller(world);
  expect(anna.hears).toEqual(['bye']);
  const bob = world.customer('bob');
  await bob.dialsFlow('lost');
  expect(bob.record?.ending).toBe('closed');
  await anna.drops();
  const cleo = world.customer('cleo');
  await cleo.dialsFlow('nothing');
  expect(world.records.at(-1)?.ending).toBe('refused');
  await world.isEmpty();
});

test('to one agent: she is rung; not there, not answering, she goes on', async () => {
  const toAlice = flow({ alice: { kind: 'agent', agentId: agentId('1001'), otherwise: 'bye' }, bye });
  const world = await center([toAlice], { agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1002').signsIn();
  const bob = await caller(world);
  expect(bob.hears).toEqual(['bye']);
  await bob.drops();
  await world.agent('1001').signsIn();
  const anna = await caller(world);
  expect(anna.view).toMatchObject({ state: 'ringing', agentId: '1001' });
  await world.passes(21_000);
  expect(anna.hears).toEqual(['bye']);
  expect(anna.record).toBeUndefined();
  await anna.drops();
  const cleo = world.customer('cleo');
  await cleo.dialsFlow('main');
  await world.agent('1001').picksUp();
  expect(cleo.view).toMatchObject({ state: 'talking', agentId: '1001' });
  await cleo.drops();
  await world.isEmpty();
});

test('to a number: she hears it ring and talks, or goes on when it does not answer', async () => {
  const out = flow({ out: { kind: 'number', number: '+49301', otherwise: 'bye' }, bye });
  const world = await center([out], { queues: [{ name: 'default', callerNumbers: ['4000'] }] });
  world.media.phone('+49301', 'ring');
  const anna = await caller(world);
  expect([anna.state, anna.channel?.ringback]).toEqual(['transferring', true]);
  world.media.answers('+49301');
  await world.settles();
  expect([anna.state, anna.bridgedTo]).toEqual(['transferred', world.media.legAt('+49301')]);
  await anna.drops();
  expect(anna.record).toMatchObject({ ending: 'customer_hung_up' });
  const bob = world.customer('bob');
  await bob.dialsFlow('main');
  await world.passes(20_100);
  expect(bob.hears).toEqual(['bye']);
  world.media.phone('+49301', 'busy');
  const cleo = world.customer('cleo');
  await cleo.dialsFlow('main');
  expect(cleo.hears).toEqual(['bye']);
  expect(world.facts('flow.sentOut').map(({ state, cause }) => [state, cause])).toEqual([
    ['dialling', undefined],
    ['answered', undefined],
    ['dialling', undefined],
    ['failed', 'no_answer'],
    ['dialling', undefined],
    ['failed', 'busy'],
  ]);
  await bob.drops();
  await cleo.drops();
  await world.isEmpty();
});

const mailbox = flow({
  tone: { kind: 'voicemail', queueId: queueId('sales'), greeting: ['leave'], maxMs: 30_000, then: 'thanks' },
  thanks: { kind: 'hangUp', prompt: ['thanks'] },
});

test('a message: greeting, beep, recorded until #; the record says that she left one, and for whom', async () => {
  const world = await center([mailbox]);
  const anna = await caller(world);
  expect(anna.hears).toEqual(['leave']);
  await anna.hearsOut();
  expect(anna.hears).toEqual(['tone-beep']);
  expect(anna.channel?.recording).toBe(false);
  await anna.hearsOut();
  expect([anna.channel?.recording, anna.view?.keys]).toEqual([true, ['#']]);
  await world.passes(4_000);
  await anna.pressesKeys('5', '#');
  expect([anna.channel?.recording, anna.hears]).toEqual([false, ['thanks']]);
  await anna.hearsOut();
  expect(anna.record).toMatchObject({
    ending: 'left_message',
    queueId: 'sales',
    recordings: [{ kind: 'message' }],
  });
  await world.isEmpty();
});

test('a message ends with her hang-up or the time; one of no length is none', async () => {
  const world = await center([mailbox]);
  const says = async (name: string, ms: number) => {
    const person = world.customer(name);
    await person.dialsFlow('main');
    await person.hearsOut();
    await person.hearsOut();
    await world.passes(ms);
    return person;
  };
  const [anna, bob] = [await says('anna', 3_000), await says('bob', 100)];
  await anna.drops();
  await bob.drops();
  expect([anna.record?.ending, bob.record?.ending]).toEqual(['left_message', 'abandoned_menu']);
  const cleo = await says('cleo', 30_100);
  expect([cleo.channel?.recording, cleo.hears]).toEqual([false, ['thanks']]);
  await cleo.hearsOut();
  world.media.failNext('recording.start', 'refused');
  const dan = await says('dan', 100);
  expect(dan.hears).toEqual(['thanks']);
  await dan.drops();
  await world.isEmpty();
});

test('a restart, a reload, a sound that cannot be played or never ends: nobody is held up for ever', async () => {
  const world = await center([reception], { rules: { promptMs: 20_000 } });
  const anna = await caller(world);
  await anna.hearsOut();
  await world.restartControlPlane();
  expect(anna.hears).toEqual(['hello']);
  await anna.hearsOut('failed');
  expect(anna.hears).toEqual(['news']);
  await world.passes(20_100);
  expect(anna.view?.flow?.step).toBe('menu');
  world.media.failNext('sound.play', 'refused');
  await anna.pressesKeys('7');
  expect(anna.hears).toContain('choose');
  await anna.pressesKeys('2');
  expect(anna.state).toBe('waiting');
  await anna.drops();

  const web = await openWorld({ queues: [{ name: 'default', firstFlow: 'main' }], flows: [reception] });
  const bob = web.customer('bob');
  await bob.calls();
  await bob.hearsOut();
  await bob.reloads(10_000);
  expect([bob.state, bob.hears]).toEqual(['menu', ['hello']]);
  await bob.hearsOut();
  await bob.hearsOut();
  await bob.drops();
  await web.passes(6_000);
  expect(bob.view).toMatchObject({ state: 'menu', away: true });
  await bob.arrives();
  expect(bob.hears).toEqual(['choose']);
  await bob.hangsUp();
  expect(bob.record?.ending).toBe('abandoned_menu');
  await web.isEmpty();
  await world.isEmpty();
});

test('a step that is gone from the settings, and steps that lead in a circle', async () => {
  const world = await center([reception]);
  const anna = await caller(world);
  const circle = flow({
    a: { kind: 'hours', hours: hours(true), open: 'b', closed: 'b' },
    b: { kind: 'hours', hours: hours(true), open: 'a', closed: 'a' },
  });
  await world.does({ kind: 'settings.flows', flows: [circle] });
  await anna.hearsOut();
  await anna.hearsOut();
  expect([anna.state, anna.view?.queueId]).toEqual(['waiting', 'default']);
  const bob = world.customer('bob');
  await bob.dialsFlow('main');
  expect(bob.record?.ending).toBe('failed');
  await anna.drops();
  await world.isEmpty();
});

test('a key in line leads out of it, also while a phone rings for her; others mean nothing', async () => {
  const world = await center([mailbox], { queues: [{ name: 'default', keys: { '1': 'main' } }] });
  const anna = world.customer('anna');
  await anna.calls();
  expect([anna.state, anna.view?.keys]).toEqual(['waiting', ['1']]);
  await anna.pressesKeys('5');
  expect(anna.state).toBe('waiting');
  await anna.pressesKeys('1');
  expect([anna.state, anna.hears, anna.hearsMusic]).toEqual(['menu', ['leave'], false]);
  await world.agent('1001').signsIn();
  const bob = world.customer('bob');
  await bob.dials();
  expect(bob.state).toBe('ringing');
  await bob.pressesKeys('1');
  expect([bob.state, world.agent('1001').activity]).toEqual(['menu', 'idle']);
  expect(world.facts('offer.missed')).toMatchObject([{ miss: 'customer_left' }]);
  await anna.hangsUp();
  await bob.drops();
  expect(anna.record?.ending).toBe('abandoned_menu');
  await world.isEmpty();
});
