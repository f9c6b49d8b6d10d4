import { expect, test } from 'vitest';
import { hopBeyond } from './record-route.ts';

const own = ['udp/192.0.2.1:5060', 'tls/192.0.2.1:5061'];

test.each([
  ['nobody recorded the route', undefined, undefined],
  ['only our server did', '<sip:token@192.0.2.1:5060;lr>', undefined],
  [
    'two proxies of the carrier did: the one nearest to us',
    '<sip:10.0.0.8;lr>, <sip:sbc.example.net:5070;lr>, <sip:192.0.2.1;lr>',
    'sip:sbc.example.net:5070;lr',
  ],
  [
    'our server did once for each transport',
    '<sip:sbc.example.net;lr>, <sips:192.0.2.1;lr>, <sip:192.0.2.1:5060;lr>',
    'sip:sbc.example.net;lr',
  ],
  [
    'a proxy whose port begins like ours',
    '<sip:192.0.2.1:50601;lr>, <sip:192.0.2.1:5060;lr>',
    'sip:192.0.2.1:50601;lr',
  ],
  ['ours did not: nothing is known of the path', '<sip:sbc.example.net;lr>', undefined],
])('%s', (_, recordRoute, expected) => {
  expect(hopBeyond(recordRoute, own)).toBe(expected);
});
