import { expect, it } from 'vitest';
import { errorCodes } from '../../contract/common.ts';
import { clientCodes } from '../../sdk/problem.ts';
import { stringsFor } from './strings.ts';

/** Codes of the machinery: a person at a page cannot bring them about, or could do nothing about them. */
const unexpected = new Set<string>([
  'method_not_allowed',
  'unsupported_media_type',
  'payload_too_large',
  'idempotency_conflict',
  'range_not_satisfiable',
  'precondition_failed',
  'not_banned',
  'unknown_event',
  'internal',
]);

it('every reason for which a wish may be refused has a sentence of its own, in every language', () => {
  for (const language of ['en', 'zh-CN'] as const) {
    const known = new Set(Object.keys(stringsFor(language).problems));
    const missing = [...errorCodes, ...clientCodes].filter(
      (code) => !known.has(code) && !unexpected.has(code),
    );
    expect(missing).toEqual([]);
  }
});

it('no sentence speaks of a reason that does not exist', () => {
  const codes = new Set<string>([...errorCodes, ...clientCodes, 'unexpected']);
  expect(Object.keys(stringsFor('en').problems).filter((code) => !codes.has(code))).toEqual([]);
});
