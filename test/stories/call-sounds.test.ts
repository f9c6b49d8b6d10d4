// Within a call: the forgotten hold, mute, keys, sounds, and what is and is not recorded.

import { expect, test } from 'vitest';
import type { QueueSettings } from '../../app/domain/floor/inputs.ts';
import { openWorld, type World } from '../support/world.ts';

async function conversation(
  settings: Partial<QueueSettings> = {},
  source: 'web' | 'phone' = 'phone',
): Promise<World> {
  const world = await openWorld({ queues: [{ name: 'default', ...settings }] });
  await world.agent('1001').signsIn('answer');
  if (source === 'web') await world.customer('anna').calls();
  else await world.customer('anna').dials();
  return world;
}

const recording = (world: World) => world.customer('anna').channel?.recording;
const wishes = (world: World, wish: 'start' | 'stop' | 'pause' | 'resume') =>
  world.agent('1001').wishes({ kind: 'agent.recording', wish });

async function over(world: World): Promise<void> {
  await world.customer('anna').drops();
  await world.customer('anna').hangsUp();
  await world.isEmpty();
}

test('a hold that is forgotten is brought to mind, again and again, until it is over', async () => {
  const world = await conversation();
  await world.agent('1001').holds();
  await world.passes(61_000);
  expect(world.agent('1001').channel?.playing).toMatchObject([{ soundId: 'hold-reminder' }]);
  await world.restartControlPlane();
  await world.passes(60_000);
  expect(world.facts('session.holdReminder')).toHaveLength(2);
  await world.agent('1001').resumes();
  await world.passes(120_000);
  expect(world.facts('session.holdReminder')).toHaveLength(2);
  await over(world);
});

test('mute is the agent’s own leg, is seen, and outlives a hold', async () => {
  const world = await conversation();
  expect(await world.agent('1001').wishes({ kind: 'agent.mute', muted: true })).toEqual({ outcome: 'done' });
  await world.agent('1001').holds();
  await world.agent('1001').resumes();
  expect(world.agent('1001').channel?.muted).toBe(true);
  expect([world.agent('1001').view.muted, world.customer('anna').view?.muted]).toEqual([true, true]);
  await world.agent('1001').wishes({ kind: 'agent.mute', muted: false });
  expect(world.agent('1001').view.muted).toBeUndefined();
  expect(world.facts('agent.muted').map(({ muted }) => muted)).toEqual([true, false]);
  await over(world);
});

test('keys go to whom she talks with, and no fact says which', async () => {
  const world = await conversation();
  await world.agent('1001').wishes({ kind: 'agent.sendDigits', digits: '12#' });
  expect(world.customer('anna').channel?.digits).toBe('12#');
  expect(world.facts('session.digitsSent')).toMatchObject([{ count: 3 }]);
  expect(await world.agent('1001').wishes({ kind: 'agent.sendDigits', digits: 'x' })).toMatchObject({
    code: 'bad_digits',
  });
  await over(world);
});

test('a sound is played to both, replaced by the next, stopped, and ends with a hold', async () => {
  const world = await conversation();
  const plays = (soundId: string) =>
    world.agent('1001').wishes({ kind: 'agent.play', soundId, mix: true, volume: -2, times: 1 });
  const sounds = () => world.customer('anna').channel?.playing.map(({ soundId }) => soundId);
  await plays('offer');
  expect(world.media.performed.at(-1)).toMatchObject({
    kind: 'sound.play',
    to: 'both',
    mix: true,
    volume: -2,
  });
  await plays('terms');
  expect(sounds()).toEqual(['terms']);
  await world.agent('1001').wishes({ kind: 'agent.stopPlaying' });
  expect(sounds()).toEqual([]);
  expect(await world.agent('1001').wishes({ kind: 'agent.stopPlaying' })).toMatchObject({
    code: 'not_playing',
  });
  await plays('terms');
  await world.agent('1001').holds();
  expect(sounds()).toEqual([]);
  expect(await plays('terms')).toMatchObject({ code: 'wrong_state' });
  await world.agent('1001').resumes();
  await plays('terms');
  world.media.soundEnds(world.customer('anna').leg);
  expect(world.customer('anna').view?.playId).toBeUndefined();
  await over(world);
});

test('on demand: recorded from the wish to the wish, and again on the leg of a customer who comes back', async () => {
  const world = await conversation({ record: 'onDemand' }, 'web');
  expect(recording(world)).toBe(false);
  expect(await wishes(world, 'stop')).toMatchObject({ code: 'not_recording' });
  await wishes(world, 'start');
  expect(await wishes(world, 'start')).toMatchObject({ code: 'already_recording' });
  expect(recording(world)).toBe(true);
  await world.customer('anna').reloads();
  expect(recording(world)).toBe(true);
  await wishes(world, 'stop');
  expect(recording(world)).toBe(false);
  await over(world);
  expect(world.customer('anna').record?.recordings).toHaveLength(2);
});

test('never and always: not the agent’s to change', async () => {
  const never = await conversation({ record: 'never' });
  expect(await wishes(never, 'start')).toMatchObject({ code: 'recording_forbidden' });
  await over(never);
  const always = await conversation({ record: 'always' });
  expect(await wishes(always, 'stop')).toMatchObject({ code: 'recording_forbidden' });
  expect(recording(always)).toBe(true);
  await over(always);
});

test('a pause is listed on the record with its two ends', async () => {
  const world = await conversation({ record: 'always' });
  const began = world.clock.now();
  await world.passes(2_000);
  await wishes(world, 'pause');
  expect([recording(world), world.customer('anna').view?.recording]).toEqual(['paused', 'paused']);
  await world.restartControlPlane(1_000);
  await world.passes(2_000);
  await wishes(world, 'resume');
  expect(recording(world)).toBe(true);
  await world.passes(1_000);
  await wishes(world, 'pause');
  await over(world);
  const [{ pauses = [] } = {}] = world.customer('anna').record?.recordings ?? [];
  expect(pauses).toHaveLength(2);
  expect(pauses[0]?.from).toBeGreaterThanOrEqual(began + 2_000);
  expect((pauses[0]?.to ?? 0) - (pauses[0]?.from ?? 0)).toBeGreaterThanOrEqual(3_000);
  expect(pauses[1]?.to).toBeNull();
});

test('a customer who reloads during a pause is not recorded until it is over', async () => {
  const world = await conversation({ record: 'always' }, 'web');
  await wishes(world, 'pause');
  await world.customer('anna').reloads();
  expect(world.customer('anna').bridgedTo).toBe(world.agent('1001').leg);
  expect(recording(world)).toBe(false);
  await wishes(world, 'resume');
  expect(recording(world)).toBe(true);
  await over(world);
});

test('what the switch would not do is not said to be so: a mute, a pause, a resume, a beginning', async () => {
  const world = await conversation({ record: 'always' });
  world.media.failNext('leg.mute', 'refused');
  await world.agent('1001').wishes({ kind: 'agent.mute', muted: true });
  expect(world.agent('1001').view.muted).toBeUndefined();
  world.media.failNext('recording.pause', 'refused');
  await wishes(world, 'pause');
  expect([recording(world), world.customer('anna').view?.recording]).toEqual([false, 'paused']);
  await wishes(world, 'resume');
  expect([recording(world), world.customer('anna').view?.recording]).toEqual([true, 'on']);
  await wishes(world, 'pause');
  world.media.failNext('recording.resume', 'timeout');
  await wishes(world, 'resume');
  expect(recording(world)).toBe(true);
  await over(world);
  expect(world.customer('anna').record?.recordings[0]?.pauses).toMatchObject([{ to: null }]);
});

test('a recording that does not begin may be asked for again', async () => {
  const world = await conversation({ record: 'onDemand' });
  world.media.failNext('recording.start', 'refused');
  await wishes(world, 'start');
  expect(world.customer('anna').view?.recording).toBeUndefined();
  await wishes(world, 'start');
  expect(recording(world)).toBe(true);
  await over(world);
});

const consent = { soundId: 'recorded', optOutDigit: '9' };

test('the prompt comes before the line; heard to its end, the call is recorded', async () => {
  const world = await conversation({ record: 'always', consent });
  const anna = world.customer('anna');
  expect([anna.state, anna.hearsMusic]).toEqual(['menu', false]);
  expect(anna.channel?.playing).toMatchObject([{ soundId: 'recorded' }]);
  world.media.press(anna.leg, '1');
  expect(anna.state).toBe('menu');
  world.media.soundEnds(anna.leg);
  await world.settles();
  expect(anna.state).toBe('talking');
  expect(recording(world)).toBe(true);
  expect(world.facts('session.consent')).toMatchObject([{ given: true }]);
  await over(world);
});

test.each([
  ['she presses the key', (world: World) => world.media.press(world.customer('anna').leg, '9')],
  [
    'the prompt could not be played',
    (world: World) => world.media.soundEnds(world.customer('anna').leg, 'failed'),
  ],
] as const)('%s: she is served, and not recorded', async (_what, happens) => {
  const world = await conversation({ record: 'always', consent });
  happens(world);
  await world.settles();
  expect(world.customer('anna').state).toBe('talking');
  expect(recording(world)).toBe(false);
  expect(world.customer('anna').channel?.playing).toEqual([]);
  expect(await wishes(world, 'start')).toMatchObject({ code: 'recording_forbidden' });
  await over(world);
});

test('a prompt whose end is never told, and a restart in the middle of it, hold nobody up for ever', async () => {
  const world = await conversation({ record: 'always', consent }, 'web');
  await world.customer('anna').reloads();
  expect(world.customer('anna').channel?.playing).toMatchObject([{ soundId: 'recorded' }]);
  await world.restartControlPlane();
  await world.passes(30_000);
  expect(world.customer('anna').state).toBe('talking');
  expect(recording(world)).toBe(false);
  await over(world);
});
