// The customer goes: while she waits, while the agent's phone rings, and not at all when she merely reloads the page.

import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { withoutChromium } from '../support/chromium.ts';
import { atPage, atPhone, hearEachOther } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import type { AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';

onEachPair({ story: 'a web customer who goes', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let desk: AgentDesk;
  let phone: Phone;

  beforeAll(async () => {
    scene = await Scene.open({ pair });
    phone = await scene.deskPhone('1001');
    desk = await scene.desk('1001');
  });
  afterAll(() => scene?.close());

  test('while she waits: abandoned_waiting', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await page.waitForSelector('.place');
    await page.click('button.stop');
    await page.waitForSelector('text=You left the line.');
    const record = await scene.board.record(sessionId);
    expect(record).toMatchObject({
      ending: 'abandoned_waiting',
      agentId: null,
      connectedAt: null,
      talkMs: 0,
    });
    await person.close();
  });

  test('while the phone rings: abandoned_ringing, and the phone stops ringing', async () => {
    await desk.goReady();
    const { page, person, sessionId } = await scene.visitor();
    await phone.ringing();
    await page.click('button.stop');
    await phone.callEnded();
    const record = await scene.board.record(sessionId);
    expect(record).toMatchObject({ ending: 'abandoned_ringing', agentId: null });
    expect(record.offers).toMatchObject([{ agentId: '1001', outcome: 'customer_left' }]);
    await desk.becomes('idle');
    expect(desk.agent?.presence).toBe('ready');
    await person.close();
  });

  test('she reloads the page during the call: the call goes on, with the same agent', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId });
    await hearEachOther([atPage('customer', page, tones.customer), atPhone('agent', phone, tones.agent)]);
    await page.reload();
    await scene.board.sees('session.customerBack', { sessionId });
    await hearEachOther([atPage('customer', page, tones.customer), atPhone('agent', phone, tones.agent)]);
    expect(await page.textContent('h2')).toBe('You are talking to Alice');
    await page.click('button.stop');
    await phone.callEnded();
    const record = await scene.board.record(sessionId);
    expect(record).toMatchObject({ ending: 'customer_hung_up', agentId: '1001' });
    expect(record.legs.filter(({ role }) => role === 'customer').length).toBe(2);
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: '' });
    await person.close();
  });

  test('she closes the page for good: the agent is not kept for ever', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId });
    await page.close();
    await person.close();
    // At once when the page could still say good-bye. When it could not, Janus keeps her session for a minute to be claimed, and the
    // floor her place for a quarter more.
    await scene.board.sees('session.ended', { sessionId, ending: 'customer_lost' }, 90_000);
    await phone.callEnded();
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: '' });
  }, 150_000);

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft());
});
