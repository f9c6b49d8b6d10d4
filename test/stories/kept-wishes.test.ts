import { expect, test } from 'vitest';
import { openWorld, type World } from '../support/world.ts';

async function talking(): Promise<World> {
  const world = await openWorld();
  await world.agent('1001').signsIn('answer');
  await world.customer('anna').calls();
  return world;
}

test('a break asked for during a call is kept, and begins after wrap-up', async () => {
  const world = await talking();
  const agent = world.agent('1001');
  await agent.takesBreak('lunch');
  expect(agent.view).toMatchObject({ presence: 'ready', activity: 'talking', next: 'break' });
  expect(world.facts('agent.willBe')).toMatchObject([{ next: 'break', reason: 'lunch' }]);
  await world.customer('anna').hangsUp();
  expect(agent.view).toMatchObject({ presence: 'ready', activity: 'wrapUp', next: 'break' });
  await world.customer('bea').calls();
  await world.passes(10_000);
  expect(agent.view).toMatchObject({ presence: 'break', breakReason: 'lunch', activity: 'idle' });
  expect(agent.view.next).toBeUndefined();
  expect(world.customer('bea').state).toBe('waiting');
  await agent.isReady();
  expect(world.customer('bea').state).toBe('talking');
  await world.customer('bea').hangsUp();
  await world.isEmpty();
});

test('a sign-out asked for during a call is kept, and the phone is not rung again', async () => {
  const world = await talking();
  const agent = world.agent('1001');
  await agent.signsOut();
  expect(world.customer('anna').state).toBe('talking');
  await world.customer('anna').hangsUp();
  await agent.presses('finishWrapUp');
  expect(agent.presence).toBe('signedOut');
  expect(agent.view.device).toBeUndefined();
  await world.isEmpty();
});

test('asking for ready again takes a kept break back', async () => {
  const world = await talking();
  const agent = world.agent('1001');
  await agent.takesBreak();
  await agent.isReady();
  await world.customer('anna').hangsUp();
  await world.passes(10_000);
  expect(agent).toMatchObject({ presence: 'ready', activity: 'idle' });
  await world.isEmpty();
});

test('a break asked for while the phone rings begins when the offer is over, also by a miss', async () => {
  const world = await openWorld();
  const agent = world.agent('1001');
  await agent.signsIn('ring');
  await world.customer('anna').calls();
  await agent.takesBreak('coffee');
  expect(agent.activity).toBe('ringing');
  await world.passes(20_000);
  expect(agent.view).toMatchObject({ presence: 'break', breakReason: 'coffee' });
  expect(world.customer('anna').state).toBe('waiting');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('wrap-up ends by its timer or early by the agent, and only then is she offered again', async () => {
  const world = await talking();
  const agent = world.agent('1001');
  await agent.presses('hangUp');
  await world.customer('bea').calls();
  await world.passes(9_000);
  expect(agent.activity).toBe('wrapUp');
  expect(world.customer('bea').state).toBe('waiting');
  await agent.presses('finishWrapUp');
  expect(world.customer('bea').state).toBe('talking');
  expect(await agent.presses('finishWrapUp')).toEqual({ outcome: 'refused', code: 'not_in_wrap_up' });
  await world.customer('bea').hangsUp();
  await world.passes(9_900);
  expect(agent.activity).toBe('wrapUp');
  await world.passes(100);
  expect(agent.activity).toBe('idle');
  await world.isEmpty();
});

test.each(['agent.ready', 'agent.signIn'] as const)(
  '%s dialled at the phone that is to ring: nothing is offered until that call is over',
  async (kind) => {
    const world = await openWorld();
    const agent = world.agent('1001');
    await agent.signsIn('ring');
    if (kind === 'agent.ready') await agent.takesBreak();
    else await agent.signsOut();
    await world.customer('anna').calls();
    const device = { kind: 'sip', address: '1001' } as const;
    await agent.wishes(kind === 'agent.ready' ? { kind, byCode: true } : { kind, device, byCode: true });
    expect(agent.view).toMatchObject({ presence: 'ready', activity: 'idle' });
    await world.passes(1_500);
    expect(agent.activity).toBe('ringing');
    await world.customer('anna').hangsUp();
    await world.isEmpty();
  },
);
