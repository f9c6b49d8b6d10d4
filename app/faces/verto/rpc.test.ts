// Frames in, requests or refusals out.

import { expect, it } from 'vitest';
import fc from 'fast-check';
import { errorAnswer, longestBatch, readFrame, RpcError } from './rpc.ts';

const kinds = (text: string): string[] => readFrame(text).messages.map(({ kind }) => kind);

it('one object is one request; an array is a batch', () => {
  const one = '{"jsonrpc":"2.0","method":"echo","params":{"a":1},"id":1}';
  expect(readFrame(one)).toEqual({
    batch: false,
    messages: [{ kind: 'request', request: { method: 'echo', params: { a: 1 }, id: 1 } }],
  });
  expect(readFrame(`[${one},{"jsonrpc":"2.0","result":{},"id":2},7]`).batch).toBe(true);
  expect(kinds(`[${one},{"jsonrpc":"2.0","result":{},"id":2},7]`)).toEqual(['request', 'answer', 'wrong']);
});

it.each([
  ['no JSON', '{', -32600],
  ['an empty batch', '[]', -32600],
  ['a batch that is too long', JSON.stringify(new Array(longestBatch + 1).fill(0)), -32600],
  ['another version', '{"jsonrpc":"1.0","method":"echo","id":1}', -32600],
  ['no object', '"echo"', -32600],
  ['an id that is neither string nor number', '{"jsonrpc":"2.0","method":"echo","id":{}}', -32600],
  ['no method', '{"jsonrpc":"2.0","id":1}', -32601],
  ['params that are a list', '{"jsonrpc":"2.0","method":"echo","params":[],"id":1}', -32602],
])('%s is refused', (_what, text, code) => {
  expect(readFrame(text).messages).toMatchObject([{ kind: 'wrong', error: { code } }]);
});

it('a refusal carries its fields beside the code, and again as data', () => {
  const error = new RpcError(-32602, 'Permission Denied', { unauthorizedChannels: ['vcc'], code: 5 });
  expect(errorAnswer(3, error)).toMatchObject({
    jsonrpc: '2.0',
    id: 3,
    error: { code: -32602, message: 'Permission Denied', unauthorizedChannels: ['vcc'], data: {} },
  });
});

it('whatever comes in, something known comes out', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const { messages } = readFrame(text);
      expect(messages.length).toBeGreaterThan(0);
    }),
  );
});
