// A real browser's voice through the policy proxy and the real Janus to a SIP phone, measured at both ends.

import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LineEvent, MediaLine } from '../../app/sdk/media-line.ts';
import { TestBrowser, toneWav, untilPageHears, type Person } from '../support/chromium.ts';
import { JanusRig } from '../support/janus-rig.ts';
import { bundleForPage } from '../support/page-bundle.ts';
import type { PhoneCall } from '../support/sip-phone-call.ts';
import { until } from '../support/until.ts';

declare global {
  interface Window {
    openLine: (token: string) => Promise<void>;
    line: MediaLine;
    lineEvents: LineEvent[];
  }
}

const browserTone = 600;
const phoneTone = 1_000;

const pageSource = `
import { openJanusLine } from './janus-media.ts';
window.lineEvents = [];
window.openLine = async (token) => {
  const url = location.origin.replace('http', 'ws') + '/janus';
  window.line = await openJanusLine({ url, token: () => token, microphone: true, onEvent: (event) => window.lineEvents.push(event) });
  window.testStream = window.line.remote;
  document.querySelector('audio').srcObject = window.line.remote;
};
`;

let rig: JanusRig;
let browser: TestBrowser;
let person: Person;
let page: Page;
let turn = 0;

beforeAll(async () => {
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

async function soundBothWays(call: PhoneCall): Promise<void> {
  await until('the phone hears the browser and not itself', () => {
    return call.hears(browserTone) > 0.05 && call.hears(phoneTone) < call.hears(browserTone) / 10;
  });
  await untilPageHears(page, { tone: phoneTone, not: browserTone });
}

describe('a customer in a browser', () => {
  test('calls the queue of her link and is heard, and hears, with a hang-up from the phone told at once', async () => {
    const call = await customerCall();
    expect(call.received?.uri).toBe(`sip:queue-sales@${rig.edge.host}`);
    await soundBothWays(call);
    expect(await events()).toEqual(expect.arrayContaining(['ringing', 'answered', 'media']));

    call.hangUp();
    await untilEvent('ended');
  });
});
