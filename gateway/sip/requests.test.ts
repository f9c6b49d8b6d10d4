// REGISTER and INVITE as the edge works on them, without a SIP server: what only timing or a failing outside shows.

import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { Directory } from '../../app/ports/directory.ts';
import type { SwitchChoice } from '../../app/ports/media.ts';
import type { Registration, Registrations } from '../../app/ports/registrations.ts';
import type { Trunking } from '../../app/ports/trunking.ts';
import { MemoryEdgeCalls } from '../../test/support/memory-edge-calls.ts';
import { Authentication } from './authentication.ts';
import { digestResponse } from './digest.ts';
import { Guard } from './guard.ts';
import { InviteRequests } from './invite-requests.ts';
import { ProxiedCalls } from './proxied-calls.ts';
import { RegisterRequests } from './register-requests.ts';
import { Trunks } from './trunks.ts';
import { ProxyFailure, type EdgeRequest } from './edge-request.ts';

const realm = 'cordboard';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

class FakeRegistrations implements Registrations {
  rows: Registration[] = [];
  /** Every look takes a turn of the event loop, as a database's does. */
  of = async (address: string): Promise<readonly Registration[]> => {
    const found = this.rows.filter((row) => row.address === address);
    await new Promise((resolve) => setImmediate(resolve));
    return found;
  };
  all = async (): Promise<readonly Registration[]> => this.rows;
  save = async (row: Registration): Promise<void> => {
    await this.remove(row.address, row.contact);
    this.rows.push(row);
  };
  remove = async (address: string, contact: string): Promise<void> => {
    this.rows = this.rows.filter((row) => row.address !== address || row.contact !== contact);
  };
  removeExpired = async (): Promise<readonly Registration[]> => [];
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

let now: number;
let registrations: FakeRegistrations;
let lookedUp: string[];
let silent: string[];
let registers: RegisterRequests;
let invites: InviteRequests;
let guard: Guard;

beforeEach(async () => {
  now = 1_800_000_000_000;
  [registrations, lookedUp, silent] = [new FakeRegistrations(), [], []];
  const directory: Directory = {
    queues: async () => [],
    agents: async () => [],
    sipCredentials: async (username) => {
      lookedUp.push(username);
      return username === '1001'
        ? { username, agentId: '1001', ha1: md5(`1001:${realm}:secret`) }
        : undefined;
    },
  };
  const common = { realm, nonceKey: Buffer.alloc(32, 7), directory, registrations, now: () => now, log };
  guard = new Guard({ isTrusted: () => false, now: () => now, log });
  const authentication = new Authentication({ ...common, guard, wrongAnswerMs: 0 });
  registers = new RegisterRequests({ ...common, authentication, onRegistered: async () => undefined });
  const trunking: Trunking = {
    trunks: async () => [],
    outboundRoutes: async () => [],
    numbering: async () => ({ countryCode: '49', internationalPrefix: '00', nationalPrefix: '0' }),
    inboundNumber: async () => undefined,
  };
  const trunks = new Trunks({
    trunking,
    key: common.nonceKey,
    ask: async () => undefined,
    qualifyEveryMs: 60_000,
    log,
  });
  const switches: SwitchChoice = {
    addresses: ['192.0.2.1:5080', '192.0.2.2:5080'],
    forNewCall: (session) => (session === 'lost' ? undefined : '192.0.2.2:5080'),
    coreOf: () => 'core-1',
  };
  invites = new InviteRequests({
    ...common,
    trunking,
    trunks,
    outbound: {
      isInner: () => false,
      answer: async () => Promise.reject(new Error('nobody calls out here')),
      answerInner: async () => Promise.reject(new Error('nobody hunts here')),
    },
    authentication,
    switches,
    verifyTicket: (ticket) => ({ sessionId: ticket, queueId: 'sales' }),
    onSilence: async (address) => void silent.push(address),
    calls: new ProxiedCalls({ say: () => undefined, kept: new MemoryEdgeCalls(), switches }),
  });
});

const fakeRequest = (
  parts: Partial<EdgeRequest> & { readonly headers?: Readonly<Record<string, string>> },
): EdgeRequest & { readonly answers: Answer[] } => {
  const answers: Answer[] = [];
  const { headers = {}, ...rest } = parts;
  return {
    method: 'REGISTER',
    callId: 'c',
    cseq: 1,
    source: { address: '203.0.113.9', port: 5062, protocol: 'udp' },
    header: (name) => headers[name],
    headerNames: [],
    toUser: '1001',
    fromUser: '1001',
    requestUser: '',
    requestUri: 'sip:192.0.2.9',
    contacts: [],
    respond: (status, options) => void answers.push({ status, headers: options?.headers ?? {} }),
    confirm: () => void answers.push({ status: 200, headers: {} }),
    proxy: async () => ({ status: 200 }),
    answers,
    ...rest,
  };
};

const credentials = (challenge: string, { user = '1001', password = 'secret', nc = 1 } = {}): string => {
  const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? '';
  const given = {
    username: user,
    realm,
    nonce,
    uri: 'sip:x',
    qop: 'auth',
    nc: nc.toString(16).padStart(8, '0'),
    cnonce: 'c',
  };
  const response = digestResponse(given, 'REGISTER', md5(`${user}:${realm}:${password}`));
  return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="sip:x", qop=auth, nc=${given.nc}, cnonce="c", response="${response}"`;
};
const challenged = async (source?: EdgeRequest['source']): Promise<string> => {
  const request = fakeRequest(source ? { source } : {});
  if (guard.admits(request)) await registers.answer(request);
  expect(request.answers.map(({ status }) => status)).toEqual([401]);
  return request.answers[0]?.headers['WWW-Authenticate'] ?? '';
};
const registering = async (
  challenge: string,
  parts: Parameters<typeof credentials>[1] & Partial<EdgeRequest>,
): Promise<number | undefined> => {
  const request = fakeRequest({ ...parts, headers: { Authorization: credentials(challenge, parts) } });
  if (guard.admits(request)) await registers.answer(request);
  expect(request.answers).toHaveLength(1);
  return request.answers[0]?.status;
};

test('two REGISTERs of one address at once are worked on one after the other', async () => {
  const challenge = await challenged();
  const contacts = Array.from({ length: 9 }, (_, at) => [{ uri: `sip:1001@10.0.0.${at}`, params: {} }]);
  const statuses = await Promise.all(
    contacts.map((one, at) => registering(challenge, { nc: at + 1, callId: `c${at}`, contacts: one })),
  );
  // The ninth sees the eight before it: at most eight are ever bound.
  expect(statuses).toEqual([...Array<number>(8).fill(200), 403]);
  expect(registrations.rows).toHaveLength(8);
});

test('a REGISTER that fails in the database fails alone, and the next one is worked on', async () => {
  const challenge = await challenged();
  const { save } = registrations;
  const one = { contacts: [{ uri: 'sip:1001@10.0.0.1', params: {} }] };
  registrations.save = async () => Promise.reject(new Error('locked'));
  const failing = registering(challenge, one);
  const next = registering(challenge, { ...one, nc: 2, callId: 'd' });
  await expect(failing).rejects.toThrow('locked');
  registrations.save = save;
  await expect(next).resolves.toBe(200);
});

test('wrong user and wrong password hear the same and cost the same', async () => {
  const challenge = await challenged();
  expect(await registering(challenge, { user: '1001', password: 'guess' })).toBe(403);
  expect(await registering(challenge, { user: 'nobody', password: 'guess', nc: 2 })).toBe(403);
  expect(lookedUp).toEqual(['1001', 'nobody']);
});

test('a banned source hears 403 without a look at the directory, until the ban ends; proven flows go on', async () => {
  const proven = { address: '203.0.113.9', port: 40_000, protocol: 'udp' };
  expect(await registering(await challenged(proven), { source: proven })).toBe(200);
  const challenge = await challenged();
  for (let guess = 1; guess <= 20; guess++)
    expect(await registering(challenge, { password: 'guess', nc: guess })).toBe(403);
  lookedUp.length = 0;
  const banned = fakeRequest({});
  expect(guard.admits(banned)).toBe(false);
  expect([banned.answers, lookedUp]).toEqual([[{ status: 403, headers: {} }], []]);
  expect(await registering(await challenged(proven), { source: proven, callId: 'd' })).toBe(200);
  now += 5 * 60_000;
  expect(await registering(await challenged(), { callId: 'e' })).toBe(200);
});

test('a proven flow that guesses is proven no more', async () => {
  const challenge = await challenged();
  expect(await registering(challenge, {})).toBe(200);
  for (let guess = 2; guess <= 21; guess++)
    expect(await registering(challenge, { user: '1002', password: 'guess', nc: guess })).toBe(403);
  expect(await registering(challenge, { nc: 22, callId: 'd' })).toBe(403);
});

const fromSwitch = { address: '192.0.2.1', port: 5080, protocol: 'udp' };
const ring = (proxy: EdgeRequest['proxy']): ReturnType<typeof fakeRequest> => {
  registrations.rows = ['a', 'b'].map((host) => ({
    address: '1001',
    contact: `sip:1001@${host}`,
    flow: `udp:${host}:5060`,
    callId: host,
    cseq: 1,
    userAgent: '',
    expiresAt: now + 60_000,
  }));
  return fakeRequest({ method: 'INVITE', source: fromSwitch, requestUser: '1001', proxy });
};

test('a call from the switch rings every contact at once; silence at all of them is told, a refusal is not', async () => {
  const tried: (readonly string[])[] = [];
  for (const status of [200, 486, 408, 503]) {
    const request = ring(async (destinations) => {
      tried.push(destinations);
      return { status };
    });
    await invites.answer(request);
    expect(request.answers).toEqual([]);
  }
  expect(tried[0]).toEqual(['sip:1001@a:5060', 'sip:1001@b:5060']);
  expect(silent).toEqual(['1001', '1001']);
});

test.each([
  ['gone', []],
  ['lost', []],
  ['refused', [503]],
] as const)(
  'a call that could not be proxied (%s) is answered %j and is nobody’s bug',
  async (reason, expected) => {
    const request = ring(async () => Promise.reject(new ProxyFailure(reason, 'why')));
    await invites.answer(request);
    expect(request.answers.map(({ status }) => status)).toEqual(expected);
    expect(silent).toEqual([]);
  },
);

test('a bug while proxying is not taken for the outside’s failure', async () => {
  const request = ring(async () => Promise.reject(new TypeError('bug')));
  await expect(invites.answer(request)).rejects.toThrow(TypeError);
});

test('a new call goes to the switch that is chosen for it; where none is well the caller is asked to try again', async () => {
  const tried: (readonly string[])[] = [];
  const call = async (ticket: string): Promise<readonly Answer[]> => {
    const request = fakeRequest({
      method: 'INVITE',
      headers: { 'x-cordboard-ticket': ticket },
      headerNames: ['x-cordboard-ticket'],
      proxy: async (destinations) => {
        tried.push(destinations);
        return { status: 486 };
      },
    });
    await invites.answer(request);
    return request.answers;
  };
  expect(await call('s7')).toEqual([]);
  expect(tried).toEqual([['sip:queue-sales@192.0.2.2:5080']]);
  expect(await call('lost')).toEqual([{ status: 503, headers: { 'Retry-After': '5' } }]);
});
