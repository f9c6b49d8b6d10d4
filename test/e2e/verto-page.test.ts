// A page of somebody else on our Verto face: the older SDK's own example in Chromium, an agent with her desk phone as extension, a customer
// from the web page, sound measured; and the control plane killed under it.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { TestBrowser, withoutChromium, type Person } from '../support/chromium.ts';
import { atPage, atPhone, hearEachOther } from '../support/hearing.ts';
import { Scene, tones } from '../support/scene.ts';
import { until } from '../support/until.ts';

const missing = withoutChromium();

/** What the example's page has as globals. */
interface ExampleGlobals {
  readonly verto: { readonly sessid: string; readonly state: string };
  readonly vcc: Record<string, (...given: unknown[]) => Promise<{ code: number; agent: { state: string } }>>;
}

describe.skipIf(missing !== undefined)(`the example of the older SDK${missing ? `: ${missing}` : ''}`, () => {
  let scene: Scene;
  let phone: Phone;
  let person: Person;
  let page: Page;

  beforeAll(async () => {
    scene = await Scene.open();
    phone = await scene.deskPhone('1001');
    const browser = await TestBrowser.launch();
    scene.whenAllLeave(() => browser.close());
    person = await browser.person();
    page = await person.open(`${scene.cordboard.url}/verto-demo`);
  });
  afterAll(() => scene?.close());

  const becomes = (state: string): Promise<unknown> =>
    page.waitForSelector(`[data-state=${state}]`, { timeout: 20_000 });
  const happened = (): Promise<string[]> => page.locator('.happened li').allTextContents();
  const hears = (line: string): Promise<unknown> =>
    until(`the page hears "${line}"`, async () => (await happened()).includes(line));
  /** The states the page heard of, in order. */
  const heardStates = async (from = 0): Promise<(string | undefined)[]> =>
    (await happened())
      .slice(from)
      .filter((line) => line.startsWith('agent-state'))
      .map((line) => line.split(' ')[1]);
  /** The answer to a verb shows the state at once; its event comes a moment later. */
  const told = (state: string): Promise<unknown> =>
    until(`the page hears of ${state}`, async () => (await heardStates()).at(-1) === state);
  const verb = (name: string, ...given: unknown[]): Promise<{ code: number; agent: { state: string } }> =>
    page.evaluate(([called, values]) => (window as unknown as ExampleGlobals).vcc[called]?.(...values), [
      name,
      given,
    ] as const) as Promise<{ code: number; agent: { state: string } }>;

  test('a wrong password is told, and the page may try again', async () => {
    await page.fill('input[name=password]', 'wrong');
    await page.click('form button.primary');
    await page.waitForSelector('[role=alert]');
    expect(person.complaints.splice(0)).toEqual([expect.stringContaining('401')]);
  });

  test('connects by token, signs in with the desk phone, goes ready, takes a break', async () => {
    await page.fill('input[name=password]', scene.cordboard.demoPassword);
    await page.click('form button.primary');
    await page.click('button[name=signIn]:enabled', { timeout: 20_000 });
    await hears('done');
    await page.click('button[name=goReady]');
    await becomes('READY');
    await page.click('button[name=goBreak]');
    await becomes('UNREADY');
    await hears('agent-state UNREADY BRB');
    await page.click('button[name=goReady]');
    await becomes('READY');
    await told('READY');
  });

  test('takes a customer’s call on her phone: both hear each other, and the page sees every state once, in order', async () => {
    const before = (await happened()).length;
    const customer = await scene.visitor();
    await phone.ringing();
    await phone.answer();
    await becomes('TALKING');
    await hearEachOther([
      atPage('customer', customer.page, tones.customer),
      atPhone('agent', phone, tones.agent),
    ]);
    await customer.page.click('button.stop');
    await phone.callEnded();
    await becomes('WRAPUP');
    expect(await verb('ccWrapUp', 'default', '1001')).toMatchObject({ code: 200 });
    await told('READY');
    expect(await heardStates(before)).toEqual(['RESERVED', 'RINGING', 'TALKING', 'WRAPUP', 'READY']);
    await customer.person.close();
  });

  test('a verb at the wrong time is refused with its code', async () => {
    await expect(verb('ccHold', 'default', '1001')).rejects.toThrow();
    const code = await page.evaluate(() =>
      (window as unknown as ExampleGlobals).vcc['ccHold']?.('default', '1001').catch(
        (error: { code: number }) => error.code,
      ),
    );
    expect(code).toBe(409);
  });

  test('the control plane is killed: the page is back by itself, listens again, and its verbs work', async () => {
    const before = (await happened()).length;
    await scene.cordboard.killAndAwaitReturn('cordboard');
    await until('the page is connected again', async () =>
      (await happened()).slice(before).includes('connected'),
    );
    await until(
      'a break is possible',
      () => verb('ccGoBreak', 'default', '1001', 'DND').catch(() => undefined),
      {
        everyMs: 500,
      },
    );
    await becomes('UNREADY');
    await hears('agent-state UNREADY DND');
    // The browser itself says that a WebSocket failed.
    person.complaints.splice(0);
  });

  test('signs out and leaves; nothing of the page was refused by its security policy', async () => {
    await page.click('button[name=signOut]');
    await becomes('LOGGED_OUT');
    await page.click('button[name=disconnect]');
    await hears('connection closed');
    expect(person.complaints).toEqual([]);
    expect(await page.evaluate(() => [...document.scripts].filter(({ src }) => src === '').length)).toBe(0);
    const { headers } = await fetch(`${scene.cordboard.url}/verto-demo`);
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
  });
});
