import { expect, test } from 'vitest';
import type { Auth, Principal } from './auth/auth.ts';
import type { FloorView, SessionView } from './domain/floor/view.ts';
import type { Core } from './engine/core.ts';
import { janusSpeakers } from './janus-speakers.ts';

const expiresAt = 1;
const tokens: Record<string, Principal> = {
  customer: { role: 'customer', sessionId: 's1', queueId: 'sales', expiresAt },
  agent: { role: 'agent', username: '1001', agentId: '1001', expiresAt },
  'agent without a seat': { role: 'agent', username: '1009', expiresAt },
  supervisor: { role: 'supervisor', username: 'supervisor', expiresAt },
  admin: { role: 'admin', username: 'admin', expiresAt },
};

/** The speaker behind a token, on a floor with this session (which a test may change). */
function speaker(
  token: string,
  session: { now: Partial<SessionView> | undefined } = { now: { state: 'waiting' } },
) {
  const auth = {
    principal: (given) => tokens[given],
    browserDevicePassword: (agentId) => `password of ${agentId}`,
    makeTicket: ({ sessionId, queueId }) => `ticket for ${sessionId} to ${queueId}`,
  } as Partial<Auth> as Auth;
  const view = {
    session: (id: string) => (id === 's1' ? session.now : undefined),
  } as Partial<FloorView> as FloorView;
  return janusSpeakers(auth, { view } as Partial<Core> as Core)(token);
}

test('an agent registers her browser with a password she never sees', () => {
  expect(speaker('agent')).toEqual({
    role: 'staff',
    name: '1001',
    sip: { username: 'browser-1001', password: 'password of 1001' },
  });
});

test.each(['supervisor', 'admin'])(
  'a %s joins calls from her browser, registered under her user name',
  (name) => {
    expect(speaker(name)).toEqual({
      role: 'staff',
      name,
      sip: { username: `browser-${name}`, password: `password of ${name}` },
    });
  },
);

test('a customer may call the queue of her link, with a fresh ticket', () => {
  const customer = speaker('customer');
  expect(customer).toMatchObject({ role: 'customer', sessionId: 's1', queueId: 'sales' });
  expect(customer).not.toHaveProperty('displayName');
  expect(customer?.role === 'customer' && customer.callTicket()).toBe('ticket for s1 to sales');
});

test('her name is passed on when she gave one', () => {
  expect(speaker('customer', { now: { state: 'waiting', customerName: 'Ada' } })).toMatchObject({
    displayName: 'Ada',
  });
});

test('a session that ends while she sits there gets no more tickets', () => {
  const session: { now: Partial<SessionView> | undefined } = { now: { state: 'talking' } };
  const customer = speaker('customer', session);
  session.now = { state: 'ended' };
  expect(customer?.role === 'customer' && customer.callTicket()).toBeUndefined();
  session.now = undefined;
  expect(customer?.role === 'customer' && customer.callTicket()).toBeUndefined();
});

test.each([
  ['a session that is over', 'customer', { now: { state: 'ended' } as const }],
  ['a session nobody knows', 'customer', { now: undefined }],
  ['a forged token', 'forged', undefined],
  ['an agent without a seat', 'agent without a seat', undefined],
])('%s: no place at Janus', (_, token, session) => {
  expect(speaker(token, session)).toBeUndefined();
});
