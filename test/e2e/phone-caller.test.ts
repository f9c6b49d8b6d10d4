// The main job for a caller from the PSTN: trunk → queue → desk phone, with real phones, sound measured, one record.

import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startPhone, type Phone } from '../support/baresip.ts';
import { startCordboard, type Cordboard } from '../support/cordboard.ts';
import { onEachPair } from '../support/pairs.ts';
import { AgentDesk, Board } from '../support/people.ts';
import { loudness } from '../support/tones.ts';
import { until } from '../support/until.ts';

const trunkAddress = '127.0.0.2';
const callerTone = 620;
const agentTone = 1_150;

onEachPair('a caller from the PSTN', ({ pair, test }) => {
  let cordboard: Cordboard;
  let board: Board;
  let desk: AgentDesk;
  let agentPhone: Phone;
  let caller: Phone;

  beforeAll(async () => {
    cordboard = await startCordboard({ pair, env: { CORDBOARD_TRUNKS: `carrier=${trunkAddress}` } });
    const { url, sipPort, demoPassword } = cordboard;
    board = await Board.open(url, demoPassword);
    desk = await AgentDesk.open(url, '1001', demoPassword);
    const edge = `127.0.0.1:${sipPort}`;
    agentPhone = await startPhone({ user: '1001', password: demoPassword, edge, toneHz: agentTone });
    caller = await startPhone({
      user: '493012345',
      password: 'none-needed',
      edge,
      toneHz: callerTone,
      registerEvery: 0,
      address: trunkAddress,
    });
    await agentPhone.registered();
  });

  afterAll(async () => {
    desk?.close();
    board?.close();
    await caller?.stop();
    await agentPhone?.stop();
    await cordboard?.stop();
  });

  afterEach(() => {
    board.facts.length = 0;
  });

  test('a caller from a trunk waits with music, talks to the agent both ways, and leaves one true record', async () => {
    await caller.dial(`sip:4000@127.0.0.1:${cordboard.sipPort}`);
    await caller.talking();
    const { sessionId } = await board.sees('session.queued');
    const music = await until(
      'the caller hears music',
      async () => loudness((await caller.heard()).samples) > 0.005,
    );
    expect(music).toBe(true);

    await desk.goReady();
    await agentPhone.ringing();
    await agentPhone.answer();
    await board.sees('session.connected', { sessionId, agentId: '1001' });
    await until(
      'the caller hears the agent',
      async () => (await caller.heard()).level(agentTone, 0.5) > 0.05,
    );
    await until(
      'the agent hears the caller',
      async () => (await agentPhone.heard()).level(callerTone, 0.5) > 0.05,
    );
    expect((await caller.heard()).level(callerTone, 0.5)).toBeLessThan(0.01);
    expect((await agentPhone.heard()).level(agentTone, 0.5)).toBeLessThan(0.01);

    await caller.hangUp();
    await agentPhone.callEnded();
    await board.sees('session.ended', { sessionId, ending: 'customer_hung_up' });
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'all well' });
    await desk.becomes('idle');
    const record = await board.record(sessionId);
    expect(record).toMatchObject({
      ending: 'customer_hung_up',
      agentId: '1001',
      source: 'phone',
      queueId: 'default',
    });
  });
});
