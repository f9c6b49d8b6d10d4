import { expect, test } from 'vitest';
import { until } from '../test/support/until.ts';
import { WriteBehind, type WriteBehindOptions } from './write-behind.ts';

const locked = (): Error => Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });

/** A table that takes a change unless it is told otherwise. */
function tableOf(options: Partial<WriteBehindOptions<string>> = {}) {
  const rows = new Map<string, string>();
  const commits: string[][] = [];
  const troubles: string[] = [];
  const at: { failing: Error | undefined } = { failing: undefined };
  const table = new WriteBehind<string>({
    onTrouble: (error) => troubles.push((error as Error).message),
    async write(changes) {
      await Promise.resolve();
      if (at.failing) throw at.failing;
      if ([...changes.values()].includes('poison')) throw new Error('never');
      commits.push([...changes].map(([key, now]) => `${key}=${now}`));
      for (const [key, now] of changes) {
        if (now === undefined) rows.delete(key);
        else rows.set(key, now);
      }
    },
    ...options,
  });
  return { table, rows, commits, troubles, at };
}

test('a change is in the table when it is said to be; what changes meanwhile is written after it', async () => {
  const { table, rows, commits } = tableOf();
  const first = table.changed('a', '1');
  void table.changed('b', '1');
  void table.changed('b', '2');
  await first;
  expect(rows.get('a')).toBe('1');
  await table.close();
  expect(commits.flat()).toEqual(['a=1', 'b=2']);
});

test('changes that come close together are one commit, and what came and went meanwhile is one deletion', async () => {
  const { table, commits } = tableOf({ collectMs: 20 });
  void table.changed('a', '1');
  void table.changed('b', '1');
  await table.changed('a', undefined);
  expect(commits).toEqual([['a=undefined', 'b=1']]);
  await table.changed('b', '2');
  expect(commits).toHaveLength(2);
  await table.close();
});

test('a locked table is tried again, said once, and a change that was made meanwhile wins', async () => {
  const { table, rows, troubles, at } = tableOf({ retryMs: 5 });
  at.failing = locked();
  void table.changed('a', 'old');
  await until('it has failed', () => troubles.length > 0);
  const newer = table.changed('a', 'new');
  at.failing = undefined;
  await newer;
  expect([...rows]).toEqual([['a', 'new']]);
  expect(troubles).toEqual(['database is locked']);
});

test('one that the table will never take is told of and given up; the others are written', async () => {
  const { table, rows, troubles } = tableOf({ collectMs: 1 });
  void table.changed('a', '1');
  void table.changed('b', 'poison');
  await table.changed('c', '1');
  expect([...rows.keys()]).toEqual(['a', 'c']);
  expect(troubles).toEqual(['never']);
  await table.close();
});

test('closing writes what waits without waiting for more, and says so when it cannot', async () => {
  const { table, rows } = tableOf({ collectMs: 60_000 });
  void table.changed('a', '1');
  await table.close();
  expect([...rows]).toEqual([['a', '1']]);
  const broken = tableOf();
  broken.at.failing = locked();
  void broken.table.changed('a', '1');
  await expect(broken.table.close()).rejects.toThrow('database is locked');
});
