// Says at a file's end which lane was left out, why, and how many tests that were: a green run must not look like more than it was.

import { afterAll } from 'vitest';

interface Lane {
  readonly name: string;
  /** Why it cannot run here; undefined when it can. */
  readonly missing: string | undefined;
}

interface Task {
  readonly type: 'suite' | 'test';
  readonly name: string;
  readonly tasks?: readonly Task[];
}

/** To be called once at the top of a file whose suites carry their lane's name. */
export function tellSkipped(lanes: readonly Lane[]): void {
  // Nested suites are collected after the outer one's body has run: only at the end is everything known.
  afterAll(({}, file) => {
    const suites: readonly Task[] = file.tasks;
    for (const { name, missing } of lanes) {
      if (missing === undefined) continue;
      const count = suites
        .filter((suite) => suite.name.includes(name))
        .reduce((sum, suite) => sum + testsIn(suite), 0);
      process.stdout.write(`lane ${name}: skipped, ${missing}; ${count} tests of ${file.name} not run\n`);
    }
  });
}

const testsIn = (task: Task): number =>
  task.type === 'test' ? 1 : (task.tasks ?? []).reduce((sum, child) => sum + testsIn(child), 0);
