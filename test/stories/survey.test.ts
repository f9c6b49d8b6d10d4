// After the call: the agent has hung up, the caller is asked how it was, and answers by keys.

import { expect, test } from 'vitest';
import type { Survey } from '../../app/domain/survey.ts';
import { openWorld, type World } from '../support/world.ts';

const survey: Survey = {
  questions: [
    { name: 'solved', prompt: ['solved'], least: 0, most: 1 },
    { name: 'kind', prompt: ['kind'], least: 1, most: 5 },
  ],
  tries: 2,
  keyMs: 4_000,
  wrong: ['wrong'],
  thanks: ['thanks'],
};

async function talk(source: 'web' | 'phone' = 'phone'): Promise<World> {
  const world = await openWorld({ queues: [{ name: 'default', record: 'always', survey }] });
  await world.agent('1001').signsIn('answer');
  await (source === 'web' ? world.customer('anna').calls() : world.customer('anna').dials());
  expect(world.customer('anna').state).toBe('talking');
  return world;
}

const answers = (world: World) =>
  world.customer('anna').record?.survey?.map(({ question, answer }) => [question, answer]);

test('she stays, is asked, answers and is thanked; the agent is in wrap-up meanwhile and takes the next call', async () => {
  const world = await talk();
  const anna = world.customer('anna');
  await world.agent('1001').presses('hangUp');
  expect([anna.state, anna.hears, anna.view?.keys]).toEqual(['surveying', ['solved'], ['0', '1']]);
  expect([world.agent('1001').activity, anna.channel?.recording]).toEqual(['wrapUp', false]);
  await anna.pressesKeys('1');
  expect(anna.hears).toEqual(['kind']);
  await world.customer('bob').dials();
  await world.agent('1001').presses('finishWrapUp');
  expect(world.customer('bob').state).toBe('talking');
  await anna.hearsOut();
  await anna.pressesKeys('5');
  expect(anna.hears).toEqual(['thanks']);
  await anna.hearsOut();
  expect(anna.record).toMatchObject({ ending: 'agent_hung_up', agentId: '1001' });
  expect(answers(world)).toEqual([
    ['solved', 1],
    ['kind', 5],
  ]);
  expect(anna.record?.segments.at(-1)?.kind).toBe('surveying');
  expect(world.facts('survey.answered')).toMatchObject([{ question: 'solved' }, { question: 'kind' }]);
  await world.customer('bob').drops();
  await world.isEmpty();
});

test('a key out of range and no key are tries; a question without an answer is passed over', async () => {
  const world = await talk();
  const anna = world.customer('anna');
  await world.agent('1001').phoneEnds();
  await anna.pressesKeys('7');
  expect(anna.hears).toEqual(['wrong']);
  await anna.hearsOut();
  await anna.hearsOut();
  await world.passes(4_100);
  expect(anna.hears).toEqual(['kind']);
  await anna.hearsOut('failed');
  await anna.pressesKeys('*', '3');
  await anna.hearsOut();
  expect(answers(world)).toEqual([['kind', 3]]);
  await world.isEmpty();
});

test('who hangs up in the middle has given what she gave', async () => {
  const world = await talk();
  await world.agent('1001').presses('hangUp');
  await world.customer('anna').pressesKeys('0');
  await world.customer('anna').drops();
  expect(world.customer('anna').record?.ending).toBe('agent_hung_up');
  expect(answers(world)).toEqual([['solved', 0]]);
  await world.isEmpty();
});

test('a customer on the web is asked again after a reload, and no longer when she stays away', async () => {
  const world = await talk('web');
  const anna = world.customer('anna');
  await world.agent('1001').presses('hangUp');
  await anna.pressesKeys('1');
  await anna.reloads();
  expect([anna.state, anna.hears]).toEqual(['surveying', ['kind']]);
  await anna.drops();
  await world.passes(16_000);
  expect(anna.record?.ending).toBe('agent_hung_up');
  expect(answers(world)).toEqual([['solved', 1]]);
  await world.isEmpty();
});

test('a restart ends the survey, and keeps the answers', async () => {
  const world = await talk();
  await world.agent('1001').presses('hangUp');
  await world.customer('anna').pressesKeys('1');
  await world.restartControlPlane();
  expect(world.customer('anna').record).toMatchObject({ ending: 'agent_hung_up', recovered: true });
  expect(answers(world)).toEqual([['solved', 1]]);
  await world.isEmpty();
});

test('nobody is asked who hung up herself, or whom the agent called', async () => {
  const world = await talk();
  await world.customer('anna').drops();
  expect(world.customer('anna').record?.ending).toBe('customer_hung_up');
  await world.agent('1001').presses('finishWrapUp');
  world.media.phone('+49301', 'answer');
  const id = await world.agent('1001').dials('+49301');
  expect(world.engine.view.session(id)?.state).toBe('talking');
  await world.agent('1001').presses('hangUp');
  expect(world.engine.view.session(id)?.state).toBe('ended');
  await world.isEmpty();
});
