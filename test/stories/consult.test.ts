// A third party is asked, and becomes part of the call or does not. At every point each of the three may be gone.

import { expect, test } from 'vitest';
import { agentId } from '../../app/domain/ids.ts';
import { openWorld, type World } from '../support/world.ts';

const to1002 = { kind: 'agent', agentId: agentId('1002') } as const;
const outside = '+4930123456';
const toNumber = { kind: 'number', number: outside } as const;

/** Anna, who called by telephone, talks with 1001; 1002 is free; a number outside rings until somebody answers. */
async function conversation(source: 'phone' | 'web' = 'phone'): Promise<World> {
  const world = await openWorld({
    queues: [{ name: 'default', callerNumbers: ['4000'], record: 'always' }],
    agents: [{ name: '1001' }, { name: '1002' }],
  });
  await world.agent('1001').signsIn('answer');
  if (source === 'web') await world.customer('anna').calls();
  else await world.customer('anna').dials();
  await world.agent('1002').signsIn('ring');
  world.media.phone(outside, 'ring');
  expect(world.customer('anna').state).toBe('talking');
  return world;
}

const asks = (world: World, to: typeof to1002 | typeof toNumber) =>
  world.agent('1001').wishes({ kind: 'agent.consult', to });

/** 1002 has taken the call. */
async function consultation(source?: 'phone' | 'web'): Promise<World> {
  const world = await conversation(source);
  await asks(world, to1002);
  await world.agent('1002').picksUp();
  return world;
}

async function conference(source?: 'phone' | 'web'): Promise<World> {
  const world = await consultation(source);
  await world.agent('1001').wishes({ kind: 'agent.conference' });
  return world;
}

const hears = (world: World, name: string) =>
  world.media.channels.get(world.agent(name).leg ?? ('' as never));
const thirdLeg = (world: World) => world.media.legAt(outside);

/** Out of a conference she leaves two behind, who hang up then. */
async function hangsUpAtLast(world: World): Promise<void> {
  const anna = world.customer('anna');
  if (anna.isWeb) await anna.hangsUp();
  else await anna.drops();
  if (anna.state === 'aside') await world.agent('1001').presses('hangUp');
  await world.isEmpty();
}

test('while a colleague is called the customer hears music and the agent hears it ring', async () => {
  const world = await conversation();
  expect(await asks(world, to1002)).toEqual({ outcome: 'done' });
  const anna = world.customer('anna');
  expect(anna.hearsMusic).toBe(true);
  expect(anna.bridgedTo).toBeUndefined();
  expect(hears(world, '1001')?.ringback).toBe(true);
  expect(anna.view).toMatchObject({
    state: 'consulting',
    facing: 'third',
    third: { kind: 'agent', agentId: '1002', state: 'ringing' },
  });
  expect([world.agent('1001').activity, world.agent('1002').activity]).toEqual(['consulting', 'ringing']);
  expect(world.media.performed.findLast(({ kind }) => kind === 'leg.dial')).toMatchObject({
    callerNumber: '1001',
    labels: { role: 'third', agentId: '1002' },
  });
  await hangsUpAtLast(world);
});

test('the colleague answers: the two hear each other, the customer hears neither', async () => {
  const world = await consultation();
  const anna = world.customer('anna');
  expect(hears(world, '1001')?.bridgedTo).toBe(world.agent('1002').leg);
  expect(hears(world, '1001')?.ringback).toBe(false);
  expect([anna.hearsMusic, anna.bridgedTo]).toEqual([true, undefined]);
  expect(world.agent('1002').activity).toBe('consulting');
  await hangsUpAtLast(world);
  expect(anna.record).toMatchObject({ ending: 'customer_hung_up', agentId: '1001' });
});

test('toggling: the agent is with one of the two, the other hears music', async () => {
  const world = await consultation();
  const anna = world.customer('anna');
  await world.agent('1001').wishes({ kind: 'agent.toggle' });
  expect(anna.bridgedTo).toBe(world.agent('1001').leg);
  expect([anna.hearsMusic, world.agent('1002').hearsMusic]).toEqual([false, true]);
  expect(anna.view?.facing).toBe('customer');
  await world.agent('1001').wishes({ kind: 'agent.toggle' });
  expect(hears(world, '1001')?.bridgedTo).toBe(world.agent('1002').leg);
  expect([anna.hearsMusic, world.agent('1002').hearsMusic]).toEqual([true, false]);
  await hangsUpAtLast(world);
});

test('cancelled: customer and agent have each other, the colleague is free at once', async () => {
  const world = await consultation();
  expect(await world.agent('1001').wishes({ kind: 'agent.cancelConsult' })).toEqual({ outcome: 'done' });
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  expect([world.agent('1001').activity, world.agent('1002').activity]).toEqual(['talking', 'idle']);
  await hangsUpAtLast(world);
});

test('completed: the customer is the colleague’s, in one session with one record that names both', async () => {
  const world = await consultation();
  await world.passes(5_000);
  await world.agent('1001').wishes({ kind: 'agent.completeTransfer' });
  const anna = world.customer('anna');
  expect(anna.bridgedTo).toBe(world.agent('1002').leg);
  expect(anna.view).toMatchObject({ state: 'talking', agentId: '1002' });
  expect([world.agent('1001').activity, world.agent('1002').activity]).toEqual(['wrapUp', 'talking']);
  await world.passes(4_000);
  await hangsUpAtLast(world);
  const { segments = [], agentId: last, recordings } = anna.record ?? {};
  expect(last).toBe('1002');
  expect(recordings).toHaveLength(1);
  const named = segments.filter(({ kind }) => kind === 'consulting' || kind === 'talking');
  expect(named.map(({ kind, agentId: who, third }) => [kind, who, third])).toEqual([
    ['talking', '1001', undefined],
    ['consulting', '1001', { kind: 'agent', agentId: '1002' }],
    ['talking', '1002', undefined],
  ]);
});

test('completed to a number: the two talk on without an agent, until one of them hangs up', async () => {
  const world = await conversation();
  await asks(world, toNumber);
  expect(world.media.performed).toContainEqual(
    expect.objectContaining({ kind: 'leg.dial', to: toNumber, callerNumber: '4000' }),
  );
  world.media.answers(outside);
  await world.settles();
  await world.agent('1001').wishes({ kind: 'agent.completeTransfer' });
  const anna = world.customer('anna');
  expect(anna.bridgedTo).toBe(thirdLeg(world));
  expect(anna.state).toBe('transferred');
  expect(world.agent('1001').activity).toBe('wrapUp');
  await world.passes(3_000);
  const leg = thirdLeg(world);
  if (leg) world.media.ends(leg);
  await world.settles();
  expect(anna.record).toMatchObject({ ending: 'third_hung_up', agentId: '1001' });
  expect(world.journal.facts.filter(({ fact }) => JSON.stringify(fact).includes(outside))).toEqual([]);
  await world.isEmpty();
});

test.each([
  ['busy', 'busy'],
  ['decline', 'declined'],
  ['unreachable', 'unreachable'],
] as const)(
  'a number that is %s is told as such, and the two have each other again',
  async (habit, cause) => {
    const world = await conversation();
    world.media.phone(outside, habit);
    await asks(world, toNumber);
    await world.settles();
    expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
    expect(world.facts('consult.ended')).toMatchObject([{ how: 'failed', cause }]);
    await hangsUpAtLast(world);
  },
);

test('a colleague who does not answer in time is no longer rung', async () => {
  const world = await conversation();
  await asks(world, to1002);
  await world.passes(21_000);
  expect(world.facts('consult.ended')).toMatchObject([{ how: 'failed', cause: 'no_answer' }]);
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  expect(world.agent('1002').activity).toBe('idle');
  await hangsUpAtLast(world);
});

test('the colleague hangs up: back to the customer', async () => {
  const world = await consultation();
  await world.agent('1002').phoneEnds();
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  expect(world.agent('1001').activity).toBe('talking');
  await hangsUpAtLast(world);
});

test.each(['hung_up', 'media_lost'] as const)(
  'the agent’s leg is gone (%s) with a colleague on the line: the customer is hers',
  async (ending) => {
    const world = await consultation();
    await world.agent('1001').phoneEnds(ending);
    expect(world.customer('anna').bridgedTo).toBe(world.agent('1002').leg);
    expect(world.customer('anna').view).toMatchObject({ state: 'talking', agentId: '1002' });
    await hangsUpAtLast(world);
  },
);

test('the agent’s leg is gone while it rings there: nobody is rung, the customer goes to the head of the line', async () => {
  const world = await conversation();
  await asks(world, to1002);
  await world.agent('1001').phoneEnds('media_lost');
  expect(world.facts('session.requeued')).toMatchObject([{ to: 'head' }]);
  await hangsUpAtLast(world);
});

test('a web customer reloads her page meanwhile: she comes back into the music', async () => {
  const world = await consultation('web');
  const anna = world.customer('anna');
  await anna.drops();
  expect(anna.view).toMatchObject({ state: 'consulting', away: true });
  expect(hears(world, '1001')?.bridgedTo).toBe(world.agent('1002').leg);
  await anna.arrives();
  expect(anna.hearsMusic).toBe(true);
  await anna.hangsUp();
  await world.isEmpty();
});

test('completed while the customer is away: she finds the colleague when she is back', async () => {
  const world = await consultation('web');
  const anna = world.customer('anna');
  await anna.drops();
  await world.agent('1001').wishes({ kind: 'agent.completeTransfer' });
  expect(world.agent('1002').hearsMusic).toBe(true);
  await anna.arrives();
  expect(anna.bridgedTo).toBe(world.agent('1002').leg);
  await anna.hangsUp();
  await world.isEmpty();
});

test('a conference: each of the three hears the other two', async () => {
  const world = await conference();
  const rooms = [...world.media.channels.values()].map(({ room }) => room);
  expect(rooms).toEqual([
    world.customer('anna').session,
    world.customer('anna').session,
    world.customer('anna').session,
  ]);
  expect([world.agent('1001').activity, world.agent('1002').activity]).toEqual([
    'conferencing',
    'conferencing',
  ]);
  expect(world.customer('anna').view).toMatchObject({ state: 'conferencing', joined: true });
  await hangsUpAtLast(world);
});

test('out of a conference the third party is dropped: two are left', async () => {
  const world = await conference();
  await world.agent('1001').wishes({ kind: 'agent.dropParty', party: 'third' });
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  expect(world.agent('1002').activity).toBe('idle');
  await hangsUpAtLast(world);
});

test.each(['is dropped', 'hangs up'] as const)(
  'the customer %s: the other two talk on aside',
  async (how) => {
    const world = await conference();
    const anna = world.customer('anna');
    if (how === 'is dropped')
      await world.agent('1001').wishes({ kind: 'agent.dropParty', party: 'customer' });
    else await anna.drops();
    expect(anna.state).toBe('aside');
    expect(hears(world, '1001')?.bridgedTo).toBe(world.agent('1002').leg);
    await world.agent('1002').presses('hangUp');
    expect(anna.record?.ending).toBe(how === 'is dropped' ? 'agent_hung_up' : 'customer_hung_up');
    expect(world.agent('1001').activity).toBe('wrapUp');
    await world.isEmpty();
  },
);

test('the agent leaves a conference: customer and colleague are left', async () => {
  const world = await conference();
  await world.agent('1001').presses('hangUp');
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1002').leg);
  expect(world.customer('anna').view).toMatchObject({ state: 'talking', agentId: '1002' });
  await hangsUpAtLast(world);
});

test('a web customer’s reload takes her out of the room and brings her back', async () => {
  const world = await conference('web');
  const anna = world.customer('anna');
  await anna.drops();
  expect(anna.view).toMatchObject({ state: 'conferencing', away: true });
  await anna.arrives();
  expect(anna.channel?.room).toBe(anna.session);
  expect(anna.view?.joined).toBe(true);
  await hangsUpAtLast(world);
});

test('a room the switch will not make costs the third party, not the customer', async () => {
  const world = await consultation();
  world.media.failNext('legs.conference', 'refused');
  world.media.failNext('legs.conference', 'refused');
  await world.agent('1001').wishes({ kind: 'agent.conference' });
  await world.passes(7_000);
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  await hangsUpAtLast(world);
});

test.each([
  ['a consultation that rings', (world: World) => asks(world, to1002)],
  [
    'a consultation',
    async (world: World) => {
      await asks(world, to1002);
      await world.agent('1002').picksUp();
    },
  ],
  [
    'a conference',
    async (world: World) => {
      await asks(world, to1002);
      await world.agent('1002').picksUp();
      await world.agent('1001').wishes({ kind: 'agent.conference' });
    },
  ],
] as const)('a restart in %s changes nothing anybody hears', async (_what, reach) => {
  const world = await conversation();
  await reach(world);
  const before = [...world.media.channels.values()].map(({ bridgedTo, room, music }) => [
    bridgedTo,
    room,
    music,
  ]);
  const state = world.customer('anna').state;
  await world.restartControlPlane();
  await world.passes(12_000);
  expect(
    [...world.media.channels.values()].map(({ bridgedTo, room, music }) => [bridgedTo, room, music]),
  ).toEqual(before);
  expect(world.customer('anna').state).toBe(state);
  expect(world.repairs).toEqual([]);
  await hangsUpAtLast(world);
});

test('what happened while the control plane was away is made good: the colleague took the call, the customer left the room', async () => {
  const world = await conversation();
  await asks(world, to1002);
  world.killControlPlane();
  world.media.answers('1002');
  await world.passes(1_000);
  await world.startControlPlane();
  expect(hears(world, '1001')?.bridgedTo).toBe(world.agent('1002').leg);
  expect(world.repairs).toContain('missed answer');
  await world.agent('1001').wishes({ kind: 'agent.conference' });
  world.killControlPlane();
  world.media.ends(world.customer('anna').leg);
  await world.passes(1_000);
  await world.startControlPlane();
  expect(world.customer('anna').state).toBe('aside');
  await world.agent('1001').presses('hangUp');
  await world.isEmpty();
});

test('the switch is lost in a conference: one record, everybody free', async () => {
  const world = await conference();
  world.media.die();
  await world.settles();
  expect(world.customer('anna').record).toMatchObject({ ending: 'media_lost' });
  expect([world.agent('1001').activity, world.agent('1002').activity]).toEqual(['idle', 'idle']);
  world.media.comeBack();
  await world.isEmpty();
});

test('what cannot be is refused, and nothing changes', async () => {
  const world = await conversation();
  const agent = world.agent('1001');
  const code = async (wish: Parameters<typeof agent.wishes>[0]) => {
    const answer = await agent.wishes(wish);
    return answer.outcome === 'refused' ? answer.code : answer.outcome;
  };
  expect(await code({ kind: 'agent.completeTransfer' })).toBe('not_consulting');
  expect(await code({ kind: 'agent.toggle' })).toBe('not_consulting');
  expect(await code({ kind: 'agent.conference' })).toBe('not_consulting');
  expect(await code({ kind: 'agent.dropParty', party: 'third' })).toBe('not_conferencing');
  expect(await code({ kind: 'agent.consult', to: { kind: 'number', number: '12;rm' } })).toBe('bad_number');
  expect(await code({ kind: 'agent.consult', to: { kind: 'agent', agentId: agentId('9') } })).toBe(
    'unknown_agent',
  );
  expect(await code({ kind: 'agent.consult', to: { kind: 'agent', agentId: agentId('1001') } })).toBe(
    'agent_unavailable',
  );
  await asks(world, to1002);
  expect(await code({ kind: 'agent.completeTransfer' })).toBe('not_answered');
  expect(await code({ kind: 'agent.toggle' })).toBe('not_answered');
  expect(await code({ kind: 'agent.hold' })).toBe('wrong_state');
  expect(await code({ kind: 'agent.park' })).toBe('wrong_state');
  expect(await world.agent('1002').wishes({ kind: 'agent.hold' })).toEqual({
    outcome: 'refused',
    code: 'not_your_call',
  });
  expect(world.customer('anna').state).toBe('consulting');
  await hangsUpAtLast(world);
});
