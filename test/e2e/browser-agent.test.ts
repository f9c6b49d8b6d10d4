// An agent who takes calls in her browser: two browsers, sound both ways through Janus, edge and switch.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { sentByPage, TestBrowser, toneWav, withoutChromium } from '../support/chromium.ts';
import { atPage, hearEachOther, hears } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import { Scene, tones } from '../support/scene.ts';
import { until } from '../support/until.ts';

onEachPair({ story: 'an agent in a browser', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let agentPage: Page;

  const press = (name: string): Promise<void> => agentPage.getByRole('button', { name, exact: true }).click();

  beforeAll(async () => {
    scene = await Scene.open({ pair });
    const agentBrowser = await TestBrowser.launch({ microphone: toneWav(tones.agent) });
    scene.whenAllLeave(() => agentBrowser.close());
    const person = await agentBrowser.person();
    agentPage = await person.open(`${scene.cordboard.url}/agent`);
    await agentPage.fill('input[name=username]', '1002');
    await agentPage.fill('input[name=password]', scene.cordboard.demoPassword);
    await agentPage.click('form button.primary');
    await agentPage.click('input[value=browser]');
    await agentPage.click('form button.primary');
    await agentPage.waitForSelector('text=This browser takes the calls', { timeout: 30_000 });
    await agentPage.waitForSelector('[data-presence=ready]');
  });
  afterAll(() => scene?.close());

  test('answers on her page; both hear each other; holds with music and resumes; reloads the page and is back in the call; hangs up', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await agentPage.waitForSelector('[data-activity=ringing]');
    await agentPage.click('button.go.big');
    await scene.board.sees('session.connected', { sessionId, agentId: '1002' });
    const customer = atPage('customer', page, tones.customer);
    const agent = atPage('agent', agentPage, tones.agent);
    await hearEachOther([customer, agent]);

    // A packet every 20 ms also from somebody who says nothing: else a muted agent is soon taken for a lost one.
    await press('Mute');
    await hears(customer, [], [agent]);
    const muted = await sentByPage(agentPage);
    const later = await until('two seconds of sending', async () => {
      const sent = await sentByPage(agentPage);
      return sent.at - muted.at > 2_000 ? sent : undefined;
    });
    expect(later.packets - muted.packets).toBeGreaterThan(80);
    await press('Unmute');
    await hearEachOther([customer, agent]);

    await press('Play a sound');
    await agentPage.click('[data-sound=tone-beep]');
    await scene.board.sees('session.soundEnded', { sessionId, how: 'done' });

    // The letter does what the button does.
    await agentPage.keyboard.press('h');
    await scene.board.sees('session.held', { sessionId });
    await page.waitForSelector('text=You are on hold');
    await hears(customer, [], [agent]);
    await hears(agent, [], [customer]);
    await press('Resume');
    await scene.board.sees('session.resumed', { sessionId });
    await hearEachOther([customer, agent]);

    await agentPage.reload();
    await scene.board.sees('session.agentAway', { sessionId, agentId: '1002' });
    await page.waitForSelector('text=You are on hold');
    await agentPage.waitForSelector('[data-activity=talking]', { timeout: 30_000 });
    await hearEachOther([customer, agent]);

    await agentPage.click('button.stop');
    await page.waitForSelector('.stars');
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'agent_hung_up', agentId: '1002' });
    await agentPage.fill('textarea', 'wrote this in the browser');
    await press('Done');
    await agentPage.waitForSelector('[data-activity=idle]');
    scene.ledger.noted(sessionId, '1002', 'wrote this in the browser');
    await agentPage.waitForSelector('[data-today="1"]');
    const { notes } = await scene.board.record(sessionId);
    expect(notes).toMatchObject([{ agentId: '1002', note: 'wrote this in the browser' }]);
    await person.close();
  });

  test('declines on her page: the caller keeps her place', async () => {
    const { page, person, sessionId } = await scene.visitor();
    await agentPage.waitForSelector('[data-activity=ringing]');
    await press('Decline');
    await scene.board.sees('offer.missed', { sessionId, agentId: '1002', miss: 'declined' });
    await page.waitForSelector('.place');
    await page.click('button.stop');
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'abandoned_waiting' });
    await person.close();
  });

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft());
});
