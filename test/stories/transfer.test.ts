// Let go at once: to a queue, to one agent, to a number, into a slot; and the way back when nobody is there.

import { expect, test } from 'vitest';
import { agentId, queueId } from '../../app/domain/ids.ts';
import { openWorld, type World } from '../support/world.ts';

const outside = '+4930123456';
const to1002 = { kind: 'agent', agentId: agentId('1002') } as const;
const toNumber = { kind: 'number', number: outside } as const;

async function conversation(wrapUpMs = 10_000): Promise<World> {
  const world = await openWorld({
    queues: [
      { name: 'default', wrapUpMs, callerNumbers: ['4000'] },
      { name: 'sales', wrapUpMs: 0 },
    ],
    agents: [
      { name: '1001', queues: ['default'] },
      { name: '1002', queues: ['default', 'sales'] },
    ],
  });
  await world.agent('1001').signsIn('answer');
  await world.customer('anna').dials('default', 3);
  await world.agent('1002').signsIn('ring');
  world.media.phone(outside, 'ring');
  return world;
}

const transfers = (world: World, to: Parameters<typeof wish>[1]) => wish(world, to);
const wish = (
  world: World,
  to: typeof to1002 | typeof toNumber | { kind: 'queue'; queueId: ReturnType<typeof queueId> },
) => world.agent('1001').wishes({ kind: 'agent.transfer', to });

test('to a queue: she waits there with her own priority, and the session and its record stay one', async () => {
  const world = await conversation();
  await world.agent('1002').takesBreak();
  await world.passes(2_000);
  expect(await transfers(world, { kind: 'queue', queueId: queueId('sales') })).toEqual({ outcome: 'done' });
  const anna = world.customer('anna');
  expect(anna.view).toMatchObject({ state: 'waiting', queueId: 'sales', place: 1 });
  expect(anna.hearsMusic).toBe(true);
  expect(world.agent('1001').activity).toBe('wrapUp');
  await world.passes(3_000);
  await world.agent('1002').isReady();
  await world.agent('1002').picksUp();
  expect(anna.bridgedTo).toBe(world.agent('1002').leg);
  await world.passes(1_000);
  await anna.drops();
  expect(anna.record).toMatchObject({ queueId: 'sales', agentId: '1002', ending: 'customer_hung_up' });
  const waited = anna.record?.segments.filter(({ kind }) => kind === 'waiting');
  expect(waited?.at(-1)).toMatchObject({ queueId: 'sales' });
  expect(world.records).toHaveLength(1);
  await world.isEmpty();
});

test('to a closed or unknown queue: refused, and she goes on talking', async () => {
  const world = await conversation();
  await world.does({
    kind: 'settings.queue',
    queue: {
      queueId: queueId('sales'),
      ringMs: 1,
      wrapUpMs: 0,
      maxMisses: 3,
      maxWaiting: 9,
      record: 'never',
      open: false,
    },
  });
  expect(await transfers(world, { kind: 'queue', queueId: queueId('sales') })).toMatchObject({
    code: 'queue_closed',
  });
  expect(await transfers(world, { kind: 'queue', queueId: queueId('none') })).toMatchObject({
    code: 'unknown_queue',
  });
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('to an agent: offered to her alone, and hers', async () => {
  const world = await conversation();
  await transfers(world, to1002);
  expect(world.customer('anna').view).toMatchObject({ state: 'ringing', agentId: '1002' });
  await world.agent('1002').picksUp();
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1002').leg);
  expect(world.facts('session.transferred')).toMatchObject([{ agentId: '1001', to: to1002, how: 'blind' }]);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('the agent does not answer: back to who let her go, out of the wrap-up', async () => {
  const world = await conversation(60_000);
  await transfers(world, to1002);
  await world.passes(20_100);
  expect(world.facts('session.returned')).toMatchObject([
    { to: 'agent', agentId: '1001', cause: 'no_answer' },
  ]);
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('nobody answers and who let her go is on a break: the head of the line', async () => {
  const world = await conversation(0);
  await world.agent('1001').takesBreak();
  await transfers(world, to1002);
  await world.agent('1002').phoneEnds('declined');
  expect(world.facts('session.returned')).toMatchObject([{ to: 'head', cause: 'declined' }]);
  expect(world.facts('session.requeued').at(-1)).toMatchObject({ to: 'head' });
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('to an agent who is not free: refused', async () => {
  const world = await conversation();
  await world.agent('1002').takesBreak();
  expect(await transfers(world, to1002)).toMatchObject({ code: 'agent_unavailable' });
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('to a number: she hears it ring, then whoever answers', async () => {
  const world = await conversation();
  await transfers(world, toNumber);
  const anna = world.customer('anna');
  expect(anna.state).toBe('transferring');
  expect(anna.channel?.ringback).toBe(true);
  world.media.answers(outside);
  await world.settles();
  expect(anna.bridgedTo).toBe(world.media.legAt(outside));
  expect(world.facts('session.transferred')).toMatchObject([{ to: { kind: 'number' }, how: 'blind' }]);
  await world.passes(5_000);
  await anna.drops();
  expect(anna.record).toMatchObject({ ending: 'customer_hung_up' });
  expect(anna.record?.segments.at(-1)).toMatchObject({ kind: 'transferred', third: toNumber });
  await world.isEmpty();
});

test.each(['busy', 'decline', 'unreachable', 'silent'] as const)(
  'a number that is %s gives her back to the agent',
  async (habit) => {
    const world = await conversation(60_000);
    world.media.phone(outside, habit);
    await transfers(world, toNumber);
    await world.passes(21_000);
    expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
    await world.customer('anna').drops();
    await world.isEmpty();
  },
);

test('the line to the number dies in the middle of it: the customer does not pay', async () => {
  const world = await conversation(0);
  await transfers(world, toNumber);
  world.media.answers(outside);
  await world.settles();
  const leg = world.media.legAt(outside);
  if (leg) world.media.ends(leg, 'media_lost');
  await world.settles();
  expect(world.facts('session.requeued')).toMatchObject([{ to: 'head' }]);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('a restart while the number rings, and while they talk, changes nothing', async () => {
  const world = await conversation();
  await transfers(world, toNumber);
  await world.restartControlPlane();
  expect(world.customer('anna').state).toBe('transferring');
  world.media.answers(outside);
  await world.settles();
  await world.restartControlPlane();
  expect(world.customer('anna').bridgedTo).toBe(world.media.legAt(outside));
  expect(world.repairs).toEqual([]);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('parked: music in a numbered slot, and whoever of the queue picks her up has her', async () => {
  const world = await conversation();
  expect(await world.agent('1001').wishes({ kind: 'agent.park' })).toEqual({ outcome: 'done' });
  const anna = world.customer('anna');
  expect(anna.view).toMatchObject({ state: 'parked', slot: 701 });
  expect(anna.hearsMusic).toBe(true);
  await world.agent('1002').takesBreak();
  expect(await world.agent('1002').wishes({ kind: 'agent.pickUp', slot: 702 })).toMatchObject({
    code: 'slot_empty',
  });
  expect(await world.agent('1002').wishes({ kind: 'agent.pickUp', slot: 701 })).toEqual({ outcome: 'done' });
  expect(world.media.performed.at(-1)).toMatchObject({ kind: 'leg.dial', autoAnswer: true });
  expect(anna.view).toMatchObject({ state: 'ringing', slot: 701 });
  await world.agent('1002').picksUp();
  expect(anna.bridgedTo).toBe(world.agent('1002').leg);
  expect(world.facts('session.pickedUp')).toMatchObject([{ agentId: '1002', slot: 701 }]);
  await anna.drops();
  await world.isEmpty();
});

test('a pick-up that misses leaves her in her slot; nobody picks her up: the head of the line', async () => {
  const world = await conversation();
  await world.agent('1001').wishes({ kind: 'agent.park' });
  await world.agent('1002').wishes({ kind: 'agent.pickUp', slot: 701 });
  await world.agent('1002').phoneEnds('busy');
  expect(world.customer('anna').view).toMatchObject({ state: 'parked', slot: 701 });
  await world.agent('1002').takesBreak();
  await world.agent('1001').takesBreak();
  await world.restartControlPlane();
  await world.passes(120_000);
  expect(world.customer('anna').state).toBe('waiting');
  expect(world.facts('session.requeued').at(-1)).toMatchObject({ to: 'head' });
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('slots are given out lowest first, run out, and are not for agents of other queues', async () => {
  const world = await openWorld({
    queues: [{ name: 'default', wrapUpMs: 0 }, { name: 'sales' }],
    agents: [
      { name: '1001', queues: ['default'] },
      { name: '1003', queues: ['sales'] },
    ],
    rules: { parkSlots: { first: 71, count: 1 } },
  });
  await world.agent('1001').signsIn('answer');
  await world.agent('1003').signsIn();
  await world.customer('anna').dials();
  await world.agent('1001').wishes({ kind: 'agent.park' });
  expect(await world.agent('1003').wishes({ kind: 'agent.pickUp', slot: 71 })).toMatchObject({
    code: 'not_allowed',
  });
  await world.customer('bob').dials();
  expect(await world.agent('1001').wishes({ kind: 'agent.park' })).toMatchObject({ code: 'no_free_slot' });
  await world.customer('anna').drops();
  expect(await world.agent('1001').wishes({ kind: 'agent.park' })).toEqual({ outcome: 'done' });
  expect(world.customer('bob').view?.slot).toBe(71);
  await world.customer('bob').drops();
  await world.isEmpty();
});
