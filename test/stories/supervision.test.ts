// A supervisor listens, whispers, speaks, takes over; and who listened to whom is kept.

import { expect, test } from 'vitest';
import { agentId } from '../../app/domain/ids.ts';
import type { MonitorMode } from '../../app/domain/floor/effects.ts';
import { openWorld, type World } from '../support/world.ts';

const device = { kind: 'sip', address: 'sue' } as const;

async function conversation(): Promise<World> {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn('answer');
  await world.customer('anna').dials();
  world.media.phone('sue', 'ring');
  return world;
}

const about = (world: World) => ({ sessionId: world.customer('anna').session, supervisorId: 'sue' });
const joins = (world: World, mode: MonitorMode = 'listen') =>
  world.does({ kind: 'supervisor.join', ...about(world), device, mode });
const wishes = (world: World, what: 'takeOver' | 'leave') =>
  world.does({ kind: `supervisor.${what}`, ...about(world) });
const tap = (world: World) => world.media.channels.get(world.media.legAt('sue') ?? ('' as never))?.tap;
const told = (world: World) =>
  world.journal.facts.map(({ fact }) => fact.kind).filter((kind) => kind.startsWith('monitor.'));

async function listening(mode?: MonitorMode): Promise<World> {
  const world = await conversation();
  await joins(world, mode);
  world.media.answers('sue');
  await world.settles();
  return world;
}

test('her phone is called and answers by itself; from then on she hears the agent’s leg', async () => {
  const world = await conversation();
  expect(await joins(world)).toEqual({ outcome: 'done' });
  expect(world.media.performed.at(-1)).toMatchObject({
    kind: 'leg.dial',
    autoAnswer: true,
    labels: { role: 'supervisor' },
  });
  expect(world.customer('anna').view?.monitors).toMatchObject([{ supervisorId: 'sue', state: 'dialling' }]);
  world.media.answers('sue');
  await world.settles();
  expect(tap(world)).toEqual({ on: world.agent('1001').leg, mode: 'listen' });
  expect(world.customer('anna').view?.monitors).toMatchObject([{ state: 'on', mode: 'listen' }]);
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  await world.customer('anna').drops();
  expect(told(world)).toEqual(['monitor.asked', 'monitor.started', 'monitor.ended']);
  expect(world.journal.legs.filter(({ role }) => role === 'supervisor')).toMatchObject([
    { supervisorId: 'sue' },
  ]);
  await world.isEmpty();
});

test.each(['whisper', 'barge'] as const)('she goes over to %s, and it is a fact', async (mode) => {
  const world = await listening();
  expect(await world.does({ kind: 'supervisor.mode', ...about(world), mode })).toEqual({ outcome: 'done' });
  expect(tap(world)?.mode).toBe(mode);
  expect(world.facts('monitor.mode')).toMatchObject([{ supervisorId: 'sue', mode }]);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('she takes over: the agent leaves to wrap up, the customer has the supervisor', async () => {
  const world = await listening('whisper');
  expect(await wishes(world, 'takeOver')).toEqual({ outcome: 'done' });
  const anna = world.customer('anna');
  expect(anna.bridgedTo).toBe(world.media.legAt('sue'));
  expect(anna.view).toMatchObject({
    state: 'transferred',
    third: { kind: 'supervisor', supervisorId: 'sue' },
  });
  expect(world.agent('1001').activity).toBe('wrapUp');
  expect(world.facts('monitor.tookOver')).toMatchObject([{ supervisorId: 'sue', agentId: '1001' }]);
  await world.passes(2_000);
  await wishes(world, 'leave');
  expect(anna.record).toMatchObject({ ending: 'supervisor_ended', agentId: '1001' });
  expect(anna.record?.segments.at(-1)).toMatchObject({ third: { kind: 'supervisor', supervisorId: 'sue' } });
  await world.isEmpty();
});

test('she leaves, and the two notice nothing', async () => {
  const world = await listening();
  await wishes(world, 'leave');
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  expect(world.media.legAt('sue')).toBeUndefined();
  expect(world.facts('monitor.ended')).toMatchObject([{ how: 'left' }]);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test.each(['busy', 'unreachable'] as const)(
  'her phone is %s: told, and nothing else changes',
  async (habit) => {
    const world = await conversation();
    world.media.phone('sue', habit);
    await joins(world);
    expect(world.facts('monitor.ended')).toMatchObject([{ how: 'failed' }]);
    expect(world.customer('anna').view?.monitors).toBeUndefined();
    await world.customer('anna').drops();
    await world.isEmpty();
  },
);

test('she keeps listening through a hold, and to the colleague who is given the call', async () => {
  const world = await listening();
  await world.agent('1001').holds();
  await world.agent('1001').resumes();
  expect(tap(world)?.on).toBe(world.agent('1001').leg);
  await world.agent('1002').signsIn('answer');
  await world
    .agent('1001')
    .wishes({ kind: 'agent.consult', to: { kind: 'agent', agentId: agentId('1002') } });
  await world.agent('1001').wishes({ kind: 'agent.completeTransfer' });
  expect(tap(world)?.on).toBe(world.agent('1002').leg);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('the agent’s leg dies: nobody is listened to any more', async () => {
  const world = await listening();
  await world.agent('1001').phoneEnds('media_lost');
  expect(world.media.legAt('sue')).toBeUndefined();
  expect(world.facts('monitor.ended')).toMatchObject([{ how: 'over' }]);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('a restart: she still listens; one whose phone answered meanwhile begins to', async () => {
  const world = await listening();
  await world.restartControlPlane();
  await world.passes(12_000);
  expect(tap(world)?.on).toBe(world.agent('1001').leg);
  expect(world.repairs).toEqual([]);
  await wishes(world, 'leave');
  await joins(world);
  world.killControlPlane();
  world.media.answers('sue');
  await world.startControlPlane();
  expect(tap(world)?.on).toBe(world.agent('1001').leg);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('a listening whose beginning was not told, and one that was lost while nobody looked, are made good', async () => {
  const world = await conversation();
  world.media.setWeather(({ kind }) => (kind === 'eavesdrop.started' ? [] : [0]));
  await joins(world);
  world.media.answers('sue');
  await world.passes(6_000);
  expect(world.customer('anna').view?.monitors).toMatchObject([{ state: 'on' }]);
  world.killControlPlane();
  const supervisor = world.media.channels.get(world.media.legAt('sue') ?? ('' as never));
  if (supervisor) supervisor.tap = undefined;
  await world.startControlPlane();
  expect(tap(world)?.on).toBe(world.agent('1001').leg);
  expect(world.repairs).toEqual(['missed listening', 'listening lost']);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('a mode the switch will not change ends it: nobody is heard who was told that she is not', async () => {
  const world = await listening('barge');
  world.media.failNext('eavesdrop.mode', 'refused');
  await world.does({ kind: 'supervisor.mode', ...about(world), mode: 'listen' });
  expect(world.media.legAt('sue')).toBeUndefined();
  expect(world.facts('monitor.ended')).toMatchObject([{ how: 'failed' }]);
  await world.customer('anna').drops();
  await world.isEmpty();
});

test('what is refused', async () => {
  const world = await conversation();
  expect(await wishes(world, 'leave')).toMatchObject({ code: 'not_monitoring' });
  expect(await wishes(world, 'takeOver')).toMatchObject({ code: 'not_monitoring' });
  await joins(world);
  expect(await joins(world)).toMatchObject({ code: 'already_monitoring' });
  expect(await wishes(world, 'takeOver')).toMatchObject({ code: 'not_answered' });
  await world.customer('bob').dials();
  const bob = { sessionId: world.customer('bob').session, supervisorId: 'sue' };
  expect(await world.does({ kind: 'supervisor.join', ...bob, device, mode: 'listen' })).toMatchObject({
    code: 'not_in_call',
  });
  await world.customer('bob').drops();
  await world.customer('anna').drops();
  expect(await joins(world)).toMatchObject({ code: 'already_ended' });
  await world.isEmpty();
});
