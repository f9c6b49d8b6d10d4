// kill -9 of each part while people talk and wait. The control plane's death is heard by nobody; the media switch's and Janus's are
// told to everybody at once and put on the record; service is back, and nothing is lost or counted twice.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { withoutChromium, type Person } from '../support/chromium.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { atPage, atPhone, hearEachOther } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import { Board, type AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';
import { loudness } from '../support/tones.ts';
import { until } from '../support/until.ts';

const serviceBackWithinMs = 10_000;

onEachPair({ story: 'kill -9', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let caller: Phone;
  let phone: Phone;
  let desk: AgentDesk;

  beforeAll(async () => {
    scene = await Scene.open({ pair });
    caller = await scene.trunkPhone('4930888001');
    phone = await scene.deskPhone('1001');
    desk = await scene.desk('1001');
  });
  afterAll(() => scene?.close());

  /** Sound the phone hears now, after `before` seconds of recording. */
  async function hearsOn(ear: Phone, tone: number): Promise<void> {
    const { seconds } = await ear.heard();
    await until('the sound goes on', async () => (await ear.heard()).seconds > seconds + 1, { everyMs: 100 });
    expect((await ear.heard()).level(tone, 0.5)).toBeGreaterThan(0.015);
  }

  /** The control plane answers everything again, and this test's supervisor follows the new one. */
  async function controlPlaneIsBack(): Promise<void> {
    await until('every part is up again', async () => {
      const response = await fetch(`${scene.cordboard.url}/health/ready`).catch(() => undefined);
      return response?.status === 200;
    });
    scene.board.close();
    scene.board = await Board.open(scene.cordboard.url, scene.cordboard.demoPassword);
  }

  async function keptDialogs(): Promise<number> {
    const db = openDatabaseFile(scene.cordboard.dataFolder);
    const rows = await db('edge_calls').whereNotNull('farewell').select('call_id');
    await db.destroy();
    return rows.length;
  }

  /** The supervisor's page, live. */
  async function boardOf(person: Person): Promise<Page> {
    const page = await person.open(`${scene.cordboard.url}/supervisor`);
    await page.fill('input[name=username]', 'supervisor');
    await page.fill('input[name=password]', scene.cordboard.demoPassword);
    await page.click('form button.primary');
    await page.waitForSelector('[data-live=true]');
    return page;
  }

  const hangUpsSeen = (ear: Phone): number => ear.events.filter(({ type }) => type === 'CALL_CLOSED').length;

  async function wrapUp(): Promise<void> {
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: '' });
    await desk.becomes('idle');
  }

  test('the control plane while two talk: they talk on, it adopts the call, the call ends normally, one record', async () => {
    await desk.goReady();
    const sessionId = await scene.caller(caller);
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId });
    await hearEachOther([atPhone('caller', caller, tones.customer), atPhone('agent', phone, tones.agent)]);

    await scene.cordboard.killAndAwaitReturn('cordboard');
    await hearsOn(caller, tones.agent);
    await hearsOn(phone, tones.customer);
    await controlPlaneIsBack();
    const adopted = scene.board.snapshot?.sessions.find((session) => session.sessionId === sessionId);
    expect(adopted).toMatchObject({ state: 'talking', agentId: '1001' });

    await caller.hangUp();
    await phone.callEnded();
    const record = await scene.board.record(sessionId);
    expect(record).toMatchObject({ ending: 'customer_hung_up', agentId: '1001', recovered: true });
    await wrapUp();
  });

  test('the control plane while one waits: music goes on, she keeps her place, an agent takes her', async () => {
    await desk.must('break', { reason: 'lunch' });
    const sessionId = await scene.caller(caller);
    await until('music is heard', async () => loudness((await caller.heard()).samples) > 0.005);

    await scene.cordboard.killAndAwaitReturn('cordboard');
    const { seconds } = await caller.heard();
    await until('the music goes on', async () => (await caller.heard()).seconds > seconds + 1, {
      everyMs: 100,
    });
    const { samples, sampleRate } = await caller.heard();
    expect(loudness(samples.subarray(-sampleRate))).toBeGreaterThan(0.005);
    await controlPlaneIsBack();
    const waiting = scene.board.snapshot?.sessions.find((session) => session.sessionId === sessionId);
    expect(waiting).toMatchObject({ state: 'waiting', place: 1 });

    await until('the desk is connected again', () => desk.agent?.presence === 'break');
    await desk.must('ready');
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1001' });
    await hearEachOther([atPhone('caller', caller, tones.customer), atPhone('agent', phone, tones.agent)]);
    await phone.hangUp();
    await caller.callEnded();
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'agent_hung_up', recovered: true });
    await wrapUp();
  });

  test('the control plane while a web customer talks: her page finds it again and the call goes on', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId });
    const customer = atPage('customer', page, tones.customer);
    await hearEachOther([customer, atPhone('agent', phone, tones.agent)]);
    const watcher = await scene.person();
    const board = await boardOf(watcher);
    const wentStale = board.waitForSelector('[data-live=false]');
    await scene.cordboard.killAndAwaitReturn('cordboard');
    await wentStale;
    await hearsOn(phone, tones.customer);
    await controlPlaneIsBack();
    await board.waitForSelector('[data-live=true]');
    await board.waitForSelector(`tr[data-session="${sessionId}"]`);
    await hearEachOther([customer, atPhone('agent', phone, tones.agent)]);
    await page.waitForSelector('text=Connection lost', { state: 'detached' });
    await page.click('button.stop');
    await phone.callEnded();
    expect(await scene.board.record(sessionId)).toMatchObject({
      ending: 'customer_hung_up',
      recovered: true,
    });
    await wrapUp();
    await Promise.all([person.close(), watcher.close()]);
  });

  test('the control plane right after it said that a note and stars are stored: they are, and once', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId });
    await phone.hangUp();
    await page.waitForSelector('.stars');
    await desk.becomes('wrapUp');
    const wish = { note: 'said before the end', sessionId, idempotencyKey: `note-of-${sessionId}` };
    await Promise.all([desk.must('wrapUp', wish), page.click('.stars button:nth-child(5)')]);
    await scene.board.sees('session.rated', { sessionId, stars: 5 });
    scene.ledger.rated(sessionId, 5, `rate-${sessionId}`);
    await scene.cordboard.killAndAwaitReturn('cordboard');
    await controlPlaneIsBack();

    // As a client does that never got the answer.
    await until('the desk is connected again', async () => (await desk.ask('wrapUp', wish)) === undefined);
    expect(await desk.ask('wrapUp', { ...wish, note: 'other words' })).toBe('idempotency_conflict');
    const record = await scene.board.record(sessionId);
    expect(record).toMatchObject({ stars: 5, notes: [{ agentId: '1001', note: wish.note }] });
    await desk.becomes('idle');
    await person.close();
  });

  test('the control plane, and then the telephony: who talked and who waited are told, on record as media_lost, service is back within 10 s', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId });
    await hearEachOther([atPage('customer', page, tones.customer), atPhone('agent', phone, tones.agent)]);

    const waiting = await scene.caller(caller);
    const told = [phone, caller].map(hangUpsSeen);
    // What it knows of their dialogs is needed by the one that comes after it, and is written behind.
    await until('the dialogs of all three are kept', async () => (await keptDialogs()) === 3);
    await scene.cordboard.killAndAwaitReturn('cordboard');
    await controlPlaneIsBack();

    const killedAt = Date.now();
    await scene.cordboard.killAndAwaitReturn('telephony');
    await scene.board.sees('session.ended', { sessionId, ending: 'media_lost' });
    await page.waitForSelector('text=The connection was lost');
    await until('the agent is free', () => desk.agent?.activity === 'idle');
    const lost = { ending: 'media_lost', recovered: true };
    expect(await scene.board.record(sessionId)).toMatchObject({ ...lost, agentId: '1001' });
    await person.close();

    await until('every part is up again', async () => {
      const response = await fetch(`${scene.cordboard.url}/health/ready`).catch(() => undefined);
      return response?.status === 200;
    });
    expect(Date.now() - killedAt).toBeLessThan(serviceBackWithinMs);
    // Nobody on the switch is left to say it: the edge tells the phones, the agent's and the one that waited in line.
    await until('both phones are told', () =>
      [phone, caller].every((ear, i) => hangUpsSeen(ear) > (told[i] ?? 0)),
    );
    expect(await scene.board.record(waiting)).toMatchObject(lost);
    const next = await scene.caller(caller);
    await phone.ringing(20_000);
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId: next });
    await hearEachOther([atPhone('caller', caller, tones.customer), atPhone('agent', phone, tones.agent)]);
    await caller.hangUp();
    await scene.board.sees('session.ended', { sessionId: next, ending: 'customer_hung_up' });
    await wrapUp();
  }, 90_000);

  test('Janus: the web customer comes back with a new leg, the phone call beside it never notices', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId });
    await hearEachOther([atPage('customer', page, tones.customer), atPhone('agent', phone, tones.agent)]);
    const besides = await scene.caller(caller);

    const killedAt = Date.now();
    await scene.cordboard.killAndAwaitReturn('janus');
    await scene.board.sees('session.customerBack', { sessionId }, 30_000);
    expect(Date.now() - killedAt).toBeLessThan(serviceBackWithinMs);
    await hearEachOther([atPage('customer', page, tones.customer), atPhone('agent', phone, tones.agent)]);
    const { samples, sampleRate } = await caller.heard();
    expect(loudness(samples.subarray(-sampleRate))).toBeGreaterThan(0.005);

    await page.click('button.stop');
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'customer_hung_up' });
    await caller.hangUp();
    expect((await scene.board.record(besides)).ending).toMatch(/^abandoned_/);
    await wrapUp();
    await person.close();
  }, 90_000);

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft());
});
