import { expect, test } from 'vitest';
import { openWorld, type World } from '../support/world.ts';

const agents = (...names: string[]) => names.map((name) => ({ name }));

async function endAll(world: World, ...names: string[]): Promise<void> {
  for (const name of names) await world.customer(name).drops();
  await world.isEmpty();
}

test('the agent who has been idle longest is offered; a call puts her at the back', async () => {
  const world = await openWorld({
    agents: agents('1001', '1002', '1003'),
    queues: [{ name: 'default', wrapUpMs: 0 }],
  });
  for (const name of ['1002', '1001', '1003']) await world.agent(name).signsIn('answer');
  await world.customer('anna').dials();
  await world.customer('anna').drops();
  for (const name of ['bob', 'cleo', 'dan']) await world.customer(name).dials();
  expect(['bob', 'cleo', 'dan'].map((name) => world.customer(name).view?.agentId)).toEqual([
    '1001',
    '1003',
    '1002',
  ]);
  await endAll(world, 'bob', 'cleo', 'dan');
});

test('a higher priority goes first, within it who came first; places say so', async () => {
  const world = await openWorld();
  await world.customer('anna').dials('default', 0);
  await world.customer('bob').dials('default', 5);
  await world.customer('cleo').dials('default', 5);
  await world.customer('dan').dials('default', 9);
  const names = ['anna', 'bob', 'cleo', 'dan'];
  expect(names.map((name) => world.customer(name).view?.place)).toEqual([4, 2, 3, 1]);
  await world.agent('1001').signsIn('answer');
  expect(world.customer('dan').state).toBe('talking');
  await endAll(world, ...names);
});

test('an agent of two queues takes whoever is first by the same order; an agent of one does not serve the other', async () => {
  const world = await openWorld({
    queues: [{ name: 'sales' }, { name: 'support' }, { name: 'other' }],
    agents: [
      { name: '1001', queues: ['sales', 'support'] },
      { name: '1002', queues: ['other'] },
    ],
  });
  await world.agent('1002').signsIn('answer');
  await world.customer('anna').dials('support');
  await world.customer('bob').dials('sales');
  expect(world.agent('1002').activity).toBe('idle');
  await world.agent('1001').signsIn('answer');
  expect(world.customer('anna').state).toBe('talking');
  expect(world.customer('bob').view).toMatchObject({ state: 'waiting', place: 1 });
  await endAll(world, 'anna', 'bob');
});

test('an unreachable agent is not offered until her phone is back', async () => {
  const world = await openWorld();
  const agent = world.agent('1001');
  await agent.signsIn('answer');
  world.report('1001', false);
  await world.customer('anna').dials();
  expect(world.customer('anna').state).toBe('waiting');
  expect(agent.view.reachability).toEqual({ reachable: false, why: 'unregistered' });
  world.report('1001', true);
  await world.settles();
  expect(world.customer('anna').state).toBe('talking');
  await endAll(world, 'anna');
});

test('an agent moved to another queue by the settings is offered its callers at once', async () => {
  const world = await openWorld({
    queues: [{ name: 'sales' }, { name: 'support' }],
    agents: [{ name: '1001', queues: ['sales'] }],
  });
  await world.agent('1001').signsIn('answer');
  await world.customer('anna').dials('support');
  expect(world.customer('anna').state).toBe('waiting');
  const { agentId, displayName } = world.agent('1001').view;
  await world.does({ kind: 'settings.agent', agent: { agentId, displayName, queues: ['support' as never] } });
  expect(world.customer('anna').state).toBe('talking');
  await endAll(world, 'anna');
});

test('the figures of a queue follow its callers and agents', async () => {
  const world = await openWorld({ agents: agents('1001', '1002', '1003', '1004') });
  await world.agent('1001').signsIn('answer');
  await world.customer('anna').dials();
  await world.agent('1002').signsIn();
  await world.agent('1002').takesBreak();
  await world.agent('1003').signsIn('ring');
  world.report('1003', false);
  const began = world.clock.now();
  await world.customer('bob').dials();
  await world.customer('cleo').dials('default', 3);
  expect(world.engine.view.queues()).toEqual([
    {
      queueId: 'default',
      open: true,
      takesCalls: true,
      waiting: 2,
      longestSince: began,
      agents: { ready: 0, busy: 1, onBreak: 1 },
      record: 'never',
    },
  ]);
  await endAll(world, 'anna', 'bob', 'cleo');
});

test('a thousand callers in line each see their own place', async () => {
  const world = await openWorld({ queues: [{ name: 'default', maxWaiting: 1_000 }] });
  for (let n = 0; n < 1_000; n += 1) {
    world.media.call({ source: 'phone', queueId: 'default' as never, from: `+${n}` });
    world.generated({ name: `${n}`, from: `+${n}` });
  }
  await world.settles();
  const places = world.engine.view.sessions().map(({ place }) => place);
  expect(places).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
  world.media.die();
  await world.settles();
  world.media.comeBack();
  await world.isEmpty();
});
