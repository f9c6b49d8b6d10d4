// `npm test`: install what the tests need, build what they start, run them all, and end with one line of counts.
// `npm test -- test/e2e/phone-caller.test.ts` runs less. Lanes on the real drachtio-server and FreeSWITCH run where DRACHTIO_BIN and
// FREESWITCH_BIN (or the PATH) name one; the tests themselves say what was skipped and why.
//
// Phones, browsers and servers can miss each other on a busy machine. A file that talks to them and fails is therefore run once more,
// alone: what fails twice is red, what passes then is named as unsteady, and more than a few of those are red as well.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asProgram, bootstrap, root, say } from './bootstrap.mjs';
import { build } from './build.mjs';
import { countsOf, filesToRepeat, replaced } from './outcome.mjs';

await asProgram(async () => {
  bootstrap('test');
  await build();
  const folder = mkdtempSync(path.join(tmpdir(), 'cordboard-test-'));
  try {
    const first = await vitest(path.join(folder, 'report.json'), process.argv.slice(2));
    const again = filesToRepeat(first.files, root);
    const second =
      again.length > 0
        ? await vitest(path.join(folder, 'again.json'), [...again, '--no-file-parallelism'])
        : undefined;
    const files = second ? replaced(first.files, second.files) : first.files;
    const counts = countsOf(files);
    for (const { name, status } of second?.files ?? [])
      if (status === 'passed') say(`unsteady: ${path.relative(root, name)} failed at first and passed alone`);
    say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    const sound = (second ?? first).status === 0 && counts.failed === 0 && counts.passed > 0;
    process.exitCode = sound ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** @returns how vitest ended, and what became of each file */
async function vitest(report, only) {
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...only];
  const child = spawn(path.join(root, 'node_modules/.bin/vitest'), args, { cwd: root, stdio: 'inherit' });
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 1 : code));
  });
  return { status, files: JSON.parse(readFileSync(report, 'utf8')).testResults };
}
