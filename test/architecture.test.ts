// The arrows of docs/architecture.md, checked by machine; and the check itself, checked: it must have seen the house, and a
// planted violation must be found.

import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { beforeAll, describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const rules = createRequire(import.meta.url)(path.join(root, '.dependency-cruiser.cjs')) as IConfiguration;

async function look(...folders: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(folders, {
    ...rules.options,
    ruleSet: { forbidden: rules.forbidden ?? [] },
    validate: true,
    baseDir: root,
  });
  if (typeof output === 'string') throw new TypeError('expected a result, got a report');
  return output;
}

const violations = (result: ICruiseResult): string[] =>
  result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);

/** Each imports what its room may not. */
const planted = [
  ['app/domain/planted-port.ts', "export * from '../ports/clock.ts';\n", 'domain-imports-only-itself'],
  ['app/domain/planted-node.ts', "export { readFileSync } from 'node:fs';\n", 'domain-imports-only-itself'],
  [
    'gateway/sip/planted.ts',
    "export * from '../../app/engine/core.ts';\n",
    'adapters-know-ports-and-domain-types',
  ],
  [
    'gateway/embedded/planted.ts',
    "export * from '../../app/ports/clock.ts';\n",
    'embedded-imports-nothing-of-the-app',
  ],
  ['app/web/planted.ts', "export * from '../engine/core.ts';\n", 'pages-ask-the-sdk'],
  ['app/http/planted.ts', "export * from '../doctor/finding.ts';\n", 'doctor-looks-from-outside'],
  [
    'app/http/planted-table.ts',
    "export * from '../../db/secrets.ts';\n",
    'doors-reach-the-world-through-ports',
  ],
  ['db/planted.ts', "export * from '../app/auth/signing.ts';\n", 'database-knows-ports-and-domain-types'],
  ['app/engine/planted.ts', "export { default } from 'drachtio-srf';\n", 'one-file-imports-drachtio-srf'],
] as const;

describe('dependencies point one way', () => {
  // The house is looked at once, with the planted files in it: that takes seconds.
  let result: ICruiseResult;
  beforeAll(async () => {
    try {
      for (const [file, text] of planted) writeFileSync(path.join(root, file), text);
      result = await look('app', 'gateway', 'db');
    } finally {
      for (const [file] of planted) rmSync(path.join(root, file), { force: true });
    }
  }, 60_000);

  test('no file of app, gateway or db imports against the arrows', () => {
    const found = violations(result).filter((line) => !planted.some(([file]) => line.includes(file)));
    expect(found).toEqual([]);
    // A gate can be green because it looked at nothing.
    const ours = result.modules.filter(({ source }) => /^(app|gateway|db)\//.test(source));
    expect(ours.length).toBeGreaterThan(100);
    const resolved = result.modules.flatMap(({ dependencies }) => dependencies);
    expect(resolved.filter(({ resolved }) => /^(app|gateway|db)\//.test(resolved)).length).toBeGreaterThan(
      200,
    );
  });

  test.each(planted)('%s, which imports the wrong way, is found', (file, _text, rule) => {
    const found = violations(result).filter((line) => line.startsWith(`${rule}: ${file} `));
    expect(found).not.toEqual([]);
  });
});

test('the house has the rooms of docs/architecture.md, and no other', () => {
  const listed = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');
  const rows = [...listed.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, names = '']) =>
    names.match(/[a-z][\w-]*/g),
  );
  const built = ['dist', 'node_modules', 'test-results', 'data', 'docs'];
  const foldersOf = (place: string): string[] =>
    readdirSync(path.join(root, place), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !built.includes(entry.name))
      .map(({ name }) => name);
  expect(rows.sort()).toEqual([...foldersOf('.'), ...foldersOf('app')].sort());
});
