import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';

test('a dial the switch does not take is nobody’s miss; the caller is offered again after a pause', async () => {
  const world = await openWorld({ queues: [{ name: 'default', maxMisses: 1 }] });
  await world.agent('1001').signsIn('ring');
  world.media.failNext('leg.dial', 'refused');
  await world.customer('anna').calls();
  expect(world.facts('offer.missed')).toMatchObject([{ miss: 'withdrawn' }]);
  expect(world.agent('1001').presence).toBe('ready');
  await world.passes(4_000);
  expect(world.customer('anna').state).toBe('ringing');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('a customer whose leg cannot be answered is told so', async () => {
  const world = await openWorld();
  world.media.failNext('leg.answer', 'refused');
  await world.customer('anna').calls();
  expect(world.customer('anna').record?.ending).toBe('failed');
  expect(world.media.channels.size).toBe(0);
  await world.isEmpty();
});

test('a bridge the switch refuses once is asked for again', async () => {
  const world = await openWorld();
  await world.agent('1001').signsIn('answer');
  world.media.failNext('legs.bridge', 'timeout');
  await world.customer('anna').calls();
  expect(world.customer('anna').state).toBe('talking');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('a bridge that cannot be made sends the customer to another agent, and a second time ends the session', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn('answer');
  await world.agent('1002').signsIn('answer');
  const anna = world.customer('anna');
  for (let tries = 0; tries < 4; tries += 1) world.media.failNext('legs.bridge', 'timeout');
  await anna.calls();
  expect(anna.record).toMatchObject({ ending: 'failed', connectedAt: null });
  expect(anna.record?.offers.map(({ agentId }) => agentId)).toEqual(['1001', '1002']);
  expect(world.agent('1002').activity).toBe('idle');
  await world.isEmpty();
});

test('a call goes on without music and without a label', async () => {
  const world = await openWorld();
  world.media.failNext('music.start', 'timeout');
  world.media.failNext('leg.label', 'timeout');
  await world.customer('anna').calls();
  expect(world.customer('anna').state).toBe('waiting');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});
