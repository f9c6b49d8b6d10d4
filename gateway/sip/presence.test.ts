import { beforeEach, expect, test } from 'vitest';
import type { Registration, Registrations } from '../../app/ports/registrations.ts';
import { beatsPerCycle, Presence } from './presence.ts';

const registration = (address: string, host = 'a', expiresAt = 1_000_000): Registration => ({
  address,
  contact: `sip:${address}@${host}`,
  flow: `udp:${host}:5060`,
  callId: 'c',
  cseq: 1,
  userAgent: '',
  expiresAt,
});

let rows: Registration[];
let told: string[];
let questions: string[];
let answers: Record<string, number | undefined>;
let errors: unknown[];
let now: number;
let stopped: boolean;
let presence: Presence;

beforeEach(() => {
  [rows, told, questions, answers, errors, now, stopped] = [[], [], [], {}, [], 0, false];
  const registrations: Registrations = {
    of: async (address, at) => rows.filter((row) => row.address === address && row.expiresAt > at),
    all: async (at) => rows.filter((row) => row.expiresAt > at),
    save: async () => undefined,
    remove: async () => undefined,
    removeExpired: async (at) => {
      const gone = rows.filter((row) => row.expiresAt <= at);
      rows = rows.filter((row) => row.expiresAt > at);
      return gone;
    },
  };
  presence = new Presence({
    registrations,
    now: () => now,
    ask: async (uri) => {
      questions.push(uri);
      return uri in answers ? answers[uri] : 200;
    },
    onChange: (address, state) => told.push(`${address} ${state.reachable ? 'reachable' : state.why}`),
    onError: (error) => errors.push(error),
    qualifyEveryMs: 30_000,
    every: (ms) => {
      expect(ms).toBe(30_000 / beatsPerCycle);
      return () => (stopped = true);
    },
  });
});

const beats = async (count: number): Promise<void> => {
  for (let beat = 0; beat < count; beat++) await presence.beat();
};
const silentAt = (host: string, status: number | 'cannot ask' = 408): void => {
  for (const { address, contact } of rows)
    if (contact.endsWith(`@${host}`))
      answers[`sip:${address}@${host}:5060`] = status === 'cannot ask' ? undefined : status;
};

test('at start what is registered is told reachable, and stop ends the beats', async () => {
  rows = [registration('1001'), registration('1002')];
  await presence.start();
  expect(told).toEqual(['1001 reachable', '1002 reachable']);
  presence.stop();
  expect(stopped).toBe(true);
});

test('each contact is asked once in a cycle, and not all on one beat', async () => {
  rows = Array.from({ length: 200 }, (_, at) => registration(`u${at}`));
  await presence.start();
  const perBeat: number[] = [];
  for (let beat = 0; beat < beatsPerCycle; beat++) {
    const before = questions.length;
    await presence.beat();
    perBeat.push(questions.length - before);
  }
  expect(new Set(questions).size).toBe(200);
  expect(questions).toHaveLength(200);
  expect(Math.max(...perBeat)).toBeLessThan(40);
  await beats(beatsPerCycle);
  expect(questions).toHaveLength(400);
});

test('one miss is nothing, the second (asked on the next beat) is unresponsive, an answer is reachable again', async () => {
  rows = [registration('1001')];
  await presence.start();
  silentAt('a');
  for (let beat = 0; questions.length < 1; beat++) await presence.beat();
  expect(told).toEqual(['1001 reachable']);
  await presence.beat();
  expect([questions.length, told]).toEqual([2, ['1001 reachable', '1001 unresponsive']]);
  await beats(beatsPerCycle);
  expect(told).toHaveLength(2);
  silentAt('a', 486);
  await beats(beatsPerCycle);
  expect(told).toEqual(['1001 reachable', '1001 unresponsive', '1001 reachable']);
});

test('one living contact of two keeps the agent reachable', async () => {
  rows = [registration('1001', 'a'), registration('1001', 'b')];
  await presence.start();
  silentAt('a');
  await beats(2 * beatsPerCycle);
  expect(told).toEqual(['1001 reachable']);
  silentAt('b', 503);
  await beats(2 * beatsPerCycle);
  expect(told).toEqual(['1001 reachable', '1001 unresponsive']);
});

test('while nobody can be asked, nobody is blamed', async () => {
  rows = [registration('1001')];
  await presence.start();
  silentAt('a', 'cannot ask');
  await beats(3 * beatsPerCycle);
  expect([questions.length > 0, told]).toEqual([true, ['1001 reachable']]);
});

test('a lapsed registration is told once, and a REGISTER brings the phone back whatever was held against it', async () => {
  rows = [registration('1001', 'a', 5_000)];
  await presence.start();
  silentAt('a');
  await beats(2 * beatsPerCycle);
  now = 5_000;
  await beats(3);
  const back = registration('1001');
  rows = [back];
  presence.heardFrom(back);
  await presence.refresh('1001');
  expect(told).toEqual(['1001 reachable', '1001 unresponsive', '1001 unregistered', '1001 reachable']);
});

test('a call that met silence is half the proof, and the other half is asked for at once', async () => {
  rows = [registration('1001')];
  await presence.start();
  await presence.doubt('1001');
  expect(told).toEqual(['1001 reachable']);
  silentAt('a');
  await presence.doubt('1001');
  expect([questions.length, told]).toEqual([2, ['1001 reachable', '1001 unresponsive']]);
});

test('what was removed behind our back is noticed within a cycle', async () => {
  rows = [registration('1001')];
  await presence.start();
  await presence.beat();
  rows = [];
  await beats(beatsPerCycle);
  expect(told).toEqual(['1001 reachable', '1001 unregistered']);
});

test('a failing database is reported, and the next beat tries again', async () => {
  rows = [registration('1001', 'a', 5_000)];
  await presence.start();
  const { length } = rows;
  Object.defineProperty(rows, 'filter', {
    configurable: true,
    value: () => {
      throw new Error('locked');
    },
  });
  await presence.beat();
  expect(errors).toHaveLength(length);
  rows = [];
  await beats(beatsPerCycle);
  expect(told.at(-1)).toBe('1001 unregistered');
});
