// The sockets of the three audiences: what each sees and when.

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentId, legId, offerId, queueId, sessionId, type SessionId } from '../../app/domain/ids.ts';
import type { QueueView } from '../../app/domain/floor/view.ts';
import { agentSchema, type Agent, type Queue } from '../../app/contract/floor.ts';
import {
  agentSessionSchema,
  customerSessionSchema,
  type AgentSession,
  type CustomerSession,
} from '../../app/contract/sessions.ts';
import { batchSchema, snapshotSchema, type Batch, type Snapshot } from '../../app/contract/socket.ts';
import { until } from '../support/until.ts';
import { entryOf, recordOf } from './database-suite.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';
import { codeOf, connectClient, disconnectClients, got, last, type Client } from './socket-client.ts';

let door: FrontDoor;
beforeEach(async () => {
  door = await openFrontDoor({ handshakeMs: 500 });
});
afterEach(async () => {
  disconnectClients();
  await door.close();
  expect(door.core.listeners).toBe(0);
});

const join = (namespace: string, token: unknown, options: object = {}) =>
  connectClient(door.url + namespace, token, options);
const waiting = (place: number, id = sessionId(randomUUID())): SessionId => {
  door.core.session(id, { state: 'waiting', place, queueId: queueId('default') });
  return id;
};
const asCustomer = (id: SessionId) => join('/customer', door.auth.sessionToken(id, 'default').token);

describe('the customer', () => {
  it('sees her session at once, then each change, and never who the others are', async () => {
    const id = waiting(3);
    const page = asCustomer(id);
    const [first] = await got<CustomerSession>(page, 'session');
    expect(customerSessionSchema.parse(first)).toEqual(first);
    expect(first).toMatchObject({ sessionId: id, state: 'waiting', place: 3 });
    door.core.session(
      id,
      {
        state: 'talking',
        agentId: agentId('1001'),
        customerNumber: '+4915123451234',
        place: undefined as never,
      },
      { kind: 'session.connected', sessionId: id, agentId: agentId('1001') },
    );
    const [, second] = await got<CustomerSession>(page, 'session', 2);
    expect(second).toMatchObject({ state: 'talking', agentName: 'Alice' });
    expect(JSON.stringify(second)).not.toMatch(/1001|4915123451234/);
  });

  it('is told her new place when others come and go, a hundred changes at once costing one message', async () => {
    const ids = [waiting(1), waiting(2), waiting(3)];
    const pages = ids.map(asCustomer);
    for (const page of pages) await got(page, 'session');
    for (let place = 3; place > 1; place -= 1) {
      for (let count = 0; count < 50; count += 1) {
        const passer = sessionId(randomUUID());
        door.core.session(
          passer,
          {},
          { kind: 'session.queued', sessionId: passer, queueId: queueId('default'), priority: 0 },
        );
      }
    }
    door.core.session(ids[1] as SessionId, { place: 1 });
    door.core.session(ids[2] as SessionId, { place: 2 });
    door.core.session(
      ids[0] as SessionId,
      { state: 'ended', ending: 'abandoned_waiting' },
      { kind: 'session.ended', sessionId: ids[0] as SessionId, ending: 'abandoned_waiting' },
    );
    const third = await got<CustomerSession>(pages[2] as Client, 'session', 2);
    expect(third.map(({ place }) => place)).toEqual([3, 2]);
    expect((await got<CustomerSession>(pages[0] as Client, 'session', 2)).at(-1)).toMatchObject({
      state: 'ended',
    });
  });

  it('sees the same on a second page, hangs up and gives stars', async () => {
    const id = waiting(1);
    const [one, two] = [asCustomer(id), asCustomer(id)];
    await got(one, 'session');
    await got(two, 'session');
    expect(codeOf(await one.command('rate', { stars: 5 }))).toBe('wrong_state');
    expect(await one.command('hangUp')).toEqual({ ok: true });
    for (const page of [one, two])
      await until('ended', () => last<CustomerSession>(page, 'session')?.state === 'ended');
    expect(codeOf(await two.command('rate', { stars: 0 }))).toBe('bad_request');
    expect(await two.command('rate', { stars: 5 })).toEqual({ ok: true });
    await until('rated', () => last<CustomerSession>(one, 'session')?.rated);
    expect(door.core.inputs.at(-1)).toEqual({ kind: 'customer.rate', sessionId: id, stars: 5 });
  });

  it('learns from the record how a call ended that the floor has forgotten', async () => {
    const record = recordOf({ ending: 'media_lost' });
    door.db.journal.append(entryOf(1, [record]));
    await door.db.journal.flushed(5_000);
    const [session] = await got<CustomerSession>(asCustomer(record.sessionId), 'session');
    expect(session).toMatchObject({ state: 'ended', ending: 'media_lost' });
    const stranger = asCustomer(sessionId(randomUUID()));
    await stranger.gone;
    expect(stranger.received['session']).toBeUndefined();
  });
});

describe('the agent', () => {
  const asAgent = async (name = '1001') => join('/agent', await door.token(name));

  it('sees herself, her call with the number masked, and her queues', async () => {
    const page = await asAgent();
    const [me] = await got<Agent>(page, 'agent');
    expect(agentSchema.parse(me)).toEqual(me);
    expect((await got<AgentSession | null>(page, 'session'))[0]).toBeNull();
    expect((await got<Queue[]>(page, 'queues'))[0]).toMatchObject([{ queueId: 'default' }]);
    const id = sessionId(randomUUID());
    door.core.session(id, {
      state: 'ringing',
      agentId: agentId('1001'),
      customerNumber: '+4915123451234',
      customerName: '015123451234',
    });
    door.core.agent(
      '1001',
      { activity: 'ringing', sessionId: id },
      { kind: 'offer.ringing', agentId: agentId('1001'), sessionId: id, offerId: offerId('o') },
    );
    const call = (await got<AgentSession>(page, 'session', 2))[1];
    expect(agentSessionSchema.parse(call)).toEqual(call);
    expect(call).toMatchObject({
      state: 'ringing',
      customerNumber: '+49 *** 1234',
      customerName: '*** 1234',
    });
    expect(JSON.stringify(page.received)).not.toContain('5123451');
  });

  it('is told of facts that name only her call, and no longer when it is not hers', async () => {
    const page = await asAgent();
    await got(page, 'queues');
    const id = sessionId(randomUUID());
    door.core.session(id, { state: 'talking', agentId: agentId('1001') });
    door.core.agent(
      '1001',
      { activity: 'talking', sessionId: id },
      { kind: 'session.connected', agentId: agentId('1001'), sessionId: id },
    );
    await got(page, 'session', 2);
    door.core.session(id, { away: true }, { kind: 'session.customerAway', sessionId: id });
    expect((await got<AgentSession>(page, 'session', 3))[2]).toMatchObject({ away: true });
    door.core.agent(
      '1001',
      { activity: 'idle', sessionId: undefined as never },
      { kind: 'agent.activity', agentId: agentId('1001'), activity: 'idle' },
    );
    expect((await got<AgentSession | null>(page, 'session', 4))[3]).toBeNull();
    const seen = page.received['session']?.length;
    door.core.session(
      id,
      { state: 'waiting' },
      { kind: 'session.requeued', sessionId: id, queueId: queueId('default'), to: 'head' },
    );
    await page.command('ready'); // a round trip: anything sent before would be here
    expect(page.received['session']).toHaveLength(seen ?? 0);
  });

  it('is told what becomes of a consultation, and so is the colleague she asks', async () => {
    const pages = [await asAgent('1001'), await asAgent('1002')];
    for (const page of pages) await got(page, 'queues');
    const id = sessionId(randomUUID());
    const third = { kind: 'agent', agentId: agentId('1002'), legId: legId('l'), state: 'ringing' } as const;
    door.core.session(id, { state: 'consulting', agentId: agentId('1001'), third });
    for (const name of ['1001', '1002']) {
      door.core.agent(
        name,
        { activity: 'consulting', sessionId: id },
        { kind: 'agent.activity', agentId: agentId(name), activity: 'consulting', sessionId: id },
      );
    }
    for (const page of pages) await got(page, 'session', 2);
    door.core.session(
      id,
      { third: { ...third, state: 'answered' } },
      { kind: 'consult.answered', sessionId: id, to: { kind: 'agent', agentId: agentId('1002') } },
    );
    for (const page of pages)
      expect((await got<AgentSession>(page, 'session', 3))[2]).toMatchObject({
        third: { state: 'answered' },
      });
  });

  it('commands in her own name only, and each command is acknowledged', async () => {
    const page = await asAgent();
    expect(await page.command('signIn', { device: 'browser' })).toEqual({ ok: true });
    expect(await page.command('ready')).toEqual({ ok: true });
    expect(door.core.inputs).toEqual([
      { kind: 'agent.signIn', agentId: '1001', device: { kind: 'browser', address: 'browser-1001' } },
      { kind: 'agent.ready', agentId: '1001' },
    ]);
    expect(codeOf(await page.command('ready', { agentId: '1002' }))).toBe('bad_request');
    door.core.refusals.set('agent.hold', 'not_in_call');
    expect(codeOf(await page.command('hold'))).toBe('not_in_call');
    door.core.agent('1001', { activity: 'wrapUp', sessionId: sessionId(randomUUID()) });
    expect(await page.command('wrapUp', { note: 'called back' })).toEqual({ ok: true });
    expect(door.core.inputs.at(-1)).toEqual({ kind: 'agent.finishWrapUp', agentId: '1001' });
  });

  it('sees nothing of a colleague', async () => {
    const page = await asAgent('1002');
    await got(page, 'queues');
    door.core.agent('1001', { presence: 'ready' }, { kind: 'agent.ready', agentId: agentId('1001') });
    await page.command('ready');
    expect((page.received['agent'] as Agent[]).every(({ agentId: id }) => id === '1002')).toBe(true);
  });
});

describe('the supervisor', () => {
  const asSupervisor = async () => join('/supervisor', await door.token('supervisor'));

  /** What a page knows: the snapshot and every batch applied to it, complaining of any gap. */
  function boardOf(client: Client) {
    let number = -1;
    const facts: number[] = [];
    const agents = new Map<string, Agent>();
    const sessions = new Map<string, object>();
    client.socket.on('snapshot', (snapshot: Snapshot) => {
      snapshotSchema.parse(snapshot);
      number = snapshot.number;
      agents.clear();
      sessions.clear();
      for (const agent of snapshot.agents) agents.set(agent.agentId, agent);
      for (const session of snapshot.sessions) sessions.set(session.sessionId, session);
    });
    client.socket.on('facts', (batch: Batch) => {
      batchSchema.parse(batch);
      if (batch.to <= number) return;
      if (batch.from !== number + 1) throw new Error(`gap: had ${number}, got ${batch.from}`);
      number = batch.to;
      facts.push(...batch.facts.map((fact) => fact.number));
      for (const agent of batch.agents) agents.set(agent.agentId, agent);
      for (const session of batch.sessions) sessions.set(session.sessionId, session);
      for (const id of batch.gone) sessions.delete(id);
    });
    return { agents, sessions, facts, number: () => number };
  }

  it('sees the whole floor, full numbers, then every fact once and in order', async () => {
    const before = waiting(1);
    door.core.session(before, { customerNumber: '+4915123451234' });
    door.core.become({ kind: 'session.queued', sessionId: before, queueId: queueId('default'), priority: 0 });
    const page = await asSupervisor();
    const board = boardOf(page);
    const [snapshot] = await got<Snapshot>(page, 'snapshot');
    expect(snapshot).toMatchObject({ number: 1, sessions: [{ customerNumber: '+4915123451234', place: 1 }] });
    for (let count = 0; count < 300; count += 1) {
      const id = sessionId(randomUUID());
      door.core.session(
        id,
        {},
        { kind: 'session.queued', sessionId: id, queueId: queueId('default'), priority: 0 },
      );
      if (count % 3 === 0)
        door.core.agent('1001', { presenceSince: count }, { kind: 'agent.ready', agentId: agentId('1001') });
      if (count % 100 === 50) await page.command('resync');
    }
    await until('the board is up to date', () => board.number() === door.core.factNumber);
    expect([...board.sessions.keys()].sort()).toEqual([...door.core.sessionsById.keys()].sort());
    expect(board.agents.get('1001')?.presenceSince).toBe(299 - (299 % 3));
    expect(board.facts).toEqual([...board.facts].sort((a, b) => a - b));
    expect(page.received['facts']?.length).toBeLessThan(30);
  });

  it('is told which sessions are gone, and never where a recording lies', async () => {
    const page = await asSupervisor();
    await got(page, 'snapshot');
    const id = sessionId(randomUUID());
    door.core.become({ kind: 'session.recordingStarted', sessionId: id, file: '/var/secret/place.wav' });
    const [batch] = await got<Batch>(page, 'facts');
    expect(batch).toMatchObject({
      gone: [id],
      facts: [{ fact: { kind: 'session.recordingStarted', sessionId: id } }],
    });
    expect(JSON.stringify(batch)).not.toContain('secret');
  });

  it('ends a call and signs an agent out in her own name', async () => {
    const page = await asSupervisor();
    const id = waiting(1);
    expect(await page.command('endSession', { sessionId: id })).toEqual({ ok: true });
    expect(await page.command('signOutAgent', { agentId: '1001' })).toEqual({ ok: true });
    expect(codeOf(await page.command('endSession', { sessionId: 'nonsense' }))).toBe('bad_request');
    expect(door.core.inputs).toEqual([
      { kind: 'supervisor.endSession', sessionId: id, by: 'supervisor' },
      { kind: 'supervisor.signOutAgent', agentId: '1001', by: 'supervisor' },
    ]);
  });
});

it('many waiting customers cost a bounded number of messages when the line moves', async () => {
  const many = 300;
  const pages: Client[] = [];
  for (let place = 1; place <= many; place += 1) pages.push(asCustomer(waiting(place)));
  for (const page of pages) await got(page, 'session');
  for (let round = 1; round <= 20; round += 1) {
    for (const session of [...door.core.sessionsById.values()]) {
      if (session.place !== undefined) door.core.session(session.sessionId, { place: session.place + 1 });
    }
    const id = sessionId(randomUUID());
    door.core.session(
      id,
      { customerLeg: legId('x') },
      { kind: 'session.queued', sessionId: id, queueId: queueId('default'), priority: 1 },
    );
  }
  await until('everybody knows her place', () =>
    pages.every((page, index) => last<CustomerSession>(page, 'session')?.place === index + 21),
  );
  const messages = pages.reduce((sum, page) => sum + (page.received['session']?.length ?? 0), 0);
  expect(messages).toBeLessThan(many * 4);
});

describe('by the clock alone', () => {
  it('a customer is told how her wait, and supervisors how their queues have changed', async () => {
    const clocked = await openFrontDoor({ clockMs: 50 });
    try {
      const id = sessionId(randomUUID());
      const line = { state: 'waiting', place: 2, queueId: queueId('default') } as const;
      clocked.core.session(id, line);
      const page = connectClient(`${clocked.url}/customer`, clocked.auth.sessionToken(id, 'default').token);
      const board = connectClient(`${clocked.url}/supervisor`, await clocked.token('supervisor'));
      expect((await got<CustomerSession>(page, 'session'))[0]?.estimate).toBeUndefined();
      const [{ number }] = (await got<Snapshot>(board, 'snapshot')) as [Snapshot];

      const estimate = { minutes: 4, over: false };
      clocked.core.session(id, { estimate });
      const [sales] = clocked.core.queueViews.filter((queue) => queue.queueId === 'sales');
      clocked.core.queueViews = [{ ...(sales as QueueView), open: false, opensAt: 5, estimate }];
      await until('she is told', () => last<CustomerSession>(page, 'session')?.estimate);
      expect(customerSessionSchema.parse(last(page, 'session'))).toMatchObject({ place: 2, estimate });
      const batch = await until('the board is told', () => {
        const told = last<Batch>(board, 'facts');
        return told?.queues.some(({ open }) => !open) ? told : undefined;
      });
      expect(batch).toMatchObject({ facts: [], from: number + 1, to: number });
      expect(batch.queues).toMatchObject([{ queueId: 'sales', opensAt: 5, estimate }]);
    } finally {
      await clocked.close();
    }
  });
});
