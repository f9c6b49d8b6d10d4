// An agent's own number: she is rung first; the rest is her queue's.

import { expect, test } from 'vitest';
import { agentId } from '../../app/domain/ids.ts';
import { openWorld, type World } from '../support/world.ts';

async function office(): Promise<World> {
  const world = await openWorld({
    queues: [{ name: 'sales' }],
    agents: [{ name: '1001' }, { name: '1002' }],
  });
  await world.agent('1001').signsIn();
  await world.agent('1002').signsIn();
  return world;
}

async function callsAgent(world: World, name: string): Promise<string> {
  const from = `+49${world.clock.newId().slice(-8)}`;
  const leg = world.media.call({ source: 'phone', agentId: agentId(name), from });
  world.generated({ name: 'anna', from }, leg);
  await world.settles();
  return leg;
}

const session = (world: World) => world.engine.view.sessions()[0];

test('she is rung although another has been idle longer, and has the call', async () => {
  const world = await office();
  const leg = await callsAgent(world, '1002');
  expect(session(world)).toMatchObject({ state: 'ringing', agentId: '1002', queueId: 'sales' });
  await world.agent('1002').picksUp();
  expect(session(world)).toMatchObject({ state: 'talking', agentId: '1002' });
  world.media.ends(leg as never);
  await world.isEmpty();
});

test('she does not answer, or is not there: her queue serves the caller', async () => {
  const world = await office();
  const leg = await callsAgent(world, '1002');
  await world.agent('1002').phoneEnds('declined');
  expect(session(world)).toMatchObject({ state: 'ringing', agentId: '1001' });
  world.media.ends(leg as never);
  await world.agent('1002').signsOut();
  const other = await callsAgent(world, '1002');
  expect(world.engine.view.sessions().find(({ state }) => state === 'ringing')?.agentId).toBe('1001');
  world.media.ends(other as never);
  await world.isEmpty();
});

test('a number of nobody is refused, and recorded', async () => {
  const world = await office();
  await callsAgent(world, '9999');
  expect(world.records).toMatchObject([{ ending: 'refused' }]);
  await world.isEmpty();
});
