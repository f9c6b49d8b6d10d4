// The gallery in a browser: the pages' own components and sheets, served from nowhere.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { bundleForPage } from '../support/page-bundle.ts';

const sheets = path.resolve(import.meta.dirname, '../../app/web/public');
const origin = 'http://gallery.test';
const markup = [
  '<!doctype html>',
  '<meta name="viewport" content="width=device-width, initial-scale=1">',
  '<link rel="stylesheet" href="/all.css">',
  '<body><div id="page"></div><script src="/gallery.js"></script></body>',
].join('');

export interface Gallery {
  readonly page: Page;
  readonly names: readonly string[];
  /** Puts a scene on the page. */
  show(name: string): Promise<void>;
}

/** Bundled once, for as many contexts as there are. */
export const bundleGallery = (): Promise<string> => bundleForPage(path.join(import.meta.dirname, 'main.tsx'));

/** @param script of bundleGallery() */
export async function openGallery(context: BrowserContext, script: string): Promise<Gallery> {
  const css = readdirSync(sheets).filter((file) => file.endsWith('.css') && file !== 'style.css');
  const bodies: Readonly<Record<string, readonly [type: string, body: string]>> = {
    '/': ['text/html', markup],
    '/all.css': [
      'text/css',
      ['style.css', ...css].map((file) => readFileSync(path.join(sheets, file), 'utf8')).join('\n'),
    ],
    '/gallery.js': ['text/javascript', script],
  };
  const page = await context.newPage();
  await page.route('**/*', async (route) => {
    const [contentType, body] = bodies[new URL(route.request().url()).pathname] ?? [];
    if (contentType === undefined || body === undefined) return route.fulfill({ status: 404 });
    return route.fulfill({ contentType, body });
  });
  await page.goto(origin);
  return {
    page,
    names: await page.evaluate(() => window.gallery.names),
    show: (name) => page.evaluate((wanted) => window.gallery.show(wanted), name),
  };
}
