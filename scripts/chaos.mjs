// `npm run chaos -- [names] [--kills 100] [--rate 10] [--per-step 2] [--rounds 20]`: the chaos stories of `npm test`, longer. A name is that
// of a file in test/chaos, such as `media-switch`. Prints counts, and what they support: n crashes without a loss mean, at 95 %, a loss in
// at most 3 of n (the rule of three), and nothing more. docs/reliability.md.

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
    'per-step': { type: 'string', default: '2' },
    rounds: { type: 'string', default: '20' },
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
    CHAOS_ROUNDS: values.rounds,
  };
  const files =
    positionals.length > 0 ? positionals.map((name) => `test/chaos/${name}.test.ts`) : ['test/chaos'];
  const args = ['run', '--project', 'chaos', ...files];
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
  if (!clean) say('not held: see the failed story above, and what it printed on the way');
  if (clean && files.some((file) => file === 'test/chaos' || file.includes('control-plane')))
    say(
      `${values.kills} crashes and none lost: at most ${(300 / Number(values.kills)).toFixed(1)} % lost per crash, at 95 %`,
    );
  process.exitCode = clean ? 0 : 1;
});
