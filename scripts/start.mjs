// `npm start`: install what is missing, build, and hand over to the supervisor, which runs the parts and prints where they are.

import path from 'node:path';
import { asProgram, bootstrap, root } from './bootstrap.mjs';
import { build } from './build.mjs';

await asProgram(async () => {
  bootstrap('start');
  await build();
  await import(path.join(root, 'dist', 'supervisor.js'));
});
