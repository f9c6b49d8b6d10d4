import { expect, test } from 'vitest';
import { agentId, queueId, sessionId } from '../../app/domain/ids.ts';
import { openWorld } from '../support/world.ts';

test('a full, a closed and an unknown queue refuse with a code, tell the phone why, and leave one record each', async () => {
  const world = await openWorld({
    queues: [
      { name: 'full', maxWaiting: 1 },
      { name: 'closed', open: false },
    ],
  });
  await world.customer('first').calls('full');
  expect(await world.customer('anna').presses('full')).toEqual({ outcome: 'refused', code: 'queue_full' });
  expect(await world.customer('bea').presses('closed')).toEqual({ outcome: 'refused', code: 'queue_closed' });
  expect(await world.customer('cleo').presses('nowhere')).toEqual({
    outcome: 'refused',
    code: 'unknown_queue',
  });
  await world.customer('dan').dials('full');
  await world.customer('eve').dials('closed');
  await world.customer('fay').dials('nowhere');
  const causes = world.media.performed
    .filter((effect) => effect.kind === 'leg.hangUp')
    .map(({ cause }) => cause);
  expect(causes).toEqual(['queue_full', 'closed', 'not_found']);
  expect(world.records.map(({ ending }) => ending)).toEqual(Array(6).fill('refused'));
  expect(world.engine.view.queues().map((queue) => queue.queueId)).toEqual(['full', 'closed']);
  await world.customer('first').hangsUp();
  await world.isEmpty();
});

test('a free agent makes room in a queue where nobody may wait', async () => {
  const world = await openWorld({ queues: [{ name: 'default', maxWaiting: 0 }] });
  await world.agent('1001').signsIn('answer');
  await world.customer('anna').calls();
  expect(world.customer('anna').state).toBe('talking');
  expect(await world.customer('bea').presses()).toEqual({ outcome: 'refused', code: 'queue_full' });
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('a full session table refuses the next one', async () => {
  const world = await openWorld({ rules: { maxSessions: 1 } });
  await world.customer('anna').calls();
  expect(await world.customer('bea').presses()).toEqual({ outcome: 'refused', code: 'too_many_sessions' });
  await world.customer('anna').hangsUp();
  expect(await world.customer('cleo').calls()).toEqual({ outcome: 'done' });
  await world.customer('cleo').hangsUp();
  await world.isEmpty();
});

test('a session whose leg never comes is recorded as never arrived; a leg that comes too late is sent away', async () => {
  const world = await openWorld();
  const anna = world.customer('anna');
  await anna.presses();
  await world.passes(30_000);
  expect(anna.record?.ending).toBe('never_arrived');
  await anna.arrives();
  expect(world.media.channels.size).toBe(0);
  expect(world.records).toHaveLength(1);
  await world.isEmpty();
});

test('a browser with a session nobody knows is sent away, with a record of its own', async () => {
  const world = await openWorld();
  const leg = world.media.call({ source: 'web', sessionId: sessionId('forgotten') });
  await world.settles();
  expect(world.records).toMatchObject([{ sessionId: leg, ending: 'refused' }]);
  await world.isEmpty();
});

test('wishes of people who do not exist, or at the wrong moment, are refused with a code', async () => {
  const world = await openWorld();
  const [nobody, known] = [agentId('9999'), agentId('1001')];
  const device = { kind: 'sip', address: '1001' } as const;
  const codeOf = async (wish: Parameters<typeof world.does>[0]) => {
    const answer = await world.does(wish);
    return answer.outcome === 'refused' ? answer.code : answer.outcome;
  };
  expect(await codeOf({ kind: 'agent.signIn', agentId: nobody, device })).toBe('unknown_agent');
  expect(await codeOf({ kind: 'agent.ready', agentId: known })).toBe('not_signed_in');
  expect(await codeOf({ kind: 'agent.signOut', agentId: known })).toBe('not_signed_in');
  expect(await codeOf({ kind: 'customer.hangUp', sessionId: sessionId('none') })).toBe('unknown_session');
  expect(await codeOf({ kind: 'supervisor.endSession', sessionId: sessionId('none'), by: 'sue' })).toBe(
    'unknown_session',
  );
  expect(await codeOf({ kind: 'agent.signIn', agentId: known, device })).toBe('done');
  expect(await codeOf({ kind: 'agent.signIn', agentId: known, device })).toBe('ignored');
  expect(await codeOf({ kind: 'agent.answer', agentId: known })).toBe('not_ringing');
  expect(await codeOf({ kind: 'agent.hangUp', agentId: known })).toBe('not_in_call');
  expect(await codeOf({ kind: 'agent.hold', agentId: known })).toBe('not_in_call');
  const again = {
    kind: 'customer.request',
    sessionId: sessionId('s1'),
    queueId: queueId('default'),
  } as const;
  world.generated({ name: 'twice', sessionId: 's1' });
  expect(await codeOf(again)).toBe('done');
  expect(await codeOf(again)).toBe('ignored');
  await world.isEmpty();
});
