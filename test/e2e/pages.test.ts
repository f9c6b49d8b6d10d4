// How the pages look in every situation, without a server: readable in both schemes, on a desk and on a telephone; everything that can be
// pressed has a name; a call that comes moves nothing.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../gallery/audit.ts';
import { bundleGallery, openGallery, type Gallery } from '../gallery/open.ts';
import { TestBrowser, withoutChromium } from '../support/chromium.ts';

describe.skipIf(withoutChromium() !== undefined)('the pages', () => {
  let browser: TestBrowser;
  let script: string;
  beforeAll(async () => {
    [browser, script] = await Promise.all([TestBrowser.launch(), bundleGallery()]);
  });
  afterAll(() => browser.close());

  const open = async (width: number, colorScheme: 'light' | 'dark'): Promise<Gallery> => {
    const viewport = { width, height: 800 };
    return openGallery(await browser.browser.newContext({ viewport, colorScheme }), script);
  };

  it.each([
    [1_280, 'light'],
    [360, 'dark'],
  ] as const)('can be read and used, %i px wide, %s', async (width, scheme) => {
    const { page, names, show } = await open(width, scheme);
    expect(names.length).toBeGreaterThan(40);
    const wrong: Record<string, string[]> = {};
    for (const name of names) {
      await show(name);
      const found = await page.evaluate(audit);
      if (found.length > 0) wrong[name] = found;
    }
    expect(wrong).toEqual({});
    await page.context().close();
  });

  it('finds what is wrong with a page', async () => {
    const { page } = await open(360, 'light');
    await page.setContent(
      '<body style="background:#fff"><p style="color:#bbb">pale</p><button></button><div style="width:500px">wide</div>',
    );
    expect(await page.evaluate(audit)).toEqual([
      expect.stringContaining('"pale" has a contrast of 1.9'),
      'a button has no name',
      expect.stringMatching(/high$/),
      expect.stringContaining('wider than its window'),
    ]);
    await page.context().close();
  });

  it("keep an agent's call in its place from the first ring to the note", async () => {
    const { page, show } = await open(1_280, 'light');
    const frame = async (name: string): Promise<unknown> => {
      await show(name);
      return page.locator('.card.call').evaluate((card) => {
        const { x, y, width, height } = card.getBoundingClientRect();
        return { x, y, width, height };
      });
    };
    const idle = await frame('agent-idle');
    for (const name of [
      'agent-ringing',
      'agent-talking',
      'agent-held',
      'agent-muted',
      'agent-consulting',
      'agent-wrap-up',
    ])
      expect([name, await frame(name)]).toEqual([name, idle]);
    await page.context().close();
  });

  it('put Enter on Answer when a call rings', async () => {
    const { page, show } = await open(1_280, 'light');
    await show('agent-ringing');
    await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Answer');
    await page.context().close();
  });
});
