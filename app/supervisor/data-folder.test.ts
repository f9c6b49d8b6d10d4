import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdDataFolder } from './data-folder.ts';
import { StartProblem } from './start-problem.ts';

let scratch: string;
let folder: string;
beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'cordboard-data-'));
  folder = path.join(scratch, 'deep', 'data');
});
afterEach(() => rmSync(scratch, { recursive: true }));

const pidFile = (): string => path.join(folder, 'supervisor.pid');

test('it is made for its owner only, held, and let go', () => {
  const held = holdDataFolder(folder);
  expect(held.leftBehind).toBe(false);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readFileSync(pidFile(), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  held.release();
  expect(existsSync(pidFile())).toBe(false);
});

test('a second Cordboard on the same folder is refused, with the process named', () => {
  const held = holdDataFolder(folder);
  expect(() => holdDataFolder(folder)).toThrow(
    new StartProblem(`CORDBOARD_DATA ${folder} is in use by another Cordboard (process ${process.pid})`),
  );
  held.release();
  holdDataFolder(folder).release();
});

test('what a killed one left behind is noticed and replaced, also when its process id lives again', () => {
  holdDataFolder(folder).release();
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  for (const left of [`${pid} 12345\n`, `${process.pid} 1\n`]) {
    writeFileSync(pidFile(), left);
    const held = holdDataFolder(folder);
    expect(held.leftBehind).toBe(true);
    expect(readFileSync(pidFile(), 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+\\n$`));
    held.release();
  }
});

test('a folder that cannot be is named, with what was expected', () => {
  writeFileSync(path.join(scratch, 'deep'), 'a file');
  for (const [where, code] of [
    [folder, 'ENOTDIR'],
    ['/dev/null/data', 'ENOTDIR'],
  ] as const) {
    expect(() => holdDataFolder(where)).toThrow(
      new StartProblem(
        `CORDBOARD_DATA ${where} cannot be used (${code}); expected a folder this user may write to`,
      ),
    );
  }
});
