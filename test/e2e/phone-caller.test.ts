// The main job for a caller from the PSTN: trunk → queue → desk phone, with real phones, sound measured, one record.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { atPhone, hearEachOther } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import type { AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';
import { atScreenAndDesk } from '../support/seats.ts';
import { callScenario, startSipp } from '../support/sipp.ts';
import { loudness } from '../support/tones.ts';
import { until } from '../support/until.ts';

const trustedAddress = '127.0.0.3';

/** Files of a data folder in which, or in whose names, that text stands, and tables of its database. */
async function keptIn(folder: string, text: string): Promise<readonly string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const file = join(folder, name);
    if (name.startsWith('cordboard.sqlite')) return false;
    return name.includes(text) || (statSync(file).isFile() && readFileSync(file, 'latin1').includes(text));
  });
  const database = openDatabaseFile(folder);
  try {
    const tables = await database('sqlite_master').where({ type: 'table' }).pluck<string[]>('name');
    const naming: string[] = [];
    for (const name of tables)
      if (JSON.stringify(await database(name).select()).includes(text)) naming.push(name);
    return [...files, ...naming];
  } finally {
    await database.destroy();
  }
}

onEachPair('a caller from the PSTN', ({ pair, test }) => {
  let scene: Scene;
  let folder = '';
  let desk: AgentDesk;
  let phone: Phone;
  let caller: Phone;
  let bob: AgentDesk;
  let bobsPhone: Phone;
  /** She dials that, and her phone shows that status. */
  const refused = async (extension: string, status: string): Promise<void> => {
    await phone.dial(`sip:${extension}@${scene.edge}`);
    expect(await phone.callEnded()).toContain(status);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cordboard-numbers-'));
    const file = join(folder, 'trunking.json');
    const numbers = { '4000': 'queue:default', '4711': 'agent:1001', '4713': 'agent:1003' };
    const trunks = [{ name: 'trusted', addresses: [trustedAddress], trustsIdentity: true }];
    writeFileSync(file, JSON.stringify({ trunks, numbers }));
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

  test('a code dialled at the desk phone is confirmed by one sound and refused by another; a call rings once that one is over', async () => {
    await phone.dial(`sip:*72@${scene.edge}`);
    await phone.callEnded();
    const confirmed = await phone.heard();
    await phone.dial(`sip:*74@${scene.edge}`);
    expect(await phone.callEnded()).toContain('603');
    const refused = await phone.heard();
    const [up, low] = [880, 330];
    expect(confirmed.level(up)).toBeGreaterThan(5 * confirmed.level(low));
    expect(refused.level(low)).toBeGreaterThan(5 * refused.level(up));

    const sessionId = await scene.caller(caller);
    await phone.dial(`sip:*71@${scene.edge}`);
    await phone.callEnded();
    scene.ledger.presence('1001', 'signedIn');
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1001' });
    await caller.hangUp();
    await phone.callEnded();
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'signed in by a code' });
    expect(await scene.board.record(sessionId)).toMatchObject({ offers: [{ outcome: 'accepted' }] });
  });

  const secret = '4915150005000';
  const hidden = [
    [
      'From that names nobody, beside an asserted identity with Privacy: id (RFC 3325)',
      { caller: 'anonymous', headers: [`P-Asserted-Identity: <sip:${secret}@carrier>`, 'Privacy: id'] },
    ],
    ['Privacy: user and From in clear (RFC 3323)', { caller: secret, headers: ['Privacy: user'] }],
  ] as const;
  for (const [how, invite] of hidden) {
    test(`a number withheld by ${how} is nowhere: not at the phone, on the pages, in the record, in any file`, async () => {
      const seen = scene.board.facts.length;
      const sipp = startSipp({
        scenario: callScenario(invite),
        target: scene.edge,
        address: trustedAddress,
        number: '4711',
      });
      expect((await phone.ringing()).from).toContain('sip:anonymous@');
      await phone.answer();
      const { fact } = await until('they talk', () =>
        scene.board.facts.slice(seen).find(({ fact: { kind } }) => kind === 'session.connected'),
      );
      const sessionId = String(fact['sessionId']);
      scene.called('withheld', sessionId);
      await until('her page shows the call', () => desk.session?.sessionId === sessionId);
      expect(desk.session?.customerNumber).toBeUndefined();
      const shown = JSON.stringify([desk.session, phone.events, scene.board.facts.slice(seen)]);
      expect(`${shown}${scene.board.digest()}`).not.toContain(secret);
      await desk.must('hangUp');
      expect(await sipp.finished).toMatchObject({ successful: 1 });
      await phone.callEnded();
      await desk.becomes('wrapUp');
      await desk.must('wrapUp', { note: 'she did not say who she is' });
      const record = await scene.board.record(sessionId);
      expect(record).toMatchObject({ source: 'phone', agentId: '1001', customerNumber: null });
      expect(JSON.stringify(record)).not.toContain(secret);
      const kept = (text: string) => keptIn(scene.cordboard.dataFolder, text);
      // The edge knows whom to tell should the switch die, for as long as the call lasts.
      await until('nothing names her', async () => (await kept(secret)).length === 0);
      // It looked: what is no secret is found.
      expect(await kept(sessionId)).toEqual(expect.arrayContaining(['log/cordboard.log', 'calls']));
    });
  }

  test("who dials an agent's own number reaches her, though a colleague has been idle for longer", async () => {
    bob = await scene.desk('1002');
    bobsPhone = await scene.deskPhone('1002', { toneHz: tones.other });
    await bob.goReady();
    await desk.must('break', { reason: 'short' });
    await desk.must('ready');
    const sessionId = await scene.caller(caller, '4711');
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1001' });
    expect(bobsPhone.events.map(({ type }) => type)).not.toContain('CALL_INCOMING');
    await caller.hangUp();
    await phone.callEnded();
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'her own number' });
    expect(await scene.board.record(sessionId)).toMatchObject({ agentId: '1001', dialledNumber: '4711' });
  });

  test('an agent dials a colleague at her desk phone, and hears why another is not to be had; a slot is picked up by dialling it', async () => {
    const colleague = atPhone('colleague', bobsPhone, tones.other);
    const alice = atPhone('agent', phone, tones.agent);
    const seen = scene.board.facts.length;
    await phone.dial(`sip:1002@${scene.edge}`);
    expect((await bobsPhone.ringing()).from).toContain('sip:1001@');
    await bobsPhone.answer();
    const { fact } = await until('they talk', () =>
      scene.board.facts.slice(seen).find(({ fact: { kind } }) => kind === 'session.connected'),
    );
    const sessionId = String(fact['sessionId']);
    scene.called('colleague', sessionId);
    await hearEachOther([alice, colleague]);
    await phone.hangUp();
    await phone.callEnded();
    await bobsPhone.callEnded();
    await bob.becomes('wrapUp');
    await refused('1002', '486');
    await refused('1003', '480');
    await refused('1009', '404');
    await bob.must('wrapUp', { note: 'a colleague' });
    expect(await scene.board.record(sessionId)).toMatchObject({ agentId: '1002', customerNumber: '1001' });

    const parked = await scene.caller(caller, '4711');
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId: parked });
    await desk.must('park');
    const { slot } = await scene.board.sees('session.parked', { sessionId: parked });
    await phone.callEnded();
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'parked' });
    await phone.dial(`sip:${slot}@${scene.edge}`);
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.pickedUp', { sessionId: parked, agentId: '1001' });
    await hearEachOther([atPhone('caller', caller, tones.customer), alice]);
    await caller.hangUp();
    await phone.callEnded();
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'picked up by its slot' });
    await scene.board.record(parked);
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
