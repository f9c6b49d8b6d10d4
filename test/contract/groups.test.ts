// Supervisors of a group see and act upon their queues, by HTTP and by their socket alike; an administrator says which these are.

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { agentId, legId, queueId, sessionId, type SessionId } from '../../app/domain/ids.ts';
import type { Batch, Snapshot } from '../../app/contract/socket.ts';
import { until } from '../support/until.ts';
import { entryOf, recordOf } from './database-suite.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';
import { apiOf, codeOf } from './http-client.ts';
import {
  codeOf as ackCode,
  connectClient,
  disconnectClients,
  got,
  last,
  type Client,
} from './socket-client.ts';

let door: FrontDoor;
let supervisor: string;
let admin: string;
let calls: Record<'default' | 'sales', SessionId>;

beforeEach(async () => {
  door = await openFrontDoor({ batchMs: 10 });
  [supervisor, admin] = [await door.token('supervisor'), await door.token('admin')];
  calls = { default: sessionId(randomUUID()), sales: sessionId(randomUUID()) };
  door.core.agent('1002', { queues: [queueId('sales')] });
  for (const queue of ['default', 'sales'] as const)
    door.core.session(calls[queue], { queueId: queueId(queue), customerNumber: `+4930${queue}` });
});
afterEach(async () => {
  disconnectClients();
  await door.close();
});

const ask = (method: string, path: string, body?: object, token = supervisor) =>
  apiOf(door.url)(method, path, { token, ...(body && { body }) });
const assign = (queues: unknown, username = 'supervisor') =>
  ask('POST', `/supervisors/${username}/queues`, { queues: queues as string[] }, admin);
const board = async (): Promise<Client> => {
  const page = connectClient(`${door.url}/supervisor`, supervisor);
  await got(page, 'snapshot');
  return page;
};
const queued = (id: SessionId, queue: string) =>
  ({ kind: 'session.queued', sessionId: id, queueId: queueId(queue), priority: 0 }) as const;

it('looks after every queue until an administrator says which; only she may, and only queues there are', async () => {
  const listed = async () => (await ask('GET', '/supervisors', undefined, admin)).json;
  expect(await listed()).toEqual({
    supervisors: [{ username: 'supervisor', displayName: 'Supervisor', queues: 'all' }],
  });
  for (const token of [supervisor, await door.token('1001')]) {
    expect((await ask('GET', '/supervisors', undefined, token)).status).toBe(403);
    expect((await ask('POST', '/supervisors/supervisor/queues', { queues: 'all' }, token)).status).toBe(403);
  }
  expect(codeOf(await assign(['nowhere']))).toBe('unknown_queue');
  expect(codeOf(await assign(['sales'], '1001'))).toBe('not_found');
  for (const none of ['some', []]) expect(codeOf(await assign(none))).toBe('bad_request');
  expect((await assign(['sales'])).status).toBe(200);
  expect(await listed()).toMatchObject({ supervisors: [{ queues: ['sales'] }] });
  expect((await assign('all')).status).toBe(200);
  expect(await listed()).toMatchObject({ supervisors: [{ queues: 'all' }] });
});

it('lists the queues, agents and calls of her group, and makes links into its queues', async () => {
  const records = (['default', 'sales'] as const).map((queue) => recordOf({ queueId: queueId(queue) }));
  door.db.journal.append(entryOf(9_000, records));
  await door.db.journal.flushed(5_000);
  await assign(['sales']);
  expect((await ask('GET', '/queues')).json).toMatchObject({ queues: [{ queueId: 'sales' }] });
  expect((await ask('GET', '/agents')).json).toMatchObject({ agents: [{ agentId: '1002' }] });
  const list = (await ask('GET', '/calls')).json as { calls: { queueId: string }[] };
  expect(list.calls.map(({ queueId: id }) => id)).toEqual(['sales']);
  const narrowed = (await ask('GET', '/calls?queueId=default')).json as typeof list;
  expect(narrowed.calls).toEqual([]);
  const [others, own] = records;
  expect((await ask('GET', `/calls/${own?.sessionId}`)).status).toBe(200);
  expect((await ask('GET', `/calls/${others?.sessionId}`)).status).toBe(404);
  expect(codeOf(await ask('POST', '/links', { queueId: 'default' }))).toBe('unknown_queue');
  expect((await ask('POST', '/links', { queueId: 'sales' })).status).toBe(201);
  const everything = (await ask('GET', '/agents', undefined, admin)).json as { agents: object[] };
  expect(everything.agents).toHaveLength(2);
});

it('acts upon calls and agents of her group; others look like none, by HTTP and by the socket', async () => {
  await assign(['sales']);
  const page = await board();
  const wish = { sessionId: calls.default };
  expect(codeOf(await ask('POST', `/sessions/${calls.default}/end`))).toBe('unknown_session');
  expect(codeOf(await ask('POST', '/agents/1001/sign-out'))).toBe('unknown_agent');
  expect(ackCode(await page.command('endSession', wish))).toBe('unknown_session');
  expect(ackCode(await page.command('signOutAgent', { agentId: '1001' }))).toBe('unknown_agent');
  expect(ackCode(await page.command('monitor', { ...wish, device: 'sip', mode: 'listen' }))).toBe(
    'unknown_session',
  );
  expect(ackCode(await page.command('takeOver', wish))).toBe('unknown_session');
  expect(door.core.inputs).toEqual([]);
  expect(ackCode(await page.command('endSession', { sessionId: calls.sales }))).toBe('ok');
  expect(ackCode(await page.command('signOutAgent', { agentId: '1002' }))).toBe('ok');
  expect((await ask('POST', `/sessions/${calls.sales}/end`)).status).toBe(200);
  expect(door.core.inputs.map(({ kind }) => kind)).toEqual([
    'supervisor.endSession',
    'supervisor.signOutAgent',
    'supervisor.endSession',
  ]);
});

it('sees her group live, in batches without a gap, and nothing of the others', async () => {
  await assign(['sales']);
  const page = await board();
  const [first] = await got<Snapshot>(page, 'snapshot');
  expect(first).toMatchObject({
    queues: [{ queueId: 'sales' }],
    agents: [{ agentId: '1002' }],
    sessions: [{ sessionId: calls.sales }],
  });
  door.core.become(queued(calls.default, 'default'), queued(calls.sales, 'sales'));
  door.core.become({ kind: 'agent.ready', agentId: agentId('1001') });
  door.core.become({ kind: 'agent.ready', agentId: agentId('1002') });
  await until('both are told', () => last<Batch>(page, 'facts')?.to === door.core.factNumber);
  const batches = page.received['facts'] as Batch[];
  const numbers = batches.flatMap(({ from, to }) => [from, to]);
  expect(numbers[0]).toBe((first?.number ?? 0) + 1);
  for (let at = 2; at < numbers.length; at += 2) expect(numbers[at]).toBe((numbers[at - 1] ?? 0) + 1);
  expect(
    batches.flatMap(({ facts }) => facts.map(({ fact }) => fact['agentId'] ?? fact['sessionId'])),
  ).toEqual([calls.sales, '1002']);
  expect(JSON.stringify(page.received)).not.toMatch(/1001|default/);
  expect(JSON.stringify(page.received)).not.toContain(calls.default);
});

it('a call that is passed on to another group is gone for her', async () => {
  await assign(['sales']);
  const page = await board();
  door.core.session(
    calls.sales,
    { queueId: queueId('default') },
    {
      kind: 'session.transferred',
      sessionId: calls.sales,
      agentId: agentId('1002'),
      to: { kind: 'queue', queueId: queueId('default') },
      how: 'blind',
    },
  );
  await until('it is told', () => last<Batch>(page, 'facts')?.gone.includes(calls.sales));
  door.core.session(calls.sales, { customerNumber: '+49309999' }, queued(calls.sales, 'default'));
  door.core.become({ kind: 'agent.ready', agentId: agentId('1002') });
  await until('later news', () => last<Batch>(page, 'facts')?.to === door.core.factNumber);
  expect(JSON.stringify(page.received['facts'])).not.toContain('9999');
});

it('another group from now on: a fresh snapshot at once, for her alone; what she listened to she leaves', async () => {
  const monitors = [{ supervisorId: 'supervisor', mode: 'listen', legId: legId('m'), state: 'on' }] as const;
  door.core.session(calls.sales, { monitors });
  const [page, other] = [await board(), connectClient(`${door.url}/supervisor`, admin)];
  await got(other, 'snapshot');
  await assign(['default']);
  const [, second] = await got<Snapshot>(page, 'snapshot', 2);
  expect(second?.sessions.map(({ sessionId: id }) => id)).toEqual([calls.default]);
  expect(door.core.inputs).toMatchObject([{ kind: 'supervisor.leave', sessionId: calls.sales }]);
  door.core.become({ kind: 'agent.ready', agentId: agentId('1002') });
  await until('the administrator is told', () => last<Batch>(other, 'facts')?.to === door.core.factNumber);
  expect(last<Batch>(other, 'facts')?.agents).toHaveLength(1);
  expect(other.received['snapshot']).toHaveLength(1);
});
