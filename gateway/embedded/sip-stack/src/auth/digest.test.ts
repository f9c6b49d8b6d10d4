// Digest values: the examples of the RFCs, round trips, and what is not accepted.
import { expect, test } from 'vitest';
import {
  algorithmOf,
  answerChallenge,
  digestResponse,
  formatAuth,
  ha1,
  parseAuth,
  verifyDigest,
  type AuthValue,
} from './digest.ts';

function parsed(text: string): AuthValue {
  const value = parseAuth(text);
  if (!value) throw new Error(`not understood: ${text}`);
  return value;
}

test('the example of RFC 2617 3.5', () => {
  const credentials = parsed(
    'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", ' +
      'qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
  );
  const secret = ha1('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life');
  expect(verifyDigest(credentials, { ha1: secret, method: 'GET' })).toBe(true);
  expect(verifyDigest(credentials, { ha1: secret, method: 'PUT' })).toBe(false);
  expect(
    verifyDigest(credentials, { ha1: ha1('MD5', 'Mufasa', 'testrealm@host.com', 'x'), method: 'GET' }),
  ).toBe(false);
});

test('the SHA-256 example of RFC 7616 3.9.1', () => {
  const response = digestResponse({
    algorithm: 'SHA-256',
    ha1: ha1('SHA-256', 'Mufasa', 'http-auth@example.org', 'Circle of Life'),
    method: 'GET',
    uri: '/dir/index.html',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    nc: '00000001',
    qop: 'auth',
  });
  expect(response).toBe('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
});

test.each(['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess'])(
  'an answer to a %s challenge is right, and only for its own method',
  (algorithm) => {
    const challenge = parsed(
      `Digest realm="a \\"b\\", c", nonce="n", algorithm=${algorithm}, qop="auth,auth-int", opaque="o"`,
    );
    const answer = answerChallenge(
      challenge,
      { user: 'u', password: 'p', method: 'REGISTER', uri: 'sip:x' },
      'cn',
      3,
    );
    const back = parsed(formatAuth(answer ?? challenge));
    expect(back.params.get('realm')).toBe('a "b", c');
    expect([back.params.get('nc'), back.params.get('opaque')]).toEqual(['00000003', 'o']);
    const known = algorithmOf(challenge) ?? 'MD5';
    const secret = ha1(known, 'u', 'a "b", c', 'p');
    expect(verifyDigest(back, { ha1: secret, method: 'REGISTER' })).toBe(true);
    expect(verifyDigest(back, { ha1: secret, method: 'INVITE' })).toBe(false);
  },
);

test('a challenge without qop is answered without (RFC 2069)', () => {
  const answer = answerChallenge(
    parsed('Digest realm="r", nonce="n"'),
    { user: 'u', password: 'p', method: 'BYE', uri: 'sip:x' },
    'cn',
  );
  expect([...(answer?.params.keys() ?? [])]).toEqual(['username', 'realm', 'nonce', 'uri', 'response']);
  expect(verifyDigest(answer ?? parsed('x y=z'), { ha1: ha1('MD5', 'u', 'r', 'p'), method: 'BYE' })).toBe(
    true,
  );
});

test('what we do not know is not answered and not accepted', () => {
  const who = { user: 'u', password: 'p', method: 'BYE', uri: 'sip:x' };
  expect(answerChallenge(parsed('Basic realm="r"'), who, 'c')).toBeUndefined();
  expect(answerChallenge(parsed('Digest realm="r", nonce="n", algorithm=SHA-1'), who, 'c')).toBeUndefined();
  expect(algorithmOf(parsed('Digest algorithm=constructor'))).toBeUndefined();
  expect(answerChallenge(parsed('Digest realm="r", nonce="n", qop="other"'), who, 'c')).toBeUndefined();
  for (const text of [
    'Digest username="u"',
    'Digest nonce="n", uri="u", response="r", qop=other',
    'Basic response="x", nonce="n", uri="u"',
  ])
    expect(verifyDigest(parsed(text), { ha1: 'x', method: 'BYE' })).toBe(false);
});

test.each(['', 'Digest', 'Digest =x', 'Digest a="1", a="2"', 'Dig est a'])('%j is malformed', (text) => {
  expect(parseAuth(text)).toBeUndefined();
});
