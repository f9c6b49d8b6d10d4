import { expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './passwords.ts';
import { Attempts } from './attempts.ts';
import { sameSecret } from './signing.ts';

const cost = { N: 16, r: 8, p: 1 };

it('a hash keeps its parameters and its own salt, and never the password', async () => {
  const [one, two] = [await hashPassword('secret', cost), await hashPassword('secret', cost)];
  expect(one).toMatch(/^scrypt\$16\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  expect(one).not.toBe(two);
  expect(await verifyPassword('secret', one)).toBe(true);
  expect(await verifyPassword('Secret', one)).toBe(false);
});

it('the same characters from two keyboards are one password', async () => {
  const stored = await hashPassword('Zoë', cost); // composed
  expect(await verifyPassword('Zoë'.normalize('NFD'), stored)).toBe(true);
});

it('a hash that is none is a broken database, not a wrong password', async () => {
  await expect(verifyPassword('x', 'plain text')).rejects.toThrow('not readable');
});

it('secrets compare whatever their lengths', () => {
  expect([sameSecret('a', 'a'), sameSecret('a', 'ab'), sameSecret('', 'a')]).toEqual([true, false, false]);
});

it('a person cannot easily be locked out by strangers, but a guesser with many addresses is stopped', () => {
  const attempts = new Attempts({ windowMs: 1_000, perNameAndAddress: 2, perAddress: 10, perName: 6 });
  const tries = Array.from({ length: 8 }, (_, index) => attempts.begin('alice', `10.0.0.${index}`, 0));
  expect(tries).toEqual([0, 0, 0, 0, 0, 0, 1_000, 1_000]);
  expect(attempts.begin('alice', '10.0.0.1', 1_000)).toBe(0);
});

it('forgets old attempts, and never remembers more than it can hold', () => {
  const attempts = new Attempts({ windowMs: 1_000_000, perNameAndAddress: 1, perAddress: 1e9, perName: 1e9 });
  for (let index = 0; index < 30_000; index += 1) attempts.begin(`invented${index}`, '10.0.0.1', index);
  expect(attempts.begin('invented29999', '10.0.0.1', 30_000)).toBeGreaterThan(0);
  expect(attempts.begin('invented0', '10.0.0.1', 30_000)).toBe(0); // the oldest were let go
});
