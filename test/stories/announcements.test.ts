// A caller in line is told her place and her wait, between stretches of music.

import { expect, test } from 'vitest';
import type { Announcements } from '../../app/domain/announcement.ts';
import type { Flow } from '../../app/domain/flow.ts';
import { queueId } from '../../app/domain/ids.ts';
import { openWorld, type World, type WorldOptions } from '../support/world.ts';

const announce: Announcements = {
  firstMs: 10_000,
  everyMs: 30_000,
  before: [],
  places: [['next'], ['place-2'], ['place-3'], ['beyond']],
  waits: Array.from({ length: 16 }, (_, step) => [`wait-${step}`]),
};
const night: Flow = {
  flowId: 'night',
  start: 'bye',
  queueId: queueId('default'),
  steps: { bye: { kind: 'hangUp', prompt: ['bye'] } },
};

const center = (more: Partial<Announcements> = {}, options: Partial<WorldOptions> = {}): Promise<World> =>
  openWorld({
    queues: [{ name: 'default', announce: { ...announce, ...more }, keys: { '9': 'night' } }],
    flows: [night],
    ...options,
  });

/** Everybody's, whole: what follows without a gap as well. */
const announced = (world: World) =>
  world.media.performed.flatMap((effect) =>
    effect.kind === 'sound.play' ? [[effect.soundId, ...(effect.then ?? [])].join(' ')] : [],
  );

test('she hears music, then her place, then music again, and her place once more after a while', async () => {
  const world = await center();
  const [anna, bob] = [world.customer('anna'), world.customer('bob')];
  await anna.dials();
  await bob.dials();
  await world.passes(9_900);
  expect([anna.hearsMusic, anna.hears, bob.hears]).toEqual([true, [], []]);
  await world.passes(100);
  expect([anna.hears, bob.hears]).toEqual([['next'], ['place-2']]);
  expect(world.facts('session.announced')).toMatchObject([{ place: 1 }, { place: 2 }]);
  await anna.hearsOut();
  await bob.hearsOut();
  expect([anna.hearsMusic, anna.hears, bob.hears]).toEqual([true, [], []]);
  await world.passes(29_900);
  expect(bob.hears).toEqual([]);
  await anna.drops();
  await world.passes(200);
  expect(bob.hears).toEqual(['next']);
  await bob.drops();
  await world.isEmpty();
});

test('a place that has grown worse is not told; how long it will be is', async () => {
  const world = await center();
  const [anna, bob] = [world.customer('anna'), world.customer('bob')];
  await anna.dials();
  await world.passes(10_100);
  await anna.hearsOut();
  await bob.dials('default', 5);
  await world.passes(30_100);
  expect(anna.view?.place).toBe(2);
  expect(announced(world)).toEqual(['next', 'next']);
  await bob.drops();
  await world.passes(30_000);
  expect(announced(world)).toEqual(['next', 'next', 'next']);
  await anna.drops();
  await world.isEmpty();
});

test('with place and wait known, both are said in one breath after what the queue says each time', async () => {
  const world = await center({ before: ['thanks'] }, { agents: [{ name: '1001' }] });
  const names = ['a', 'b', 'c', 'd', 'e'];
  await world.agent('1001').signsIn('answer');
  for (const name of names) await world.customer(name).dials();
  for (let taken = 0; taken < 3; taken += 1) {
    await world.passes(50_000);
    await world.agent('1001').presses('hangUp');
    await world.passes(10_000);
  }
  const [e] = [world.customer('e')];
  expect(e.view).toMatchObject({ place: 1, estimate: { minutes: 2 } });
  const before = announced(world).length;
  await e.hearsOut();
  await world.passes(31_000);
  expect(announced(world).slice(before)).toEqual(['thanks next wait-1']);
  expect(world.facts('session.announced').at(-1)).toMatchObject({
    place: 1,
    estimate: { minutes: 2, over: false },
  });
  for (const name of ['d', 'e']) await world.customer(name).drops();
  await world.isEmpty();
});

test('while an agent’s phone rings for her she hears music alone; a miss does not bring it all back at once', async () => {
  const world = await center();
  const anna = world.customer('anna');
  await anna.dials();
  await world.passes(10_100);
  expect(anna.hears).toEqual(['next']);
  await world.agent('1001').signsIn('ring');
  expect([anna.state, anna.hears, anna.hearsMusic]).toEqual(['ringing', [], true]);
  await world.passes(15_000);
  expect(anna.hears).toEqual([]);
  await world.agent('1001').presses('decline');
  await world.agent('1001').signsOut();
  await world.passes(12_000);
  expect(announced(world)).toEqual(['next']);
  await world.passes(4_000);
  expect([anna.state, anna.hears]).toEqual(['waiting', ['next']]);
  await anna.drops();
  await world.isEmpty();
});

test('connected, she hears the agent; lost, she is told anew at the head of the line', async () => {
  const world = await center();
  const anna = world.customer('anna');
  await anna.dials();
  await world.passes(10_100);
  await world.agent('1001').signsIn('answer');
  expect([anna.state, anna.hears]).toEqual(['talking', []]);
  await world.passes(60_000);
  expect(announced(world)).toEqual(['next']);
  await world.agent('1001').phoneEnds('media_lost');
  await world.agent('1001').signsOut();
  await world.passes(9_000);
  expect(anna.hears).toEqual([]);
  await world.passes(1_100);
  expect([anna.state, anna.hears]).toEqual(['waiting', ['next']]);
  await anna.drops();
  await world.isEmpty();
});

test('a key that leads out of the line cuts it off', async () => {
  const world = await center();
  const anna = world.customer('anna');
  await anna.dials();
  await world.passes(10_100);
  await anna.pressesKeys('9');
  expect([anna.state, anna.hears]).toEqual(['menu', ['bye']]);
  await anna.hearsOut();
  expect(anna.record?.ending).toBe('flow_ended');
  await world.isEmpty();
});

test('a reload of her page cuts it off, and the next comes when it would have', async () => {
  const world = await center();
  const anna = world.customer('anna');
  await anna.calls();
  await world.passes(10_100);
  expect(anna.hears).toEqual(['next']);
  await anna.reloads(3_000);
  await world.passes(20_000);
  expect([anna.hearsMusic, anna.hears]).toEqual([true, []]);
  await world.passes(10_000);
  expect(anna.hears).toEqual(['next']);
  await anna.hangsUp();
  await world.isEmpty();
});

test('after a restart in the middle of one it is not begun anew; one that fell due meanwhile is made once', async () => {
  const world = await center();
  const [anna, bob] = [world.customer('anna'), world.customer('bob')];
  await anna.dials();
  await world.passes(5_000);
  await bob.dials();
  await world.passes(5_200);
  expect([anna.hears, bob.hears]).toEqual([['next'], []]);
  await world.restartControlPlane(8_000);
  await world.passes(1_200);
  expect([anna.hears, bob.hears]).toEqual([[], ['place-2']]);
  await world.passes(27_000);
  expect(announced(world)).toEqual(['next', 'place-2']);
  await world.passes(3_000);
  expect(announced(world)).toEqual(['next', 'place-2', 'next']);
  for (const one of [anna, bob]) await one.drops();
  await world.isEmpty();
});

test('a sound that cannot be played, or whose end is never told, does not stop the next', async () => {
  const world = await center();
  const anna = world.customer('anna');
  await anna.dials();
  world.media.failNext('sound.play', 'refused');
  await world.passes(10_100);
  expect(anna.hears).toEqual([]);
  await world.passes(30_000);
  expect(anna.hears).toEqual(['next']);
  await anna.hearsOut('failed');
  await world.passes(30_100);
  expect(anna.hears).toEqual(['next']);
  await world.passes(180_000);
  expect([anna.hears, anna.hearsMusic]).toEqual([[], true]);
  await world.passes(30_000);
  expect(anna.hears).toEqual(['next']);
  await anna.drops();
  await world.isEmpty();
});

test('a queue that announces nothing has no timer for its callers', async () => {
  const world = await openWorld();
  const { timers } = world.engine.vitals;
  await world.customer('anna').dials();
  expect(world.engine.vitals.timers).toBe(timers);
  await world.passes(120_000);
  expect(announced(world)).toEqual([]);
  await world.customer('anna').drops();
  await world.isEmpty();
});
