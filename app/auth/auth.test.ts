import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Account } from '../ports/accounts.ts';
import { createAuth, type Auth } from './auth.ts';
import { hashPassword } from './passwords.ts';

const cost = { N: 16, r: 8, p: 1 };
const signingKey = randomBytes(32);
const minute = 60_000;
let now: number;
let known: Map<string, Account>;
let auth: Auth;

const make = (key = signingKey) =>
  createAuth({
    signingKey: key,
    accounts: { account: async (name) => known.get(name) },
    now: () => now,
    cost,
  });

beforeEach(async () => {
  now = 1_800_000_000_000;
  const passwordHash = await hashPassword('right', cost);
  known = new Map([
    ['1001', { username: '1001', displayName: 'Alice', role: 'agent', agentId: '1001', passwordHash }],
    ['lead', { username: 'lead', displayName: 'Lead', role: 'supervisor', passwordHash }],
  ]);
  auth = await make();
});

async function signedIn(name = '1001'): Promise<string> {
  const answer = await auth.signIn(name, 'right', '192.0.2.1');
  if (answer.outcome !== 'signedIn') throw new Error(answer.outcome);
  return answer.token;
}

describe('a staff token', () => {
  it('says who and in what role, for half an hour', async () => {
    const token = await signedIn();
    expect(auth.principal(token)).toEqual({
      role: 'agent',
      username: '1001',
      agentId: '1001',
      expiresAt: now + 30 * minute,
    });
    now += 30 * minute - 1;
    expect(auth.principal(token)).toBeDefined();
    now += 1;
    expect(auth.principal(token)).toBeUndefined();
  });

  it('is renewed while it is good, until the shift is over', async () => {
    let token = await signedIn('lead');
    const began = now;
    let expiresAt = now + 30 * minute;
    for (let count = 0; count < 100; count += 1) {
      now = expiresAt - minute;
      const renewed = await auth.renew(token);
      if (!renewed || renewed.expiresAt === expiresAt) break;
      ({ token, expiresAt } = renewed);
    }
    expect(expiresAt - began).toBe(16 * 60 * minute);
    now = expiresAt;
    expect(await auth.renew(token)).toBeUndefined();
  });

  it('is not renewed for an account that is gone or has another role', async () => {
    const token = await signedIn();
    known.set('1001', { ...(known.get('1001') as Account), role: 'supervisor' });
    expect(await auth.renew(token)).toBeUndefined();
    known.delete('1001');
    expect(await auth.renew(token)).toBeUndefined();
  });
});

describe('signing in', () => {
  it('refuses a wrong password, an unknown name and other spellings of a known one', async () => {
    for (const [name, password] of [
      ['1001', 'wrong'],
      ['nobody', 'right'],
      ['Lead', 'right'],
      ['1001', ''],
    ] as const) {
      expect(await auth.signIn(name, password, '192.0.2.1')).toEqual({ outcome: 'wrong' });
    }
  });

  it('stops after five failures from one address, for known and unknown names alike, and goes on after five minutes', async () => {
    for (const name of ['1001', 'nobody']) {
      for (let count = 0; count < 5; count += 1) await auth.signIn(name, 'wrong', '192.0.2.1');
      expect(await auth.signIn(name, 'right', '192.0.2.1')).toEqual({
        outcome: 'tooMany',
        retryAfterMs: 5 * minute,
      });
    }
    expect((await auth.signIn('1001', 'right', '192.0.2.2')).outcome).toBe('signedIn');
    now += 5 * minute;
    expect((await auth.signIn('1001', 'right', '192.0.2.1')).outcome).toBe('signedIn');
  });

  it('lets a whole house in that comes back at once: right passwords are no guesses', async () => {
    const { passwordHash } = known.get('1001') as Account;
    const names = Array.from({ length: 200 }, (_, index) => `agent${index}`);
    for (const name of names)
      known.set(name, { username: name, displayName: name, role: 'agent', agentId: name, passwordHash });
    const answers = await Promise.all(names.map((name) => auth.signIn(name, 'right', '192.0.2.7')));
    expect(answers.filter(({ outcome }) => outcome === 'signedIn')).toHaveLength(200);
  });

  it('checks no password for somebody who has left', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => auth.signIn('1001', 'wrong', '192.0.2.8', () => false)),
    );
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['tooMany']));
    expect((await auth.signIn('1001', 'right', '192.0.2.8')).outcome).toBe('signedIn');
  });

  it('counts attempts before it checks them: fifty at once are not fifty guesses', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => auth.signIn('1001', 'wrong', '192.0.2.1')),
    );
    expect(answers.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(5);
  });

  it('does not count what was right', async () => {
    for (let count = 0; count < 200; count += 1)
      expect((await auth.signIn('1001', 'right', '192.0.2.1')).outcome).toBe('signedIn');
  });
});

describe('a value signed for one purpose', () => {
  it('is good for no other', async () => {
    const call = { sessionId: 's', queueId: 'q' };
    const values = {
      staff: await signedIn(),
      session: auth.sessionToken('s', 'q').token,
      ticket: auth.makeTicket(call),
      link: auth.makeLink({ queueId: 'q' }),
    };
    const accepted = Object.entries(values).map(([name, value]) => [
      name,
      auth.principal(value)?.role,
      auth.verifyTicket(value),
      auth.openLink(value).outcome,
    ]);
    expect(accepted).toEqual([
      ['staff', 'agent', undefined, 'invalid'],
      ['session', 'customer', undefined, 'invalid'],
      ['ticket', undefined, call, 'invalid'],
      ['link', undefined, undefined, 'open'],
    ]);
  });

  it('is good under its own signing key only', async () => {
    const other = await make(randomBytes(32));
    expect(other.principal(await signedIn())).toBeUndefined();
    expect(other.verifyTicket(auth.makeTicket({ sessionId: 's', queueId: 'q' }))).toBeUndefined();
    expect(other.browserDevicePassword('1001')).not.toBe(auth.browserDevicePassword('1001'));
    expect((await make()).browserDevicePassword('1001')).toBe(auth.browserDevicePassword('1001'));
  });

  it('does not survive the change of any one of its characters', () => {
    const token = auth.makeLink({ queueId: 'default' });
    let changed = 0;
    for (const [index, letter] of [...token].entries()) {
      const other = token.slice(0, index) + (letter === 'A' ? 'B' : 'A') + token.slice(index + 1);
      // The last character of a 32-byte MAC carries two bits that mean nothing; the text must match all the same.
      expect(auth.openLink(other).outcome, other).toBe('invalid');
      changed += 1;
    }
    expect(changed).toBe(token.length);
  });

  it.each(['', '.', 'a', 'a.b.c', '..', 'ü.ü', `${'a'.repeat(5_000)}.b`, '{}.e30', '\0'])(
    'is not %j',
    (text) => {
      expect(auth.principal(text)).toBeUndefined();
      expect(auth.verifyTicket(text)).toBeUndefined();
      expect(auth.openLink(text)).toEqual({ outcome: 'invalid' });
    },
  );
});

describe('a call ticket', () => {
  it('is one header value, good for a minute', () => {
    const ticket = auth.makeTicket({ sessionId: 's', queueId: 'q' });
    expect(ticket).toMatch(/^[\w-]+\.[\w-]+$/);
    now += minute - 1;
    expect(auth.verifyTicket(ticket)).toEqual({ sessionId: 's', queueId: 'q' });
    now += 1;
    expect(auth.verifyTicket(ticket)).toBeUndefined();
  });
});

describe('a customer link', () => {
  it('carries queue, label and expiry, and says when it is too late', () => {
    const terms = { queueId: 'sales', label: 'Poster 王', expiresAt: now + 10 };
    const link = auth.makeLink(terms);
    expect(auth.openLink(link)).toEqual({ outcome: 'open', terms });
    now += 10;
    expect(auth.openLink(link)).toEqual({ outcome: 'expired' });
  });

  it('gives one session id per idempotency key, and another under another link', () => {
    const id = auth.sessionIdFor('link', 'key');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(auth.sessionIdFor('link', 'key')).toBe(id);
    expect(auth.sessionIdFor('link2', 'key')).not.toBe(id);
  });
});
