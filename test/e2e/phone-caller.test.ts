// The main job for a caller from the PSTN: trunk → queue → desk phone, with real phones, sound measured, one record.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { atPhone, hearEachOther } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import type { AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';
import { atScreenAndDesk } from '../support/seats.ts';
import { loudness } from '../support/tones.ts';
import { until } from '../support/until.ts';

onEachPair('a caller from the PSTN', ({ pair, test }) => {
  let scene: Scene;
  let folder = '';
  let desk: AgentDesk;
  let phone: Phone;
  let caller: Phone;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cordboard-numbers-'));
    const file = join(folder, 'trunking.json');
    const numbers = { '4000': 'queue:default', '4711': 'agent:1001', '4713': 'agent:1003' };
    writeFileSync(file, JSON.stringify({ numbers }));
    scene = await Scene.open({ pair, env: { CORDBOARD_TRUNKING_FILE: file } });
    desk = await scene.desk('1001');
    phone = await scene.deskPhone('1001');
    caller = await scene.trunkPhone('493012345');
  });
  afterAll(async () => {
    await scene?.close();
    rmSync(folder, { recursive: true });
  });

  test('a caller from a trunk waits with music, talks to the agent both ways, and leaves one true record', async () => {
    const sessionId = await scene.caller(caller);
    await until('the caller hears music', async () => loudness((await caller.heard()).samples) > 0.005);

    await desk.goReady();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1001' });
    await hearEachOther([atPhone('caller', caller, tones.customer), atPhone('agent', phone, tones.agent)]);

    await caller.hangUp();
    await phone.callEnded();
    await scene.board.sees('session.ended', { sessionId, ending: 'customer_hung_up' });
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'all well' });
    await desk.becomes('idle');
    expect(await scene.board.record(sessionId)).toMatchObject({
      ending: 'customer_hung_up',
      agentId: '1001',
      source: 'phone',
      queueId: 'default',
    });
  });

  test("who dials an agent's own number reaches her, though a colleague has been idle for longer", async () => {
    const bob = await scene.desk('1002');
    const colleague = await scene.deskPhone('1002', { toneHz: tones.other });
    await bob.goReady();
    await desk.must('break', { reason: 'short' });
    await desk.must('ready');
    const sessionId = await scene.caller(caller, '4711');
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1001' });
    expect(colleague.events.map(({ type }) => type)).not.toContain('CALL_INCOMING');
    await caller.hangUp();
    await phone.callEnded();
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'her own number' });
    expect(await scene.board.record(sessionId)).toMatchObject({ agentId: '1001', dialledNumber: '4711' });
  });

  test('Answer on her page takes the call at her desk phone, which is rung anew by a call that it answers by itself', async () => {
    const cleo = await atScreenAndDesk(scene, '1003', tones.other);
    await cleo.goesReady();
    const sessionId = await scene.caller(caller, '4713');
    await cleo.answers();
    await scene.board.sees('session.connected', { sessionId, agentId: '1003' });
    await hearEachOther([atPhone('caller', caller, tones.customer), cleo]);
    await caller.hangUp();
    await cleo.wrapsUp(sessionId, 'answered on the screen');
    expect(await scene.board.record(sessionId)).toMatchObject({
      offers: [{ agentId: '1003', outcome: 'accepted' }],
      legs: [{ role: 'agent', ending: 'released' }, {}, {}],
    });
  });

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft());
});
