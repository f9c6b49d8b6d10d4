import { expect, test } from 'vitest';
import { challengeFor, credentialsFor, type Challenge } from './digest-answer.ts';

const mufasa = { username: 'Mufasa', password: 'Circle of Life' };
const get = { method: 'GET', uri: '/dir/index.html' };
const rfcNonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
const rfcChallenge = (algorithm: string): string =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${rfcNonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
const part = (name: string, text: string): string | undefined =>
  new RegExp(`${name}="?([^",]+)`).exec(text)?.[1];

// The example of RFC 7616 section 3.9.1.
test.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('the RFC’s own example with %s', (algorithm, response) => {
  const login = { ...mufasa, realm: 'http-auth@example.org' };
  const challenge = challengeFor(rfcChallenge(algorithm), login) as Challenge;
  const answer = credentialsFor(challenge, login, get, cnonce);
  expect(part('response', answer)).toBe(response);
  expect(part('opaque', answer)).toBe('FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS');
});

test('of several challenges the stronger one of our realm is answered; another realm gets nothing', () => {
  const both = `${rfcChallenge('MD5')}, ${rfcChallenge('SHA-256')}`;
  expect(challengeFor(both, mufasa)?.algorithm).toBe('SHA-256');
  expect(challengeFor(both, { ...mufasa, realm: 'elsewhere' })).toBeUndefined();
  const mixed = `Digest realm="a", nonce="1", Digest realm="b", nonce="2"`;
  expect(challengeFor(mixed, { ...mufasa, realm: 'b' })).toMatchObject({
    realm: 'b',
    nonce: '2',
    qop: false,
  });
});

test.each([
  undefined,
  '',
  'Basic realm="x"',
  'Digest realm="x"',
  'Digest realm="x", nonce="n", algorithm=MD5-sess',
  'Digest realm="x", nonce="n", qop="auth-int"',
])('%j is nothing to answer', (header) => {
  expect(challengeFor(header, mufasa)).toBeUndefined();
});
