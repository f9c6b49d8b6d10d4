// What came out of a test run, from vitest's JSON report: what to run again, and the counts.

import path from 'node:path';

/** Files that need more than Node. */
const realPeers = /^test\/(contract|sip|e2e|chaos)\//;
const mostUnsteady = 3;
const kinds = {
  passed: 'passed',
  failed: 'failed',
  pending: 'skipped',
  skipped: 'skipped',
  todo: 'skipped',
  disabled: 'skipped',
};

/** Those that failed, by name; none when a pure test is among them, or too many to be chance. */
export function filesToRepeat(files, root) {
  const failed = files.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const withPeers = failed.every((name) => realPeers.test(path.relative(root, name)));
  return withPeers && failed.length <= mostUnsteady ? failed : [];
}

/** The files of a run, those of a later run in their place. */
export function replaced(files, later) {
  const names = new Set(later.map(({ name }) => name));
  return [...files.filter(({ name }) => !names.has(name)), ...later];
}

/** Tests that passed, failed and were skipped. */
export function countsOf(files) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of files) {
    for (const test of assertionResults) counts[kinds[test.status]] += 1;
    // A file that fails to load, or whose hooks fail, has no failed test of its own; it still is a failure.
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) counts.failed += 1;
  }
  return counts;
}
