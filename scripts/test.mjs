// `npm test`: install what the tests need, build what they start, run them all, and end with one line of counts.
// `npm test -- test/e2e/first-call.test.ts` runs less. Lanes on the real drachtio-server and FreeSWITCH run where DRACHTIO_BIN and
// FREESWITCH_BIN (or the PATH) name one; the tests themselves say what was skipped and why.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asProgram, bootstrap, root, say } from './bootstrap.mjs';
import { build } from './build.mjs';

await asProgram(async () => {
  bootstrap('test');
  await build();
  const folder = mkdtempSync(path.join(tmpdir(), 'cordboard-test-'));
  const report = path.join(folder, 'report.json');
  try {
    const status = await vitest(report, process.argv.slice(2));
    const counts = countsOf(report);
    say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    process.exitCode = status === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function vitest(report, only) {
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...only];
  const child = spawn(path.join(root, 'node_modules/.bin/vitest'), args, { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 1 : code));
  });
}

function countsOf(report) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A file that fails to load has no tests of its own; it still is a failure.
  const broken = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return { passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests + numTodoTests };
}
