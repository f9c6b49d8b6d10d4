import { expect, test } from 'vitest';
import { countsOf, filesToRepeat, replaced } from '../scripts/outcome.mjs';

interface FileOutcome {
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly assertionResults: readonly { readonly status: string }[];
}

const file = (name: string, ...tests: string[]): FileOutcome => ({
  name: `/house/${name}`,
  status: tests.includes('failed') || tests.length === 0 ? 'failed' : 'passed',
  assertionResults: tests.map((status) => ({ status })),
});
const phones = file('test/e2e/phones.test.ts', 'passed', 'failed', 'pending');
const rules = file('app/domain/rules.test.ts', 'passed', 'passed');

test('a file with real peers that failed is repeated, whatever passed is not', () => {
  expect(filesToRepeat([phones, rules], '/house')).toEqual(['/house/test/e2e/phones.test.ts']);
  expect(filesToRepeat([rules], '/house')).toEqual([]);
});

test('nothing is repeated when a pure test failed: that is no chance', () => {
  expect(filesToRepeat([phones, file('app/domain/line.test.ts', 'failed')], '/house')).toEqual([]);
});

test('nothing is repeated when more failed than chance explains', () => {
  const many = ['a', 'b', 'c', 'd'].map((one) => file(`test/sip/${one}.test.ts`, 'failed'));
  expect(filesToRepeat(many.slice(1), '/house')).toHaveLength(3);
  expect(filesToRepeat(many, '/house')).toEqual([]);
});

test('a file that fails again is red, one that passes then counts as passed', () => {
  expect(countsOf(replaced([phones, rules], [phones]))).toEqual({ passed: 3, failed: 1, skipped: 1 });
  const passed = file('test/e2e/phones.test.ts', 'passed', 'passed', 'pending');
  expect(countsOf(replaced([phones, rules], [passed]))).toEqual({ passed: 4, failed: 0, skipped: 1 });
});

test('a file that could not be loaded, or whose preparation failed, is a failure', () => {
  expect(countsOf([file('test/e2e/broken.test.ts')])).toEqual({ passed: 0, failed: 1, skipped: 0 });
  const unprepared: FileOutcome = { ...file('test/e2e/x.test.ts', 'pending', 'pending'), status: 'failed' };
  expect(countsOf([unprepared])).toEqual({ passed: 0, failed: 1, skipped: 2 });
});
