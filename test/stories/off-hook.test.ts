import { expect, test } from 'vitest';
import { agentId } from '../../app/domain/ids.ts';
import { openWorld, type World } from '../support/world.ts';
import type { PhoneHabit } from '../support/fake-media.ts';

/** Anna waits, and the phone of 1001 rings for her. */
async function rings(habit: PhoneHabit): Promise<World> {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn(habit);
  await world.customer('anna').calls();
  expect(world.agent('1001').activity).toBe('ringing');
  return world;
}

const dials = (world: World) => world.media.performed.filter((effect) => effect.kind === 'leg.dial');

test('a phone that listens goes off-hook when Answer is pressed at the page, and is rung once', async () => {
  const world = await rings('ring');
  await world.agent('1001').presses('answer');
  expect(world.customer('anna').state).toBe('talking');
  await world.passes(5_000);
  expect(dials(world)).toHaveLength(1);
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('one that does not is rung anew, once it is free, by a call that is to be answered at once', async () => {
  const world = await rings('byHeader');
  const agent = world.agent('1001');
  const anna = world.customer('anna');
  const first = agent.leg;
  await agent.presses('answer');
  expect(anna.state).toBe('ringing');
  await world.passes(1_000);
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  expect(agent.leg).not.toBe(first);
  const kinds = world.media.performed.map(({ kind }) => kind);
  expect(kinds.indexOf('leg.hangUp')).toBeLessThan(kinds.lastIndexOf('leg.dial'));
  const [once, anew] = dials(world);
  expect(anew).toMatchObject({ autoAnswer: true, ringUntil: once?.ringUntil });
  await anna.hangsUp();
  expect(anna.record).toMatchObject({ offers: [{ agentId: '1001', outcome: 'accepted' }] });
  await world.isEmpty();
});

test('pressed again and again it is still rung anew only once, and a late word of the first call means nothing', async () => {
  const world = await rings('byHand');
  const agent = world.agent('1001');
  const first = agent.leg;
  for (const _ of [1, 2, 3]) {
    await agent.presses('answer');
    await world.passes(400);
  }
  await agent.presses('answer');
  await world.passes(3_000);
  expect(dials(world)).toHaveLength(2);
  if (first) world.media.emit({ kind: 'leg.answered', legId: first });
  await world.settles();
  expect(world.customer('anna').state).toBe('ringing');
  await agent.picksUp();
  expect(world.customer('anna').state).toBe('talking');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('whoever lifts the handset while her call is being taken back is rung anew all the same', async () => {
  const world = await rings('byHand');
  const agent = world.agent('1001');
  await agent.presses('answer');
  world.media.setWeather(({ kind }) => (kind === 'leg.ended' ? [500] : [0]));
  const first = agent.leg;
  await world.passes(1_000);
  if (first) world.media.emit({ kind: 'leg.answered', legId: first });
  await world.settles();
  expect(world.customer('anna').state).toBe('ringing');
  world.media.setWeather(() => [0]);
  await world.passes(500);
  await agent.picksUp();
  expect(world.customer('anna').state).toBe('talking');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('nobody answers the second call either: the offer ends when it would have', async () => {
  const world = await rings('byHand');
  await world.agent('1002').signsIn('ring');
  await world.agent('1001').presses('answer');
  await world.passes(20_000);
  expect(world.facts('offer.missed')).toMatchObject([{ agentId: '1001', miss: 'no_answer' }]);
  expect(world.customer('anna').view).toMatchObject({ state: 'ringing', agentId: '1002' });
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('a consulted colleague answers at her page too, and sees who asks', async () => {
  const world = await rings('ring');
  const [agent, colleague] = [world.agent('1001'), world.agent('1002')];
  await agent.presses('answer');
  await colleague.signsIn('byHeader');
  await agent.wishes({ kind: 'agent.consult', to: { kind: 'agent', agentId: agentId('1002') } });
  await colleague.presses('answer');
  await world.passes(1_000);
  expect(colleague.activity).toBe('consulting');
  expect(dials(world).at(-1)).toMatchObject({ autoAnswer: true, callerNumber: '1001' });
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});
