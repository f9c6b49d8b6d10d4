import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { iceServersFor, turnCredentialsMs } from './turn.ts';

const secret = 'shared-with-coturn';
const now = Date.UTC(2026, 0, 1);

it('offers UDP before TCP, and TLS as it is', () => {
  const servers = iceServersFor(
    [
      { scheme: 'turn', host: 'turn.example.org', port: 3478, secret },
      { scheme: 'turns', host: '[2001:db8::1]', port: 443, secret },
    ],
    '1001',
    now,
  );
  expect(servers.map(({ urls }) => urls)).toEqual([
    ['turn:turn.example.org:3478?transport=udp', 'turn:turn.example.org:3478?transport=tcp'],
    ['turns:[2001:db8::1]:443'],
  ]);
});

it('names the end of its life and the person, signed with the secret and with nothing else', () => {
  const [server] = iceServersFor([{ scheme: 'turn', host: 'h', port: 1, secret }], '1001', now);
  expect(server?.username).toBe(`${(now + turnCredentialsMs) / 1000}:1001`);
  expect(server?.credential).toBe(
    createHmac('sha1', secret)
      .update(server?.username ?? '')
      .digest('base64'),
  );
  expect(JSON.stringify(server)).not.toContain(secret);
});
