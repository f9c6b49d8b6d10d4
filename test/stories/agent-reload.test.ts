import { expect, test } from 'vitest';
import { openWorld, type World } from '../support/world.ts';

/** Anna talks with agent 1001, whose phone is her page. */
async function talking(options: Parameters<typeof openWorld>[0] = {}): Promise<World> {
  const world = await openWorld(options);
  await world.agent('1001').signsInByPage('answer');
  await world.customer('anna').calls();
  await world.passes(5_000);
  return world;
}

test('a page reloaded in a call comes back to it: the customer heard music, and is nobody else’s meanwhile', async () => {
  const world = await talking({ agents: [{ name: '1001' }, { name: '1002' }] });
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  const before = agent.leg;
  await world.agent('1002').signsIn('answer');
  await agent.pageGoes();
  expect(anna.view).toMatchObject({ state: 'rejoining', agentId: '1001' });
  expect(anna.hearsMusic).toBe(true);
  expect(agent.activity).toBe('reconnecting');
  await world.passes(3_000);
  await agent.pageComes();
  expect(anna).toMatchObject({ state: 'talking', hearsMusic: false, bridgedTo: agent.leg });
  expect(agent.leg).not.toBe(before);
  expect(agent.activity).toBe('talking');
  await anna.hangsUp();
  expect(agent.activity).toBe('wrapUp');
  expect(world.records).toHaveLength(1);
  expect(anna.record).toMatchObject({ agentId: '1001', ending: 'customer_hung_up' });
  const kinds = anna.record?.segments.filter(({ agentId }) => agentId === '1001').map(({ kind }) => kind);
  expect(kinds?.filter((kind) => kind !== 'connecting' && kind !== 'ringing')).toEqual([
    'talking',
    'rejoining',
    'talking',
  ]);
  expect(world.facts('session.agentBack')).toHaveLength(1);
  await world.isEmpty();
});

test('a page that does not come back in time: head of the line, with the cause, and the agent’s wrap-up', async () => {
  const world = await talking({ agents: [{ name: '1001' }, { name: '1002' }] });
  const [anna, bea] = [world.customer('anna'), world.customer('bea')];
  await bea.dials('default', 5);
  await world.agent('1001').pageGoes();
  await world.passes(14_900);
  expect(anna.state).toBe('rejoining');
  await world.passes(100);
  expect(anna.view).toMatchObject({ state: 'waiting', place: 1 });
  expect(anna.hearsMusic).toBe(true);
  expect(bea.view?.place).toBe(2);
  expect(world.agent('1001').activity).toBe('wrapUp');
  expect(world.facts('session.returned')).toMatchObject([{ to: 'head', cause: 'unreachable' }]);
  await world.agent('1002').signsIn('answer');
  expect(anna.view).toMatchObject({ state: 'talking', agentId: '1002' });
  for (const person of [anna, bea]) await person.drops();
  await world.isEmpty();
});

test('how long she is waited for is a setting', async () => {
  const world = await talking({ rules: { rejoinMs: 3_000 } });
  await world.agent('1001').pageGoes();
  await world.passes(3_000);
  expect(world.customer('anna').state).toBe('waiting');
  await world.customer('anna').hangsUp();
  await world.isEmpty();
});

test('a page whose registration stands is called again until it takes the call', async () => {
  const world = await talking();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  agent.phone('busy');
  await agent.phoneEnds('media_lost');
  await world.passes(4_000);
  expect(anna.state).toBe('rejoining');
  agent.phone('ring');
  await world.passes(2_000);
  const { leg } = agent;
  await world.passes(3_000);
  expect(agent.leg).toBe(leg);
  await agent.picksUp();
  expect(anna.bridgedTo).toBe(leg);
  await anna.hangsUp();
  expect(world.journal.legs.filter(({ ending }) => ending === 'busy').length).toBeGreaterThan(1);
  await world.isEmpty();
});

test('the registration goes while the page is called: the attempt ends, and the next page is called', async () => {
  const world = await talking();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  agent.phone('silent');
  await agent.phoneEnds();
  await world.passes(1_500);
  expect(agent.leg).toBeDefined();
  await agent.pageGoes('failed');
  expect(agent.leg).toBeUndefined();
  await world.passes(5_000);
  await agent.pageComes();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await world.isEmpty();
});

test('on hold when the page went, on hold when it is back', async () => {
  const world = await talking();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.holds();
  await agent.pageGoes();
  await agent.pageComes();
  expect(anna).toMatchObject({ state: 'held', hearsMusic: true });
  expect(agent.activity).toBe('held');
  await agent.resumes();
  expect(anna.bridgedTo).toBe(agent.leg);
  await anna.hangsUp();
  await world.isEmpty();
});

test('who hangs up says so: by the page, also by the next one, the call is over', async () => {
  for (const gone of [false, true]) {
    const world = await talking();
    const agent = world.agent('1001');
    if (gone) await agent.pageGoes();
    expect(await agent.presses('hangUp')).toEqual({ outcome: 'done' });
    expect(world.customer('anna').record?.ending).toBe('agent_hung_up');
    expect(agent.activity).toBe('wrapUp');
    await world.isEmpty();
  }
});

test('nothing else can be done with a call she is not in; a break is kept for afterwards', async () => {
  const world = await talking();
  const agent = world.agent('1001');
  await agent.pageGoes();
  for (const kind of ['agent.hold', 'agent.resume', 'agent.park', 'agent.conference'] as const)
    expect(await agent.wishes({ kind })).toMatchObject({ outcome: 'refused' });
  expect(await agent.wishes({ kind: 'agent.mute', muted: true })).toMatchObject({ code: 'not_in_call' });
  await agent.takesBreak('lunch');
  await world.customer('anna').hangsUp();
  await world.passes(10_000);
  expect(agent.presence).toBe('break');
  await world.isEmpty();
});

test('a desk phone that hangs up ends the call as ever, and so does a page whose person has signed out', async () => {
  const world = await openWorld();
  const agent = world.agent('1001');
  await agent.signsIn('answer');
  await world.customer('anna').calls();
  await agent.phoneEnds();
  expect(world.customer('anna').record?.ending).toBe('agent_hung_up');
  await world.isEmpty();
  const other = await talking();
  await other.agent('1001').signsOut();
  await other.agent('1001').pageGoes();
  expect(other.customer('anna').record?.ending).toBe('agent_hung_up');
  await other.isEmpty();
});

test('while she asks a colleague: who has answered has the customer, who has not is let go', async () => {
  for (const answered of [true, false]) {
    const world = await talking({ agents: [{ name: '1001' }, { name: '1002' }] });
    const [anna, agent] = [world.customer('anna'), world.agent('1001')];
    await world.agent('1002').signsIn(answered ? 'answer' : 'ring');
    await world.agent('1002').takesBreak();
    await world.agent('1002').isReady();
    await agent.wishes({
      kind: 'agent.consult',
      to: { kind: 'agent', agentId: world.agent('1002').view.agentId },
    });
    await agent.pageGoes();
    expect(anna.view).toMatchObject(
      answered ? { state: 'talking', agentId: '1002' } : { state: 'rejoining', agentId: '1001' },
    );
    await agent.pageComes();
    expect(anna.state).toBe('talking');
    await anna.hangsUp();
    await world.isEmpty();
  }
});

test('both pages reload: whoever is back first hears music', async () => {
  const world = await talking();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await anna.drops();
  await agent.pageGoes();
  await agent.pageComes();
  expect(agent).toMatchObject({ activity: 'talking', hearsMusic: true });
  await anna.arrives();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await agent.pageGoes();
  await anna.drops();
  await world.passes(15_000);
  expect(anna.record?.ending).toBe('customer_lost');
  expect(agent.activity).toBe('wrapUp');
  await world.isEmpty();
});

test('the recording goes on: on the customer’s leg, music in the agent’s stead', async () => {
  const world = await talking({ queues: [{ name: 'default', record: 'always' }] });
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  await agent.pageGoes();
  expect(anna.channel?.recording).not.toBe(false);
  await agent.pageComes();
  await anna.hangsUp();
  expect(anna.record?.recordings).toHaveLength(1);
  await world.isEmpty();
});

/** Sue, at her desk, listens to Anna and 1001. */
async function listenedTo(): Promise<World> {
  const world = await talking({ agents: [{ name: '1001' }, { name: '1002' }] });
  world.media.phone('sue', 'ring');
  await world.does({
    kind: 'supervisor.join',
    ...about(world),
    device: { kind: 'sip', address: 'sue' },
    mode: 'listen',
  });
  world.media.answers('sue');
  await world.settles();
  return world;
}
const about = (world: World) => ({ sessionId: world.customer('anna').session, supervisorId: 'sue' });
const tap = (world: World) => world.media.channels.get(world.media.legAt('sue') ?? ('' as never))?.tap;

test('a supervisor who listens stays, and hears the page that comes back, in the mode she asked for meanwhile', async () => {
  const world = await listenedTo();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  const leg = world.media.legAt('sue');
  await agent.pageGoes();
  expect(anna.view).toMatchObject({ state: 'rejoining', monitors: [{ supervisorId: 'sue', state: 'on' }] });
  expect(await world.does({ kind: 'supervisor.mode', ...about(world), mode: 'whisper' })).toEqual({
    outcome: 'done',
  });
  await agent.pageComes();
  expect(world.media.legAt('sue')).toBe(leg);
  expect(tap(world)).toEqual({ on: agent.leg, mode: 'whisper' });
  await anna.hangsUp();
  expect(world.facts('monitor.started')).toHaveLength(1);
  expect(world.facts('monitor.ended')).toMatchObject([{ how: 'over' }]);
  await world.isEmpty();
});

test('the page does not come back, or the caller gives up: there is nobody to listen to any more', async () => {
  for (const gaveUp of [true, false]) {
    const world = await listenedTo();
    const anna = world.customer('anna');
    await world.agent('1001').pageGoes();
    if (gaveUp) await anna.hangsUp();
    else await world.passes(15_000);
    expect(world.media.legAt('sue')).toBeUndefined();
    expect(world.facts('monitor.ended')).toMatchObject([{ how: 'over' }]);
    if (!gaveUp) await anna.hangsUp();
    await world.isEmpty();
  }
});

test('while the page is gone she may leave, or take the caller over: the agent who comes back finds her wrap-up', async () => {
  for (const wish of ['leave', 'takeOver'] as const) {
    const world = await listenedTo();
    const [anna, agent] = [world.customer('anna'), world.agent('1001')];
    await agent.pageGoes();
    expect(await world.does({ kind: `supervisor.${wish}`, ...about(world) })).toEqual({ outcome: 'done' });
    await agent.pageComes();
    const taken = wish === 'takeOver';
    expect(anna.state).toBe(taken ? 'transferred' : 'talking');
    expect(anna.bridgedTo).toBe(taken ? world.media.legAt('sue') : agent.leg);
    expect(agent.activity).toBe(taken ? 'wrapUp' : 'talking');
    await anna.hangsUp();
    expect(world.facts(taken ? 'monitor.tookOver' : 'monitor.ended')).toMatchObject([
      { supervisorId: 'sue' },
    ]);
    await world.isEmpty();
  }
});

test('killed while the page is gone and a supervisor waits: both hear what they should afterwards', async () => {
  const world = await listenedTo();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  agent.phone('ring');
  await agent.phoneEnds();
  await world.passes(1_500);
  world.killControlPlane();
  await agent.picksUp();
  await world.startControlPlane();
  expect(anna.bridgedTo).toBe(agent.leg);
  expect(tap(world)?.on).toBe(agent.leg);
  await anna.hangsUp();
  await world.isEmpty();
});

test('killed while her page is called: the leg that answered meanwhile is taken for what it is', async () => {
  const world = await talking();
  const [anna, agent] = [world.customer('anna'), world.agent('1001')];
  agent.phone('ring');
  await agent.phoneEnds();
  await world.passes(1_500);
  expect(agent.leg).toBeDefined();
  world.killControlPlane();
  await agent.picksUp();
  await world.passes(1_000);
  await world.startControlPlane();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await world.isEmpty();
});
