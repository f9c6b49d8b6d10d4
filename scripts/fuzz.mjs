// `npm run fuzz -- verto --count 1000000 [--seed 1]`: wrong input from a seed for as long as one likes. The tests run the short form.
// `npm run fuzz -- sip [--count N] [--seed N] [--from INDEX]`: docs/fuzzing.md says what is sent and what counts as broken.

import { spawnSync } from 'node:child_process';
import { asProgram, bootstrap, root, SetupProblem } from './bootstrap.mjs';

const targets = ['sip', 'verto'];

await asProgram(async () => {
  const [target, ...options] = process.argv.slice(2);
  if (!targets.includes(target))
    throw new SetupProblem(
      `npm run fuzz -- <what> [--count n] [--seed n], where <what> is ${targets.join(', ')}`,
    );
  bootstrap('test');
  const args = ['--conditions=cordboard-source', '--import', 'tsx', `test/fuzz/${target}.ts`, ...options];
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
});
