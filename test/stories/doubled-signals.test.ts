import { expect, test } from 'vitest';
import { agentId } from '../../app/domain/ids.ts';
import { openWorld } from '../support/world.ts';

test('a whole call in which every signal comes twice is the same call', async () => {
  const world = await openWorld({ queues: [{ name: 'default', record: 'always' }] });
  world.media.setWeather(() => [0, 7]);
  const [anna, bob, agent] = [world.customer('anna'), world.customer('bob'), world.agent('1001')];
  await agent.signsIn('answer');
  await anna.calls();
  await bob.dials();
  expect(anna.state).toBe('talking');
  await agent.holds();
  await agent.resumes();
  expect(anna.bridgedTo).toBe(agent.leg);
  await anna.reloads();
  expect(anna.bridgedTo).toBe(agent.leg);
  await anna.hangsUp();
  await agent.presses('finishWrapUp');
  expect(bob.state).toBe('talking');
  await bob.drops();
  expect(world.records).toHaveLength(2);
  expect(world.facts('session.recordingStarted').length).toBeGreaterThan(0);
  await world.isEmpty();
});

test('two answers and a late hang-up of an old offer do not touch the new one', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn('ring');
  await world.agent('1002').signsIn('ring');
  const anna = world.customer('anna');
  await anna.calls();
  const old = world.agent('1001').leg;
  if (!old) throw new Error('1001 is not rung');
  world.media.setWeather((signal) => (signal.kind === 'leg.ended' && signal.legId === old ? [900] : [0]));
  await world.passes(20_000);
  expect(anna.view).toMatchObject({ state: 'ringing', agentId: '1002' });
  world.media.emit({ kind: 'leg.answered', legId: old });
  world.media.emit({ kind: 'leg.ringing', legId: old });
  await world.agent('1002').picksUp();
  world.media.emit({ kind: 'leg.answered', legId: world.agent('1002').leg ?? old });
  await world.passes(1_000);
  expect(anna.view).toMatchObject({ state: 'talking', agentId: '1002' });
  await anna.hangsUp();
  await world.isEmpty();
});

test('news of legs nobody knows, and digits, are ignored and counted', async () => {
  const world = await openWorld();
  const stranger = 'stranger' as never;
  world.media.emit({ kind: 'leg.ended', legId: stranger, ending: 'hung_up' });
  world.media.emit({ kind: 'leg.digit', legId: stranger, digit: '5' });
  world.media.emit({ kind: 'legs.bridged', a: stranger, b: stranger });
  world.media.emit({ kind: 'recording.stopped', legId: stranger, file: 'x', durationMs: 1 });
  world.media.emit({ kind: 'switch.back' });
  expect(world.ignored).toEqual([
    'unknown leg',
    'leg not in a call',
    'not a pair of ours',
    'unknown leg',
    'already up',
  ]);
  await world.isEmpty();
});

test('news of a pair that is no longer wanted does not make it so', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn('answer');
  await world.customer('anna').dials();
  await world.agent('1002').signsIn('answer');
  const before = { a: world.customer('anna').leg, b: world.agent('1001').leg };
  world.media.setWeather(({ kind }) => (kind === 'legs.bridged' ? [] : [0]));
  const to = { kind: 'agent', agentId: agentId('1002') } as const;
  await world.agent('1001').wishes({ kind: 'agent.consult', to });
  expect(world.customer('anna').view).toMatchObject({ state: 'consulting', joined: false });
  world.media.setWeather(() => [0]);
  if (before.b) world.media.emit({ kind: 'legs.bridged', a: before.a, b: before.b });
  expect(world.customer('anna').view).toMatchObject({ state: 'consulting', joined: false });
  expect(world.ignored.at(-1)).toBe('not the pair that is wanted');
  await world.customer('anna').drops();
  await world.isEmpty();
});
