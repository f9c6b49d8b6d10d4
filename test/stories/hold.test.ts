import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';

test('on hold the customer hears music; resumed, the two hear each other again', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('answer');
  await anna.calls();
  await world.passes(5_000);
  expect(await agent.holds()).toEqual({ outcome: 'done' });
  expect(anna).toMatchObject({ state: 'held', hearsMusic: true, bridgedTo: undefined });
  expect(agent.activity).toBe('held');
  expect(await agent.holds()).toEqual({ outcome: 'refused', code: 'already_held' });
  await world.passes(5_000);
  await agent.resumes();
  expect(anna).toMatchObject({ state: 'talking', hearsMusic: false, bridgedTo: agent.leg });
  expect(await agent.resumes()).toEqual({ outcome: 'refused', code: 'not_held' });
  await world.passes(5_000);
  await anna.hangsUp();
  expect(await agent.holds()).toEqual({ outcome: 'refused', code: 'not_in_call' });
  expect(anna.record?.talkMs).toBeGreaterThan(15_000);
  expect(anna.record?.heldMs).toBeGreaterThanOrEqual(5_000);
  expect(anna.record?.heldMs).toBeLessThan(6_000);
  await world.isEmpty();
});

test('a customer who hangs up on hold has hung up; the agent goes into wrap-up', async () => {
  const world = await openWorld();
  const [bob, agent] = [world.customer('bob'), world.agent('1001')];
  await agent.signsIn('answer');
  await bob.dials();
  await agent.holds();
  await bob.drops();
  expect(bob.record?.ending).toBe('customer_hung_up');
  expect(agent.activity).toBe('wrapUp');
  await world.isEmpty();
});
