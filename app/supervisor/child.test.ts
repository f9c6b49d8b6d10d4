// A supervised program with real (small) programs: what counts as ready, what as dead, and that nothing is left of it.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { Child, type ChildTiming } from './child.ts';

let folder: string;
let child: Child;
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cordboard-child-'));
  told = [];
});
afterEach(async () => {
  await child.stop();
  rmSync(folder, { recursive: true });
});

/** Runs `code` as the child. `$file` in it is a file the programs of one test share. */
function run(code: string, timing: Partial<ChildTiming> = {}): Child {
  const file = JSON.stringify(path.join(folder, 'file'));
  child = new Child(
    {
      name: 'part',
      args: ['-e', `const fs = require('node:fs'); ${code.replaceAll('$file', file)}`],
      env: {},
      logFile: path.join(folder, 'part.log'),
    },
    {
      onReady: (message) => told.push(`ready ${JSON.stringify(message)}`),
      onDied: (how, againInMs) => told.push(`died ${how}, again in ${againInMs}`),
      onComplaint: (line) => told.push(`complaint ${line}`),
    },
    { pauses: [1, 2, 3], ...timing },
  );
  child.start();
  return child;
}

const stay = 'setInterval(() => undefined, 1000);';
const becomes = (count: number) => until(`${count} things are told`, () => told.length >= count);
const lives = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

test('a line `ready` counts, also when it arrives in pieces, and only as a whole line', async () => {
  run(
    `process.stdout.write('not ready\\nalready\\nrea'); setImmediate(() => setImmediate(() => process.stdout.write('dy\\n'))); ${stay}`,
  );
  await becomes(1);
  expect(told).toEqual(['ready {}']);
  expect(child.ready).toBe(true);
});

test('a ready message counts with what it carries; another message does not', async () => {
  run(`process.send({ kind: 'hello' }); process.send({ kind: 'ready', url: 'here' }); ${stay}`);
  await becomes(1);
  expect(told).toEqual(['ready {"kind":"ready","url":"here"}']);
});

test('its output is in its log, and what it complains of is told as well', async () => {
  run(`process.stdout.write('one\\n'); process.stderr.write('two'); process.exitCode = 3;`);
  await becomes(2);
  expect(told).toEqual(['complaint two', 'died exit code 3, again in undefined']);
  await child.stop();
  expect(readFileSync(path.join(folder, 'part.log'), 'utf8').split('\n').sort()).toEqual(['', 'one', 'two']);
});

test('one that dies before it was ready is not started again', async () => {
  run(`fs.appendFileSync($file, 'x'); process.exit(1);`);
  await becomes(1);
  expect(told).toEqual(['died exit code 1, again in undefined']);
  expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe('x');
  expect(child.pid).toBeUndefined();
});

test('one that dies later is started again, each time after a longer pause, the last one repeated', async () => {
  run(`console.log('ready'); process.stdout.end(() => process.kill(process.pid, 'SIGKILL')); ${stay}`);
  await becomes(10);
  expect(told.slice(0, 10)).toEqual(
    [1, 2, 3, 3, 3].flatMap((pause) => ['ready {}', `died SIGKILL, again in ${pause}`]),
  );
});

test('one that was up long enough starts from the shortest pause again', async () => {
  run(`console.log('ready'); process.stdout.end(() => process.exit(9)); ${stay}`, { recoveredAfter: -1 });
  await becomes(6);
  expect(told.slice(0, 6)).toEqual(
    [1, 1, 1].flatMap((pause) => ['ready {}', `died exit code 9, again in ${pause}`]),
  );
});

test('one that can start is not kept waiting as long as one that cannot', async () => {
  run(
    `fs.appendFileSync($file, 'x');
     if ([1, 2, 3, 6].includes(fs.readFileSync($file, 'utf8').length)) console.log('ready');
     process.stdout.end(() => process.exit(7));`,
    { pauses: [1, 2, 4, 8, 16], longestAfterUp: 2 },
  );
  await becomes(10);
  const pauses = told.flatMap((line) => /again in (\d+)/.exec(line)?.[1] ?? []);
  expect(pauses.slice(0, 6)).toEqual(['1', '2', '2', '8', '16', '2']);
});

test('one that says nothing is killed when patience ends, at the first start and later', async () => {
  run(stay, { readyWithin: 50 });
  await becomes(1);
  expect(told).toEqual(['died silent for 0.05 s, again in undefined']);
  await child.stop();
  told.length = 0;
  run(
    `if (fs.existsSync($file)) setInterval(() => undefined, 1000);
     else { fs.writeFileSync($file, ''); console.log('ready'); process.stdout.end(() => process.exit(0)); }`,
    { readyWithin: 2_000 },
  );
  await becomes(3);
  expect(told.slice(0, 3)).toEqual([
    'ready {}',
    'died exit code 0, again in 1',
    'died silent for 2 s, again in 2',
  ]);
});

test('what it leaves behind in its group ends with it', async () => {
  run(
    `const { spawn } = require('node:child_process');
     const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
     process.send({ kind: 'ready', grandchild: grandchild.pid });
     process.on('SIGTERM', () => process.exit(0)); ${stay}`,
  );
  await becomes(1);
  const { grandchild } = JSON.parse((told[0] ?? '').slice('ready '.length)) as { grandchild: number };
  expect(lives(grandchild)).toBe(true);
  await child.stop();
  await until('the grandchild is gone', () => !lives(grandchild));
});

test('one that ignores SIGTERM is killed when patience ends', async () => {
  run(`process.on('SIGTERM', () => console.error('no')); console.log('ready'); ${stay}`, {
    stopPatience: 50,
  });
  await becomes(1);
  const { pid = 0 } = child;
  await child.stop();
  expect(lives(pid)).toBe(false);
});

test('stopped while it pauses, it stays down', async () => {
  run(
    `fs.appendFileSync($file, 'x'); console.log('ready'); process.stdout.end(() => process.exit(0)); ${stay}`,
    { pauses: [30] },
  );
  await becomes(2);
  await child.stop();
  const starts = readFileSync(path.join(folder, 'file'), 'utf8');
  // Another program's whole life is longer than the pause.
  spawnSync(process.execPath, ['-e', '0']);
  expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe(starts);
  expect(told).toEqual(['ready {}', 'died exit code 0, again in 30']);
});
