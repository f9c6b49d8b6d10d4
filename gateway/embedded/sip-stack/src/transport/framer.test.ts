// Cutting a byte stream into messages, whatever the pieces it comes in.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lines, wire } from '../../test/support.ts';
import { StreamFramer, type Frame } from './framer.ts';

const LIMIT = 65_536;
const one = wire(lines('Content-Length: 4'), 'body');
const two = wire(lines('Call-ID: second'));

/** Frames as text: messages by their Call-ID, others by their kind. */
function shown(frames: readonly Frame[]): string[] {
  return frames.map((frame) => {
    if (frame.kind === 'ping') return 'ping';
    if (frame.kind === 'broken') return `broken: ${frame.reason}`;
    return /Call-ID: (\S+)/.exec(frame.bytes.toString())?.[1] ?? '?';
  });
}

function fed(pieces: readonly Buffer[]): { frames: Frame[]; framer: StreamFramer } {
  const framer = new StreamFramer(LIMIT);
  return { frames: pieces.flatMap((piece) => framer.push(piece)), framer };
}

test('any cutting of a stream gives the same messages', () => {
  const stream = Buffer.concat([one, two, Buffer.from('\r\n'), one, Buffer.from('\r\n\r\n'), two]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 60 }), (sizes) => {
      const pieces: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        pieces.push(Buffer.from(stream.subarray(at, at + size)));
        at += size;
      }
      const { frames, framer } = fed(pieces);
      const messages = frames.filter((frame) => frame.kind === 'message').map(({ bytes }) => bytes);
      expect(messages.map((bytes) => bytes.toString())).toEqual([one, two, one, two].map(String));
      expect(framer.midMessage).toBe(false);
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('messages given out stay as they are while the stream goes on', () => {
  const framer = new StreamFramer(LIMIT);
  const [first] = framer.push(Buffer.concat([one, two.subarray(0, 50)]));
  framer.push(two.subarray(50, 60));
  framer.push(Buffer.concat([two.subarray(60), one]));
  expect(first?.kind === 'message' && first.bytes.toString()).toBe(one.toString());
});

test('two line breaks between messages are a ping, however many more follow; one is nothing', () => {
  expect(shown(fed([Buffer.from('\r\n\r\n')]).frames)).toEqual(['ping']);
  expect(shown(fed([Buffer.from('\r\n\r\n'.repeat(10_000))]).frames)).toEqual(['ping']);
  expect(shown(fed([Buffer.from('\r\n'), two]).frames)).toEqual(['second']);
});

describe('a stream that cannot be cut is broken, and stays so', () => {
  test.each<[what: string, bytes: Buffer, reason: string]>([
    ['no length', wire(lines('-Content-Length')), 'Missing Content-Length'],
    ['two lengths', wire([...lines(), 'l: 0']), 'Duplicate Content-Length'],
    ['a negative length', wire(lines('Content-Length: -1')), 'Bad Content-Length'],
    ['a length of words', wire(lines('Content-Length: many')), 'Bad Content-Length'],
    ['a length beyond the limit', wire(lines('Content-Length: 65536')), 'Message Too Large'],
    [
      'a head without end',
      Buffer.from(`OPTIONS sip:a@b SIP/2.0\r\nX: ${'x'.repeat(LIMIT)}`),
      'Message Too Large',
    ],
  ])('%s', (_what, bytes, reason) => {
    const { frames, framer } = fed([bytes]);
    expect(shown(frames)).toEqual([`broken: ${reason}`]);
    expect(framer.push(one)).toEqual([]);
  });
});

test('a folded or compact length is a length', () => {
  expect(shown(fed([wire(lines('-Content-Length', 'l:\r\n 4'), 'body')]).frames)).toHaveLength(1);
  expect(shown(fed([wire(lines('-Content-Length', 'L  : 4 '), 'body')]).frames)).toHaveLength(1);
});

test('a message that trickles in octet by octet costs no more than its length', () => {
  const body = 'x'.repeat(40_000);
  const bytes = wire(lines('Content-Length: 40000'), body);
  const framer = new StreamFramer(LIMIT);
  const begin = performance.now();
  let frames = 0;
  for (let i = 0; i < bytes.length; i++) frames += framer.push(bytes.subarray(i, i + 1)).length;
  expect(frames).toBe(1);
  expect(performance.now() - begin).toBeLessThan(1500);
});
