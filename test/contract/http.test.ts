// Our own API over a real socket: what people may do and what they are told.

import { randomUUID } from 'node:crypto';
import knex from 'knex';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentId, queueId, sessionId } from '../../app/domain/ids.ts';
import { iceServersSchema, linkSchema, signedInSchema } from '../../app/contract/access.ts';
import { callDetailSchema, callPageSchema } from '../../app/contract/calls.ts';
import { sessionMadeSchema } from '../../app/contract/sessions.ts';
import { entryOf, recordOf } from './database-suite.ts';
import { demoPassword, openFrontDoor, type FrontDoor } from './front-door.ts';
import { apiOf, codeOf, type Call } from './http-client.ts';

let door: FrontDoor;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  door = await openFrontDoor();
  for (const name of ['1001', '1002', 'supervisor', 'admin']) tokens[name] = await door.token(name);
});
afterAll(() => door.close());
beforeEach(() => {
  door.core.inputs.length = 0;
  door.core.refusals.clear();
});

/** `as`: with the token of this demo account. */
const v1 = (method: string, path: string, { as, ...call }: Call & { as?: string } = {}) =>
  apiOf(door.url)(method, path, { ...call, ...(as !== undefined && { token: tokens[as] }) });

const link = (queueId = 'default') => door.auth.makeLink({ queueId });
async function newSession(headers: Record<string, string> = {}, body: object = {}) {
  const answer = await v1('POST', '/sessions', { body: { link: link(), ...body }, headers });
  return sessionMadeSchema.parse(answer.json);
}

describe('signing in', () => {
  it('gives a short token with the role, which renews itself', async () => {
    const answer = await v1('POST', '/sign-in', { body: { username: '1001', password: demoPassword } });
    const signedIn = signedInSchema.parse(answer.json);
    expect(signedIn).toMatchObject({ role: 'agent', agentId: '1001', displayName: 'Alice' });
    const renewed = await v1('POST', '/token/refresh', { token: signedIn.token });
    expect(signedInSchema.parse(renewed.json)).toMatchObject({ role: 'agent', username: '1001' });
  });

  it('answers a wrong password and an unknown name alike, and stops both after five', async () => {
    const attempts = async (username: string) => {
      const answers = [];
      for (let time = 0; time < 6; time += 1) {
        answers.push(await v1('POST', '/sign-in', { body: { username, password: 'wrong' } }));
      }
      return answers.map((answer) => [answer.status, codeOf(answer)]);
    };
    const [known, unknown] = [await attempts('1003'), await attempts('nobody')];
    expect(known).toEqual(unknown);
    expect(known.slice(0, 5)).toEqual(Array(5).fill([401, 'wrong_credentials']));
    expect(known[5]).toEqual([429, 'too_many_attempts']);
  });
});

describe('a browser behind a strict firewall', () => {
  it('gets TURN credentials of its own, whoever sits at it; nobody else does', async () => {
    const path = '/ice-servers';
    expect((await v1('GET', path)).status).toBe(401);
    const { token } = door.auth.sessionToken('00000000-0000-4000-8000-000000000001', 'default');
    for (const given of [token, await door.token('1001'), await door.token('supervisor')]) {
      const answer = iceServersSchema.parse((await v1('GET', path, { token: given })).json);
      expect(answer.iceServers).toHaveLength(1);
      expect(answer.iceServers[0]?.urls).toContain('turn:turn.example.org:3478?transport=udp');
      expect(answer.expiresAt).toBeGreaterThan(door.now());
    }
  });
});

describe('a customer', () => {
  it('turns a link into a session, sees it, and hangs up', async () => {
    const made = await newSession({}, { displayName: 'Zoë' });
    expect(made.session).toMatchObject({ state: 'waiting', queueId: 'default', rated: false });
    expect(made.session.place).toBeGreaterThan(0);
    expect(door.core.inputs).toEqual([
      { kind: 'customer.request', sessionId: made.sessionId, queueId: 'default', displayName: 'Zoë' },
    ]);
    const seen = await v1('GET', `/sessions/${made.sessionId}`, { token: made.token });
    expect(seen.json).toEqual(made.session);
    expect((await v1('POST', `/sessions/${made.sessionId}/hang-up`, { token: made.token })).json).toEqual({
      ok: true,
    });
    expect(door.core.view.session(sessionId(made.sessionId))?.state).toBe('ended');
  });

  it('gets the same session for the same Idempotency-Key, also after the floor has forgotten it', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = { link: link() };
    const first = sessionMadeSchema.parse((await v1('POST', '/sessions', { body, headers })).json);
    const again = sessionMadeSchema.parse((await v1('POST', '/sessions', { body, headers })).json);
    expect(again.sessionId).toBe(first.sessionId);
    door.core.sessionsById.delete(sessionId(first.sessionId));
    door.db.journal.append(entryOf(900, [recordOf({ sessionId: sessionId(first.sessionId) })]));
    await door.db.journal.flushed(5_000);
    const late = sessionMadeSchema.parse((await v1('POST', '/sessions', { body, headers })).json);
    expect(late).toMatchObject({ sessionId: first.sessionId, session: { state: 'ended' } });
    expect(door.core.inputs.filter(({ kind }) => kind === 'customer.request')).toHaveLength(1);
    const short = await v1('POST', '/sessions', { body, headers: { 'Idempotency-Key': '1' } });
    expect([short.status, codeOf(short)]).toEqual([400, 'bad_request']);
  });

  it('is told why a link does not open: expired, or none of ours', async () => {
    const expired = door.auth.makeLink({ queueId: 'default', expiresAt: door.now() - 1 });
    const open = async (token: string) => {
      const [view, made] = [
        await v1('GET', `/links/${token}`),
        await v1('POST', '/sessions', { body: { link: token } }),
      ];
      return [view.status, codeOf(view), made.status, codeOf(made)];
    };
    expect(await open(expired)).toEqual([410, 'link_expired', 410, 'link_expired']);
    expect(await open('abc.def')).toEqual([404, 'link_invalid', 404, 'link_invalid']);
    expect(await open(tokens['1001'] ?? '')).toEqual([404, 'link_invalid', 404, 'link_invalid']);
    expect((await v1('GET', `/links/${link('sales')}`)).json).toEqual({
      queueId: 'sales',
      open: true,
      takesCalls: true,
    });
    expect(door.core.inputs).toEqual([]);
  });

  it("is told the floor's refusal with its code", async () => {
    door.core.refusals.set('customer.request', 'queue_full');
    const answer = await v1('POST', '/sessions', { body: { link: link() } });
    expect([answer.status, codeOf(answer)]).toEqual([409, 'queue_full']);
  });

  it("cannot tell somebody else's session from one that does not exist", async () => {
    const [mine, other] = [await newSession(), await newSession()];
    for (const id of [other.sessionId, randomUUID()]) {
      for (const [method, path, body] of [
        ['GET', `/sessions/${id}`, undefined],
        ['POST', `/sessions/${id}/hang-up`, undefined],
        ['POST', `/sessions/${id}/rating`, { stars: 1 }],
      ] as const) {
        const answer = await v1(method, path, { token: mine.token, body });
        expect([answer.status, codeOf(answer)]).toEqual([404, 'unknown_session']);
      }
    }
    expect(door.core.view.session(sessionId(other.sessionId))?.state).toBe('waiting');
  });

  it('gives stars once the call is over; they are stored before she is thanked', async () => {
    const made = await newSession();
    const rate = (stars: unknown) =>
      v1('POST', `/sessions/${made.sessionId}/rating`, { token: made.token, body: { stars } });
    expect(codeOf(await rate(5))).toBe('wrong_state');
    await v1('POST', `/sessions/${made.sessionId}/hang-up`, { token: made.token });
    expect([(await rate(6)).status, (await rate('5')).status]).toEqual([400, 400]);
    expect((await rate(4)).json).toEqual({ ok: true });
    const file = knex({
      client: 'sqlite3',
      connection: { filename: door.databaseFile },
      useNullAsDefault: true,
    });
    expect(await file('ratings').where({ session_id: made.sessionId }).first<object>('stars')).toEqual({
      stars: 4,
    });
    await file.destroy();
  });

  it('waits for a locked database rather than being thanked for nothing', async () => {
    const made = await newSession();
    await v1('POST', `/sessions/${made.sessionId}/hang-up`, { token: made.token });
    const file = knex({
      client: 'sqlite3',
      connection: { filename: door.databaseFile },
      useNullAsDefault: true,
      pool: { min: 1, max: 1 },
    });
    await file.raw('BEGIN EXCLUSIVE');
    let answered = false;
    const rated = v1('POST', `/sessions/${made.sessionId}/rating`, {
      token: made.token,
      body: { stars: 3 },
    }).then((answer) => {
      answered = true;
      return answer;
    });
    for (let count = 0; count < 5; count += 1) {
      expect((await newSession()).session.state).toBe('waiting'); // calls can be made meanwhile
    }
    expect(answered).toBe(false);
    await file.raw('ROLLBACK');
    expect((await rated).status).toBe(200);
    expect(await file('ratings').where({ session_id: made.sessionId }).first<object>('stars')).toEqual({
      stars: 3,
    });
    await file.destroy();
  });
});

describe('an agent', () => {
  it('gives each command as an input of the floor in her own name', async () => {
    const commands: readonly (readonly [string, object?])[] = [
      ['sign-in', { device: 'sip' }],
      ['sign-in', { device: 'browser' }],
      ['ready'],
      ['break', { reason: ' lunch ' }],
      ['answer'],
      ['decline'],
      ['hold'],
      ['resume'],
      ['hang-up'],
      ['sign-out'],
    ];
    for (const [path, body] of commands) {
      expect((await v1('POST', `/agents/me/${path}`, { as: '1001', body })).json, path).toEqual({ ok: true });
    }
    const me = { agentId: '1001' };
    expect(door.core.inputs).toEqual([
      { kind: 'agent.signIn', ...me, device: { kind: 'sip', address: '1001' } },
      { kind: 'agent.signIn', ...me, device: { kind: 'browser', address: 'browser-1001' } },
      { kind: 'agent.ready', ...me },
      { kind: 'agent.break', ...me, reason: 'lunch' },
      { kind: 'agent.answer', ...me },
      { kind: 'agent.decline', ...me },
      { kind: 'agent.hold', ...me },
      { kind: 'agent.resume', ...me },
      { kind: 'agent.hangUp', ...me },
      { kind: 'agent.signOut', ...me },
    ]);
    expect((await v1('GET', '/agents/me', { as: '1001' })).json).toMatchObject({
      agentId: '1001',
      displayName: 'Alice',
    });
  });

  it('ends wrap-up with a note; a repeated key neither stores twice nor ends the next wrap-up', async () => {
    const [first, second] = [sessionId(randomUUID()), sessionId(randomUUID())];
    const wrapUp = (call: Call) => v1('POST', '/agents/me/wrap-up', { as: '1001', ...call });
    const headers = { 'Idempotency-Key': randomUUID() };
    expect(codeOf(await wrapUp({ body: { note: 'early' } }))).toBe('not_in_wrap_up');
    door.core.agent('1001', { activity: 'wrapUp', sessionId: first });
    expect((await wrapUp({ body: { note: 'sold two' }, headers })).json).toEqual({ ok: true });
    expect((await wrapUp({ body: { note: 'sold two' }, headers })).json).toEqual({ ok: true });
    door.core.agent('1001', { activity: 'wrapUp', sessionId: second });
    expect((await wrapUp({ body: { note: 'sold two' }, headers })).json).toEqual({ ok: true });
    expect(codeOf(await wrapUp({ body: { note: 'sold three' }, headers }))).toBe('idempotency_conflict');
    expect(codeOf(await wrapUp({ body: { note: 'x', sessionId: first } }))).toBe('not_in_wrap_up');
    expect(door.core.inputs.filter(({ kind }) => kind === 'agent.finishWrapUp')).toHaveLength(1);
    expect(door.core.view.agent(agentId('1001'))?.activity).toBe('wrapUp');
    door.core.agent('1001', { activity: 'idle' });
  });

  it('is told what she can play', async () => {
    expect((await v1('GET', '/sounds', { as: '1001' })).json).toEqual({
      sounds: [{ soundId: 'chime' }, { soundId: 'tone-beep' }],
    });
  });

  it("sees her own calls with numbers masked, and nobody else's", async () => {
    const mine = recordOf({ endedAt: 1_900_000_000_000, customerName: '+49 151 2345 1234' });
    const other = recordOf({ agentId: agentId('1002'), offers: [] });
    door.db.journal.append(entryOf(1_000, [mine, other]));
    await door.db.journal.flushed(5_000);
    const list = await v1('GET', '/calls?agentId=1002', { as: '1001' });
    const { calls } = callPageSchema.parse(list.json);
    expect(calls.map(({ sessionId: id }) => id)).toContain(mine.sessionId);
    expect(calls.every((call) => call.agentId === '1001')).toBe(true);
    const detail = await v1('GET', `/calls/${mine.sessionId}`, { as: '1001' });
    expect(callDetailSchema.parse(detail.json)).toMatchObject({
      customerNumber: '+49 *** 1234',
      customerName: '+49 *** 1234',
    });
    expect(list.text + detail.text).not.toMatch(/4915123451234|151 2345/);
    expect((await v1('GET', `/calls/${other.sessionId}`, { as: '1001' })).status).toBe(404);
    const full = await v1('GET', `/calls/${mine.sessionId}`, { as: 'supervisor' });
    expect(callDetailSchema.parse(full.json).customerNumber).toBe('+4915123451234');
  });
});

describe('a supervisor', () => {
  it('makes a link that opens, ends a call, signs an agent out', async () => {
    const made = await v1('POST', '/links', {
      as: 'supervisor',
      body: { queueId: 'sales', label: 'Poster', expiresAt: door.now() + 60_000 },
    });
    const { token, url } = linkSchema.parse(made.json);
    expect(url).toBe(`${door.url}/c/${token}`);
    expect((await v1('GET', `/links/${token}`)).json).toMatchObject({ queueId: 'sales', label: 'Poster' });
    expect(codeOf(await v1('POST', '/links', { as: 'supervisor', body: { queueId: 'unknown' } }))).toBe(
      'unknown_queue',
    );
    const id = randomUUID();
    await v1('POST', `/sessions/${id}/end`, { as: 'supervisor' });
    await v1('POST', '/agents/1001/sign-out', { as: 'supervisor' });
    expect(door.core.inputs).toEqual([
      { kind: 'supervisor.endSession', sessionId: id, by: 'supervisor' },
      { kind: 'supervisor.signOutAgent', agentId: '1001', by: 'supervisor' },
    ]);
  });

  it('is told how the queues she looks after did, outgoing calls apart', async () => {
    const queuedAt = door.now();
    const inLine = { queueId: queueId('sales'), queuedAt, source: 'phone' } as const;
    const soon = recordOf({ ...inLine, connectedAt: queuedAt + 4_000, endedAt: queuedAt + 60_000 });
    const late = recordOf({ ...inLine, connectedAt: queuedAt + 24_000, endedAt: queuedAt + 60_000 });
    const out = recordOf({ ...inLine, source: 'outbound', endedAt: queuedAt + 9_000 });
    const gone = { connectedAt: null, agentId: null, ending: 'abandoned_waiting' } as const;
    const early = recordOf({ ...inLine, ...gone, endedAt: queuedAt + 5_000 });
    const tired = recordOf({ ...inLine, ...gone, endedAt: queuedAt + 90_000 });
    door.db.journal.append(entryOf(2_000, [soon, late, out, early, tired]));
    await door.db.journal.flushed(5_000);
    const answer = await v1('GET', `/figures?from=${queuedAt}`, { as: 'supervisor' });
    const queuesOf = ({ json }: { json: unknown }) => (json as { queues: unknown[] }).queues;
    const sales = {
      queueId: 'sales',
      answered: 2,
      answeredInTime: 1,
      abandoned: 2,
      serviceLevel: 1 / 3,
      averageWaitMs: 14_000,
    };
    expect(queuesOf(answer)).toContainEqual(sales);
    const patient = await v1('GET', `/figures?from=${queuedAt}&withinMs=100000`, { as: 'supervisor' });
    expect(queuesOf(patient)).toContainEqual({ ...sales, answeredInTime: 2, serviceLevel: 1 });
    const later = await v1('GET', `/figures?from=${queuedAt + 1}`, { as: 'supervisor' });
    expect(later.text).not.toContain('sales');
    expect(codeOf(await v1('GET', '/figures?from=yesterday', { as: 'supervisor' }))).toBe('bad_request');
  });

  it('lists agents and queues', async () => {
    expect((await v1('GET', '/queues', { as: 'supervisor' })).json).toMatchObject({
      queues: [{ queueId: 'default' }, { queueId: 'sales' }],
    });
    expect((await v1('GET', '/agents', { as: 'supervisor' })).json).toMatchObject({
      agents: [{ agentId: '1001' }, { agentId: '1002' }],
    });
  });
});
