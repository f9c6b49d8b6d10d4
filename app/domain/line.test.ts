import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line } from './line.ts';

test('a line is always in order, whoever joins and leaves (against a sorted array)', () => {
  const moves = fc.array(fc.record({ join: fc.boolean(), who: fc.nat(2_000) }), { maxLength: 3_000 });
  fc.assert(
    fc.property(moves, (list) => {
      const line = new Line<number>((a, b) => a - b);
      const model = new Set<number>();
      for (const { join, who } of list) {
        if (join && !model.has(who)) line.insert(who);
        if (!join) expect(line.remove(who)).toBe(model.has(who));
        if (join) model.add(who);
        else model.delete(who);
      }
      const sorted = [...model].sort((a, b) => a - b);
      expect([...line]).toEqual(sorted);
      expect(line.size).toBe(sorted.length);
      expect(line.first()).toBe(sorted[0]);
      expect(sorted.map((who) => line.ahead(who))).toEqual(sorted.map((_, index) => index));
      expect(line.ahead(-1)).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});

test('thousands in line, from both ends and the middle', () => {
  const line = new Line<number>((a, b) => a - b);
  for (let n = 0; n < 5_000; n += 2) line.insert(n);
  for (let n = 1; n < 5_000; n += 2) line.insert(n);
  expect(line.ahead(4_321)).toBe(4_321);
  for (let n = 0; n < 5_000; n += 3) line.remove(n);
  expect(line.size).toBe(5_000 - Math.ceil(5_000 / 3));
  expect(line.has(3)).toBe(false);
  expect(line.has(4)).toBe(true);
  while (line.size > 0) line.remove(line.first() as number);
  expect([...line]).toEqual([]);
});

test('two people in one place is a bug, and leaves the line as it was', () => {
  const line = new Line<number>((a, b) => a - b);
  line.insert(1);
  expect(() => line.insert(1)).toThrow(RangeError);
  expect(line.size).toBe(1);
});
