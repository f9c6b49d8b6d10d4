import { beforeEach, expect, it } from 'vitest';
import { Slices } from './slices.ts';

let now: number;
let later: (() => void)[];
let slices: Slices;
let done: string[];

beforeEach(() => {
  now = 0;
  later = [];
  done = [];
  slices = new Slices({ now: () => now, afterOthers: (act) => later.push(act), sliceMs: 5 });
});

/** Everybody else has had a turn. */
function othersHadTheirs(): void {
  for (const act of later.splice(0)) act();
}

const takes = (name: string, ms: number) => (): void => {
  done.push(name);
  now += ms;
};

it('works at once while the slice lasts; the rest waits until everybody else has had a turn', () => {
  for (const name of ['a', 'b', 'c', 'd']) slices.do(takes(name, 3));
  expect(done).toEqual(['a', 'b']);
  othersHadTheirs();
  expect(done).toEqual(['a', 'b', 'c', 'd']);
  othersHadTheirs();
  slices.do(takes('e', 1));
  expect(done.at(-1)).toBe('e');
});

it('what comes in while something waits goes to the end', () => {
  slices.do(takes('a', 9));
  slices.do(takes('b', 1));
  slices.do(() => {
    takes('c', 1)();
    slices.do(takes('e', 1));
  });
  slices.do(takes('d', 1));
  othersHadTheirs();
  expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('who has more to do takes turns with the others', () => {
  const pieces = (name: string, count: number) => {
    let left = count;
    return (): boolean => {
      takes(name, 2)();
      left -= 1;
      return left > 0;
    };
  };
  slices.do(pieces('a', 5));
  slices.do(pieces('b', 2));
  while (slices.waiting > 0) othersHadTheirs();
  expect(done.join('')).toBe('aaaabab');
});

it('a beginning that goes on by itself is waited for by whoever asked', async () => {
  expect(await slices.run(async () => 'done')).toBe('done');
  await expect(slices.run(() => Promise.reject(new RangeError('broken')))).rejects.toThrow('broken');
});

it('an act that throws does not stop the others', () => {
  slices.do(takes('a', 9));
  slices.do(() => {
    throw new RangeError('broken');
  });
  slices.do(takes('b', 1));
  expect(othersHadTheirs).toThrow('broken');
  othersHadTheirs();
  expect(done).toEqual(['a', 'b']);
});
