// An agent who does not take the call: four ways, four causes on the record; the caller keeps her place, and the next agent is rung.

import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { onEachPair } from '../support/pairs.ts';
import type { AgentDesk } from '../support/people.ts';
import { Scene } from '../support/scene.ts';
import { until } from '../support/until.ts';

onEachPair('an agent who does not take the call', ({ pair, test }) => {
  let scene: Scene;
  let caller: Phone;
  let first: { desk: AgentDesk; phone: Phone };
  let second: { desk: AgentDesk; phone: Phone };

  beforeAll(async () => {
    scene = await Scene.open({ pair });
    caller = await scene.trunkPhone('4930555001');
    first = { desk: await scene.desk('1001'), phone: await scene.deskPhone('1001') };
    second = { desk: await scene.desk('1002'), phone: await scene.deskPhone('1002') };
  });
  afterAll(() => scene?.close());

  /** 1002 comes and takes the call that 1001 missed or is missing; it ends; both agents leave the floor. */
  async function secondTakesIt(sessionId: string): Promise<void> {
    await second.desk.goReady();
    await second.phone.ringing(30_000);
    await second.phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1002' });
    await caller.hangUp();
    await scene.board.sees('session.ended', { sessionId });
    await second.desk.becomes('wrapUp');
    await second.desk.must('wrapUp', { note: '' });
    for (const { desk } of [first, second]) await desk.must('signOut');
    for (const { desk } of [first, second])
      await until('signed out', () => desk.agent?.presence === 'signedOut');
  }

  async function missOf(sessionId: string): Promise<string | undefined> {
    const record = await scene.board.record(sessionId);
    expect(record.offers.at(-1)).toMatchObject({ agentId: '1002', outcome: 'accepted' });
    // Nobody overtook her: she was put back where she was, and no second waiting began at the end of the line.
    await scene.board.sees('session.requeued', { sessionId, to: 'own_place' });
    return record.offers.find(({ agentId }) => agentId === '1001')?.outcome;
  }

  test('she declines', async () => {
    await first.desk.goReady();
    const sessionId = await scene.caller(caller);
    await first.phone.ringing();
    await first.desk.must('decline');
    await secondTakesIt(sessionId);
    expect(await missOf(sessionId)).toBe('declined');
  });

  test('her phone is busy', async () => {
    await first.desk.goReady();
    const sessionId = await scene.caller(caller);
    await first.phone.ringing();
    // The phone's own reject key says 486 Busy Here; that is all the network knows.
    await first.phone.decline();
    await secondTakesIt(sessionId);
    expect(await missOf(sessionId)).toBe('busy');
  });

  test('she does not answer in time', async () => {
    await first.desk.goReady();
    const sessionId = await scene.caller(caller);
    await first.phone.ringing();
    await secondTakesIt(sessionId);
    expect(await missOf(sessionId)).toBe('no_answer');
  }, 60_000);

  test('her phone is gone', async () => {
    await first.desk.goReady();
    await first.phone.kill();
    const sessionId = await scene.caller(caller);
    await scene.board.sees('offer.missed', { sessionId, agentId: '1001' });
    await secondTakesIt(sessionId);
    expect(await missOf(sessionId)).toBe('unreachable');
  }, 60_000);

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft());
});
