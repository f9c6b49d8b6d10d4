// `npm run doctor`: the examination, of this folder's build; built when there is none yet.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { asProgram, root } from './bootstrap.mjs';

const program = path.join(root, 'dist', 'doctor.js');

await asProgram(async () => {
  if (!existsSync(program)) {
    const { build } = await import('./build.mjs');
    await build();
  }
  await import(program);
});
