// Our own API over a real socket: who may do what, and what strangers and broken clients run into.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signedInSchema } from '../../app/contract/access.ts';
import { errorSchema } from '../../app/contract/common.ts';
import { apiPrefix, operations, type Operation } from '../../app/contract/operations.ts';
import { sessionMadeSchema } from '../../app/contract/sessions.ts';
import { sessionId } from '../../app/domain/ids.ts';
import { until } from '../support/until.ts';
import { sessionOf } from './fake-core.ts';
import { demoPassword, openFrontDoor, type FrontDoor } from './front-door.ts';
import { apiOf, clientOf, codeOf, type Call } from './http-client.ts';

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

const api = (method: string, path: string, call?: Call) => clientOf(door.url)(method, path, call);
/** `as`: with the token of this demo account. */
const v1 = (method: string, path: string, { as, ...call }: Call & { as?: string } = {}) =>
  apiOf(door.url)(method, path, { ...call, ...(as !== undefined && { token: tokens[as] }) });

const link = (queueId = 'default') => door.auth.makeLink({ queueId });
async function newSession() {
  const answer = await v1('POST', '/sessions', { body: { link: link() } });
  return sessionMadeSchema.parse(answer.json);
}

describe('who may do what', () => {
  const routes = () =>
    door.app.routers.flatMap((router) => router.stack).filter(({ methods }) => methods.length > 0);
  const open = new Set(['GET /health/live', 'GET /health/ready', 'GET /metrics']);
  const listed = new Map<string, Operation>(
    Object.values(operations as Record<string, Operation>).map((operation) => [
      `${operation.method} ${apiPrefix}${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      operation,
    ]),
  );

  it('every route is in the table of operations, or is one of three that anybody may see', () => {
    const found = routes().map(
      ({ methods, path }) => `${methods.filter((method) => method !== 'HEAD').join()} ${String(path)}`,
    );
    expect(found.length).toBeGreaterThan(25);
    expect(found.filter((route) => !listed.has(route) && !open.has(route))).toEqual([]);
    expect([...listed.keys()].filter((route) => !found.includes(route))).toEqual([]);
  });

  it('every route refuses every role that is not listed for it, and a forged, a foreign and an expired token', async () => {
    const customer = (await newSession()).token;
    const bearers: Record<string, string> = {
      customer,
      agent: tokens['1001'] ?? '',
      supervisor: tokens['supervisor'] ?? '',
      admin: tokens['admin'] ?? '',
    };
    const tampered = `${tokens['admin']?.slice(0, -2) ?? ''}AA`;
    const ticket = door.auth.makeTicket({ sessionId: randomUUID(), queueId: 'default' });
    let checked = 0;
    for (const [route, { access, method }] of listed) {
      if (access === 'public') continue;
      const path = (route.split(' ')[1] ?? '')
        .replace(':sessionId', randomUUID())
        .replace(':agentId', '1001');
      for (const [role, token] of Object.entries(bearers)) {
        if ((access as readonly string[]).includes(role)) continue;
        const answer = await api(method, path, { token });
        expect([answer.status, codeOf(answer)], `${role} ${route}`).toEqual([403, 'forbidden']);
        checked += 1;
      }
      for (const token of [undefined, tampered, ticket, link(), 'x.y', '']) {
        const answer = await api(method, path, token === undefined ? {} : { token });
        expect([answer.status, codeOf(answer)], `${token ?? 'nobody'} ${route}`).toEqual([
          401,
          'unauthenticated',
        ]);
      }
    }
    expect(checked).toBeGreaterThan(50);
    expect(door.core.inputs.filter(({ kind }) => kind !== 'customer.request')).toEqual([]);
  });
});

describe('a token', () => {
  it('ends after half an hour, cannot be renewed then, and a shift is not for ever', async () => {
    const token = await door.token('1002');
    door.advance(31 * 60_000);
    expect(codeOf(await v1('GET', '/agents/me', { token }))).toBe('unauthenticated');
    expect(codeOf(await v1('POST', '/token/refresh', { token }))).toBe('unauthenticated');
    let fresh = await door.token('1002');
    let renewals = 0;
    for (; renewals < 100; renewals += 1) {
      door.advance(29 * 60_000);
      const answer = await v1('POST', '/token/refresh', { token: fresh });
      if (answer.status !== 200) break;
      fresh = signedInSchema.parse(answer.json).token;
    }
    door.advance(-(31 + 29 * (renewals + 1)) * 60_000);
    expect(renewals).toBe(33); // sixteen hours
  });
});

describe('bad requests', () => {
  it.each([
    ['no JSON', '{"username":', 'application/json', 400, 'bad_request'],
    ['JSON of another shape', '[1]', 'application/json', 400, 'bad_request'],
    [
      'an unknown member',
      '{"username":"a","password":"b","role":"admin"}',
      'application/json',
      400,
      'bad_request',
    ],
    ['another type', 'username=a', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    [
      'too large',
      JSON.stringify({ username: 'a', password: 'x'.repeat(70_000) }),
      'application/json',
      413,
      'payload_too_large',
    ],
    ['no body', '', 'application/json', 400, 'bad_request'],
  ])('%s', async (_what, body, type, status, code) => {
    const answer = await v1('POST', '/sign-in', { body, headers: { 'Content-Type': type } });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  it('names what is wrong with a field', async () => {
    const answer = await v1('POST', '/agents/me/sign-in', { as: '1001', body: { device: 'fax' } });
    expect(errorSchema.parse(answer.json).error.details).toEqual([
      { path: 'device', message: expect.any(String) as string },
    ]);
  });

  it('answers a body that is too large without waiting for its end', async () => {
    const { hostname, port } = new URL(door.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      'POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    for (let count = 0; count < 6; count += 1) socket.write(chunk);
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('answers unknown paths, ids and methods in the same shape', async () => {
    const cases = [
      [await v1('GET', '/nothing'), 404, 'not_found'],
      [await api('GET', '/nothing'), 404, 'not_found'],
      [await api('GET', '/%ff'), 404, 'not_found'],
      [await v1('GET', '/calls/%ff', { as: 'supervisor' }), 404, 'not_found'],
      [await v1('GET', '/calls/not-a-uuid', { as: 'supervisor' }), 404, 'not_found'],
      [await v1('GET', `/calls/${randomUUID()}`, { as: 'supervisor' }), 404, 'unknown_session'],
      [await v1('GET', '/calls?limit=1000', { as: 'supervisor' }), 400, 'bad_request'],
      [await v1('GET', '/calls?order=asc', { as: 'supervisor' }), 400, 'bad_request'],
      [await v1('DELETE', '/queues', { as: 'supervisor' }), 405, 'method_not_allowed'],
      [await v1('GET', '/sign-in'), 405, 'method_not_allowed'],
    ] as const;
    for (const [answer, status, code] of cases)
      expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });
});

describe('health, pages and what is not said', () => {
  it('is ready when every part is, and names those that are not', async () => {
    expect((await api('GET', '/health/live')).json).toEqual({ status: 'live' });
    expect((await api('GET', '/health/ready')).status).toBe(200);
    door.probes['janus'] = () => ({ up: false, detail: 'gone' });
    door.probes['media'] = () => Promise.reject(new Error('refused'));
    const answer = await api('GET', '/health/ready');
    delete door.probes['janus'];
    delete door.probes['media'];
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({
      down: ['janus', 'media'],
      parts: { database: { up: true }, media: { detail: 'refused' } },
    });
    expect((await api('GET', '/metrics')).status).toBe(200);
  });

  it('serves pages and files of the built folder only, with a strict policy', async () => {
    const page = await api('GET', `/c/${link()}`);
    expect([page.status, page.text]).toEqual([200, '<!doctype html><title>customer</title>']);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self';/);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const script = await api('GET', '/customer-ABCD2345.js');
    expect(script.headers.get('cache-control')).toContain('immutable');
    for (const path of [
      '/../cordboard.sqlite',
      '/%2e%2e/cordboard.sqlite',
      '/..%2fcordboard.sqlite',
      '/web/customer.html',
    ]) {
      expect((await api('GET', path)).status, path).toBe(404);
    }
  });

  it('writes neither numbers nor tokens nor passwords into the log', async () => {
    door.core.sessionsById.set(sessionId('x'), {
      ...sessionOf(sessionId('x')),
      customerNumber: '+4915123451234',
    });
    await api('GET', `/c/${link()}`);
    await v1('POST', '/sign-in', { body: { username: '1001', password: demoPassword } });
    await until('requests are logged', () => door.logged.some((line) => line.includes('"msg":"request"')));
    const all = door.logged.join('\n');
    expect(all).not.toContain(demoPassword);
    expect(all).not.toContain('4915123451234');
    expect(all).not.toContain(tokens['admin'] ?? 'no token');
    expect(all).not.toMatch(/eyJ[\w-]{10}/);
    door.core.sessionsById.delete(sessionId('x'));
  });
});
