// The doors before the real floor: one call as the pages of customer, agent and supervisor see it, over a real database.

import knex from 'knex';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../../app/engine/engine.ts';
import { queueId, sessionId } from '../../app/domain/ids.ts';
import { realClock } from '../../app/real-clock.ts';
import type { Agent } from '../../app/contract/floor.ts';
import { callDetailSchema } from '../../app/contract/calls.ts';
import { sessionMadeSchema, type AgentSession, type CustomerSession } from '../../app/contract/sessions.ts';
import type { Batch, Snapshot } from '../../app/contract/socket.ts';
import { createFakeMedia, type FakeMedia } from '../support/fake-media.ts';
import { until } from '../support/until.ts';
import { openFrontDoorOn, type FrontDoor } from './front-door.ts';
import { apiOf } from './http-client.ts';
import { connectClient, disconnectClients, got, last, type Client } from './socket-client.ts';

let door: FrontDoor<Engine>;
let media: FakeMedia;
beforeEach(async () => {
  door = await openFrontDoorOn(async (db) => {
    const clock = realClock();
    media = createFakeMedia(clock);
    const [queues, agents] = [await db.directory.queues(), await db.directory.agents()];
    const engine = createEngine({ media, journal: db.journal, clock, queues, agents });
    await engine.start();
    return engine;
  });
  media.phone('1001', 'ring');
  door.core.submit({ kind: 'device.changed', address: '1001', reachability: { reachable: true } });
});
afterEach(async () => {
  disconnectClients();
  door.core.stop();
  await door.close();
});

const join = async (namespace: string, username: string) =>
  connectClient(door.url + namespace, await door.token(username));

async function readyAgent(): Promise<Client> {
  const page = await join('/agent', '1001');
  expect(await page.command('signIn', { device: 'sip' })).toEqual({ ok: true });
  expect(await page.command('ready')).toEqual({ ok: true });
  return page;
}

async function call(displayName: string) {
  const body = { link: door.auth.makeLink({ queueId: 'default' }), displayName };
  const made = sessionMadeSchema.parse((await apiOf(door.url)('POST', '/sessions', { body })).json);
  const page = connectClient(`${door.url}/customer`, made.token);
  await got(page, 'session');
  media.call({ source: 'web', sessionId: sessionId(made.sessionId), queueId: queueId('default') });
  return { ...made, page };
}

const customerIs = (page: Client, state: CustomerSession['state']) =>
  until(`the customer is ${state}`, () => last<CustomerSession>(page, 'session')?.state === state);
const callIs = (page: Client, state: AgentSession['state']) =>
  until(`the agent's call is ${state}`, () => last<AgentSession | null>(page, 'session')?.state === state);
const agentIs = (page: Client, activity: Agent['activity']) =>
  until(`the agent is ${activity}`, () => last<Agent>(page, 'agent')?.activity === activity);

/** The whole call, from the click to the end of wrap-up. */
async function oneCall(agent: Client, note?: string) {
  const customer = await call('+49 151 2345 1234');
  await callIs(agent, 'ringing');
  await customerIs(customer.page, 'ringing');
  expect(last<AgentSession>(agent, 'session')?.customerName).toBe('+49 *** 1234');
  expect(await agent.command('answer')).toEqual({ ok: true });
  await customerIs(customer.page, 'talking');
  await callIs(agent, 'talking');
  expect(await agent.command('hold')).toEqual({ ok: true });
  await customerIs(customer.page, 'held');
  expect(await agent.command('resume')).toEqual({ ok: true });
  await customerIs(customer.page, 'talking');
  expect(await customer.page.command('hangUp')).toEqual({ ok: true });
  await customerIs(customer.page, 'ended');
  await agentIs(agent, 'wrapUp');
  if (note !== undefined) expect(await agent.command('wrapUp', { note })).toEqual({ ok: true });
  return customer;
}

describe('one call', () => {
  it('is seen by customer, agent and supervisor as it happens, and leaves one record with note and stars', async () => {
    const board = await join('/supervisor', 'supervisor');
    const [first] = await got<Snapshot>(board, 'snapshot');
    const agent = await readyAgent();
    const customer = await oneCall(agent, 'wants two');
    await agentIs(agent, 'idle');
    expect(last(agent, 'session')).toBeNull();
    const rating = { token: customer.token, body: { stars: 5 } };
    expect((await apiOf(door.url)('POST', `/sessions/${customer.sessionId}/rating`, rating)).status).toBe(
      200,
    );
    await until('the page knows of the stars', () => last<CustomerSession>(customer.page, 'session')?.rated);

    await until('the supervisor saw it all', () => last<Batch>(board, 'facts')?.to === door.core.factNumber);
    const batches = board.received['facts'] as Batch[];
    const numbers = batches.flatMap(({ facts }) => facts.map(({ number }) => number));
    expect(numbers).toEqual(Array.from(numbers, (_, index) => (first?.number ?? -1) + 1 + index));
    const kinds = batches.flatMap(({ facts }) => facts.map(({ fact }) => fact.kind));
    for (const kind of [
      'session.queued',
      'offer.made',
      'session.connected',
      'session.ended',
      'session.rated',
    ]) {
      expect(kinds).toContain(kind);
    }

    await door.db.journal.flushed(5_000);
    customer.page.socket.disconnect();
    const reloaded = connectClient(`${door.url}/customer`, customer.token);
    expect((await got<CustomerSession>(reloaded, 'session'))[0]).toMatchObject({
      state: 'ended',
      rated: true,
    });
    const detail = await apiOf(door.url)('GET', `/calls/${customer.sessionId}`, {
      token: await door.token('1001'),
    });
    const record = callDetailSchema.parse(detail.json);
    expect(record).toMatchObject({
      ending: 'customer_hung_up',
      agentId: '1001',
      stars: 5,
      customerName: '+49 *** 1234',
      offers: [{ agentId: '1001', outcome: 'accepted' }],
      notes: [{ agentId: '1001', note: 'wants two' }],
    });
    expect(record.segments.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['arriving', 'ringing', 'talking', 'held']) as string[],
    );
    expect(record.legs).toHaveLength(2);
    expect(door.logged.join('\n')).not.toMatch(/2345 ?1234/);
  });

  it('goes on from click to wrap-up while the database is locked, and nothing of it is lost', async () => {
    const agent = await readyAgent();
    await door.db.journal.flushed(5_000);
    const intruder = knex({
      client: 'sqlite3',
      connection: { filename: door.databaseFile },
      useNullAsDefault: true,
      pool: { min: 1, max: 1 },
    });
    await intruder.raw('BEGIN EXCLUSIVE');
    const customer = await oneCall(agent);
    await until('the journal says so', () => !door.db.journal.health().up);
    const noted = agent.command('wrapUp', { note: 'locked' });
    expect(await intruder('calls').count<{ n: number }[]>({ n: '*' })).toEqual([{ n: 0 }]);
    await intruder.raw('ROLLBACK');
    expect(await noted).toEqual({ ok: true });
    await door.db.journal.flushed(10_000);
    const found = await door.db.records.find(customer.sessionId);
    expect(found?.record).toMatchObject({ ending: 'customer_hung_up', agentId: '1001' });
    expect(found?.notes).toMatchObject([{ note: 'locked' }]);
    const facts = await intruder('facts').orderBy('number').select<{ number: number }[]>('number');
    expect(facts.map(({ number }) => number)).toEqual(
      facts.map((_, index) => index + (facts[0]?.number ?? 0)),
    );
    expect(facts.at(-1)?.number).toBe(door.core.factNumber);
    await intruder.destroy();
  });
});

it('a supervisor who joins late sees what one who was there from the beginning sees', async () => {
  const early = await join('/supervisor', 'supervisor');
  await got(early, 'snapshot');
  const agent = await readyAgent();
  await Promise.all(['a', 'b', 'c'].map(call));
  await callIs(agent, 'ringing');
  await until('the early one is up to date', () => last<Batch>(early, 'facts')?.to === door.core.factNumber);
  const late = await join('/supervisor', 'admin');
  const [snapshot] = await got<Snapshot>(late, 'snapshot');
  const known = new Map(
    (early.received['facts'] as Batch[]).flatMap(({ sessions }) =>
      sessions.map((one) => [one.sessionId, one]),
    ),
  );
  const byId = (a: { sessionId: string }, b: { sessionId: string }) => (a.sessionId < b.sessionId ? -1 : 1);
  const states = (sessions: Iterable<Snapshot['sessions'][number]>) =>
    [...sessions].sort(byId).map(({ sessionId: id, state, agentId }) => [id, state, agentId]);
  expect(states(known.values())).toEqual(states(snapshot?.sessions ?? []));
  expect(snapshot?.sessions).toHaveLength(3);
});
