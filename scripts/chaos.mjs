// `npm run chaos -- [--kills 100] [--rate 10] [--per-step 50] [vitest arguments]`: the chaos stories of `npm test`, longer. Prints counts, and
// what they support: n crashes without a loss mean, at 95 %, a loss in at most 3 of n (the rule of three), and nothing more.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { asProgram, bootstrap, root, say } from './bootstrap.mjs';
import { build } from './build.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '100' },
    rate: { type: 'string', default: '10' },
    'per-step': { type: 'string', default: '10' },
  },
});

await asProgram(async () => {
  bootstrap('test');
  await build();
  const env = {
    ...process.env,
    CHAOS_KILLS: values.kills,
    CHAOS_RATE: values.rate,
    CHAOS_PER_STEP: values['per-step'],
  };
  const args = ['run', '--project', 'peers', ...(positionals.length > 0 ? positionals : ['test/chaos'])];
  const child = spawn(path.join(root, 'node_modules/.bin/vitest'), args, {
    cwd: root,
    stdio: 'inherit',
    env,
  });
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...how) => resolve(how));
  });
  const clean = code === 0 && signal === null;
  if (clean)
    say(
      `${values.kills} crashes and none lost: at most ${(300 / Number(values.kills)).toFixed(1)} % lost per crash, at 95 %`,
    );
  process.exitCode = clean ? 0 : 1;
});
