import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';

test('three misses in a row send an agent on break, and the caller waits for somebody else', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  const lazy = world.agent('1001');
  await lazy.signsIn('ring');
  const anna = world.customer('anna');
  await anna.calls();
  await world.passes(61_000);
  expect(world.facts('offer.missed').map(({ miss }) => miss)).toEqual([
    'no_answer',
    'no_answer',
    'no_answer',
  ]);
  expect(lazy.view).toMatchObject({ presence: 'break', breakReason: 'misses', activity: 'idle' });
  expect(world.facts('agent.onBreak')).toMatchObject([{ agentId: '1001', cause: 'misses' }]);
  expect(anna.view).toMatchObject({ state: 'waiting', place: 1 });
  expect(anna.hearsMusic).toBe(true);
  await world.agent('1002').signsIn('answer');
  expect(anna.view).toMatchObject({ state: 'talking', agentId: '1002' });
  await anna.hangsUp();
  await world.isEmpty();
});

test('an answer between two misses starts the count again, and so does coming back from the break', async () => {
  const world = await openWorld({ queues: [{ name: 'default', maxMisses: 2, wrapUpMs: 0 }] });
  const agent = world.agent('1001');
  await agent.signsIn('ring');
  const anna = world.customer('anna');
  await anna.calls();
  await world.passes(20_000);
  await agent.picksUp();
  await agent.presses('hangUp');
  await world.customer('bea').calls();
  await world.passes(20_000);
  expect(agent.presence).toBe('ready');
  await world.passes(20_000);
  expect(agent.presence).toBe('break');
  await agent.isReady();
  await world.passes(20_000);
  expect(agent.presence).toBe('ready');
  await world.customer('bea').hangsUp();
  await world.isEmpty();
});

test('a lonely phone that always refuses at once is not dialled in a tight loop', async () => {
  const world = await openWorld({ queues: [{ name: 'default', maxMisses: 0 }] });
  await world.agent('1001').signsIn('busy');
  await world.customer('anna').calls();
  await world.passes(60_000);
  const offers = world.facts('offer.made').length;
  expect(offers).toBeGreaterThan(10);
  expect(offers).toBeLessThan(20);
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('a caller who leaves while it rings is no miss of the agent', async () => {
  const world = await openWorld({ queues: [{ name: 'default', maxMisses: 1 }] });
  const agent = world.agent('1001');
  await agent.signsIn('ring');
  for (const name of ['anna', 'bea', 'cleo']) {
    await world.customer(name).calls();
    await world.customer(name).hangsUp();
  }
  expect(agent).toMatchObject({ presence: 'ready', activity: 'idle' });
  expect(world.facts('offer.missed').map(({ miss }) => miss)).toEqual(Array(3).fill('customer_left'));
  await world.isEmpty();
});
