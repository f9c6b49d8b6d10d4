// What installing for `npm start` must not do to the machine.

import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepFromStarting, systemPrograms } from '../scripts/bootstrap.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cordboard-units-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('masks the service of a package before it is installed, so that nothing listens that nobody asked for', () => {
  expect(keepFromStarting('janus.service', undefined, [], join(folder, 'system'))).toBe(true);
  expect(readlinkSync(join(folder, 'system', 'janus.service'))).toBe('/dev/null');
});

it('leaves a unit alone that an administrator has put there, a mask included', () => {
  writeFileSync(join(folder, 'janus.service'), '[Service]');
  expect(keepFromStarting('janus.service', undefined, [], folder)).toBe(false);
  expect(keepFromStarting('coturn.service', undefined, [], folder)).toBe(true);
  expect(keepFromStarting('coturn.service', undefined, [], folder)).toBe(false);
});

it('knows the service of everything it installs that listens', () => {
  const known = [...systemPrograms.start, ...systemPrograms.test].filter((entry) => 'service' in entry);
  expect(new Set(known.map((entry) => entry.package))).toEqual(new Set(['janus', 'coturn']));
});
