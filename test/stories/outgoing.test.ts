// Outgoing calls: the agent's phone, then the number; and notifications. Each leg's failure is its own.

import { expect, test } from 'vitest';
import { queueId, sessionId } from '../../app/domain/ids.ts';
import { openWorld, type World } from '../support/world.ts';

const outside = '+4930123456';

async function office(): Promise<World> {
  const world = await openWorld({
    queues: [{ name: 'default', callerNumbers: ['4000', '4001'], record: 'always' }],
    agents: [{ name: '1001' }],
  });
  await world.agent('1001').signsIn('ring');
  world.media.phone(outside, 'ring');
  return world;
}

const dials = (world: World) =>
  world.media.performed.flatMap((effect) => (effect.kind === 'leg.dial' ? [effect] : []));
const progress = (world: World) =>
  world.facts('dial.progress').map(({ leg, state, cause }) => `${leg} ${cause ?? state}`);
const viewOf = (world: World, id: string) => world.engine.view.session(sessionId(id));
const recordOf = (world: World, id: string) => world.records.find((record) => record.sessionId === id);

test('her phone is asked to answer by itself, then the number is called with a number of the queue', async () => {
  const world = await office();
  const id = await world.agent('1001').dials(outside);
  expect(dials(world)).toMatchObject([{ to: { kind: 'device' }, autoAnswer: true, callerNumber: outside }]);
  expect([viewOf(world, id)?.state, world.agent('1001').activity]).toEqual(['dialling', 'dialling']);
  await world.agent('1001').picksUp();
  expect(dials(world)[1]).toMatchObject({ to: { kind: 'number', number: outside }, callerNumber: '4000' });
  expect(world.agent('1001').channel?.ringback).toBe(true);
  world.media.answers(outside);
  await world.settles();
  expect(world.agent('1001').channel?.bridgedTo).toBe(world.media.legAt(outside));
  expect([viewOf(world, id)?.state, world.agent('1001').activity]).toEqual(['talking', 'talking']);
  await world.passes(4_000);
  await world.agent('1001').presses('hangUp');
  expect(recordOf(world, id)).toMatchObject({
    source: 'outbound',
    customerNumber: outside,
    dialledNumber: '4000',
    agentId: '1001',
    ending: 'agent_hung_up',
  });
  expect(recordOf(world, id)?.talkMs).toBeGreaterThanOrEqual(4_000);
  expect(progress(world)).toEqual([
    'agent dialling',
    'agent ringing',
    'agent answered',
    'destination dialling',
    'destination ringing',
    'destination answered',
  ]);
  expect(world.agent('1001').activity).toBe('wrapUp');
  await world.isEmpty();
});

test('early sound of the far side is heard before its answer', async () => {
  const world = await office();
  const id = await world.agent('1001').dials(outside, { earlyMedia: true, callerNumber: '4001' });
  await world.agent('1001').picksUp();
  expect(dials(world)[1]).toMatchObject({ earlyMedia: true, callerNumber: '4001' });
  world.media.earlyMedia(outside);
  await world.settles();
  expect(world.agent('1001').channel?.bridgedTo).toBe(world.media.legAt(outside));
  expect(viewOf(world, id)?.state).toBe('dialling');
  world.media.answers(outside);
  await world.settles();
  expect(viewOf(world, id)).toMatchObject({ state: 'talking', joined: true });
  expect(world.media.performed.filter(({ kind }) => kind === 'legs.bridge')).toHaveLength(1);
  expect(world.media.performed.some(({ kind }) => kind === 'recording.start')).toBe(true);
  const leg = world.media.legAt(outside);
  if (leg) world.media.ends(leg);
  await world.settles();
  expect(recordOf(world, id)?.ending).toBe('customer_hung_up');
  await world.isEmpty();
});

test.each([
  ['busy', 'busy'],
  ['decline', 'declined'],
  ['unreachable', 'unreachable'],
  ['silent', 'no_answer'],
] as const)('a number that is %s: its cause in the facts and on the record’s leg', async (habit, cause) => {
  const world = await office();
  world.media.phone(outside, habit);
  const id = await world.agent('1001').dials(outside);
  await world.agent('1001').picksUp();
  await world.passes(21_000);
  expect(progress(world).at(-1)).toBe(`destination ${cause}`);
  expect(recordOf(world, id)).toMatchObject({ ending: 'destination_not_reached', connectedAt: null });
  const wanted = cause === 'no_answer' ? 'released' : cause;
  expect(world.journal.legs.find(({ role }) => role === 'customer')?.ending).toBe(wanted);
  expect(world.agent('1001').activity).toBe('idle');
  await world.isEmpty();
});

test.each([
  ['busy', 'busy'],
  ['unreachable', 'unreachable'],
  ['ring', 'no_answer'],
] as const)('her own phone is %s: nobody is called', async (habit, cause) => {
  const world = await office();
  world.agent('1001').phone(habit);
  const id = await world.agent('1001').dials(outside);
  await world.passes(21_000);
  expect(progress(world).at(-1)).toBe(`agent ${cause}`);
  expect(recordOf(world, id)?.ending).toBe('agent_not_reached');
  expect(dials(world)).toHaveLength(1);
  await world.isEmpty();
});

test('she gives up before the answer', async () => {
  const world = await office();
  const id = await world.agent('1001').dials(outside);
  await world.agent('1001').picksUp();
  await world.agent('1001').presses('hangUp');
  expect(recordOf(world, id)?.ending).toBe('dial_cancelled');
  expect(world.media.channels.size).toBe(0);
  await world.isEmpty();
});

test('a restart while it rings: the call goes on', async () => {
  const world = await office();
  const id = await world.agent('1001').dials(outside);
  world.killControlPlane();
  world.media.answers('1001');
  await world.passes(1_000);
  await world.startControlPlane();
  expect(dials(world)).toHaveLength(2);
  await world.restartControlPlane();
  world.media.answers(outside);
  await world.settles();
  expect(viewOf(world, id)?.state).toBe('talking');
  await world.agent('1001').phoneEnds();
  expect(recordOf(world, id)).toMatchObject({ ending: 'agent_hung_up', recovered: true });
  await world.isEmpty();
});

test('what is refused', async () => {
  const world = await office();
  const code = async (more: object) => {
    const id = sessionId(world.clock.newId());
    const answer = await world
      .agent('1001')
      .wishes({ kind: 'agent.dial', sessionId: id, number: outside, ...more });
    return answer.outcome === 'refused' ? answer.code : answer.outcome;
  };
  expect(await code({ number: 'sip:1' })).toBe('bad_number');
  expect(await code({ callerNumber: '110' })).toBe('caller_number_not_allowed');
  expect(await code({ queueId: queueId('none') })).toBe('unknown_queue');
  world.report('1001', false);
  expect(await code({})).toBe('agent_unavailable');
  world.report('1001', true);
  await world.agent('1001').signsOut();
  expect(await code({})).toBe('not_signed_in');
  expect(world.records).toEqual([]);
  await world.isEmpty();
});

async function notification(world: World): Promise<string> {
  const id = world.clock.newId();
  const answer = await world.does({
    kind: 'notification.request',
    sessionId: sessionId(id),
    queueId: queueId('default'),
    number: outside,
    soundId: 'gate',
    times: 3,
    by: 'sue',
  });
  expect(answer).toEqual({ outcome: 'done' });
  world.generated({ name: 'notification', sessionId: id });
  return id;
}

test('a notification is played so many times to whoever answers, and hangs up', async () => {
  const world = await office();
  const id = await notification(world);
  world.media.answers(outside);
  await world.settles();
  expect(world.media.performed.at(-1)).toMatchObject({
    kind: 'sound.play',
    soundId: 'gate',
    times: 3,
    to: 'leg',
  });
  const leg = world.media.legAt(outside);
  if (leg) world.media.soundEnds(leg);
  await world.settles();
  expect(recordOf(world, id)).toMatchObject({ ending: 'notified', agentId: null, connectedAt: null });
  await world.isEmpty();
});

test('a notification that is hung up on, not taken, or cannot be played', async () => {
  const world = await office();
  const cut = await notification(world);
  world.media.answers(outside);
  await world.settles();
  const leg = world.media.legAt(outside);
  if (leg) world.media.ends(leg);
  await world.settles();
  expect(recordOf(world, cut)?.ending).toBe('notification_cut');
  world.media.phone(outside, 'busy');
  const busy = await notification(world);
  expect(recordOf(world, busy)?.ending).toBe('destination_not_reached');
  world.media.phone(outside, 'answer');
  world.media.failNext('sound.play', 'refused');
  const silent = await notification(world);
  expect(recordOf(world, silent)?.ending).toBe('failed');
  await world.isEmpty();
});

test('an agent on a telephone takes a call by pressing 1, and no voicemail ever does', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }] });
  await world.agent('1001').signsInByTelephone('+49170111', 'answer');
  const anna = world.customer('anna');
  await anna.dials();
  // The display of a telephone outside is nobody's to look at, and a carrier lets us show our own numbers only.
  expect(dials(world)).toMatchObject([
    { to: { kind: 'number', number: '+49170111' }, callerNumber: '', callerName: '' },
  ]);
  expect(world.media.performed.at(-1)).toMatchObject({ kind: 'sound.play', soundId: 'press-1' });
  expect([anna.state, anna.hearsMusic]).toEqual(['ringing', true]);
  const { leg } = world.agent('1001');
  if (leg) world.media.press(leg, '5');
  await world.settles();
  expect(anna.state).toBe('ringing');
  if (leg) world.media.press(leg, '1');
  await world.settles();
  expect(anna.bridgedTo).toBe(leg);
  const [asked] = world.media.performed.filter(({ kind }) => kind === 'sound.play');
  const stopped = world.media.performed.find(({ kind }) => kind === 'sound.stop');
  expect(stopped).toMatchObject({ legId: leg, playId: (asked as { playId: string }).playId });
  await anna.drops();
  await world.isEmpty();
});

test('nobody presses 1: a miss like any other', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }] });
  await world.agent('1001').signsInByTelephone('+49170111', 'answer');
  await world.customer('anna').dials();
  await world.restartControlPlane();
  await world.passes(20_000);
  expect(world.facts('offer.missed')[0]).toMatchObject({ miss: 'no_answer' });
  await world.customer('anna').drops();
  await world.isEmpty();
});
