import { describe, expect, test } from 'vitest';
import {
  breaksFrameFields,
  customaryName,
  guessContentType,
  substituteLocalhost,
  wireHeaders,
} from './assembly.ts';

const own = { host: '192.0.2.7', port: 5070 };

test.each([
  ['subject', 'Subject'],
  ['call-id', 'Call-ID'],
  ['cseq', 'CSeq'],
  ['www-authenticate', 'WWW-Authenticate'],
  ['p-asserted-identity', 'P-Asserted-Identity'],
  ['x-trace', 'x-trace'],
  ['X-TRACE-id', 'X-TRACE-id'],
  ['Diversion', 'Diversion'],
  ['my-own-thing', 'My-Own-Thing'],
  ['m', 'Contact'],
])('%s is written %s', (given, wire) => {
  expect(customaryName(given)).toBe(wire);
});

test('headers that are the server’s own business are dropped, those the caller writes as well', () => {
  const given = [
    ['via', 'x'],
    ['Route', '<sip:a>'],
    ['record-route', '<sip:a>'],
    ['RSeq', '1'],
    ['content-length', '3'],
    ['to', '<sip:b>'],
    ['subject', 'hi'],
  ] as const;
  expect(wireHeaders(given, new Set(['to']))).toEqual([['Subject', 'hi']]);
});

describe('localhost stands for the address of the transport used', () => {
  test.each([
    ['from', 'sip:alice@localhost', '<sip:alice@192.0.2.7:5070>'],
    ['contact', '"Alice A" <sip:1000@localhost>', '"Alice A" <sip:1000@192.0.2.7:5070>'],
    ['Contact', '<sips:x@localhost:9;ob>;expires=5', '<sips:x@192.0.2.7:5070;ob>;expires=5'],
    ['from', 'sip:alice@localhost;tag=abc', '<sip:alice@192.0.2.7:5070>;tag=abc'],
    ['from', 'sip:localhost', '<sip:192.0.2.7:5070>'],
    ['From', '<sip:localhost>', '<sip:192.0.2.7:5070>'],
    ['P-Asserted-Identity', '"A" <sip:a@localhost>', '"A" <sip:a@192.0.2.7:5070>'],
  ])('%s: %s', (name, value, expected) => {
    expect(substituteLocalhost(name, value, own)).toBe(expected);
  });

  test.each([
    ['to', 'sip:localhost'],
    ['x-peer', 'sip:a@localhost'],
    ['from', '"localhost" <sip:a@example.org>'],
    ['contact', '<sip:a@localhost.example.org>'],
  ])('but %s: %s stays', (name, value) => {
    expect(substituteLocalhost(name, value, own)).toBe(value);
  });
});

test('a body that begins like SDP needs no content type', () => {
  expect(guessContentType(Buffer.from('v=0\r\n'))).toBe('application/sdp');
  expect(guessContentType(Buffer.from('hello'))).toBeUndefined();
  expect(guessContentType(Buffer.from('v='))).toBeUndefined();
});

test('what would break the field layout is recognised', () => {
  expect(['a|b', 'a\nb', 'a\rb', 'a\0b', 'a;b@c'].map(breaksFrameFields)).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
});
