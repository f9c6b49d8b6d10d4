// `npm run pictures`: scenes of the gallery as PNG files, to be looked at. Without a word those of the README, into docs/pictures;
// `-- <folder>` all of them, on a desk and on a telephone, light and dark.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { TestBrowser } from '../support/chromium.ts';
import { bundleGallery, openGallery } from './open.ts';

const ofReadme: Readonly<Record<string, readonly [width: number, height: number]>> = {
  'agent-talking': [1_200, 680],
  'supervisor-listens': [1_200, 800],
  'customer-waiting': [360, 640],
};
const schemes = ['light', 'dark'] as const;

const browser = await TestBrowser.launch();
try {
  const [folder] = process.argv.slice(2);
  const script = await bundleGallery();
  if (folder === undefined) await drawReadme(script, path.resolve('docs/pictures'));
  else await drawAll(script, path.resolve(folder));
} finally {
  await browser.close();
}

async function drawReadme(script: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [name, [width, height]] of Object.entries(ofReadme)) {
    const { page, show } = await openGallery(
      await browser.browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' }),
      script,
    );
    await show(name);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
}

async function drawAll(script: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const width of [1_280, 360])
    for (const colorScheme of schemes) {
      const viewport = { width, height: 800 };
      const context = await browser.browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const { page, names, show } = await openGallery(context, script);
      for (const name of names) {
        await show(name);
        await page.screenshot({
          path: path.join(folder, `${name}-${width}-${colorScheme}.png`),
          fullPage: true,
        });
      }
    }
}
