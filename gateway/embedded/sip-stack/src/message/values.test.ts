// Single values: URIs, addresses, Via, the builders and the list of lines.
import { describe, expect, test } from 'vitest';
import { requestOf } from '../../test/support.ts';
import {
  cloneRequest,
  createResponse,
  formatUri,
  InvalidHeader,
  MissingHeader,
  parseNameAddr,
  parseRAck,
  parseUri,
  parseVia,
  serialise,
  setBody,
  SipHeaders,
} from '../index.ts';

describe('URIs', () => {
  test.each([
    ['sip:[2001:db8::10]', { host: '2001:db8::10', port: undefined }],
    // RFC 5118 4.3: without a port of its own, what looks like one is the address.
    ['sip:[2001:db8::10:5070]', { host: '2001:db8::10:5070', port: undefined }],
    [
      'sips:a:pw@[::ffff:192.0.2.10]:5061;transport=tls?subject=x',
      {
        scheme: 'sips',
        user: 'a',
        password: 'pw',
        host: '::ffff:192.0.2.10',
        port: 5061,
        headers: 'subject=x',
      },
    ],
    ['SIP:Bob@EXAMPLE.com', { scheme: 'sip', user: 'Bob', host: 'EXAMPLE.com' }],
    ['tel:+1-212-555-0101;phone-context=example.com', { kind: 'tel', number: '+1-212-555-0101' }],
    ['urn:service:sos', { kind: 'opaque', scheme: 'urn' }],
  ])('%s', (text, expected) => {
    expect(parseUri(text)).toMatchObject(expected);
  });

  test.each([
    ...[
      '',
      'sip:',
      'sip',
      ':x',
      'sip:@host',
      'sip:a@',
      'sip:a@b@c',
      'sip:host:',
      'sip:host:65536',
      'sip:host:5x',
      'sip:2001:db8::10',
    ],
    ...[
      'sip:[2001:db8::10',
      'sip:[::1]x',
      'sip:[fe80::1%25eth0]',
      'sip:a@-host',
      'sip:a@host;',
      'sip:a@host;;lr',
      'sip:a@host?',
      'sip:a b@host',
    ],
    ...[
      'sip:%zz@host',
      'sip:a|b@host',
      'sip:a@ho<st',
      'sip:a@host\r\n',
      'tel:',
      'tel:not a number',
      'http:',
      '1x:y',
      `sip:${'h'.repeat(256)}`,
    ],
  ])('%j is none', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  test('the first of a repeated parameter counts', () => {
    const uri = parseUri('sip:h;transport=tcp;Transport=udp');
    expect(uri?.kind === 'sip' && uri.params.get('transport')).toBe('tcp');
    expect(uri && formatUri(uri)).toBe('sip:h;transport=tcp');
  });
});

test.each<[text: string, expected: object | undefined]>([
  [
    'SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3',
    { host: '2001:db8::9:1', received: '2001:db8::9:255' },
  ],
  ['SIP/2.0/UDP [2001:db8::9:1]:5070;received=2001:db8::9:255', { port: 5070, received: '2001:db8::9:255' }],
  ['SIP / 2.0 / tcp host : 5062 ;rport', { transport: 'TCP', host: 'host', port: 5062, rport: null }],
  ['SIP/2.0/UDP host;received=elsewhere', undefined],
  ['SIP/2.0/UDP host;rport=99999', undefined],
  ['SIP/2.0/UDP', undefined],
  ['HTTP/2.0/UDP host', undefined],
])('Via %s', (text, expected) => {
  if (expected) expect(parseVia(text)).toMatchObject(expected);
  else expect(parseVia(text)).toBeUndefined();
});

test.each([
  '<sip:a@b',
  'sip:a@b>',
  '"a <sip:a@b>',
  '"a" sip:a@b',
  'a,b <sip:a@b>',
  '<sip:a@b>;',
  '<sip:a@b>x',
  '< sip:a@b >',
  '*',
  '',
])('%j is no address', (text) => {
  expect(parseNameAddr(text)).toBeUndefined();
});

test('RAck names a response', () => {
  expect(parseRAck('776656 1 INVITE')).toEqual({ rseq: 776656, cseq: 1, method: 'INVITE' });
  expect([parseRAck('1 INVITE'), parseRAck('x 1 INVITE')]).toEqual([undefined, undefined]);
});

describe('headers', () => {
  test('are changed in place, shared with nobody', () => {
    const request = requestOf('INVITE');
    const copy = cloneRequest(request);
    copy.headers.prepend('Via', 'SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2');
    copy.headers.prepend('Via', 'SIP/2.0/UDP c;branch=3');
    expect(copy.headers.vias.map(({ host }) => host)).toEqual(['c', 'a', 'b']);
    expect([
      copy.headers.shift('v'),
      copy.headers.shift('v'),
      copy.headers.shift('v'),
      copy.headers.shift('v'),
    ]).toEqual([
      ...['SIP/2.0/UDP c;branch=3', 'SIP/2.0/UDP a;branch=1', 'SIP/2.0/UDP b;branch=2'],
      undefined,
    ]);
    copy.headers.append('X', 1);
    copy.headers.append('x', 2);
    copy.headers.set('X', 3);
    copy.headers.remove('Contact');
    expect([
      copy.headers.all('X'),
      copy.headers.has('m'),
      request.headers.has('Contact'),
      request.headers.has('X'),
    ]).toEqual([['3'], false, true, false]);
  });

  test('a view follows the line it was made of', () => {
    const { headers } = requestOf('OPTIONS');
    expect(headers.to.tag).toBeUndefined();
    headers.set('To', '<sip:b@c>;tag=new');
    expect(headers.to.tag).toBe('new');
  });

  test('nothing that would begin another line can be put in', () => {
    const headers = new SipHeaders();
    for (const value of ['a\r\nX: b', 'a\nb', 'a\0b'])
      expect(() => headers.set('Subject', value)).toThrow(InvalidHeader);
    for (const name of ['', 'a b', 'a:', 'é']) expect(() => headers.append(name, 'x')).toThrow(InvalidHeader);
    expect(() => headers.from).toThrow(MissingHeader);
  });
});

test('a body sets type and length in octets, and goes with both', () => {
  const response = createResponse(requestOf('INVITE'), 200, {
    toTag: 't',
    body: { type: 'text/plain', content: 'é€' },
  });
  expect([response.headers.contentType, response.headers.contentLength]).toEqual(['text/plain', 5]);
  setBody(response, undefined);
  expect(serialise(response).toString()).toMatch(/Content-Length: 0\r\n\r\n$/);
  expect(response.headers.has('Content-Type')).toBe(false);
});

test('Record-Route and To tag are given to what makes a dialog, and 100 gets neither', () => {
  const invite = requestOf('INVITE', { headers: { 'Record-Route': '<sip:p;lr>', Timestamp: '54' } });
  const seen = [100, 180, 200, 404].map((status) => {
    const { headers } = createResponse(invite, status, { toTag: 't' });
    return [status, headers.to.tag, headers.has('Record-Route'), headers.has('Timestamp')];
  });
  expect(seen).toEqual([
    [100, undefined, false, true],
    [180, 't', true, false],
    [200, 't', true, false],
    [404, 't', false, false],
  ]);
});
