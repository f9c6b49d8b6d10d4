// The database: reached, of the shape this program knows, its clock.

import { conditionOf, type DatabaseCondition } from '../../../db/condition.ts';
import type { Check } from '../examine.ts';
import { note, well, wrong, type Finding } from '../finding.ts';
import { judgeSkew } from './clock.ts';

export const database: Check = {
  name: 'database',
  async look({ config, isRunning, now }) {
    const { database: address } = config;
    const where = address.kind === 'sqlite' ? address.file : hostOf(address.url);
    try {
      const condition = await conditionOf(address, now);
      if (condition) return judgeCondition(where, condition, isRunning);
      return [note('database.absent', `${where} is not there yet; the first start makes it.`)];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const todo =
        address.kind === 'sqlite'
          ? 'If the file is damaged, stop Cordboard and bring it back from a backup.'
          : 'Start the database, or correct CORDBOARD_DATABASE_URL (user, password, host, name).';
      return [wrong('database.unreachable', `The database ${where} cannot be used: ${why}.`, todo)];
    }
  },
};

/** Without the password. */
const hostOf = (url: string): string => `${new URL(url).host}${new URL(url).pathname}`;

export function judgeCondition(
  where: string,
  { pending, unknown, clock }: DatabaseCondition,
  isRunning: boolean,
): Finding[] {
  const skew = clock ? [judgeSkew('database.clock', 'the database', clock)] : [];
  if (unknown.length > 0) {
    const seen = `${where} was written by a newer Cordboard (it has ${unknown.join(', ')}).`;
    return [
      wrong('database.newer', seen, 'Start that version again; there is no way back to an older one.'),
      ...skew,
    ];
  }
  if (pending.length > 0) {
    const seen = `${where} is of an older shape: ${pending.join(', ')} not carried out.`;
    if (!isRunning)
      return [note('database.older', seen, 'The next start does that; make a backup before.'), ...skew];
    return [
      wrong('database.older', seen, 'The Cordboard that runs is older than this program: start it again.'),
      ...skew,
    ];
  }
  return [well('database.well', `The database ${where} answers and has the newest shape.`), ...skew];
}
