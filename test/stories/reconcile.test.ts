import { expect, test } from 'vitest';
import type { MediaSignal } from '../../app/ports/media.ts';
import { openWorld, type World } from '../support/world.ts';

/** Loses the next signals of these kinds, each once. */
function lose(world: World, ...kinds: MediaSignal['kind'][]): void {
  const left = [...kinds];
  world.media.setWeather((signal) => {
    const index = left.indexOf(signal.kind);
    if (index < 0) return [0];
    left.splice(index, 1);
    return [];
  });
}

test('an answer nobody told us of is found, and the pair is joined', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('ring');
  await anna.calls();
  lose(world, 'leg.answered');
  await agent.picksUp();
  expect(anna.state).toBe('ringing');
  await world.passes(5_000);
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  expect(world.repairs).toContain('missed answer');
  await anna.hangsUp();
  await world.isEmpty();
});

test('a bridge nobody told us of is asked for again or found; the call is not ended for it', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('ring');
  await anna.calls();
  lose(world, 'legs.bridged');
  await agent.picksUp();
  expect(anna.state).toBe('connecting');
  await world.passes(5_000);
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await world.isEmpty();
});

test('the end of a caller nobody told us of is found within two looks', async () => {
  const world = await openWorld();
  const [bob, agent] = [world.customer('bob'), world.agent('1001')];
  await agent.signsIn('answer');
  await bob.dials();
  await world.passes(5_000);
  lose(world, 'leg.ended', 'legs.unbridged');
  await bob.drops();
  expect(bob.state).toBe('talking');
  await world.passes(10_000);
  expect(bob.record?.ending).toBe('customer_lost');
  expect(world.repairs).toContain('vanished leg');
  expect(agent.leg).toBeUndefined();
  await world.isEmpty();
});

test('a pair that came apart by itself is joined again', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('answer');
  await anna.calls();
  await world.passes(5_000);
  const agentLeg = agent.leg;
  if (agentLeg) void world.media.perform({ kind: 'legs.park', a: anna.leg, b: agentLeg });
  await world.settles();
  expect(anna.bridgedTo).toBeUndefined();
  await world.passes(3_000);
  expect(anna.bridgedTo).toBe(agentLeg);
  await anna.hangsUp();
  await world.isEmpty();
});

test('a customer on hold who is bridged after all is parted from the agent within seconds', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('answer');
  await anna.calls();
  await world.passes(5_000);
  await agent.holds();
  const b = agent.leg;
  if (b) void world.media.perform({ kind: 'legs.bridge', a: anna.leg, b, sessionId: anna.session });
  await world.passes(10_000);
  expect(anna).toMatchObject({ state: 'held', bridgedTo: undefined, hearsMusic: true });
  expect(world.repairs).toContain('held but bridged');
  await anna.hangsUp();
  await world.isEmpty();
});

test('a hang-up that had no effect is asked for again, and the agent is not rung while her line is busy', async () => {
  const world = await openWorld({ queues: [{ name: 'default', wrapUpMs: 0 }] });
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('answer');
  await anna.calls();
  const agentLeg = agent.leg;
  world.media.failNext('leg.hangUp', 'timeout');
  world.media.failNext('leg.hangUp', 'timeout');
  await anna.hangsUp();
  await world.customer('bea').calls();
  expect(agent.activity).toBe('idle');
  expect(world.customer('bea').state).toBe('waiting');
  await world.passes(5_000);
  expect(agentLeg && world.media.channels.has(agentLeg)).toBe(false);
  expect(world.repairs).toContain('hang-up asked again');
  expect(world.customer('bea').state).toBe('talking');
  await world.customer('bea').hangsUp();
  await world.isEmpty();
});

test('a channel of nobody is hung up once it has been seen twice', async () => {
  const world = await openWorld();
  world.killControlPlane();
  const leg = world.media.call({ source: 'phone', queueId: 'default' as never, from: '+49' });
  const channel = world.media.channels.get(leg);
  if (channel) channel.labels = { role: 'agent', sessionId: 'long-gone' as never };
  Object.assign(channel ?? {}, { inbound: undefined });
  await world.startControlPlane();
  expect(world.media.channels.has(leg)).toBe(true);
  await world.passes(5_100);
  expect(world.media.channels.has(leg)).toBe(false);
  expect(world.repairs).toContain('orphan leg');
  await world.isEmpty();
});

test('an arrival nobody told us of is taken in', async () => {
  const world = await openWorld();
  lose(world, 'leg.arrived');
  await world.customer('anna').calls();
  expect(world.customer('anna').state).toBe('arriving');
  await world.passes(5_000);
  expect(world.customer('anna').state).toBe('waiting');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('a quiet floor needs no repair', async () => {
  const world = await openWorld({ queues: [{ name: 'default', record: 'always' }] });
  const [anna, bob, agent] = [world.customer('anna'), world.customer('bob'), world.agent('1001')];
  await agent.signsIn('answer');
  await anna.calls();
  await bob.dials();
  await world.passes(60_000);
  await agent.holds();
  await world.passes(60_000);
  await agent.resumes();
  await anna.reloads();
  await world.passes(60_000);
  await anna.hangsUp();
  await world.passes(60_000);
  await bob.drops();
  expect(world.repairs).toEqual([]);
  await world.isEmpty();
});

test('a look that is older than the bridge parts nobody', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('answer');
  await anna.calls();
  await world.passes(10_000);
  const bridges = () => world.media.performed.filter(({ kind }) => kind === 'legs.bridge').length;
  const before = bridges();
  const legs = (await world.media.liveLegs()).map(({ bridgedTo: _bridge, ...leg }) => leg);
  await world.does({ kind: 'reconciled', legs, askedAt: world.clock.now() });
  await world.passes(10_000);
  expect(bridges()).toBe(before);
  expect(world.repairs).toEqual([]);
  await anna.hangsUp();
  await world.isEmpty();
});

test('an end of a bridge nobody told us of is mended at the second look', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('answer');
  await anna.calls();
  await world.passes(5_000);
  lose(world, 'legs.unbridged');
  const b = agent.leg;
  if (b) void world.media.perform({ kind: 'legs.park', a: anna.leg, b });
  await world.settles();
  expect(anna.bridgedTo).toBeUndefined();
  await world.passes(11_000);
  expect(anna.bridgedTo).toBe(b);
  expect(world.repairs).toEqual(['bridge lost']);
  await anna.hangsUp();
  await world.isEmpty();
});
