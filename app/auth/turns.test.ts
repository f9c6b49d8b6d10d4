import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

/** Work that ends when it is told to. */
function work() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    act: (name: string) => () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    },
    async end(name: string): Promise<void> {
      ends.get(name)?.();
      await new Promise(setImmediate);
    },
  };
}

it('a few at a time, and the lines by turns: who asks a hundred times holds up nobody who asks once', async () => {
  const turns = new Turns({ atOnce: 1 });
  const { begun, act, end } = work();
  const all = ['a1', 'a2', 'a3', 'b1'].map((name) => turns.take(name.charAt(0), act(name)));
  expect(begun).toEqual(['a1']);
  for (const name of ['a1', 'a2', 'b1', 'a3']) await end(name);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1']);
});

it('what is not wanted any more is left out, and what fails hands its place on', async () => {
  const turns = new Turns({ atOnce: 1 });
  const { begun, act, end } = work();
  const failed = turns.take('a', () => Promise.reject(new RangeError('broken')));
  const unwanted = turns.take('a', act('unwanted'), () => false);
  const last = turns.take('a', act('last'));
  await expect(failed).rejects.toThrow('broken');
  expect(await unwanted).toBeUndefined();
  await end('last');
  expect([await last, begun]).toEqual(['last', ['last']]);
});

it('turns away whom it would let wait too long', async () => {
  const turns = new Turns({ atOnce: 2, mostWaiting: 1 });
  const { act, end } = work();
  const all = ['1', '2', '3'].map((name) => turns.take('a', act(name)));
  expect(await turns.take('b', act('4'))).toBeUndefined();
  for (const name of ['1', '2', '3']) await end(name);
  expect(await Promise.all(all)).toEqual(['1', '2', '3']);
  const next = turns.take('b', act('5'));
  await end('5');
  expect(await next).toBe('5');
});
