import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Digest, digestResponse, nonceLifetimeMs, parseCredentials, type DigestVerdict } from './digest.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

test('the response is that of RFC 7616 section 3.9.1, and of RFC 2617 section 3.5', () => {
  const common = { username: 'Mufasa', uri: '/dir/index.html', nc: '00000001', qop: 'auth' };
  const rfc7616 = {
    ...common,
    realm: 'http-auth@example.org',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  };
  expect(digestResponse(rfc7616, 'GET', md5('Mufasa:http-auth@example.org:Circle of Life'))).toBe(
    '8ca523f5e9506fed4657c9700eebdbec',
  );
  const rfc2617 = {
    ...common,
    realm: 'testrealm@host.com',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    cnonce: '0a4f113b',
  };
  expect(digestResponse(rfc2617, 'GET', md5('Mufasa:testrealm@host.com:Circle Of Life'))).toBe(
    '6629fae49393a05397450978507c4ef1',
  );
});

test('without qop the response is that of RFC 2069', () => {
  const given = { username: 'u', realm: 'r', nonce: 'n', uri: 'sip:x' };
  expect(digestResponse(given, 'REGISTER', 'ha1')).toBe(md5(`ha1:n:${md5('REGISTER:sip:x')}`));
});

const realm = 'cordboard';
const ha1 = md5(`1001:${realm}:secret`);
const asked: string[] = [];
const ha1Of = async (username: string): Promise<string | undefined> => {
  asked.push(username);
  return username === '1001' ? ha1 : undefined;
};

class Client {
  now = 1_800_000_000_000;
  digest = new Digest(realm, Buffer.alloc(32, 7), () => this.now);
  challenge = this.digest.challenge('192.0.2.7');

  header({
    user = '1001',
    password = 'secret',
    nc = '00000001',
    qop = true,
    realmSaid = realm,
  } = {}): string {
    const nonce = /nonce="([^"]+)"/.exec(this.challenge)?.[1] ?? '';
    const given = {
      username: user,
      realm: realmSaid,
      nonce,
      uri: 'sip:edge',
      ...(qop ? { qop: 'auth', nc, cnonce: 'c' } : {}),
    };
    const response = digestResponse(given, 'REGISTER', md5(`${user}:${realm}:${password}`));
    const counted = qop ? `, qop=auth, nc=${nc}, cnonce="c"` : '';
    return `Digest username="${user}", realm="${realmSaid}", nonce="${nonce}", uri="sip:edge", response="${response}"${counted}`;
  }
  verify(header: string | undefined, source = '192.0.2.7', method = 'REGISTER'): Promise<DigestVerdict> {
    return this.digest.verify({ header, method, source }, ha1Of);
  }
}

const good = { verdict: 'good', username: '1001' };
const wrong = { verdict: 'wrong' };
const fresh = { verdict: 'challenge', stale: false };
const stale = { verdict: 'challenge', stale: true };

test('a challenge offers MD5 with qop, and no two are alike', () => {
  const client = new Client();
  expect(client.challenge).toMatch(/^Digest realm="cordboard", nonce="[\w.-]+", algorithm=MD5, qop="auth"$/);
  expect(client.digest.challenge('192.0.2.7', true)).toMatch(/, stale=true$/);
  expect(client.digest.challenge('192.0.2.7')).not.toBe(client.digest.challenge('192.0.2.7'));
});

test('the right password is good, whatever case the scheme and the blanks are written in', async () => {
  const client = new Client();
  expect(await client.verify(client.header())).toEqual(good);
  expect(await client.verify(client.header({ nc: '00000002' }).replace('Digest ', 'dIgEsT   '))).toEqual(
    good,
  );
});

test('no credentials, none for this realm, another algorithm, no count, and noise: a fresh challenge', async () => {
  const client = new Client();
  const header = client.header();
  for (const odd of [
    undefined,
    '',
    'Basic dTpw',
    client.header({ realmSaid: 'elsewhere' }),
    `${header}, algorithm=SHA-256`,
    header.replace('qop=auth', 'qop=auth-int'),
    header.replace('nc=00000001', 'nc=1'),
    header.replace(', cnonce="c"', ''),
    header.replace(/response="[^"]*"/, ''),
    `${header}${' '.repeat(5_000)}`,
  ])
    expect([odd, await client.verify(odd)]).toEqual([odd, fresh]);
});

test('a wrong password and an unknown user get the same verdict, after the same questions', async () => {
  const client = new Client();
  asked.length = 0;
  expect(await client.verify(client.header({ password: 'guess' }))).toEqual(wrong);
  expect(await client.verify(client.header({ user: 'nobody' }))).toEqual(wrong);
  expect(asked).toEqual(['1001', 'nobody']);
});

test('the method is part of what is proved', async () => {
  const client = new Client();
  expect(await client.verify(client.header(), '192.0.2.7', 'INVITE')).toEqual(wrong);
});

test('a nonce count is good once, and only upwards', async () => {
  const client = new Client();
  const seen = [];
  for (const nc of ['00000001', '00000001', '00000003', '00000002', '0000000a'])
    seen.push((await client.verify(client.header({ nc }))).verdict);
  expect(seen).toEqual(['good', 'challenge', 'good', 'challenge', 'good']);
  expect(await client.verify(client.header())).toEqual(stale);
});

test('without qop a nonce is good for one request', async () => {
  const client = new Client();
  expect(await client.verify(client.header({ qop: false }))).toEqual(good);
  expect(await client.verify(client.header({ qop: false }))).toEqual(stale);
});

test('a nonce ages: stale, so that the phone asks again with the password it has', async () => {
  const client = new Client();
  client.now += nonceLifetimeMs;
  expect(await client.verify(client.header())).toEqual(good);
  client.now += 1;
  expect(await client.verify(client.header({ nc: '00000002' }))).toEqual(stale);
});

test('a nonce outlives a restart, but not its address, another key, or a change', async () => {
  const client = new Client();
  client.digest = new Digest(realm, Buffer.alloc(32, 7), () => client.now);
  expect(await client.verify(client.header())).toEqual(good);
  expect(await client.verify(client.header(), '192.0.2.8')).toEqual(stale);
  expect(await client.verify(client.header().replace('nonce="', 'nonce="1'))).toEqual(stale);
  expect(await client.verify(client.header().replace(/nonce="[^"]*"/, 'nonce="x"'))).toEqual(stale);
  client.digest = new Digest(realm, Buffer.alloc(32, 8), () => client.now);
  expect(await client.verify(client.header({ nc: '00000009' }))).toEqual(stale);
});

test('a made-up nonce costs no look-up of a user and tells nothing about passwords', async () => {
  const client = new Client();
  asked.length = 0;
  for (const password of ['secret', 'guess'])
    expect(
      await client.verify(client.header({ password }).replace(/nonce="[^"]*"/, 'nonce="x.y.z"')),
    ).toEqual(stale);
  expect(asked).toEqual([]);
});

test('a key too short to sign with is refused', () => {
  expect(() => new Digest(realm, Buffer.alloc(31), Date.now)).toThrow(RangeError);
});

test('of several credentials the ones for this realm are taken; commas in quotes divide nothing', () => {
  const other = 'Digest username="x", realm="other", nonce="n1", uri="sip:a", response="r1"';
  const ours = 'Digest username="o\\"h, no", realm="cordboard", nonce="n2", uri="sip:a,b", response="r2"';
  expect(parseCredentials(`${other},${ours}`, realm)).toMatchObject({
    username: 'o\\"h, no',
    nonce: 'n2',
    uri: 'sip:a,b',
  });
  expect(parseCredentials(other, realm)).toBeUndefined();
});
