// A row of a contract as a test. scripts/verto-table.mjs reads these calls and writes the table of docs/faces/verto.md, so section and
// subject are plain strings.

import { it } from 'vitest';

/**
 * @param section where the contract says it, for example `2.4`
 * @param subject what it is about, for example `verto.subscribe`
 * @param sentence what holds
 */
export const row = (
  section: string,
  subject: string,
  sentence: string,
  shown: () => void | Promise<void>,
): void => it(`${section} ${subject}: ${sentence}`, shown);
