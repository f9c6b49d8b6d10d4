import { expect, test } from 'vitest';
import type { PhoneHabit } from '../support/fake-media.ts';
import { openWorld } from '../support/world.ts';

const refusals: readonly (readonly [PhoneHabit, string])[] = [
  ['decline', 'declined'],
  ['busy', 'busy'],
  ['unreachable', 'unreachable'],
  ['fail', 'failed'],
];

test.each(refusals)(
  'a phone that does "%s" is a miss "%s", and the next agent is rung at once',
  async (habit, miss) => {
    const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
    await world.agent('1001').signsIn(habit);
    await world.agent('1002').signsIn('ring');
    const anna = world.customer('anna');
    await anna.calls();
    expect(world.facts('offer.missed')).toMatchObject([{ agentId: '1001', miss }]);
    expect(world.facts('session.requeued')).toMatchObject([{ to: 'own_place' }]);
    expect(anna.view).toMatchObject({ state: 'ringing', agentId: '1002', place: 1 });
    await world.agent('1002').picksUp();
    await anna.hangsUp();
    expect(anna.record?.offers).toMatchObject([
      { agentId: '1001', outcome: miss },
      { agentId: '1002', outcome: 'accepted' },
    ]);
    await world.isEmpty();
  },
);

test('an agent who does not answer in time has missed; the caller keeps her place before those who came later', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn('ring');
  const [anna, bea] = [world.customer('anna'), world.customer('bea')];
  await anna.calls();
  await bea.calls();
  await world.passes(10_000);
  expect(bea.view).toMatchObject({ state: 'waiting', place: 2 });
  await world.agent('1002').signsIn('ring');
  expect(bea.view).toMatchObject({ state: 'ringing', agentId: '1002' });
  await world.passes(10_000);
  expect(world.facts('offer.missed')).toMatchObject([{ agentId: '1001', miss: 'no_answer' }]);
  expect(anna.view).toMatchObject({ state: 'ringing', agentId: '1001', place: 1 });
  await anna.hangsUp();
  await bea.hangsUp();
  await world.isEmpty();
});

test('the phone of a missed offer stops ringing, and a late answer of it changes nothing', async () => {
  const world = await openWorld();
  const agent = world.agent('1001');
  await agent.signsIn('silent');
  await world.customer('anna').calls();
  const { leg } = agent;
  await world.passes(20_000);
  expect(leg && world.media.channels.has(leg)).toBe(false);
  if (leg) world.media.emit({ kind: 'leg.answered', legId: leg });
  await world.settles();
  expect(world.customer('anna').state).toBe('ringing');
  expect(world.ignored).toContain('leg already gone');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('the agent declines on her page: the phone stops ringing and she is left alone for a moment', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }] });
  const agent = world.agent('1001');
  await agent.signsIn('ring');
  const anna = world.customer('anna');
  await anna.calls();
  await agent.presses('decline');
  expect(agent.leg).toBeUndefined();
  expect(anna.state).toBe('waiting');
  await world.passes(4_000);
  expect(anna.state).toBe('ringing');
  expect(await agent.presses('decline')).toEqual({ outcome: 'done' });
  expect(await agent.presses('decline')).toEqual({ outcome: 'refused', code: 'not_ringing' });
  await anna.hangsUp();
  await world.isEmpty();
});
