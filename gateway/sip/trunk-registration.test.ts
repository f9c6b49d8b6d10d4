import { expect, test } from 'vitest';
import { trunkDefaults, type Trunk } from '../../app/ports/trunking.ts';
import type { Answer, OwnRequest } from './server-link.ts';
import { TrunkRegistration, type RegistrationState } from './trunk-registration.ts';

const challenge = 'Digest realm="carrier", nonce="n", qop="auth"';

/** A carrier that answers as told, and a clock that is moved by hand. */
function world(
  trunk: Partial<Trunk> = {},
  answers: readonly ((Partial<Answer> & { headers?: Record<string, string> }) | undefined)[] = [],
) {
  const asked: OwnRequest[] = [];
  const states: string[] = [];
  const waits: number[] = [];
  let wake: (() => void) | undefined;
  const describe = (state: RegistrationState): string =>
    state.at === 'registered' ? `registered ${state.seconds}` : state.at === 'failed' ? state.why : state.at;
  const registration = new TrunkRegistration({
    trunk: {
      ...trunkDefaults,
      name: 'paris',
      destination: 'carrier:5060',
      registers: true,
      registerSeconds: 600,
      outboundLogin: { username: 'u', password: 'p' },
      ...trunk,
    },
    contactUser: 'tabc',
    ask: async (_uri, request) => {
      const answer = answers[asked.length];
      asked.push(request);
      if (!answer) return undefined;
      const { headers = {}, status = 200 } = answer;
      return { status, header: (name) => headers[name], source: { address: '192.0.2.7', port: 5060 } };
    },
    after: (ms, callback) => {
      waits.push(ms);
      wake = callback;
      return () => (wake = undefined);
    },
    chance: () => 0.5,
    onChange: (state) => states.push(describe(state)),
  });
  const round = async (): Promise<void> => {
    wake?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { registration, asked, states, waits, round, sleeps: () => wake !== undefined };
}

test('it proves itself once, is registered for what was granted to its own contact, and asks again in good time', async () => {
  const contacts = '<sip:other@10.0.0.1>;expires=30, <sip:tabc@192.0.2.1>;expires=100';
  const { registration, asked, states, waits, round } = world({}, [
    { status: 401, headers: { 'WWW-Authenticate': challenge } },
    { status: 200, headers: { Contact: contacts } },
    { status: 200, headers: { Expires: '200' } },
  ]);
  await registration.start();
  await round();
  expect(states).toEqual(['registered 100', 'registered 200']);
  expect(waits).toEqual([80_000, 160_000]);
  expect(asked.map(({ headers }) => headers?.['CSeq'])).toEqual(['1 REGISTER', '2 REGISTER', '3 REGISTER']);
  expect(new Set(asked.map(({ headers }) => headers?.['Call-ID'])).size).toBe(1);
  expect(asked.map(({ headers }) => headers?.['Authorization'] !== undefined)).toEqual([false, true, false]);
});

test('a wrong password is not tried again and again', async () => {
  const refusal = { status: 401, headers: { 'WWW-Authenticate': challenge } };
  const { registration, asked, states, waits, round } = world({}, Array(4).fill(refusal));
  await registration.start();
  await round();
  expect(asked).toHaveLength(4);
  expect(states).toEqual(['REGISTER answered 401', 'REGISTER answered 401']);
  expect(waits).toEqual([60_000, 60_000]);
});

test('a carrier that fails is asked ever more seldom, and as late as it says', async () => {
  const { registration, waits, round } = world({}, [
    { status: 503 },
    { status: 408 },
    { status: 500 },
    { status: 503, headers: { 'Retry-After': '90 (maintenance)' } },
    { status: 503, headers: { 'Retry-After': '99999' } },
    { status: 200 },
    { status: 503 },
  ]);
  await registration.start();
  for (let again = 0; again < 6; again++) await round();
  expect(waits).toEqual([2_000, 4_000, 8_000, 90_000, 300_000, 480_000, 2_000]);
});

test('too brief for the carrier: its own least is asked for', async () => {
  const { registration, asked, states, round } = world({ registerSeconds: 60 }, [
    { status: 423, headers: { 'Min-Expires': '300' } },
    { status: 200 },
  ]);
  await registration.start();
  await round();
  expect(asked.map(({ headers }) => headers?.['Expires'])).toEqual(['60', '300']);
  expect(states.at(-1)).toBe('registered 300');
});

test('without a connection to our own server nothing is learnt of the carrier; stopped, it sleeps for good', async () => {
  const { registration, states, waits, sleeps } = world();
  await registration.start();
  expect([states, waits]).toEqual([[], [1_000]]);
  registration.stop();
  expect(sleeps()).toBe(false);
});
