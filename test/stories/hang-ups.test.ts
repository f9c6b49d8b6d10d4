import { expect, test } from 'vitest';
import { openWorld, type World } from '../support/world.ts';

async function ready(habit: 'ring' | 'answer' = 'ring'): Promise<World> {
  const world = await openWorld();
  await world.agent('1001').signsIn(habit);
  return world;
}

test('a customer who leaves before her leg came, or while waiting, has abandoned waiting', async () => {
  const world = await openWorld();
  const [anna, bea] = [world.customer('anna'), world.customer('bea')];
  await anna.presses();
  await anna.hangsUp();
  await bea.calls();
  await bea.hangsUp();
  expect(await bea.hangsUp()).toEqual({ outcome: 'ignored', why: 'already ended' });
  expect(world.records.map(({ ending }) => ending)).toEqual(['abandoned_waiting', 'abandoned_waiting']);
  expect(world.media.channels.size).toBe(0);
  await world.isEmpty();
});

test('a customer who leaves while an agent is rung stops the ringing at once', async () => {
  const world = await ready();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await anna.calls();
  await anna.hangsUp();
  expect(anna.record?.ending).toBe('abandoned_ringing');
  expect(agent.leg).toBeUndefined();
  expect(agent.activity).toBe('idle');
  await world.isEmpty();
});

test('a phone caller who hangs up is gone: while waiting, while ringing, while talking', async () => {
  const world = await openWorld();
  const agent = world.agent('1001');
  const [waiting, ringing, talking] = ['walt', 'rita', 'tom'].map((name) => world.customer(name));
  await waiting?.dials();
  await waiting?.drops();
  await agent.signsIn('ring');
  await ringing?.dials();
  await ringing?.drops();
  agent.phone('answer');
  await talking?.dials();
  expect(talking?.state).toBe('talking');
  await talking?.drops();
  expect(world.records.map(({ ending }) => ending)).toEqual([
    'abandoned_waiting',
    'abandoned_ringing',
    'customer_hung_up',
  ]);
  expect(agent.activity).toBe('wrapUp');
  await world.isEmpty();
});

test('an agent who hangs up, on her page or by putting the phone down, ends the call; the customer is told at once', async () => {
  const world = await ready('answer');
  const [anna, bob, agent] = [world.customer('anna'), world.customer('bob'), world.agent('1001')];
  await anna.calls();
  await agent.presses('hangUp');
  await agent.presses('finishWrapUp');
  await bob.dials();
  await agent.phoneEnds('hung_up');
  expect(world.records.map(({ ending }) => ending)).toEqual(['agent_hung_up', 'agent_hung_up']);
  expect(world.media.channels.size).toBe(0);
  expect(await agent.presses('hangUp')).toEqual({ outcome: 'refused', code: 'not_in_call' });
  await world.isEmpty();
});

test('a supervisor ends a call, and signs an agent out after it', async () => {
  const world = await ready('answer');
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await anna.calls();
  await world.does({ kind: 'supervisor.signOutAgent', agentId: agent.view.agentId, by: 'sue' });
  expect(agent.view).toMatchObject({ activity: 'talking', next: 'signedOut' });
  const end = { kind: 'supervisor.endSession', sessionId: anna.session, by: 'sue' } as const;
  expect(await world.does(end)).toEqual({ outcome: 'done' });
  expect(await world.does(end)).toEqual({ outcome: 'refused', code: 'already_ended' });
  expect(anna.record?.ending).toBe('supervisor_ended');
  await world.passes(10_000);
  expect(agent.presence).toBe('signedOut');
  expect(world.facts('agent.signedOut')).toMatchObject([{ cause: 'by sue' }]);
  await world.isEmpty();
});

test('stars are taken after a conversation, once, and for a minute', async () => {
  const world = await ready('answer');
  const anna = world.customer('anna');
  await anna.calls();
  expect(await anna.rates(5)).toEqual({ outcome: 'refused', code: 'wrong_state' });
  await anna.hangsUp();
  expect(await anna.rates(5)).toEqual({ outcome: 'done' });
  expect(await anna.rates(1)).toEqual({ outcome: 'ignored', why: 'already rated' });
  expect(world.facts('session.rated')).toMatchObject([{ stars: 5 }]);
  await world.isEmpty();
  expect(await anna.rates(5)).toEqual({ outcome: 'refused', code: 'unknown_session' });
});
