import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { seal, unseal } from './sealing.ts';

const key = randomBytes(32);

test('a sealed secret shows nothing of itself, is never the same twice, and comes back whole', () => {
  const [first, second] = [seal('pässword', key), seal('pässword', key)];
  expect(first).not.toBe(second);
  expect(Buffer.from(first, 'base64url').toString()).not.toContain('word');
  expect([unseal(first, key), unseal(second, key)]).toEqual(['pässword', 'pässword']);
});

test('another key, an altered seal and plain text are refused', () => {
  const sealed = seal('secret', key);
  expect(() => unseal(sealed, randomBytes(32))).toThrow();
  const altered = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
  expect(() => unseal(altered, key)).toThrow();
  expect(() => unseal('secret', key)).toThrow('not a sealed secret');
});
