import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameReader, FramingError } from './framing.ts';

const text = (payloads: readonly Buffer[]): string[] => payloads.map((each) => each.toString('utf8'));

describe('frames of the control connection', () => {
  test('count bytes, not characters', () => {
    expect(encodeFrame('é€😀').toString('utf8')).toBe('9#é€😀');
  });

  test('carry SIP after the first CRLF of the payload', () => {
    expect(encodeFrame('a|sip', Buffer.from('X')).toString('utf8')).toBe('8#a|sip\r\nX');
  });

  test('arrive whole however TCP cuts the stream', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (payloads, cuts) => {
          const stream = Buffer.concat(payloads.map((each) => encodeFrame(each)));
          const reader = new FrameReader();
          const got: Buffer[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const length = cuts[i % cuts.length] ?? 1;
            got.push(...reader.push(stream.subarray(at, at + length)));
            at += length;
          }
          expect(text(got)).toEqual(payloads);
        },
      ),
    );
  });

  test.each([
    ['a word instead of a length', 'abc#x'],
    ['a sign', '+5#hello'],
    ['a blank', ' 5#hello'],
    ['a zero length', '0#'],
    ['no length at all', '#x'],
    ['more digits than the limit has', '00000000'],
    ['more than the limit', '1048577#'],
  ])('%s ends the stream', (_, bytes) => {
    expect(() => new FrameReader().push(Buffer.from(bytes))).toThrow(FramingError);
  });

  test('a payload of exactly the limit is taken, one byte more is not', () => {
    const reader = new FrameReader(10);
    expect(text(reader.push(encodeFrame('0123456789')))).toEqual(['0123456789']);
    expect(() => reader.push(encodeFrame('0123456789A'))).toThrow(FramingError);
  });
});
