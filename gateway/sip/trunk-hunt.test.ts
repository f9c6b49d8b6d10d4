import { expect, test } from 'vitest';
import { huntOf, TrunkHunt } from './trunk-hunt.ts';

const hunt = (): TrunkHunt<string> => new TrunkHunt(['a', 'b', 'c']);
const answers = (status: number) => async (): Promise<number> => status;

test('a hunt’s URIs lead back to it, and nobody else’s do', () => {
  const one = hunt();
  const uris = one.uris('+4930', '127.0.0.1:5060');
  expect(uris.map(huntOf)).toEqual([0, 1, 2].map((at) => ({ id: one.id, at })));
  expect(uris[0]).toMatch(/^sip:\+4930@127\.0\.0\.1:5060;hunt=[0-9a-f]{32}\.0$/);
  for (const other of ['sip:1@h', 'sip:1@h;hunt=1.0', `sip:1@h;hunt=${one.id}`, `sip:1@h;hunt=${one.id}.0x`])
    expect(huntOf(other)).toBeUndefined();
});

test.each([408, 430, 500, 502, 503, 504])('after %i the next trunk is tried', async (status) => {
  const [one, tried] = [hunt(), [] as string[]];
  const run = (trunk: string): Promise<number> => (tried.push(trunk), answers(status)());
  for (const at of [0, 1, 2]) expect(await one.attempt(at, run)).toBeUndefined();
  expect(tried).toEqual(['a', 'b', 'c']);
});

test.each([200, 302, 403, 404, 480, 484, 486, 487, 488, 501, 600, 603, 604, 606])(
  'after %i no other trunk is asked: it stands',
  async (status) => {
    const one = hunt();
    await one.attempt(0, answers(status));
    for (const at of [1, 2]) expect(await one.attempt(at, answers(200))).toEqual({ standing: status });
  },
);

test('an answer that is late by a moment is waited for', async () => {
  const one = hunt();
  let settle: (status: number) => void = () => undefined;
  const first = one.attempt(0, () => new Promise((resolve) => (settle = resolve)));
  await new Promise((resolve) => setImmediate(resolve));
  const second = one.attempt(1, answers(200));
  settle(486);
  await first;
  expect(await second).toEqual({ standing: 486 });
});

test('an attempt that could not be made is told to whoever made it, and the next one is made', async () => {
  const one = hunt();
  await expect(one.attempt(0, async () => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
  expect(await one.attempt(1, answers(200))).toBeUndefined();
  expect(await one.attempt(7, answers(200))).toEqual({ standing: 404 });
});
