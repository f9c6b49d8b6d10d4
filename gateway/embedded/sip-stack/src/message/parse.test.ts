// What is let in, what is answered 400, 505 or 513, and what gets no answer at all.
import { describe, expect, test } from 'vitest';
import { lines, wire } from '../../test/support.ts';
import { createResponse, parseMessage, serialise, type ParseResult, type SipRequest } from '../index.ts';

function parsed(bytes: Uint8Array): SipRequest {
  const result = parseMessage(bytes);
  if (result.outcome !== 'ok' || result.message.kind !== 'request') throw new Error(JSON.stringify(result));
  return result.message;
}

function verdict(result: ParseResult): string {
  switch (result.outcome) {
    case 'ok':
      return 'ok';
    case 'refuse':
      return `${result.status} ${result.reason}`;
    case 'drop':
      return 'no answer';
  }
}

const REGISTER = ['REGISTER sip:example.com SIP/2.0', ...lines('CSeq: 1 REGISTER').slice(1)];

describe('refused or dropped', () => {
  test.each<[what: string, bytes: Uint8Array, verdict: string]>([
    ['the message itself', wire(lines()), 'ok'],
    ['Content-Length negative', wire(lines('Content-Length: -1')), '400 Bad Content-Length'],
    ['Content-Length no number', wire(lines('Content-Length: two')), '400 Bad Content-Length'],
    ['Content-Length twice', wire([...lines(), 'l: 0']), '400 Duplicate Content-Length'],
    [
      'Content-Length larger than the datagram',
      wire(lines('Content-Length: 5'), 'four'),
      '400 Content-Length Exceeds Message',
    ],
    ['no Call-ID', wire(lines('-Call-ID')), '400 Missing Call-ID'],
    ['empty Call-ID', wire(lines('Call-ID:')), '400 Missing Call-ID'],
    ['no From', wire(lines('-From')), '400 Missing From'],
    ['no To', wire(lines('-To')), '400 Missing To'],
    ['no CSeq', wire(lines('-CSeq')), '400 Missing CSeq'],
    ['no Via', wire(lines('-Via')), 'no answer'],
    ['two From', wire([...lines(), 'f: <sip:a@b>;tag=1']), '400 Duplicate From'],
    ['two CSeq', wire([...lines(), 'CSeq: 2 OPTIONS']), '400 Duplicate CSeq'],
    ['CSeq of another method', wire(lines('CSeq: 1 INVITE')), '400 CSeq Method Mismatch'],
    ['CSeq of 32 bits', wire(lines('CSeq: 4294967295 OPTIONS')), 'ok'],
    ['CSeq of more', wire(lines('CSeq: 4294967296 OPTIONS')), '400 Bad CSeq'],
    ['CSeq without method', wire(lines('CSeq: 1')), '400 Bad CSeq'],
    ['From without URI', wire(lines('From: alice;tag=1')), '400 Bad From'],
    ['From with an open bracket', wire(lines('From: <sip:a@b;tag=1')), '400 Bad From'],
    ['To with an open quote', wire(lines('To: "bob <sip:b@c>')), '400 Bad To'],
    ['Contact without host', wire([...lines(), 'Contact: <sip:bob@>']), '400 Bad Contact'],
    ['Contact unparsable', wire([...lines(), 'Contact: <sip:b@c>, nonsense']), '400 Bad Contact'],
    ['Contact: * outside REGISTER', wire([...lines(), 'Contact: *']), '400 Bad Contact *'],
    [
      'REGISTER Contact: * with Expires 60',
      wire([...REGISTER, 'Contact: *', 'Expires: 60']),
      '400 Bad Contact *',
    ],
    ['REGISTER Contact: * with Expires 0', wire([...REGISTER, 'Contact: *', 'Expires: 0']), 'ok'],
    [
      'REGISTER Contact: * and another',
      wire([...REGISTER, 'Contact: *, <sip:a@b>', 'Expires: 0']),
      '400 Bad Contact *',
    ],
    [
      'unbracketed Contact with URI headers',
      wire([...REGISTER, 'Contact: sip:a@b?Route=x']),
      '400 Bad Contact',
    ],
    ['Contact of another scheme', wire([...lines(), 'Contact: <tel:+49123>, <http://a/b>']), 'ok'],
    ['Date in EST', wire([...lines(), 'Date: Fri, 01 Jan 2010 16:00:00 EST']), '400 Bad Date'],
    ['Date in GMT', wire([...lines(), 'Date: Fri, 01 Jan 2010 16:00:00 GMT']), 'ok'],
    ['Route without brackets', wire([...lines(), 'Route: sip:a@b']), '400 Bad Route'],
    ['Max-Forwards 256', wire(lines('Max-Forwards: 256')), '400 Bad Max-Forwards'],
    ['Max-Forwards 0', wire(lines('Max-Forwards: 0')), 'ok'],
    ['no Max-Forwards', wire(lines('-Max-Forwards')), 'ok'],
    ['no From tag', wire(lines('From: <sip:alice@example.com>')), 'ok'],
    ['empty From tag', wire(lines('From: <sip:alice@example.com>;tag')), '400 Bad From Tag'],
    ['unknown option tags', wire([...lines(), 'Require: nothing']), 'ok'],
    ['NUL in a header', wire([...lines(), 'Subject: a\0b']), '400 NUL In Header'],
    ['| in Call-ID', wire(lines('Call-ID: a|b')), '400 Bad Call-ID'],
    ['blank in Call-ID', wire(lines('Call-ID: a b')), '400 Bad Call-ID'],
    ['| in From tag', wire(lines('From: <sip:a@b>;tag=1|2')), '400 Bad From Tag'],
    ['| in To tag', wire(lines('To: <sip:a@b>;tag=1|2')), '400 Bad To Tag'],
    ['| in branch', wire(lines('Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK|')), '400 Bad Via Branch'],
    ['bare CR in a header', wire([...lines(), 'Subject: a\rb']), '400 Bare CR Or LF In Header'],
    ['bare LF in a header', wire([...lines(), 'Subject: a\nX: b']), '400 Bare CR Or LF In Header'],
    ['a line without colon', wire([...lines(), 'nonsense']), '400 Bad Header Line'],
    ['a header name with a blank', wire([...lines(), 'Bad Name: x']), '400 Bad Header Line'],
    ['a header line of 8 KB', wire([...lines(), `X: ${'a'.repeat(8189)}`]), 'ok'],
    ['a header line over 8 KB', wire([...lines(), `X: ${'a'.repeat(8190)}`]), '400 Header Line Too Long'],
    [
      '8 KB by folding',
      wire([...lines(), `X: ${'a'.repeat(4100)}`, ` ${'a'.repeat(4100)}`]),
      '400 Header Line Too Long',
    ],
    ['512 headers', wire([...lines(), ...Array<string>(512).fill('X: y')]), '400 Too Many Headers'],
    ['over 64 KB', wire(lines('Content-Length: 66000'), 'x'.repeat(66_000)), '513 Message Too Large'],
    ['no empty line', Buffer.from(`${lines().join('\r\n')}\r\n`), '400 Header Section Not Terminated'],
    ['SIP/7.0', wire(['OPTIONS sip:a@b SIP/7.0', ...lines().slice(1)]), '505 Version Not Supported'],
    ['sip/2.0', wire(['OPTIONS sip:a@b sip/2.0', ...lines().slice(1)]), 'ok'],
    [
      'a request URI without host',
      wire(['OPTIONS sip:a@ SIP/2.0', ...lines().slice(1)]),
      '400 Bad Request-URI',
    ],
    [
      'a request URI with port 65536',
      wire(['OPTIONS sip:a@b:65536 SIP/2.0', ...lines().slice(1)]),
      '400 Bad Request-URI',
    ],
    ['a request URI of another scheme', wire(['OPTIONS foo:bar SIP/2.0', ...lines().slice(1)]), 'ok'],
    ['Via with a bad port', wire(lines('Via: SIP/2.0/UDP 192.0.2.1:99999;branch=z9hG4bK1')), 'no answer'],
    ['Via with a bad host', wire(lines('Via: SIP/2.0/UDP !;branch=z9hG4bK1')), 'no answer'],
    ['an unintelligible start line', wire(['hello there', ...lines().slice(1)]), 'no answer'],
    ['HTTP', wire(['GET / HTTP/1.1', 'Host: a']), 'no answer'],
    ['a keep-alive', Buffer.from('\r\n\r\n'), 'no answer'],
    ['an empty datagram', Buffer.alloc(0), 'no answer'],
    ['binary noise', Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 7919) % 256)), 'no answer'],
    ['a bad ACK', wire(['ACK sip:a@b SIP/2.0', ...lines('CSeq: 1 ACK', '-To').slice(1)]), 'no answer'],
    ['a bad response', wire(['SIP/2.0 200 OK', ...lines('-To').slice(1)]), 'no answer'],
    ['status 099', wire(['SIP/2.0 099 OK', ...lines().slice(1)]), 'no answer'],
    ['status 700', wire(['SIP/2.0 700 OK', ...lines().slice(1)]), 'no answer'],
  ])('%s', (_what, bytes, expected) => {
    expect(verdict(parseMessage(bytes))).toBe(expected);
  });
});

test('a header that was refused is not echoed in the answer', () => {
  const result = parseMessage(wire(lines('From: <sip:a@b>;tag=1', 'Call-ID: x\ny')));
  if (result.outcome !== 'refuse') throw new Error(result.outcome);
  const answer = serialise(createResponse(result.request, 400, { toTag: 't' })).toString();
  expect(answer).not.toContain('x\ny');
  expect(answer).toContain('From: <sip:a@b>;tag=1\r\n');
});

test('line breaks before the start line are skipped', () => {
  expect(parsed(Buffer.concat([Buffer.from('\r\n\r\n'), wire(lines())])).method).toBe('OPTIONS');
});

test('compact forms and case are other spellings of the same header', () => {
  const request = parsed(
    wire([
      'INVITE sip:bob@example.com SIP/2.0',
      'v: SIP/2.0/TCP [2001:db8::1]:5070;branch=z9hG4bKx;rport=7;received=[2001:db8::2]',
      'F: Al\u00e9 <sip:alice@[2001:db8::9]:5071;transport=tcp>;tag=1',
      't: sip:bob@example.com',
      'I: i',
      'cSEQ: 7 INVITE',
      'm: <sip:a@b>, "x, y" <sips:c@d;lr?h=v>;q=0.5',
      'k: 100rel, timer',
      'L: 0',
    ]),
  );
  const { headers } = request;
  expect(headers.via).toMatchObject({
    transport: 'TCP',
    host: '2001:db8::1',
    port: 5070,
    rport: 7,
    received: '2001:db8::2',
  });
  expect(headers.from).toMatchObject({
    display: 'Al\u00e9',
    uri: 'sip:alice@[2001:db8::9]:5071;transport=tcp',
  });
  expect(headers.contacts.map(({ display, uri }) => [display, uri])).toEqual([
    ['', 'sip:a@b'],
    ['x, y', 'sips:c@d;lr?h=v'],
  ]);
  expect(headers.names('Supported', 'TIMER')).toBe(true);
  expect(headers.contentLength).toBe(0);
});

test('octets that are no UTF-8 pass through untouched in lines nobody changed', () => {
  const bytes = Buffer.concat([
    Buffer.from(`${lines().join('\r\n')}\r\nSubject: `),
    Buffer.from([0xff, 0xfe, 0xa0]),
    Buffer.from('\r\n\r\n'),
  ]);
  const request = parsed(bytes);
  expect(request.headers.get('Subject')).toContain('\ufffd');
  request.headers.set('Max-Forwards', 69);
  const out = serialise(request);
  expect(out.toString('latin1')).toBe(
    bytes.toString('latin1').replace('Max-Forwards: 70', 'Max-Forwards: 69'),
  );
});

describe('hostile input costs no more than its length', () => {
  const big = 60_000;
  test.each<[what: string, bytes: Uint8Array]>([
    ['blanks in a header', wire([...lines(), `X:${' '.repeat(big)}x`])],
    ['blanks between name and colon', wire([...lines(), `X${' '.repeat(big)}: x`])],
    ['folds', wire([...lines(), 'X: a', ...Array<string>(big / 3).fill(' ')])],
    ['blanks in the request line', wire([`OPTIONS${' '.repeat(big)}sip:a@b SIP/2.0`, ...lines().slice(1)])],
    ['open quotes', wire(lines(`Contact: ${'"<,'.repeat(2000)}`))],
    ['backslashes', wire(lines(`From: "${'\\'.repeat(8000)}`))],
    ['commas', wire([...lines(), `Contact: ${','.repeat(8000)}`])],
    ['semicolons', wire(lines(`From: <sip:a@b>${';a'.repeat(4000)}`))],
    ['empty lines of headers', wire([...lines(), ...Array<string>(20_000).fill('X:')])],
    ['line breaks', Buffer.from('\r\n'.repeat(big / 2))],
    ['colons', wire([':'.repeat(big)])],
    ['escapes', wire([`OPTIONS sip:${'%41'.repeat(20_000)}@b SIP/2.0`, ...lines().slice(1)])],
  ])('%s', (_what, bytes) => {
    const begin = performance.now();
    for (let i = 0; i < 5; i++) parseMessage(bytes);
    // Linear: well under a millisecond each. Quadratic in 60,000 octets: seconds.
    expect(performance.now() - begin).toBeLessThan(500);
  });
});
