import { expect, test } from 'vitest';
import type { Auth } from './auth/auth.ts';
import { readyMessage } from './ready-message.ts';
import { readySchema } from './supervisor/banner.ts';

const auth = { makeLink: ({ queueId }) => `link-to-${queueId}` } as Partial<Auth> as Auth;
const parts = {
  url: 'https://calls.example',
  auth,
  demoPassword: 'demo-pass-word',
  sip: { host: '127.0.0.1', port: 5060 },
  listening: ['tcp/127.0.0.1:5060', 'tls/127.0.0.1:5061', 'udp/127.0.0.1:5060', 'wss/[::1]:7443'],
};

test('with the demo: a link to the default queue, the agents, a supervisor, and their SIP settings', () => {
  const message = readyMessage({ ...parts, seeded: { demo: true, newAdminPassword: 'shown-once' } });
  expect(message).toEqual(readySchema.parse(message));
  expect(message.customerLink).toBe('https://calls.example/c/link-to-default');
  expect(message.logins.map(({ username, role, password }) => `${username} ${role} ${password}`)).toEqual([
    '1001 agent demo-pass-word',
    '1002 agent demo-pass-word',
    '1003 agent demo-pass-word',
    'supervisor supervisor demo-pass-word',
    'admin admin shown-once',
  ]);
  expect(message.sip).toMatchObject({
    server: '127.0.0.1:5060',
    transports: ['UDP', 'TCP', 'TLS 5061', 'WSS 7443'],
  });
  expect(message.sip.users.map(({ user }) => user)).toEqual(['1001', '1002', '1003', 'supervisor']);
});

test('the administrator’s password is told once: not when the account was there before', () => {
  const { logins } = readyMessage({ ...parts, seeded: { demo: true } });
  expect(logins.map(({ username }) => username)).not.toContain('admin');
});

test('without the demo nothing of it is told', () => {
  const message = readyMessage({ ...parts, seeded: { demo: false } });
  expect(message).toMatchObject({ logins: [], sip: { users: [] } });
  expect(message).not.toHaveProperty('customerLink');
  expect(JSON.stringify(message)).not.toContain(parts.demoPassword);
});
