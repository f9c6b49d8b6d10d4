// A client this project did not write: FreeSWITCH's own Verto JavaScript, in Chromium, signs an agent in, hears her states and takes a call
// with sound both ways. On each pair.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { TestBrowser, toneWav, withoutChromium } from '../support/chromium.ts';
import { row } from '../support/conformance.ts';
import { atPage, atPhone, hearEachOther } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import { Scene, tones } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { seen, VertoJsSite } from '../support/verto-js-page.ts';

onEachPair({ story: 'verto.js', alsoMissing: withoutChromium() }, ({ pair }) => {
  let scene: Scene;
  let page: Page;
  let caller: Phone;

  beforeAll(async () => {
    const site = await VertoJsSite.open();
    scene = await Scene.open({ pair, env: { CORDBOARD_ORIGINS: site.origin } });
    scene.whenAllLeave(() => site.close());
    const browser = await TestBrowser.launch({ microphone: toneWav(tones.agent) });
    scene.whenAllLeave(() => browser.close());
    const person = await browser.person();
    caller = await scene.trunkPhone('4930123456789');
    page = await person.open(site.origin);
  });
  afterAll(() => scene?.close());

  const state = (name: string) =>
    until(`the dialog is ${name}`, async () => (await seen(page)).states.at(-1) === name);
  const agentState = (name: string) =>
    until(`the agent is ${name}`, async () =>
      (await seen(page)).events.some(({ data }) => data['state'] === name),
    );
  /** The floor has done it, so often in all: what a dialog shows is only that it was taken on. */
  const told = (eventType: string, times: number) =>
    until(`${eventType}, ${times} times`, async () => {
      const { events } = await seen(page);
      return events.filter((event) => event.eventType === eventType).length >= times;
    });
  const ask = (method: string, params: object) =>
    page.evaluate(([name, wish]) => window.ask(name, wish), [method, params] as const);

  /** Once the floor knows that the call is over. */
  const wrapUp = () =>
    until(
      'wrapped up',
      () =>
        ask('cc.wrapup', { agent: '1001' }).then(
          () => true,
          () => false,
        ),
      { everyMs: 200 },
    );

  row('2.4', 'foreign client', 'verto.js logs in by its own framing and is told so', async () => {
    const { url, demoPassword } = scene.cordboard;
    await page.evaluate((options) => window.start(options), {
      login: '1001@freeswitch.example',
      passwd: demoPassword,
      socketUrl: `${url.replace('http', 'ws')}/ws`,
    });
    await until('logged in', async () => (await seen(page)).logins.at(-1));
  });

  row('2.4', 'foreign client', 'verto.js hears its channel, by the whole name', async () => {
    await page.evaluate(() => window.verto.subscribe('vcc.default.1001'));
    const answer = await ask('cc.login', { queue: 'default', agent: '1001', extn: 'browser-1001' });
    expect(answer).toMatchObject({ code: 200, agent: { extn: 'browser-1001', reachable: true } });
    await ask('cc.ready', { queue: 'default', agent: '1001' });
    await agentState('READY');
  });

  row(
    '2.4',
    'verto.invite',
    'a call of the queue rings in verto.js, the number masked; verto.answer brings sound both ways',
    async () => {
      await scene.caller(caller);
      await state('ringing');
      expect((await seen(page)).shown.at(-1)).toBe('*** 6789');
      await page.evaluate(() => window.dialog.answer());
      await state('active');
      await agentState('TALKING');
      await hearEachOther([atPhone('caller', caller, tones.customer), atPage('agent', page, tones.agent)]);
    },
  );

  row(
    '2.4',
    'verto.modify',
    'hold, unhold and toggleHold answer the holdState verto.js follows',
    async () => {
      await page.evaluate(() => window.dialog.hold());
      await state('held');
      await agentState('HELD');
      await told('call-held', 1);
      await page.evaluate(() => window.dialog.unhold());
      await state('active');
      await told('call-resumed', 1);
      await page.evaluate(() => window.dialog.toggleHold());
      await state('held');
      await told('call-held', 2);
      await page.evaluate(() => window.dialog.toggleHold());
      await state('active');
      await hearEachOther([atPhone('caller', caller, tones.customer), atPage('agent', page, tones.agent)]);
    },
  );

  row(
    '2.4',
    'verto.bye',
    "ends the call on both sides when verto.js hangs up, and the agent's wrap-up begins",
    async () => {
      await page.evaluate(() => window.dialog.hangup());
      await caller.callEnded();
      await agentState('WRAPUP');
      await wrapUp();
    },
  );

  row('2.4', 'verto.bye', 'from the server when the caller hangs up, with the cause', async () => {
    const sessionId = await scene.caller(caller);
    await state('ringing');
    await page.evaluate(() => window.dialog.answer());
    await state('active');
    // Before that they have not talked, and nothing is to be wrapped up.
    await scene.board.sees('session.connected', { sessionId });
    await caller.hangUp();
    await state('destroy');
    await wrapUp();
  });

  row(
    '2.4',
    'verto.invite',
    'an outgoing call of verto.js is carried to the switch like any phone’s',
    async () => {
      await ask('cc.break', { agent: '1001' });
      await page.evaluate(
        () => void window.verto.newCall({ destination_number: '4000', caller_id_number: '1001' }),
      );
      await state('active');
      await page.evaluate(() => window.dialog.hangup());
      await state('destroy');
    },
  );
});
