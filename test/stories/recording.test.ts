import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';

const recorded = { queues: [{ name: 'default', record: 'always' as const }] };

test('a conversation is recorded from the bridge to its end, on the customer’s own leg', async () => {
  const world = await openWorld(recorded);
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await anna.calls();
  expect(world.media.channels.get(anna.leg)?.recording).toBe(false);
  await agent.signsIn('answer');
  expect(world.media.channels.get(anna.leg)?.recording).toBe(true);
  await agent.holds();
  await agent.resumes();
  await anna.hangsUp();
  expect(anna.record?.recordingFile).toBe(`${anna.leg}.wav`);
  expect(world.facts('session.recordingStarted')).toHaveLength(1);
  expect(world.facts('session.recordingStopped')).toHaveLength(1);
  await world.isEmpty();
});

test('after a reload the recording goes on, on the new leg; waiting at the head of the line is not recorded', async () => {
  const world = await openWorld(recorded);
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('answer');
  await anna.calls();
  const first = anna.leg;
  await anna.reloads();
  expect(world.media.channels.get(anna.leg)?.recording).toBe(true);
  await agent.phoneEnds('media_lost');
  expect(world.media.channels.get(anna.leg)?.recording).toBe(false);
  await anna.hangsUp();
  expect(anna.record?.recordingFile).toBe(`${first}.wav`);
  expect(world.facts('session.recordingStopped')).toHaveLength(2);
  await world.isEmpty();
});

test('a queue that does not record does not', async () => {
  const world = await openWorld();
  await world.agent('1001').signsIn('answer');
  await world.customer('anna').calls();
  await world.customer('anna').hangsUp();
  expect(world.customer('anna').record?.recordingFile).toBeNull();
  expect(world.media.performed.some(({ kind }) => kind === 'recording.start')).toBe(false);
  await world.isEmpty();
});
