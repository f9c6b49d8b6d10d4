import { expect, test } from 'vitest';
import type { PhoneHabit } from '../support/fake-media.ts';
import { dialsTo, nailedUp } from '../support/nailed-up.ts';
import { openWorld, type World } from '../support/world.ts';

const zips = (world: World) =>
  world.media.performed.filter((effect) => effect.kind === 'sound.play' && effect.soundId === 'tone-zip');

test('her phone is rung once; every call is announced by a tone and joined at once; between them the line stands, silent', async () => {
  const world = await nailedUp();
  const [agent, anna, bea] = [world.agent('1001'), world.customer('anna'), world.customer('bea')];
  const line = agent.leg;
  expect(agent.view).toMatchObject({
    presence: 'ready',
    activity: 'idle',
    line: { state: 'up', legId: line },
  });
  await anna.calls();
  expect(agent.activity).toBe('talking');
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: line });
  expect(zips(world)).toMatchObject([{ legId: line, to: 'leg' }]);
  await world.passes(5_000);
  await anna.hangsUp();
  expect(agent).toMatchObject({ activity: 'wrapUp', leg: line, hearsMusic: false });
  expect(agent.channel).toMatchObject({ state: 'answered', bridgedTo: undefined, room: undefined });
  await agent.presses('finishWrapUp');
  await bea.dials();
  expect(bea).toMatchObject({ state: 'talking', bridgedTo: line });
  expect(dialsTo(world, '1001')).toHaveLength(1);
  expect(world.facts('offer.missed')).toEqual([]);
  const [first] = world.records;
  expect(first).toMatchObject({ agentId: '1001', ending: 'customer_hung_up' });
  expect(first?.offers).toMatchObject([{ outcome: 'accepted', endedAt: first?.offers[0]?.madeAt }]);
  expect(world.breaches()).toEqual([]);
  await bea.drops();
  await agent.presses('finishWrapUp');
  await agent.signsOut();
  expect(world.media.channels.size).toBe(0);
  await world.isEmpty();
});

test('a caller who waits is joined the moment the line is free, on the very same leg', async () => {
  const world = await nailedUp({ queues: [{ name: 'default', wrapUpMs: 0 }] });
  const [agent, anna, bea] = [world.agent('1001'), world.customer('anna'), world.customer('bea')];
  await anna.calls();
  await bea.calls();
  expect(bea.state).toBe('waiting');
  await anna.hangsUp();
  expect(bea).toMatchObject({ state: 'talking', bridgedTo: agent.leg, hearsMusic: false });
  await agent.presses('hangUp');
  expect(agent.view).toMatchObject({ activity: 'idle', line: { state: 'up' } });
  expect(world.breaches()).toEqual([]);
  await agent.signsOut();
  await world.isEmpty();
});

test('nobody is offered to her before she has taken her line', async () => {
  const world = await openWorld();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await agent.signsInNailedUp('ring');
  await anna.calls();
  expect(agent.view).toMatchObject({
    presence: 'ready',
    activity: 'idle',
    line: { state: 'dialling' },
    reachability: { reachable: false, why: 'line_down' },
  });
  expect(anna.state).toBe('waiting');
  expect(world.engine.view.queues()[0]?.agents).toEqual({ ready: 0, busy: 0, onBreak: 0 });
  expect(await agent.dials('0301234567')).toBeDefined();
  expect(world.facts('dial.progress')).toEqual([]);
  await agent.picksUp();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await agent.signsOut();
  await world.isEmpty();
});

test('on a telephone 1 is pressed once, for the line, and for no call after that', async () => {
  const world = await openWorld();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await agent.signsInByTelephone('+491711234567', 'answer', true);
  expect(agent.view.line).toMatchObject({ state: 'dialling' });
  expect(agent.channel?.playing).toMatchObject([{ soundId: 'press-1' }]);
  await anna.calls();
  expect(anna.state).toBe('waiting');
  await agent.pressesKey('1');
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  expect(agent.channel?.playing.map(({ soundId }) => soundId)).toEqual(['tone-zip']);
  await anna.hangsUp();
  await agent.presses('finishWrapUp');
  await world.customer('bea').calls();
  expect(world.customer('bea').state).toBe('talking');
  await world.customer('bea').hangsUp();
  await agent.signsOut();
  await world.isEmpty();
});

test('a voicemail that takes the line does not press 1: it is let go, and tried again', async () => {
  const world = await openWorld();
  const agent = world.agent('1001');
  await agent.signsInByTelephone('+491711234567', 'answer', true);
  const first = agent.leg;
  await world.passes(30_000);
  expect(agent.view.line).toMatchObject({ state: 'down' });
  expect(world.media.channels.size).toBe(0);
  await world.passes(5_000);
  expect(agent.view.line).toMatchObject({ state: 'dialling' });
  expect(agent.leg).not.toBe(first);
  await agent.signsOut();
  await world.isEmpty();
});

test('a line that cannot be had is rung so many times, with a pause, and then she is on a break that says why', async () => {
  for (const habit of ['busy', 'decline', 'unreachable', 'ring'] satisfies PhoneHabit[]) {
    const world = await openWorld();
    const agent = world.agent('1001');
    await agent.signsInNailedUp(habit);
    await world.passes(120_000);
    expect(dialsTo(world, '1001')).toHaveLength(3);
    expect(agent.view).toMatchObject({
      presence: 'break',
      breakReason: 'line_lost',
      line: { state: 'down' },
    });
    expect(world.facts('agent.onBreak')).toMatchObject([{ cause: 'line_lost' }]);
    agent.phone('answer');
    await agent.isReady();
    expect(agent.view).toMatchObject({ presence: 'ready', line: { state: 'up' } });
    await agent.signsOut();
    await world.isEmpty();
  }
});

test('a phone that is not registered is not rung: its line waits for it', async () => {
  const world = await openWorld();
  const agent = world.agent('1001');
  await agent.signsInNailedUp('answer', false);
  await world.passes(60_000);
  expect(dialsTo(world, '1001')).toEqual([]);
  expect(agent.view.reachability).toEqual({ reachable: false, why: 'unregistered' });
  world.report('1001', true);
  await world.settles();
  expect(agent.view).toMatchObject({ line: { state: 'up' }, reachability: { reachable: true } });
  await agent.signsOut();
  await world.isEmpty();
});

test('a line that dies is unreachable, and rung again after a pause; a call that comes meanwhile waits', async () => {
  const world = await nailedUp();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await agent.phoneEnds('media_lost');
  expect(agent.view).toMatchObject({
    presence: 'ready',
    line: { state: 'down' },
    reachability: { reachable: false, why: 'line_down' },
  });
  await anna.calls();
  expect(anna.state).toBe('waiting');
  await world.passes(5_000);
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await agent.signsOut();
  await world.isEmpty();
});

test('she puts the line down between two calls: a break with its cause; ready again, and her phone rings', async () => {
  const world = await nailedUp();
  const agent = world.agent('1001');
  await agent.phoneEnds('hung_up');
  expect(agent.view).toMatchObject({
    presence: 'break',
    breakReason: 'line_hung_up',
    line: { state: 'down' },
  });
  await world.passes(60_000);
  expect(dialsTo(world, '1001')).toHaveLength(1);
  await agent.isReady();
  expect(agent.view).toMatchObject({ presence: 'ready', line: { state: 'up' } });
  await agent.signsOut();
  await world.isEmpty();
});

test('she puts it down in wrap-up: the break comes when that is over', async () => {
  const world = await nailedUp();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await anna.calls();
  await anna.hangsUp();
  await agent.phoneEnds('hung_up');
  expect(agent.view).toMatchObject({ presence: 'ready', activity: 'wrapUp', next: 'break' });
  await agent.presses('finishWrapUp');
  expect(agent.view).toMatchObject({ presence: 'break', breakReason: 'line_hung_up' });
  await agent.signsOut();
  await world.isEmpty();
});

test('she puts it down in a call: the call is over, as with any phone, and her line is rung again', async () => {
  const world = await nailedUp();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await anna.calls();
  await world.passes(1_000);
  await agent.phoneEnds('hung_up');
  expect(anna.record?.ending).toBe('agent_hung_up');
  expect(agent.view).toMatchObject({ presence: 'ready', activity: 'wrapUp', line: { state: 'down' } });
  await world.passes(5_000);
  expect(agent.view.line).toMatchObject({ state: 'up' });
  await agent.presses('finishWrapUp');
  await agent.signsOut();
  await world.isEmpty();
});

test('her line dies in a call: the customer goes to the head of the line, and to the line when it is back', async () => {
  const world = await nailedUp();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await anna.calls();
  await world.passes(1_000);
  await agent.phoneEnds('media_lost');
  expect(anna).toMatchObject({ state: 'waiting', hearsMusic: true });
  await agent.presses('finishWrapUp');
  await world.passes(5_000);
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  await anna.hangsUp();
  await agent.signsOut();
  await world.isEmpty();
});

test('signed out in a call, the line is ended when the call is; a break keeps it', async () => {
  const world = await nailedUp();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await agent.takesBreak();
  await world.passes(60_000);
  expect(agent.view).toMatchObject({ presence: 'break', line: { state: 'up' } });
  await agent.isReady();
  await anna.calls();
  await agent.signsOut();
  expect(agent.view).toMatchObject({ activity: 'talking', next: 'signedOut' });
  await anna.hangsUp();
  expect(agent.channel).toBeDefined();
  await agent.presses('finishWrapUp');
  expect(agent.presence).toBe('signedOut');
  expect(world.media.channels.size).toBe(0);
  await world.isEmpty();
});

test('another device, or the same without a line: the old leg goes, and where there are several switches there is none', async () => {
  const world = await nailedUp();
  const agent = world.agent('1001');
  // Said again without a word about the line, as by a code: nothing changes.
  await agent.signsIn('answer');
  expect(agent.view.line).toMatchObject({ state: 'up' });
  await agent.wishes({
    kind: 'agent.signIn',
    device: { kind: 'sip', address: '1001' },
    nailedUp: false,
  });
  expect(agent.view.line).toBeUndefined();
  expect(world.media.channels.size).toBe(0);
  await agent.signsOut();
  await world.isEmpty();
  const several = await openWorld({ rules: { nailedUpLines: false } });
  expect(await several.agent('1001').signsInNailedUp('answer')).toEqual({
    outcome: 'refused',
    code: 'nailed_up_unavailable',
  });
  expect(several.agent('1001').presence).toBe('signedOut');
  await several.isEmpty();
});
