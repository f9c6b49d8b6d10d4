import { expect, test } from 'vitest';
import { openWorld, type World } from '../support/world.ts';

/** Brings anna and agent 1001 into a state; the control plane is killed there. */
const states: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  arriving: (world) => world.customer('anna').presses(),
  waiting: (world) => world.customer('anna').calls(),
  ringing: async (world) => {
    await world.agent('1001').signsIn('ring');
    await world.customer('anna').calls();
  },
  connecting: async (world) => {
    await world.agent('1001').signsIn('ring');
    await world.customer('anna').calls();
    await world.customer('anna').drops();
    await world.agent('1001').picksUp();
  },
  talking: async (world) => {
    await world.agent('1001').signsIn('answer');
    await world.customer('anna').calls();
  },
  held: async (world) => {
    await world.agent('1001').signsIn('answer');
    await world.customer('anna').calls();
    await world.agent('1001').holds();
  },
  rejoining: async (world) => {
    await world.agent('1001').signsInByPage('answer');
    await world.customer('anna').calls();
    await world.agent('1001').pageGoes();
  },
};

test.each(Object.keys(states))(
  'killed while %s: the session is adopted where it was, with one record',
  async (state) => {
    const world = await openWorld();
    const [anna, agent] = [world.customer('anna'), world.agent('1001')];
    await states[state]?.(world);
    expect(anna.state).toBe(state);
    await world.restartControlPlane(2_000);
    expect(anna.state).toBe(state);
    expect(world.facts('session.recovered')).toHaveLength(1);
    expect(world.breaches()).toEqual([]);
    if (state === 'arriving' || state === 'connecting') await anna.arrives();
    if (state === 'rejoining') await agent.pageComes();
    else await agent.signsIn('answer');
    if (state === 'ringing') await agent.picksUp();
    if (state === 'held') await agent.resumes();
    expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
    await anna.hangsUp();
    expect(world.records).toMatchObject([{ ending: 'customer_hung_up', recovered: true }]);
    await world.isEmpty();
  },
);

test('killed during wrap-up: it ends at the time it would have ended', async () => {
  const world = await openWorld();
  const agent = world.agent('1001');
  await agent.signsIn('answer');
  await world.customer('anna').calls();
  await world.customer('anna').hangsUp();
  await agent.takesBreak('lunch');
  await world.restartControlPlane(6_000);
  expect(agent.view).toMatchObject({ activity: 'wrapUp', next: 'break' });
  await world.passes(4_000);
  expect(agent.view).toMatchObject({ activity: 'idle', presence: 'break' });
  await world.isEmpty();
});

test('those who waited keep their order and their music, those who were away keep their grace', async () => {
  const world = await openWorld();
  const names = ['anna', 'bob', 'cleo'];
  await world.customer('anna').calls();
  await world.customer('bob').dials();
  await world.customer('cleo').dials('default', 1);
  await world.customer('anna').drops();
  await world.restartControlPlane(4_000);
  expect(names.map((name) => world.customer(name).view?.place)).toEqual([2, 3, 1]);
  expect(world.customer('bob').hearsMusic).toBe(true);
  expect(world.customer('anna').view?.away).toBe(true);
  await world.customer('dan').dials();
  expect(world.customer('dan').view?.place).toBe(4);
  await world.passes(11_000);
  expect(world.customer('anna').record?.ending).toBe('customer_lost');
  for (const name of ['bob', 'cleo', 'dan']) await world.customer(name).drops();
  await world.isEmpty();
});

test('customers who hung up during the outage end with the best known cause, once', async () => {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  await world.agent('1001').signsIn('answer');
  await world.customer('tom').dials();
  await world.agent('1002').signsIn('answer');
  await world.customer('tina').calls();
  await world.customer('walt').dials();
  world.killControlPlane();
  await world.customer('tom').drops();
  await world.customer('tina').drops();
  await world.customer('walt').drops();
  await world.passes(3_000);
  await world.startControlPlane();
  expect(world.customer('tom').record).toMatchObject({ ending: 'customer_lost', recovered: true });
  expect(world.customer('walt').record).toMatchObject({ ending: 'abandoned_waiting', recovered: true });
  expect(world.agent('1001').activity).toBe('wrapUp');
  expect(world.customer('tina').view).toMatchObject({ state: 'talking', away: true });
  await world.customer('tina').arrives();
  expect(world.customer('tina').bridgedTo).toBe(world.agent('1002').leg);
  await world.customer('tina').hangsUp();
  await world.isEmpty();
});

test('an agent who was gone after the outage: the customer goes to the head of the line', async () => {
  const world = await openWorld();
  const [bob, agent] = [world.customer('bob'), world.agent('1001')];
  await agent.signsIn('answer');
  await bob.dials();
  world.killControlPlane();
  await agent.phoneEnds();
  await world.startControlPlane();
  expect(bob).toMatchObject({ state: 'waiting', hearsMusic: true });
  await agent.presses('finishWrapUp');
  expect(bob.state).toBe('talking');
  await bob.drops();
  await world.isEmpty();
});

test('an agent who answered during the outage is joined with her customer', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('ring');
  await anna.calls();
  world.killControlPlane();
  await agent.picksUp();
  await world.startControlPlane();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await world.isEmpty();
});

test('an offer whose phone stopped ringing meanwhile is made again, and nobody is blamed', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.signsIn('ring');
  await anna.calls();
  world.killControlPlane();
  await agent.phoneEnds('no_answer');
  await world.startControlPlane();
  await world.passes(4_000);
  expect(anna.state).toBe('ringing');
  expect(world.facts('offer.missed')).toMatchObject([{ miss: 'withdrawn' }]);
  await anna.hangsUp();
  await world.isEmpty();
});

test('a call that came while nobody was here is taken in', async () => {
  const world = await openWorld();
  const bob = world.customer('bob');
  world.killControlPlane();
  const leg = world.media.call({ source: 'phone', queueId: 'default' as never, from: '+4930' });
  world.generated({ name: 'bob', from: '+4930' });
  await world.startControlPlane();
  expect(world.engine.view.sessions()).toMatchObject([{ state: 'waiting', customerLeg: leg }]);
  world.media.ends(leg);
  await world.settles();
  expect(bob).toBeDefined();
  expect(world.records).toMatchObject([{ ending: 'abandoned_waiting' }]);
  await world.isEmpty();
});

test('what the killed process had not committed yet costs a record no more than its newest steps', async () => {
  const world = await openWorld();
  const [bob, agent] = [world.customer('bob'), world.agent('1001')];
  await bob.dials();
  world.journal.stall();
  await agent.signsIn('answer');
  expect(bob.state).toBe('talking');
  world.journal.loseUncommitted();
  world.killControlPlane();
  await world.passes(1_000);
  await world.startControlPlane();
  // The agent's leg belongs to an offer nobody remembers; the caller waits again.
  expect(bob).toMatchObject({ state: 'waiting' });
  await world.passes(10_000);
  expect(agent.leg).toBeUndefined();
  await agent.signsIn('answer');
  expect(bob.state).toBe('talking');
  await bob.drops();
  expect(world.records).toHaveLength(1);
  await world.isEmpty();
});

test('without a switch to ask, the floor opens as soon as there is one', async () => {
  const world = await openWorld();
  await world.customer('anna').calls();
  await world.agent('1001').signsIn('ring');
  world.killControlPlane();
  const { media } = world;
  const liveLegs = media.liveLegs.bind(media);
  let blind = 2;
  media.liveLegs = () => (blind-- > 0 ? Promise.reject(new Error('not yet')) : liveLegs());
  const starting = world.startControlPlane();
  await world.passes(5_000);
  await starting;
  expect(world.customer('anna').state).toBe('ringing');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('killed again and again through a whole call, there is still one record', async () => {
  const world = await openWorld();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await anna.calls();
  await world.restartControlPlane();
  await agent.signsIn('ring');
  await world.restartControlPlane();
  await agent.picksUp();
  await world.restartControlPlane();
  await agent.holds();
  await world.restartControlPlane();
  await agent.resumes();
  await world.restartControlPlane();
  await anna.reloads();
  await world.restartControlPlane();
  await anna.hangsUp();
  await world.restartControlPlane();
  expect(world.records).toMatchObject([{ ending: 'customer_hung_up', agentId: '1001', recovered: true }]);
  await world.isEmpty();
});

test('a caller who comes while the first look is under way is not taken for one who is gone', async () => {
  const world = await openWorld();
  await world.customer('anna').calls();
  world.killControlPlane();
  await world.passes(1_000);
  const { media } = world;
  const liveLegs = media.liveLegs.bind(media);
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  media.liveLegs = async () => {
    const list = await liveLegs();
    await answered;
    return list;
  };
  const starting = world.startControlPlane();
  await world.passes(500);
  await world.customer('bert').dials();
  await world.customer('cleo').calls();
  media.liveLegs = liveLegs;
  answer();
  await starting;
  await world.settles();
  for (const name of ['anna', 'bert', 'cleo']) expect(world.customer(name).state).toBe('waiting');
  expect(world.facts('session.recovered')).toHaveLength(1);
  expect(world.repairs).toEqual([]);
  for (const name of ['anna', 'bert', 'cleo']) await world.customer(name).hangsUp();
  expect(world.records.map(({ recovered }) => recovered)).toEqual([true, false, false]);
  await world.isEmpty();
});
