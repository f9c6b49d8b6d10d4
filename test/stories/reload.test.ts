import { expect, test } from 'vitest';
import { openWorld, type World } from '../support/world.ts';

test('a page reloaded while waiting keeps its place; nobody is offered to an agent while away', async () => {
  const world = await openWorld();
  const [anna, bea, agent] = [world.customer('anna'), world.customer('bea'), world.agent('1001')];
  await anna.calls();
  await bea.calls();
  await anna.drops();
  expect(anna.view).toMatchObject({ state: 'waiting', away: true, place: 1 });
  await agent.signsIn('ring');
  expect(bea.view).toMatchObject({ state: 'ringing', place: 2 });
  await anna.arrives();
  expect(anna.view).toMatchObject({ state: 'waiting', away: false, place: 1 });
  expect(anna.hearsMusic).toBe(true);
  await bea.hangsUp();
  expect(anna.state).toBe('ringing');
  await anna.hangsUp();
  expect(world.facts('session.customerBack')).toHaveLength(1);
  await world.isEmpty();
});

test('a page reloaded while an agent is rung finds the agent: she hears music until the customer is back', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('ring');
  await anna.calls();
  await anna.drops();
  await agent.picksUp();
  expect(anna.view).toMatchObject({ state: 'connecting', away: true });
  expect(agent.hearsMusic).toBe(true);
  await world.passes(3_000);
  await anna.arrives();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await world.isEmpty();
});

async function talking(): Promise<World> {
  const world = await openWorld();
  await world.agent('1001').signsIn('answer');
  await world.customer('anna').calls();
  return world;
}

test('a page reloaded during the talk goes on talking with the same agent', async () => {
  const world = await talking();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  const agentLeg = agent.leg;
  await world.passes(10_000);
  await anna.drops();
  expect(anna.view).toMatchObject({ state: 'talking', away: true });
  expect(agent).toMatchObject({ activity: 'talking', hearsMusic: true });
  await world.passes(3_000);
  await anna.arrives();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agentLeg });
  expect(agent.hearsMusic).toBe(false);
  await world.passes(10_000);
  await anna.hangsUp();
  expect(world.records).toHaveLength(1);
  expect(anna.record?.segments.map(({ kind }) => kind)).toEqual(
    ['arriving', 'waiting', 'ringing', 'connecting', 'talking', 'away', 'talking'].filter((kind) =>
      anna.record?.segments.some((segment) => segment.kind === kind),
    ),
  );
  expect(world.journal.legs.filter(({ role }) => role === 'customer')).toHaveLength(2);
  await world.isEmpty();
});

test('a page reloaded on hold comes back to the music', async () => {
  const world = await talking();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.holds();
  await anna.reloads();
  expect(anna).toMatchObject({ state: 'held', hearsMusic: true });
  await agent.resumes();
  expect(anna.bridgedTo).toBe(agent.leg);
  await anna.hangsUp();
  await world.isEmpty();
});

test('a hold resumed while the customer is away is joined when she is back', async () => {
  const world = await talking();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.holds();
  await anna.drops();
  expect(await agent.resumes()).toEqual({ outcome: 'done' });
  await world.passes(5_000);
  await anna.arrives();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await world.isEmpty();
});

test('a second leg of the same session takes over from the first, which is let go', async () => {
  const world = await talking();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  const first = anna.leg;
  await anna.arrives();
  expect(anna.leg).not.toBe(first);
  expect(world.media.channels.has(first)).toBe(false);
  await world.passes(3_000);
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await world.isEmpty();
});

test('a customer who does not come back in time is lost, in every state, and the agent is free', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }] });
  const [anna, bea, cleo] = ['anna', 'bea', 'cleo'].map((name) => world.customer(name));
  const agent = world.agent('1001');
  await anna?.calls();
  await anna?.drops();
  await world.passes(15_000);
  await agent.signsIn('ring');
  await bea?.calls();
  await bea?.drops();
  await world.passes(15_000);
  expect(agent.activity).toBe('idle');
  agent.phone('answer');
  await cleo?.calls();
  await cleo?.drops();
  await world.passes(14_000);
  expect(agent.activity).toBe('talking');
  await world.passes(1_000);
  expect(agent.activity).toBe('wrapUp');
  expect(world.records.map(({ ending }) => ending)).toEqual(Array(3).fill('customer_lost'));
  expect(world.media.channels.size).toBe(0);
  await world.isEmpty();
});

test('a customer who hangs up on her page while her leg is gone is believed', async () => {
  const world = await talking();
  const anna = world.customer('anna');
  await anna.drops();
  await anna.hangsUp();
  expect(anna.record?.ending).toBe('customer_hung_up');
  await anna.arrives();
  expect(world.media.channels.size).toBe(0);
  await world.isEmpty();
});
