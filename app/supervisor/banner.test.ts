import { expect, test } from 'vitest';
import { banner, readySchema } from './banner.ts';

const ready = {
  kind: 'ready' as const,
  url: 'http://127.0.0.1:8080',
  customerLink: 'http://127.0.0.1:8080/c/abc',
  logins: [
    { username: '1001', role: 'agent', password: 'aaaaa-bbbbb-ccccc' },
    { username: 'supervisor', role: 'supervisor' },
  ],
  sip: {
    server: '127.0.0.1:5060',
    transports: ['UDP', 'TCP'],
    realm: 'cordboard',
    users: [{ user: '1001', password: 'aaaaa-bbbbb-ccccc' }, { user: '1002' }],
  },
};

test('a person is told where to click, who to be, and what to type into a phone', () => {
  expect(banner(readySchema.parse(ready), '/var/lib/cordboard/log')).toMatchInlineSnapshot(`
    "
    Cordboard is running.

      Customers     http://127.0.0.1:8080/c/abc
      Agents        http://127.0.0.1:8080/agent
      Supervisors   http://127.0.0.1:8080/supervisor

      agent         1001 / aaaaa-bbbbb-ccccc
      supervisor    supervisor / (password set earlier)

      SIP phone     server 127.0.0.1:5060 (UDP, TCP), realm cordboard
                    user 1001, password aaaaa-bbbbb-ccccc
                    user 1002, password (password set earlier)

      Logs are in /var/lib/cordboard/log. Ctrl-C ends everything.
    "
  `);
});

test('without the demo there is no link and no log-in to show', () => {
  const { customerLink: _link, ...rest } = ready;
  const text = banner({ ...rest, logins: [], sip: { ...rest.sip, users: [] } }, 'log');
  expect(text).not.toContain('Customers');
  expect(text).not.toContain('password');
  expect(text).toContain('server 127.0.0.1:5060 (UDP, TCP), realm cordboard');
});

test('a ready message of another shape is refused', () => {
  for (const wrong of [{}, { ...ready, kind: 'up' }, { ...ready, url: undefined }, { ...ready, sip: {} }]) {
    expect(readySchema.safeParse(wrong).success).toBe(false);
  }
});
