import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';

test('while the edge has no SIP server nobody is offered; who talks goes on, and the line is served when it is back', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  const [anna, bob] = [world.customer('anna'), world.customer('bob')];
  await world.agent('1001').signsIn('answer');
  await anna.calls();
  await world.agent('1002').signsIn('answer');
  await world.does({ kind: 'edge.changed', up: false });
  await bob.dials();
  await world.passes(30_000);
  expect(anna.state).toBe('talking');
  expect(bob.view).toMatchObject({ state: 'waiting', place: 1 });
  expect(world.facts('offer.made')).toHaveLength(1);

  await world.does({ kind: 'edge.changed', up: true });
  await world.settles();
  expect(bob.view).toMatchObject({ state: 'talking', agentId: '1002' });
  await anna.hangsUp();
  await bob.hangsUp();
  await world.isEmpty();
});

test('offers that meet an edge without a server are nobody’s misses: no agent is sent on a break for them', async () => {
  const world = await openWorld({ queues: [{ name: 'default', maxMisses: 2, wrapUpMs: 0 }] });
  const agent = world.agent('1001');
  await agent.signsIn('ring');
  const anna = world.customer('anna');
  await anna.calls();
  for (let cut = 0; cut < 4; cut += 1) {
    await world.passes(100);
    await world.does({ kind: 'edge.changed', up: false });
    await agent.phoneEnds('unreachable');
    expect(agent.view).toMatchObject({ presence: 'ready', activity: 'idle' });
    await world.does({ kind: 'edge.changed', up: true });
    await world.settles();
  }
  expect(world.facts('offer.missed').map(({ miss }) => miss)).toEqual(Array(4).fill('unreachable'));
  await agent.picksUp();
  expect(anna.state).toBe('talking');
  await anna.hangsUp();
  await world.isEmpty();
});
