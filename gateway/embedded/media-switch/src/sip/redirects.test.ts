import { parseMessage, type SipResponse } from '@cordboard/sip-stack';
import { expect, test } from 'vitest';
import { Redirects } from './redirects.ts';

const moved = (...contacts: string[]): SipResponse => {
  const lines = [
    'SIP/2.0 302 Moved Temporarily',
    'Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1',
    'From: <sip:a@x>;tag=1',
    'To: <sip:b@x>;tag=2',
    'Call-ID: 1',
    'CSeq: 1 INVITE',
    ...contacts.map((contact) => `Contact: ${contact}`),
    'Content-Length: 0',
  ];
  const parsed = parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`));
  if (parsed.outcome !== 'ok' || parsed.message.kind !== 'response') throw new Error('not a response');
  return parsed.message;
};
const all = (redirects: Redirects): string[] => {
  const uris: string[] = [];
  for (let uri = redirects.next(); uri !== undefined; uri = redirects.next()) uris.push(uri);
  return uris;
};

test('contacts are called by preference, equals in the order named', () => {
  const redirects = new Redirects('sip:b@x');
  redirects.add(moved('<sip:c@x>;q=0.2, <sip:d@x>;q=0.9', '<sip:e@x>;q=0.9', '<sip:f@x>'));
  expect(all(redirects)).toEqual(['sip:f@x', 'sip:d@x', 'sip:e@x', 'sip:c@x']);
});

test('nobody is called twice, whoever sends back to them', () => {
  const redirects = new Redirects('sip:b@x:5060');
  redirects.add(moved('<sip:b@X:5060;transport=udp>', '<sip:c@x>'));
  expect(all(redirects)).toEqual(['sip:c@x']);
  redirects.add(moved('<sip:c@x>', '<sip:b@x:5060>'));
  expect(all(redirects)).toEqual([]);
});

test('what is not SIP is passed over, and five addresses are enough', () => {
  const redirects = new Redirects('sip:0@x');
  redirects.add(moved('<tel:+8610>', ...Array.from({ length: 9 }, (_, n) => `<sip:${n + 1}@x>`)));
  expect(all(redirects)).toEqual(['sip:1@x', 'sip:2@x', 'sip:3@x', 'sip:4@x']);
});
