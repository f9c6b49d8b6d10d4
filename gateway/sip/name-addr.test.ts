import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNameAddrs, userOf } from './name-addr.ts';

test('the forms of RFC 3261 section 20.10', () => {
  expect(
    parseNameAddrs(
      '"Mr. \\"A, B\\" <x>" <sip:a@b;transport=tcp?h=1>;q=0.7;expires=60, sip:c@d;tag=1 , Bob Lee <sip:e@f>;+sip.instance="<urn:uuid:1,2>"',
    ),
  ).toEqual([
    { display: 'Mr. "A, B" <x>', uri: 'sip:a@b;transport=tcp?h=1', params: { q: '0.7', expires: '60' } },
    { display: '', uri: 'sip:c@d', params: { tag: '1' } },
    { display: 'Bob Lee', uri: 'sip:e@f', params: { '+sip.instance': '<urn:uuid:1,2>' } },
  ]);
  expect(parseNameAddrs('*')).toEqual([{ display: '', uri: '*', params: {} }]);
});

test('what is no address is read as far as it goes, without complaint or endless work', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => parseNameAddrs(text).length >= 1),
    { numRuns: 300 },
  );
  const started = performance.now();
  for (const nasty of ['"', '<', '\\', ';', ',', ' ', 'a ']) parseNameAddrs(nasty.repeat(8_000));
  expect(performance.now() - started).toBeLessThan(500);
});

test.each([
  ['sip:1001@host', '1001'],
  ['SIPS:1001:pw@host;a=b', '1001'],
  ['sip:+49%2030;phone-context=x@host', '+49 30'],
  ['sip:100%@host', '100%'],
  ['sip:host', ''],
  ['sip:host?x=a@b', ''],
  ['tel:+4930', ''],
  ['', ''],
])('the user of %j is %j', (uri, user) => {
  expect(userOf(uri)).toBe(user);
});
