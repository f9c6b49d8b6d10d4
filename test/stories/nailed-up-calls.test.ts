import { expect, test } from 'vitest';
import { dialsTo, nailedUp } from '../support/nailed-up.ts';
import { openWorld } from '../support/world.ts';

/** Ada has Anna on the line and asks Bob; both agents' lines are nailed up. */
async function consulting() {
  const world = await openWorld({ agents: [{ name: '1001' }, { name: '1002' }] });
  const [ada, bob, anna] = [world.agent('1001'), world.agent('1002'), world.customer('anna')];
  await ada.signsInNailedUp('answer');
  await anna.calls();
  await bob.signsInNailedUp('answer');
  await ada.wishes({ kind: 'agent.consult', to: { kind: 'agent', agentId: '1002' as never } });
  return { world, ada, bob, anna };
}

test('a mute is of the call: the next caller hears her', async () => {
  const world = await nailedUp();
  const [agent, anna, bea] = [world.agent('1001'), world.customer('anna'), world.customer('bea')];
  await anna.calls();
  await agent.wishes({ kind: 'agent.mute', muted: true });
  expect(agent.channel?.muted).toBe(true);
  await anna.hangsUp();
  expect(agent.channel?.muted).toBe(false);
  await agent.presses('finishWrapUp');
  await bea.calls();
  expect(agent.channel).toMatchObject({ muted: false, bridgedTo: bea.leg });
  await bea.hangsUp();
  await agent.signsOut();
  await world.isEmpty();
});

test('hold, park and pick-up, transfer away: her leg is free each time, and the same', async () => {
  const world = await nailedUp({
    queues: [{ name: 'default', wrapUpMs: 0 }, { name: 'other' }],
    agents: [{ name: '1001', queues: ['default'] }],
  });
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  const line = agent.leg;
  await anna.calls();
  await agent.holds();
  expect(anna.hearsMusic).toBe(true);
  expect(agent.channel).toMatchObject({ bridgedTo: undefined, music: false });
  await agent.resumes();
  expect(anna.bridgedTo).toBe(line);
  await agent.wishes({ kind: 'agent.park' });
  expect(agent.view).toMatchObject({ activity: 'idle', line: { state: 'up', legId: line } });
  expect(agent.channel?.bridgedTo).toBeUndefined();
  expect(anna).toMatchObject({ state: 'parked', hearsMusic: true });
  await agent.wishes({ kind: 'agent.pickUp', slot: 701 });
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: line });
  await agent.wishes({ kind: 'agent.transfer', to: { kind: 'queue', queueId: 'other' as never } });
  expect(anna).toMatchObject({ state: 'waiting', hearsMusic: true });
  expect(agent.channel).toMatchObject({ bridgedTo: undefined, music: false });
  expect(world.breaches()).toEqual([]);
  await anna.hangsUp();
  await agent.signsOut();
  expect(dialsTo(world, '1001')).toHaveLength(1);
  await world.isEmpty();
});

test('passed on to her own queue she has the caller back in the same breath', async () => {
  const world = await nailedUp({ queues: [{ name: 'default', wrapUpMs: 0 }] });
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await anna.calls();
  await agent.wishes({ kind: 'agent.transfer', to: { kind: 'queue', queueId: 'default' as never } });
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg, hearsMusic: false });
  await anna.hangsUp();
  await agent.signsOut();
  await world.isEmpty();
});

test('a colleague with a nailed-up line is asked without ringing, takes over, and each leg is back where it stood', async () => {
  const { world, ada, bob, anna } = await consulting();
  expect(ada).toMatchObject({ activity: 'consulting' });
  expect(ada.channel?.bridgedTo).toBe(bob.leg);
  expect(anna.hearsMusic).toBe(true);
  await ada.wishes({ kind: 'agent.conference' });
  for (const one of [ada.channel, bob.channel, anna.channel]) expect(one?.room).toBe(anna.session);
  await ada.wishes({ kind: 'agent.completeTransfer' });
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: bob.leg });
  expect(ada.channel).toMatchObject({ bridgedTo: undefined, room: undefined, music: false });
  expect(ada.activity).toBe('wrapUp');
  await anna.hangsUp();
  expect(bob.channel).toMatchObject({ bridgedTo: undefined, room: undefined });
  expect(dialsTo(world, '1002')).toHaveLength(1);
  expect(world.breaches()).toEqual([]);
  for (const agent of [ada, bob]) await agent.signsOut();
  for (const agent of [ada, bob]) await agent.presses('finishWrapUp');
  await world.isEmpty();
});

test('a consultation that is cancelled gives the colleague’s line back', async () => {
  const { world, ada, bob, anna } = await consulting();
  await ada.wishes({ kind: 'agent.cancelConsult' });
  expect(anna.bridgedTo).toBe(ada.leg);
  expect(bob).toMatchObject({ activity: 'idle' });
  expect(bob.channel?.bridgedTo).toBeUndefined();
  await anna.hangsUp();
  for (const agent of [ada, bob]) await agent.signsOut();
  await ada.presses('finishWrapUp');
  await world.isEmpty();
});

test('she calls out on it: her phone does not ring, she hears the number ring', async () => {
  const world = await nailedUp();
  const agent = world.agent('1001');
  world.media.phone('0301234567', 'ring');
  await agent.dials('0301234567');
  expect(agent).toMatchObject({ activity: 'dialling' });
  expect(agent.channel?.ringback).toBe(true);
  await agent.presses('hangUp');
  expect(agent.channel).toMatchObject({ ringback: false, state: 'answered' });
  expect(agent.view).toMatchObject({ activity: 'idle', line: { state: 'up' } });
  expect(world.records).toMatchObject([{ ending: 'dial_cancelled' }]);
  await agent.signsOut();
  await world.isEmpty();
});

test('a supervisor listens to a call on it and is gone with the call; the line is not', async () => {
  const world = await nailedUp();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  world.media.phone('900', 'answer');
  await anna.calls();
  await world.does({
    kind: 'supervisor.join',
    sessionId: anna.session,
    supervisorId: 'eva',
    device: { kind: 'sip', address: '900' },
    mode: 'listen',
  });
  const leg = world.media.legAt('900');
  expect(leg && world.media.channels.get(leg)?.tap).toMatchObject({ on: agent.leg });
  await anna.hangsUp();
  expect(world.media.legAt('900')).toBeUndefined();
  expect(agent.channel?.state).toBe('answered');
  await agent.presses('finishWrapUp');
  await agent.signsOut();
  await world.isEmpty();
});

test('a restart of the control plane finds a line that stands, and uses it', async () => {
  const world = await nailedUp();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  const line = agent.leg;
  await world.restartControlPlane();
  expect(agent.view).toMatchObject({ line: { state: 'up', legId: line } });
  await world.passes(20_000);
  expect(agent.leg).toBe(line);
  await anna.calls();
  expect(anna.bridgedTo).toBe(line);
  await world.restartControlPlane();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: line });
  await anna.hangsUp();
  expect(agent.channel).toMatchObject({ legId: line, bridgedTo: undefined });
  await world.restartControlPlane();
  expect(agent.leg).toBe(line);
  expect(world.breaches()).toEqual([]);
  await agent.presses('finishWrapUp');
  await agent.signsOut();
  expect(dialsTo(world, '1001')).toHaveLength(1);
  await world.isEmpty();
});

test('a call that ended just before a restart does not take the line along', async () => {
  const world = await nailedUp();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  const line = agent.leg;
  await anna.calls();
  await world.passes(1_000);
  void world.engine.submit({ kind: 'customer.hangUp', sessionId: anna.session });
  world.killControlPlane();
  await world.passes(2_000);
  await world.startControlPlane();
  await world.passes(20_000);
  expect(agent.leg).toBe(line);
  expect(agent.view.line).toMatchObject({ state: 'up', legId: line });
  await agent.signsOut();
  await world.isEmpty();
});

test('a line that went while nobody was here is found gone at the start, and rung', async () => {
  const world = await nailedUp();
  const agent = world.agent('1001');
  const line = agent.leg;
  world.killControlPlane();
  if (line) world.media.ends(line, 'hung_up');
  await world.passes(1_000);
  await world.startControlPlane();
  await world.passes(5_000);
  expect(agent.view.line).toMatchObject({ state: 'up' });
  expect(agent.leg).not.toBe(line);
  await agent.signsOut();
  await world.isEmpty();
});

test('the switch dies: every line is lost with it, and rung when it is back', async () => {
  const world = await nailedUp();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await anna.calls();
  await world.passes(1_000);
  world.media.die();
  await world.settles();
  expect(anna.record?.ending).toBe('media_lost');
  expect(agent.view.line).toMatchObject({ state: 'down' });
  await world.passes(20_000);
  world.media.comeBack();
  await world.passes(6_000);
  expect(agent.view.line).toMatchObject({ state: 'up' });
  await agent.signsOut();
  await world.isEmpty();
});

test('her page is reloaded in a call: it is called for that call, and what answers is her line again', async () => {
  const world = await openWorld();
  const [agent, anna] = [world.agent('1001'), world.customer('anna')];
  await agent.signsInByPage('answer', true);
  await anna.calls();
  await world.passes(1_000);
  await agent.pageGoes();
  expect(anna.state).toBe('rejoining');
  await world.passes(7_000);
  await agent.pageComes();
  expect(anna).toMatchObject({ state: 'talking', bridgedTo: agent.leg });
  expect(agent.view.line).toMatchObject({ state: 'up', legId: agent.leg });
  await anna.hangsUp();
  expect(agent.channel).toMatchObject({ bridgedTo: undefined });
  expect(world.breaches()).toEqual([]);
  await agent.presses('finishWrapUp');
  await agent.signsOut();
  await world.isEmpty();
});
