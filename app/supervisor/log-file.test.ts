import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { LogFile } from './log-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cordboard-log-'));
  file = path.join(folder, 'log', 'part.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const noTrouble = {
  onTrouble: (line: string): void => {
    throw new Error(line);
  },
};

test('lines are added to what is there, in a file only its owner reads', async () => {
  for (const line of ['first', 'second']) {
    const log = new LogFile(file, noTrouble);
    log.line(line);
    await log.close();
  }
  expect(readFileSync(file, 'utf8')).toBe('first\nsecond\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('nothing written, nothing made', async () => {
  await new LogFile(file, noTrouble).close();
  expect(existsSync(file)).toBe(false);
});

test('a file that grew large is put aside while the program runs; the newest two are kept, no line is lost between', async () => {
  const log = new LogFile(file, { ...noTrouble, largest: 100 });
  for (let count = 10; count < 35; count += 1) log.line(`line ${count}, and more`); // 18 bytes
  await log.close();
  await until('the last line is written', () => readFileSync(file, 'utf8').includes('34'));
  const kept = [`${file}.1`, file].map((name) => readFileSync(name, 'utf8').trim().split('\n'));
  expect(kept.map((lines) => lines.length)).toEqual([6, 1]);
  expect(kept.flat().map((line) => Number(line.slice(5, 7)))).toEqual([28, 29, 30, 31, 32, 33, 34]);
});

test('one that was large before is put aside at the first line', async () => {
  const log = new LogFile(file, noTrouble);
  log.line('x');
  await log.close();
  writeFileSync(file, 'y'.repeat(200));
  const next = new LogFile(file, { ...noTrouble, largest: 100 });
  next.line('z');
  await next.close();
  expect(readFileSync(file, 'utf8')).toBe('z\n');
  expect(readFileSync(`${file}.1`, 'utf8')).toHaveLength(200);
});

test.runIf(existsSync('/dev/full'))('a full disk is told once and costs lines, not the program', async () => {
  const troubles: string[] = [];
  const full = path.join(folder, 'part.log');
  symlinkSync('/dev/full', full);
  const log = new LogFile(full, { onTrouble: (line) => troubles.push(line), retryAfterMs: 0 });
  await until('the trouble is told', () => {
    log.line('lost');
    return troubles.length > 0;
  });
  log.line('lost too');
  await log.close();
  expect(troubles).toEqual([
    `the log ${full} cannot be written (ENOSPC: no space left on device, write); lines are lost`,
  ]);
});

test('it writes again once it can', async () => {
  const troubles: string[] = [];
  writeFileSync(path.join(folder, 'log'), 'in the way');
  const log = new LogFile(file, { onTrouble: (line) => troubles.push(line), retryAfterMs: 0 });
  log.line('lost');
  expect(troubles).toHaveLength(1);
  rmSync(path.join(folder, 'log'));
  log.line('kept');
  await log.close();
  expect(readFileSync(file, 'utf8')).toBe('kept\n');
});
