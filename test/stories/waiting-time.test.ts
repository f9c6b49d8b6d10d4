// How long the wait will be: what a caller in line, and whoever looks at the queue, is told.

import { expect, test } from 'vitest';
import { openWorld, type World } from '../support/world.ts';

const minute = 60_000;
const names = ['anna', 'bob', 'cleo', 'dora', 'emil', 'fred', 'gina'];

/** A call a minute: fifty seconds of talk, ten of wrap-up. */
async function serves(world: World, agent: string): Promise<void> {
  await world.passes(50_000);
  await world.agent(agent).presses('hangUp');
  await world.passes(10_000);
}

const estimates = (world: World) =>
  names.map((name) => world.customer(name).isKnown && world.customer(name).view?.estimate?.minutes);
const ofQueue = (world: World) => world.engine.view.queues()[0]?.estimate;

test('after three callers have waited and been taken, those behind them know how long it will be', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn('answer');
  for (const name of names) await world.customer(name).dials();
  expect(estimates(world)).toEqual(names.map(() => undefined));

  for (let taken = 0; taken < 2; taken += 1) await serves(world, '1001');
  expect(ofQueue(world)).toBeUndefined();
  await serves(world, '1001');
  expect(world.customer('emil').view).toMatchObject({ state: 'waiting', place: 1 });
  expect(estimates(world).slice(4)).toEqual([2, 3, 4]);
  expect(ofQueue(world)).toEqual({ minutes: 5, over: false });

  await world.agent('1002').signsIn('answer');
  expect(world.customer('emil').state).toBe('talking');
  expect(world.customer('gina').view).toMatchObject({ place: 2, estimate: { minutes: 1, over: false } });
  await world.agent('1001').signsOut();
  await world.agent('1002').signsOut();
  await world.agent('1001').presses('hangUp');
  await world.agent('1002').presses('hangUp');
  await world.passes(minute);
  expect(world.customer('gina').view?.place).toBe(2);
  expect([ofQueue(world), world.customer('gina').view?.estimate]).toEqual([undefined, undefined]);
  for (const name of names) if (world.customer(name).isUp) await world.customer(name).drops();
  await world.isEmpty();
});

test('whoever finds a free agent tells nothing of the wait, and is told nothing', async () => {
  const world = await openWorld();
  await world.agent('1001').signsIn('answer');
  for (const name of names.slice(0, 5)) {
    await world.customer(name).dials();
    expect(world.customer(name).state).toBe('talking');
    await serves(world, '1001');
  }
  await world.customer('fred').dials();
  await world.customer('gina').dials();
  expect([world.customer('gina').view?.place, world.customer('gina').view?.estimate]).toEqual([1, undefined]);
  for (const name of ['gina', 'fred']) await world.customer(name).drops();
  await world.isEmpty();
});
