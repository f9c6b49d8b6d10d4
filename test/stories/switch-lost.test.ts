import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';

test('when the switch dies every session says media_lost, agents are free at once, and service comes back', async () => {
  const world = await openWorld({ agents: ['1001', '1002', '1003'].map((name) => ({ name })) });
  const [talking, held, ringing, waiting, coming] = ['tina', 'hugo', 'rita', 'walt', 'cora'].map((name) =>
    world.customer(name),
  );
  await world.agent('1001').signsIn('answer');
  await talking?.calls();
  await world.agent('1002').signsIn('answer');
  await held?.calls();
  await world.agent('1002').holds();
  await world.agent('1002').takesBreak();
  await world.agent('1003').signsIn('ring');
  await ringing?.calls();
  await waiting?.dials();
  await coming?.presses();

  world.media.die();
  await world.settles();
  expect(world.records.map(({ ending }) => ending)).toEqual(Array(4).fill('media_lost'));
  expect(world.agent('1001').activity).toBe('idle');
  expect(world.agent('1002')).toMatchObject({ activity: 'idle', presence: 'break' });
  expect(world.agent('1003').activity).toBe('idle');

  await world.passes(3_000);
  world.media.comeBack();
  await coming?.arrives();
  expect(coming?.state).toBe('talking');
  await coming?.hangsUp();
  await world.isEmpty();
});

test('when one of several switches dies its own calls end, and all others go on and come in', async () => {
  const world = await openWorld({ agents: ['1001', '1002', '1003'].map((name) => ({ name })) });
  const [anna, bob, cora] = ['anna', 'bob', 'cora'].map((name) => world.customer(name));
  await world.agent('1001').signsIn('answer');
  await anna?.dials();
  await world.agent('1002').signsIn('answer');
  await bob?.dials();
  const legs = [...world.media.channels.values()]
    .filter(({ labels }) => labels.sessionId === anna?.session)
    .map(({ legId }) => legId);
  expect(legs).toHaveLength(2);

  world.media.emit({ kind: 'switch.lost', switch: 'one', legs, othersUp: true });
  await world.settles();
  expect(world.records.map(({ ending }) => ending)).toEqual(['media_lost']);
  expect(anna?.record?.ending).toBe('media_lost');
  expect(world.agent('1001').activity).toBe('idle');
  expect(bob?.state).toBe('talking');
  await cora?.dials();
  expect(cora?.state).toBe('talking');
  world.media.emit({ kind: 'switch.back', switch: 'one' });
  await bob?.hangsUp();
  await cora?.hangsUp();
  // What the lost switch held is still in the fake: the switch that died let go of it.
  for (const leg of legs) world.media.ends(leg, 'media_lost');
  await world.isEmpty();
});

test('legs that report their death before the switch is known to be lost are recorded no differently', async () => {
  const world = await openWorld();
  const bob = world.customer('bob');
  await world.agent('1001').signsIn('answer');
  await bob.dials();
  await world.agent('1001').phoneEnds('media_lost');
  await bob.drops('media_lost');
  world.media.die();
  await world.settles();
  expect(bob.record?.ending).toBe('media_lost');
  world.media.comeBack();
  await world.isEmpty();
});

test('while the switch is lost nobody is offered', async () => {
  const world = await openWorld();
  world.media.die();
  await world.agent('1001').signsIn('ring');
  await world.customer('anna').presses();
  world.media.emit({
    kind: 'leg.arrived',
    legId: 'ghost' as never,
    source: 'web',
    sessionId: world.customer('anna').session,
  });
  await world.settles();
  expect(world.facts('offer.made')).toHaveLength(0);
  await world.passes(1_000);
  await world.customer('anna').hangsUp();
  world.media.comeBack();
  await world.isEmpty();
});
