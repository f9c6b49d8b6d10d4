import { expect, test } from 'vitest';
import { openWorld } from '../support/world.ts';

test('a web customer waits with music, an agent answers, they talk, the customer hangs up', async () => {
  const world = await openWorld();
  const anna = world.customer('anna');
  const agent = world.agent('1001');

  await anna.calls('default');
  expect(anna.view).toMatchObject({ state: 'waiting', place: 1 });
  expect(anna.hearsMusic).toBe(true);

  await world.passes(5_000);
  await agent.signsIn();
  expect(anna.state).toBe('ringing');
  expect(agent.activity).toBe('ringing');

  await world.passes(4_000);
  await agent.picksUp();
  expect(anna.view).toMatchObject({ state: 'talking', agentId: '1001' });
  expect(anna.bridgedTo).toBe(agent.leg);
  expect(anna.hearsMusic).toBe(false);

  await world.passes(60_000);
  await anna.hangsUp();
  expect(anna.view).toMatchObject({ state: 'ended', ending: 'customer_hung_up' });
  expect(agent.activity).toBe('wrapUp');
  expect(world.media.channels.size).toBe(0);

  await anna.rates(5);
  await world.passes(10_000);
  expect(agent).toMatchObject({ activity: 'idle', presence: 'ready' });

  expect(anna.record).toMatchObject({ ending: 'customer_hung_up', agentId: '1001', recovered: false });
  expect(world.told).toMatchInlineSnapshot(`
    [
      "session.requested",
      "session.arrived",
      "session.queued",
      "agent.signedIn 1001",
      "agent.reachability 1001",
      "agent.ready 1001",
      "offer.made 1001",
      "agent.activity 1001",
      "offer.ringing 1001",
      "agent.activity 1001",
      "offer.accepted 1001",
      "agent.activity 1001",
      "session.connected 1001",
      "session.ended",
      "agent.activity 1001",
      "session.rated",
      "agent.activity 1001",
    ]
  `);
  await world.isEmpty();
});
