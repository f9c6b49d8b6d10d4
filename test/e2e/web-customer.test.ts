// The main job for a web customer: link → queue with music → desk phone → talk → hang-up from each side, with a real browser, a real
// phone and real Janus; sound measured; the supervisor sees the facts in order; one true record each.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { withoutChromium } from '../support/chromium.ts';
import { atPage, atPhone, hearEachOther } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import type { AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';
import { until } from '../support/until.ts';

/** One queue is open three days from now, for an hour. */
function furnish(folder: string): void {
  const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const day = days[(new Date().getUTCDay() + 3) % 7] ?? '';
  const later = { timeZone: 'UTC', weekly: { [day]: ['09:00-10:00'] } };
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'flows.json'),
    JSON.stringify({ hours: { later }, queues: { support: { hours: 'later' } } }),
  );
}

onEachPair({ story: 'a web customer and a desk phone', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let desk: AgentDesk;
  let phone: Phone;

  beforeAll(async () => {
    scene = await Scene.open({ pair, furnish, env: { CORDBOARD_FLOWS_FILE: 'data/flows.json' } });
    phone = await scene.deskPhone('1001');
    desk = await scene.desk('1001');
  });
  afterAll(() => scene?.close());

  test('she waits with music and sees her place, both talk, she hangs up, the phone is told at once', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await page.waitForSelector('.place');
    expect(await page.textContent('.place')).toBe('You are next');
    const music = (): Promise<boolean> =>
      page.evaluate(() =>
        [262, 294, 330, 349, 392, 440, 494, 523].some((hz) => window.testEars.strength(hz) > 0.002),
      );
    await until('the customer hears music', music);

    await desk.goReady();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1001' });
    await hearEachOther([atPage('customer', page, tones.customer), atPhone('agent', phone, tones.agent)]);
    expect(await page.textContent('h2')).toBe('You are talking to Alice');

    const asked = Date.now();
    await page.click('button.stop');
    await phone.callEnded();
    expect(Date.now() - asked).toBeLessThan(2_000);
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'spoke to Anna' });
    await desk.becomes('idle');
    expect(desk.agent?.presence).toBe('ready');

    const record = await scene.board.record(sessionId);
    expect(record).toMatchObject({
      ending: 'customer_hung_up',
      agentId: '1001',
      source: 'web',
      recovered: false,
    });
    expect(record.notes).toMatchObject([{ agentId: '1001', note: 'spoke to Anna' }]);
    expect(record.talkMs).toBeGreaterThan(0);
    await scene.board.sees('session.recordingStopped', { sessionId });
    await scene.board.sees('session.ended', { sessionId });
    expect(scene.board.kindsOf(sessionId)).toEqual([
      'session.requested',
      'session.arrived',
      'session.queued',
      'offer.made',
      'agent.activity',
      'offer.ringing',
      'agent.activity',
      'offer.accepted',
      'agent.activity',
      'session.connected',
      'session.recordingStarted',
      'session.ended',
      'agent.activity',
      'session.recordingStopped',
    ]);
    expect(person.complaints).toEqual([]);
    await person.close();
  });

  test('the agent hangs up: the customer is told at once and gives stars', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId });
    await phone.hangUp();
    await page.waitForSelector('.stars', { timeout: 2_000 });
    await page.click('.stars button:nth-child(4)');
    await scene.board.sees('session.rated', { sessionId, stars: 4 });
    scene.ledger.rated(sessionId, 4, `rate-${sessionId}`);
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: '' });
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'agent_hung_up', agentId: '1001' });
    await until('the stars are on the record', async () => (await scene.board.record(sessionId)).stars === 4);
    await person.close();
  });

  test('the link of a queue that is closed says so, and when it opens; whoever calls all the same is refused', async () => {
    const { url } = scene.cordboard;
    const asks = async (path: string, body: object, token?: string) => {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const headers = { 'content-type': 'application/json', ...authorization };
      const response = await fetch(`${url}/api/v1${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return { status: response.status, json: (await response.json()) as Record<string, unknown> };
    };
    const { json: link } = await asks('/links', { queueId: 'support' }, scene.board.token);
    const person = await scene.person();
    const page = await person.open(`${url}${String(link['path'])}`);
    await page.waitForSelector('text=/We are closed at the moment. We open on \\w+day/');
    expect(await page.locator('button').count()).toBe(0);

    expect(await asks('/sessions', { link: link['token'] })).toMatchObject({
      status: 409,
      json: { error: { code: 'queue_closed' } },
    });
    const { sessionId } = await scene.board.sees('session.requested', { queueId: 'support' });
    scene.called('refused', sessionId);
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'refused' });
    expect(person.complaints).toEqual([]);
    await person.close();
  });

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft());
});
