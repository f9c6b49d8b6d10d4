// The torture messages of RFC 4475: what must be understood, what must be refused or dropped, and that whatever is
// understood comes out of the serialiser as it went in.
import { describe, expect, test } from 'vitest';
import { torture, tortureNames } from '../../test/support.ts';
import { createResponse, parseMessage, parseUri, serialise, type SipMessage } from '../index.ts';

/** Section 3.1.1, 3.2, 3.3, 3.4: well-formed as far as a stack is concerned; what they ask for is the user's to judge. */
const VALID = [
  ...[
    'wsinv',
    'intmeth',
    'esc01',
    'escnull',
    'esc02',
    'lwsdisp',
    'longreq',
    'dblreq',
    'semiuri',
    'transports',
  ],
  ...[
    'unreason',
    'noreason',
    'badbranch',
    'bcast',
    'bext01',
    'cparam01',
    'cparam02',
    'inv2543',
    'invut',
    'novelsc',
  ],
  ...['regaut01', 'regescrt', 'sdp01', 'unkscm', 'unksm2', 'zeromf'],
];

/** Section 3.1.2 and 3.3: answered, with the status and the reason phrase we give. */
const REFUSED: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  badinv01: [400, 'Bad Via'],
  clerr: [400, 'Content-Length Exceeds Message'],
  ncl: [400, 'Bad Content-Length'],
  scalar02: [400, 'Bad CSeq'],
  quotbal: [400, 'Bad To'],
  ltgtruri: [400, 'Bad Request-URI'],
  lwsruri: [400, 'Bad Request Line'],
  lwsstart: [400, 'Bad Request Line'],
  trws: [400, 'Bad Request Line'],
  escruri: [400, 'Headers In Request-URI'],
  baddate: [400, 'Bad Date'],
  regbadct: [400, 'Bad Contact'],
  badaspec: [400, 'Bad To'],
  baddn: [400, 'Bad From'],
  badvers: [505, 'Version Not Supported'],
  mismatch01: [400, 'CSeq Method Mismatch'],
  mismatch02: [400, 'CSeq Method Mismatch'],
  insuf: [400, 'Missing From'],
  mcl01: [400, 'Duplicate Content-Length'],
  multi01: [400, 'Duplicate CSeq'],
};

/** Broken responses: nobody can be told. */
const DROPPED = ['scalarlg', 'bigcode'];

function understood(name: string): SipMessage {
  const result = parseMessage(torture(name));
  if (result.outcome !== 'ok') throw new Error(`${name}: ${JSON.stringify(result)}`);
  return result.message;
}

test('every fixture is judged by exactly one list', () => {
  const judged = [...VALID, ...Object.keys(REFUSED), ...DROPPED].sort();
  expect(judged).toEqual(tortureNames().sort());
  expect(judged.length).toBe(48);
});

describe.each(VALID)('%s is understood', (name) => {
  test('and is serialised octet by octet as it came', () => {
    const bytes = torture(name);
    const message = understood(name);
    const out = serialise(message);
    expect(out.equals(bytes.subarray(0, out.length))).toBe(true);
  });

  test('and every line can be read', () => {
    for (const [header, value] of understood(name).headers.entries())
      expect(typeof header + typeof value).toBe('stringstring');
  });
});

describe.each(Object.entries(REFUSED))('%s is refused', (name, [status, reason]) => {
  test(`with ${status} ${reason}, and the answer can be made`, () => {
    const result = parseMessage(torture(name));
    expect(result).toMatchObject({ outcome: 'refuse', status, reason });
    if (result.outcome !== 'refuse') return;
    const answer = serialise(
      createResponse(result.request, result.status, { reason, toTag: 'here' }),
    ).toString();
    expect(answer.startsWith(`SIP/2.0 ${status} ${reason}\r\nVia`)).toBe(true);
  });
});

test.each(DROPPED)('%s is dropped', (name) => {
  expect(parseMessage(torture(name)).outcome).toBe('drop');
});

test('wsinv: folding, blanks and escapes everywhere do not hide what was meant (3.1.1.1)', () => {
  const { headers, ...message } = understood('wsinv');
  expect(message.kind === 'request' && parseUri(message.uri)).toMatchObject({
    user: 'vivekg',
    host: 'chair-dnrc.example.com',
  });
  expect(headers.to).toMatchObject({ uri: 'sip:vivekg@chair-dnrc.example.com', tag: '1918181833n' });
  expect(headers.from).toMatchObject({
    display: 'J Rosenberg \\"',
    uri: 'sip:jdrosen@example.com',
    tag: '98asjd8',
  });
  expect(headers.vias.map(({ transport, host, branch }) => [transport, host, branch])).toEqual([
    ['UDP', '192.0.2.2', '390skdjuw'],
    ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
    ['UDP', '192.168.255.111', 'z9hG4bK30239'],
  ]);
  expect(headers.cseq).toEqual({ number: 9, method: 'INVITE' });
  expect(headers.maxForwards).toBe(68);
  expect(headers.get('Subject')).toBe('');
  expect(headers.get('NewFangledHeader')).toBe('newfangled value continued newfangled value');
  const [contact] = headers.contacts;
  expect(contact?.display).toBe('Quoted string ""');
  expect([...(contact?.params ?? [])]).toEqual([
    ['newparam', 'newvalue'],
    ['secondparam', null],
    ['q', '0.33'],
  ]);
});

test('intmeth: every character the grammar allows (3.1.1.2)', () => {
  const { headers, ...message } = understood('intmeth');
  expect(message.kind === 'request' && message.method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
  expect(message.kind === 'request' && parseUri(message.uri)).toMatchObject({
    user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
    password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
    host: 'example.com',
  });
  expect(headers.from.params.get("fromparam''~+*_!.-%")).toBe('"работающий"');
  expect(headers.from.tag).toBe("_token~1'+`*%!-.");
  expect(headers.get("extensionHeader-!.%*+_`'~")).toBe('\ufeff大停電');
});

test('intmeth with the NUL of the RFC is refused: no NUL gets past the edge', () => {
  const text = torture('intmeth').toString('latin1').replace('BEL:', 'NUL:\\\0 BEL:');
  expect(parseMessage(Buffer.from(text, 'latin1'))).toMatchObject({
    outcome: 'refuse',
    reason: 'NUL In Header',
  });
});

test('esc02: an escape is no other spelling of a method or header (3.1.1.5)', () => {
  const message = understood('esc02');
  expect(message.kind === 'request' && message.method).toBe('RE%47IST%45R');
  expect(message.headers.contacts.map(({ uri }) => uri)).toEqual([
    'sip:alias1@host1.example.com',
    'sip:alias3@host3.example.com',
  ]);
});

test('dblreq: octets behind the body of a datagram are ignored (3.1.1.8)', () => {
  expect(understood('dblreq')).toMatchObject({ method: 'REGISTER', body: { length: 0 } });
});

test('semiuri: a semicolon in the user part begins no parameter (3.1.1.9)', () => {
  const message = understood('semiuri');
  expect(message.kind === 'request' && parseUri(message.uri)).toMatchObject({
    user: 'user;par=u%40example.net',
    host: 'example.com',
  });
});

test('cparam01 and 02: brackets decide whose the parameter is (3.3.14)', () => {
  const bare = understood('cparam01').headers.contacts[0];
  expect([bare?.uri, bare?.params.has('unknownparam')]).toEqual(['sip:+19725552222@gw1.example.net', true]);
  const bracketed = understood('cparam02').headers.contacts[0];
  expect([bracketed?.uri, bracketed?.params.size]).toEqual([
    'sip:+19725552222@gw1.example.net;unknownparam',
    0,
  ]);
});

test('unreason and noreason: a reason phrase may be UTF-8 or nothing (3.1.1.12, 13)', () => {
  expect(understood('unreason')).toMatchObject({
    status: 200,
    reason: '= 2**3 * 5**2 но сто девяносто девять - простое',
  });
  expect(understood('noreason')).toMatchObject({ status: 100, reason: '' });
});

test('a body of many octets is not touched (mpart01, 3.1.1.11)', () => {
  const body = Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 256));
  const head = Buffer.from(
    [
      'MESSAGE sip:kumiko@example.org SIP/2.0',
      'Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee',
    ]
      .concat([
        'Max-Forwards: 70',
        'To: <sip:kumiko@example.org>',
        'From: <sip:fluffy@example.com>;tag=2fb0dcc9',
      ])
      .concat([
        'Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5',
        'CSeq: 1 MESSAGE',
        'Content-Type: multipart/mixed;boundary=7a9c',
      ])
      .concat(['Content-Length: 1024', '', ''])
      .join('\r\n'),
  );
  const result = parseMessage(Buffer.concat([head, body]));
  expect(result.outcome === 'ok' && Buffer.from(result.message.body).equals(body)).toBe(true);
  expect(result.outcome === 'ok' && serialise(result.message).equals(Buffer.concat([head, body]))).toBe(true);
});
