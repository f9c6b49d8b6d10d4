import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOwnership, type Owner } from './ownership.ts';

const nonces = fc.integer({ min: 1, max: 4095 });
const owners = fc.oneof(
  fc.uuid().map((id): Owner => `customer:${id}`),
  fc.stringMatching(/^[0-9]{1,6}$/).map((id): Owner => `staff:${id}`),
);

describe('a Janus session id says whose it is', () => {
  const ownership = createOwnership('key one');

  test('to whoever knows the key, also after a restart, and fits a JavaScript number', () => {
    fc.assert(
      fc.property(owners, nonces, (owner, nonce) => {
        const id = ownership.sessionId(owner, nonce);
        expect(Number.isSafeInteger(id)).toBe(true);
        expect(createOwnership('key one').owns(owner, id)).toBe(true);
      }),
    );
  });

  test('to nobody else: another owner, another key, another number', () => {
    fc.assert(
      fc.property(
        owners,
        owners,
        nonces,
        fc.integer({ min: 1, max: 2 ** 31 }),
        (owner, other, nonce, step) => {
          fc.pre(owner !== other);
          const id = ownership.sessionId(owner, nonce);
          expect(ownership.owns(other, id)).toBe(false);
          expect(createOwnership('key two').owns(owner, id)).toBe(false);
          expect(ownership.owns(owner, id + step)).toBe(false);
        },
      ),
    );
  });

  test.each([0, -1, 1.5, NaN, Infinity, 2 ** 52, 2 ** 60])('%s is no id of ours', (id) => {
    expect(ownership.owns('staff:1001', id)).toBe(false);
  });

  test.each([0, 4096, 1.5])('%s is no nonce', (nonce) => {
    expect(() => ownership.sessionId('staff:1001', nonce)).toThrow(RangeError);
  });
});
