import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';

test('when the agent leg dies mid-call the customer hears music and goes to the head of the line', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  const [anna, bea] = [world.customer('anna'), world.customer('bea')];
  await world.agent('1001').signsIn('answer');
  await anna.calls();
  await world.passes(5_000);
  await bea.dials('default', 5);
  await world.agent('1001').phoneEnds('media_lost');
  expect(anna).toMatchObject({ state: 'waiting', hearsMusic: true });
  expect(anna.view?.place).toBe(1);
  expect(bea.view?.place).toBe(2);
  expect(world.agent('1001').activity).toBe('wrapUp');
  expect(world.facts('session.requeued')).toMatchObject([{ to: 'head' }]);
  await world.agent('1002').signsIn('answer');
  expect(anna.view).toMatchObject({ state: 'talking', agentId: '1002' });
  await anna.hangsUp();
  expect(anna.record).toMatchObject({ agentId: '1002', ending: 'customer_hung_up' });
  await bea.drops();
  await world.isEmpty();
});

test('two customers at the head keep the order in which they first came', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }, { name: '1003' }] });
  const [anna, bea, cleo] = ['anna', 'bea', 'cleo'].map((name) => world.customer(name));
  await world.agent('1001').signsIn('answer');
  await world.agent('1002').signsIn('answer');
  for (const customer of [anna, bea, cleo]) await customer?.calls();
  await world.agent('1002').phoneEnds('failed');
  await world.agent('1001').phoneEnds('failed');
  expect([anna, bea, cleo].map((customer) => customer?.view?.place)).toEqual([1, 2, 3]);
  for (const customer of [anna, bea, cleo]) await customer?.hangsUp();
  await world.isEmpty();
});

test('an agent who puts the phone down before the bridge stands has not served the customer', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('ring');
  await anna.calls();
  await anna.drops();
  await agent.picksUp();
  await agent.presses('hangUp');
  expect(anna.view).toMatchObject({ state: 'waiting', away: true });
  expect(agent.activity).toBe('idle');
  await anna.arrives();
  await anna.hangsUp();
  await world.isEmpty();
});
