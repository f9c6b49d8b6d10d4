import { beforeEach, expect, test } from 'vitest';
import { Bans } from './bans.ts';
import type { EdgeRequest } from './edge-request.ts';
import { Guard } from './guard.ts';
import { RateLimit } from './rate-limit.ts';
import { Strikes } from './strikes.ts';

const minute = 60_000;
let now: number;
let guard: Guard;
let trusted: string[];
beforeEach(() => {
  now = 1_800_000_000_000;
  trusted = [];
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  guard = new Guard({ isTrusted: (address) => trusted.includes(address), now: () => now, log });
});

interface Asked {
  readonly address?: string;
  readonly port?: number;
  readonly headers?: Readonly<Record<string, string>>;
}
const request = ({ address = '203.0.113.9', port = 5060, headers = {} }: Asked = {}) => {
  const answers: number[] = [];
  const asked = {
    method: 'REGISTER',
    source: { address, port, protocol: 'udp' },
    header: (name: string) => headers[name],
    respond: (status: number) => void answers.push(status),
  } as unknown as EdgeRequest;
  return { asked, answers };
};
/** `admitted`, or the status of the refusal. */
const ask = (asked?: Asked): string => {
  const made = request(asked);
  return guard.admits(made.asked) ? 'admitted' : String(made.answers);
};
const reasons = (): readonly string[] => guard.bans().map(({ source, reason }) => `${source} ${reason}`);

test.each([
  { 'User-Agent': 'friendly-scanner' },
  { 'User-Agent': 'sipvicious v0.3.4' },
  { 'User-Agent': 'sipcli/v1.8' },
  { 'User-Agent': 'VaxSIPUserAgent/3.5' },
  { From: '"sipvicious"<sip:100@1.1.1.1>;tag=1' },
])('a scanner that says so (%j) is banned at its first word', (headers) => {
  expect(ask({ headers })).toBe('403');
  expect(ask()).toBe('403');
  expect(reasons()).toEqual(['203.0.113.9 scanner']);
  expect(ask({ address: '203.0.113.10' })).toBe('admitted');
});

test.each([
  'Yealink SIP-T46S 66.86.0.15',
  'Cisco/SPA504G',
  'baresip v1.0.0',
  'Zoiper v2.10',
  'Linphone/5',
  'snom870',
  '',
])('a phone called %j is no scanner', (name) => {
  expect(ask({ headers: { 'User-Agent': name } })).toBe('admitted');
});

test('whoever asks for twenty users and is none of them is banned; an office whose phones prove themselves is not', () => {
  for (let user = 100; user < 119; user++) guard.challenged(request().asked, String(user));
  guard.challenged(request().asked, '100');
  expect(ask()).toBe('admitted');
  guard.challenged(request().asked, '119');
  expect([ask(), reasons()]).toEqual(['403', ['203.0.113.9 guessing users']]);
  const office = '198.51.100.1';
  for (let user = 100; user < 200; user++) {
    const { asked } = request({ address: office, port: user });
    guard.challenged(asked, String(user));
    guard.proved(asked, String(user));
  }
  expect(ask({ address: office, port: 9 })).toBe('admitted');
});

test('too many requests are turned away one by one, a flood for good; a proven flow beside it is not', () => {
  guard.proved(request({ port: 1 }).asked, '1001');
  const answers = Array.from({ length: 61 }, () => ask());
  expect(new Set(answers.slice(0, 60))).toEqual(new Set(['admitted']));
  expect(answers[60]).toBe('503');
  now += 1_000;
  expect(ask()).toBe('admitted');
  for (let more = 0; more < 1_100; more++) ask();
  expect([ask(), reasons()]).toEqual(['403', ['203.0.113.9 too many requests']]);
  expect(ask({ port: 1 })).toBe('admitted');
});

test('a ban ends by itself or is lifted; each one is twice as long as the one before, up to a day', () => {
  const bans = new Bans();
  const lengths: number[] = [];
  for (let times = 0; times < 12; times++) {
    const ban = bans.ban('a', 'scanner', now);
    lengths.push(((ban?.until ?? 0) - now) / minute);
    expect(bans.ban('a', 'scanner', now)).toBeUndefined();
    now = ban?.until ?? 0;
    expect(bans.isBanned('a', now - 1)).toBe(true);
    expect(bans.isBanned('a', now)).toBe(false);
  }
  expect(lengths).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440, 1440]);
  now += 24 * 60 * minute;
  expect(bans.ban('a', 'scanner', now)?.until).toBe(now + 5 * minute);
  expect(bans.lift('a', now)).toBe(true);
  expect([bans.lift('a', now), bans.list(now)]).toEqual([false, []]);
});

test('the switch, trunks and networks somebody vouches for are never limited and never banned', () => {
  trusted.push('203.0.113.9');
  for (let times = 0; times < 500; times++) {
    guard.wrongPassword(request().asked);
    guard.challenged(request().asked, String(times));
    expect(ask({ headers: { 'User-Agent': 'friendly-scanner' } })).toBe('admitted');
  }
  expect(guard.bans()).toEqual([]);
});

test('strikes count within their time, and different things once each', () => {
  const strikes = new Strikes({ strikes: 3, withinMs: 1_000, sources: 2 });
  expect([strikes.strike('a', 0), strikes.strike('a', 999), strikes.strike('a', 1_000)]).toEqual([
    false,
    false,
    false,
  ]);
  expect([strikes.strike('b', 0, 'x'), strikes.strike('b', 0, 'x'), strikes.strike('b', 0, 'y')]).toEqual([
    false,
    false,
    false,
  ]);
  expect(strikes.strike('b', 0, 'z')).toBe(true);
  // Two sources are remembered; the one longest silent is forgotten.
  strikes.strike('c', 0);
  strikes.strike('d', 0);
  strikes.strike('c', 0);
  strikes.strike('e', 0);
  expect(strikes.strike('c', 0)).toBe(true);
});

test('a clock that jumps back gives nothing away', () => {
  const rate = new RateLimit(2);
  expect([rate.take(1_000), rate.take(1_000), rate.take(500), rate.take(1_000)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([rate.waitMs(1_000), rate.take(1_500)]).toEqual([500, true]);
});
