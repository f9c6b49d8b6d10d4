import { expect, test } from 'vitest';
import { agentId } from '../../app/domain/ids.ts';
import { openWorld, type World } from '../support/world.ts';

/** 1001 dials 1002 at her desk phone. */
async function dials(world: World): Promise<void> {
  await world.customer('1001').dialsColleague('1001', '1002');
}

test('an agent who calls a colleague rings her alone, and is offered nothing while she talks', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn('ring');
  await world.agent('1002').signsIn('ring');
  await dials(world);
  expect(world.agent('1002').activity).toBe('ringing');
  await world.agent('1002').picksUp();
  expect(world.customer('1001').state).toBe('talking');
  await world.customer('anna').calls();
  expect(world.customer('anna').state).toBe('waiting');
  await world.customer('1001').drops();
  expect(world.customer('anna').view).toMatchObject({ state: 'ringing', agentId: '1001' });
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('a colleague who does not answer is not reached: the call ends, and no queue gets it', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }, { name: '1003' }] });
  for (const name of ['1001', '1002', '1003']) await world.agent(name).signsIn('ring');
  await dials(world);
  await world.passes(20_000);
  expect(world.customer('1001').record).toMatchObject({ ending: 'agent_not_reached' });
  expect(world.facts('offer.made')).toMatchObject([{ agentId: '1002' }]);
  await world.customer('anna').calls();
  expect(world.customer('anna').view).toMatchObject({ state: 'ringing' });
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('one who went into a call in the same moment is not reached either', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1002').signsIn('ring');
  await world.customer('anna').calls();
  await dials(world);
  expect(world.customer('1001').record).toMatchObject({ ending: 'agent_not_reached', agentId: null });
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('a restart leaves such a call alone, and her phone busy with it', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn('ring');
  await world.agent('1002').signsIn('answer');
  await dials(world);
  await world.restartControlPlane();
  expect(world.customer('1001').state).toBe('talking');
  await world.customer('anna').calls();
  expect(world.customer('anna').state).toBe('waiting');
  await world.customer('1001').drops();
  expect(world.customer('anna').view).toMatchObject({ state: 'ringing', agentId: agentId('1001') });
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});
