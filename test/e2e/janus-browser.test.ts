// A real browser's voice through the policy proxy and the real Janus to a SIP phone, measured at both ends.

import { networkInterfaces } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LineEvent, MediaLine } from '../../app/sdk/media-line.ts';
import type { Voice } from '../../app/sdk/voice.ts';
import { mediaAddress } from '../../gateway/janus/network.ts';
import { chromiumPath, TestBrowser, toneWav, type Person } from '../support/chromium.ts';
import { atPage, hearEachOther, hears, inCall } from '../support/hearing.ts';
import { JanusRig } from '../support/janus-rig.ts';
import { bundleForPage } from '../support/page-bundle.ts';
import type { PhoneCall } from '../support/sip-phone-call.ts';
import { until } from '../support/until.ts';

declare global {
  interface Window {
    openLine: (token: string) => Promise<void>;
    line: MediaLine;
    lineEvents: LineEvent[];
    openVoice: (token: string) => Promise<void>;
    voice: Voice;
  }
}

const browserTone = 600;
const phoneTone = 1_000;

const pageSource = `
import { openJanusLine } from './janus-media.ts';
import { Player } from './player.ts';
import { Voice } from './voice.ts';
window.lineEvents = [];
window.openLine = async (token) => {
  const url = location.origin.replace('http', 'ws') + '/janus';
  window.line = await openJanusLine({ url, token: () => token, microphone: true, onEvent: (event) => window.lineEvents.push(event) });
  window.testStream = window.line.remote;
  document.querySelector('audio').srcObject = window.line.remote;
};
window.openVoice = async (token) => {
  const url = location.origin.replace('http', 'ws') + '/janus';
  const voice = new Voice({ purpose: 'call', url, token: () => token, openLine: openJanusLine });
  const player = new Player();
  voice.events.on('state', () => player.play(voice.remote));
  window.voice = voice;
  await voice.open();
};
`;

const missing =
  chromiumPath() === undefined
    ? 'no Chromium is installed'
    : mediaAddress(networkInterfaces(), undefined).iceAddress === undefined
      ? 'this machine has no address but loopback, which Janus does not use for media'
      : undefined;
if (missing !== undefined) process.stdout.write(`a browser's voice: skipped, ${missing}\n`);

let rig: JanusRig;
let browser: TestBrowser;
let person: Person;
let page: Page;
let turn = 0;

beforeAll(async () => {
  if (missing !== undefined) return;
  rig = await JanusRig.open();
  const script = await bundleForPage({ source: pageSource, folder: path.resolve('app/sdk') });
  rig.serve((url) => {
    if (url === '/line.js') return { type: 'text/javascript', body: script };
    const body =
      '<!doctype html><link rel="icon" href="data:,"><audio autoplay></audio><script src="/line.js"></script>';
    return url === '/' ? { type: 'text/html', body } : undefined;
  });
  browser = await TestBrowser.launch({ microphone: toneWav(browserTone) });
});

afterAll(async () => {
  await browser?.close();
  await rig?.close();
});

beforeEach(async () => {
  turn += 1;
  rig.customer(`customer-${turn}`, { sessionId: `session-${turn}` });
  rig.agent(`agent-${turn}`, `10${turn}`);
  rig.edge.script = { tone: phoneTone, onInvite: 'answer' };
  person = await browser.person(rig.origin);
  page = await person.open(rig.origin);
  return async () => person.close();
});

const events = () => page.evaluate(() => window.lineEvents.map(({ kind }) => kind));
const untilEvent = (kind: LineEvent['kind']) =>
  until(`the page is told ${kind}`, async () => (await events()).includes(kind));

async function openLine(token: string): Promise<void> {
  await page.evaluate((given) => window.openLine(given), token);
  await page.evaluate(() => window.line.register());
  await untilEvent('registered');
}

async function customerCall(): Promise<PhoneCall> {
  const known = rig.edge.calls.length;
  await openLine(`customer-${turn}`);
  await page.evaluate(() => window.line.call());
  return rig.edge.nextCall(known);
}

const phoneOf = (call: PhoneCall) => inCall('the phone', call, phoneTone);

async function soundBothWays(call: PhoneCall): Promise<void> {
  await hearEachOther([phoneOf(call), atPage('the page', page, browserTone)]);
}

describe.skipIf(missing)('a customer in a browser', () => {
  test('calls the queue of her link and is heard, and hears, with a hang-up from the phone told at once', async () => {
    const call = await customerCall();
    expect(call.received?.uri).toBe(`sip:queue-sales@${rig.edge.host}`);
    await soundBothWays(call);
    expect(await events()).toEqual(expect.arrayContaining(['ringing', 'answered', 'media']));

    call.hangUp();
    await untilEvent('ended');
    expect(person.complaints).toEqual([]);
  });

  test('hangs up: the phone is told at once', async () => {
    const call = await customerCall();
    await soundBothWays(call);
    await page.evaluate(() => window.line.hangUp());
    await until('the phone is told', () => call.end?.how === 'BYE', { withinMs: 20_000 });
  });

  test('mutes: the phone hears nothing of her, she hears the phone; unmuted she is heard again', async () => {
    const call = await customerCall();
    await soundBothWays(call);
    await page.evaluate(() => window.line.setMuted(true));
    await until('the phone hears silence', () => call.loudness() < 0.002);
    const [phone, browser] = [phoneOf(call), atPage('the page', page, browserTone)];
    await hears(browser, [phone], [phone, browser]);
    await page.evaluate(() => window.line.setMuted(false));
    await soundBothWays(call);
  });

  test('presses a key: it arrives as an RFC 4733 event', async () => {
    const call = await customerCall();
    await soundBothWays(call);
    await page.evaluate(() => window.line.press('5'));
    await until('the phone hears the key', () => call.digitsHeard.includes('5'));
  });

  test('keeps her call while the control plane is restarted, and has the line back afterwards', async () => {
    const call = await customerCall();
    await soundBothWays(call);

    await rig.stopControlPlane();
    await untilEvent('lost');
    await soundBothWays(call); // Nobody is there to help.

    await rig.startControlPlane();
    await page.evaluate(() => window.line.reconnect());
    await soundBothWays(call);
    expect(call.end).toBeUndefined();
    await page.evaluate(() => window.line.hangUp()); // Through the claimed session.
    await until('the phone is told', () => call.end?.how === 'BYE', { withinMs: 20_000 });
  });

  test('closes the tab: the phone is told at once, not after a minute', async () => {
    const call = await customerCall();
    await soundBothWays(call);
    await page.close();
    await until('the phone is told', () => call.end?.how === 'BYE', { withinMs: 20_000 });
  });

  test('is told when Janus is killed, and gets a new line from the one started again', async () => {
    const call = await customerCall();
    await soundBothWays(call);
    if (rig.janus.pid === undefined) throw new Error('no process');
    process.kill(rig.janus.pid, 'SIGKILL');
    await untilEvent('lost');
    await until('Janus is back', () => rig.proxy.health().up, { withinMs: 30_000 });
    const reason = await page.evaluate(() =>
      window.line.reconnect().catch((error: { code: string }) => error.code),
    );
    expect(reason).toBe('session_gone');
    await page.evaluate(() => (window.lineEvents = []));
    await soundBothWays(await customerCall());
  });
});

describe.skipIf(missing)("a customer's voice that nobody has to look after", () => {
  const isUp = () => until('the voice is up', () => page.evaluate(() => window.voice.state === 'up'));

  test('comes back after a restart of the control plane, in the same call', async () => {
    await page.evaluate((token) => window.openVoice(token), `customer-${turn}`);
    const call = await rig.edge.nextCall(rig.edge.calls.length);
    await isUp();
    await soundBothWays(call);
    await rig.stopControlPlane();
    await until('the loss is noticed', () => page.evaluate(() => window.voice.state === 'recovering'));
    await rig.startControlPlane();
    await isUp();
    await soundBothWays(call);
    expect(call.end).toBeUndefined();
  });

  test('comes back after a killed Janus, in a new call that is heard and hears', async () => {
    await page.evaluate((token) => window.openVoice(token), `customer-${turn}`);
    const known = rig.edge.calls.length;
    await soundBothWays(await rig.edge.nextCall(known));
    if (rig.janus.pid === undefined) throw new Error('no process');
    process.kill(rig.janus.pid, 'SIGKILL');
    const second = await rig.edge.nextCall(known + 1);
    await isUp();
    await soundBothWays(second);
  });
});

/** For up to a second after a call Janus' SIP plugin is busy with its end, and says 486 (janus-conf/README.md). */
const untilItRings = (user: string): Promise<PhoneCall> =>
  until(
    'the browser rings',
    async () => {
      const call = await rig.edge.ring(user, phoneTone);
      await until('an answer to the INVITE', () => call.ringing || call.over);
      return call.over ? undefined : call;
    },
    { withinMs: 20_000, everyMs: 200 },
  );

describe.skipIf(missing)('an agent in a browser', () => {
  test('registers, is called, answers, is heard and hears; is called again after the far side hung up', async () => {
    await openLine(`agent-${turn}`);
    for (const _ of ['first', 'second']) {
      await page.evaluate(() => (window.lineEvents = []));
      const call = await untilItRings(`browser-10${turn}`);
      await untilEvent('incoming');
      await page.evaluate(() => window.line.answer());
      await until('the call is answered', () => call.answered);
      await soundBothWays(call);
      call.hangUp();
      await untilEvent('ended');
    }
  });

  test('declines: the caller is told 603', async () => {
    await openLine(`agent-${turn}`);
    const call = await rig.edge.ring(`browser-10${turn}`, phoneTone);
    await untilEvent('incoming');
    await page.evaluate(() => window.line.decline());
    await until('the caller is told', () => call.end?.how === 603);
  });

  test('closes the tab: her registration is taken back', async () => {
    await openLine(`agent-${turn}`);
    await until('she is registered', () => rig.edge.bindings.has(`browser-10${turn}`));
    await page.close();
    await until('she is not any more', () => !rig.edge.bindings.has(`browser-10${turn}`), {
      withinMs: 20_000,
    });
  });
});
