import { expect, test } from 'vitest';
import { addressMatcher, hostPort } from './addresses.ts';

test('literals and ranges of both families match, and nothing else', () => {
  const owns = addressMatcher(['192.0.2.7', ' 198.51.100.0/24 ', '2001:db8::/32', '::1']);
  const probe = [
    '192.0.2.7',
    '192.0.2.8',
    '198.51.100.255',
    '198.51.101.0',
    '2001:db8:0::9',
    '2001:db9::',
    '::1',
    'host',
    '',
  ];
  expect(probe.filter(owns)).toEqual(['192.0.2.7', '198.51.100.255', '2001:db8:0::9', '::1']);
  expect(addressMatcher([])('192.0.2.7')).toBe(false);
});

test.each(['trunk.example.org', '', '192.0.2.0/33', '192.0.2.0/x', '2001:db8::/129'])(
  '%j is no range',
  (range) => {
    expect(() => addressMatcher([range])).toThrow(RangeError);
  },
);

test('an IPv6 address stands in brackets before its port', () => {
  expect(hostPort({ address: '192.0.2.7', port: 5060 })).toBe('192.0.2.7:5060');
  expect(hostPort({ address: '2001:db8::7', port: 5060 })).toBe('[2001:db8::7]:5060');
});
