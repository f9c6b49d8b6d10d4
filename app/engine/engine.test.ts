import { expect, test, vi } from 'vitest';
import { agentId, queueId, sessionId } from '../domain/ids.ts';
import type { Input } from '../domain/floor/inputs.ts';
import { createFakeJournal } from '../../test/support/fake-journal.ts';
import { createFakeMedia } from '../../test/support/fake-media.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { createEngine } from './engine.ts';
import type { Watch } from './watch.ts';

const queue = {
  queueId: queueId('default'),
  ringMs: 20_000,
  wrapUpMs: 0,
  maxMisses: 3,
  maxWaiting: 10,
  record: 'never',
  open: true,
} as const;
const agent = { agentId: agentId('1001'), displayName: 'Ada', queues: [queue.queueId] };

async function openEngine(watch: Watch = {}) {
  const clock = createVirtualClock();
  const media = createFakeMedia(clock);
  const journal = createFakeJournal();
  const engine = createEngine({ media, journal, clock, queues: [queue], agents: [agent], watch });
  const starting = engine.start();
  await clock.advance(10);
  await starting;
  return { engine, clock, media, journal };
}

const request = (id: string): Input => ({
  kind: 'customer.request',
  sessionId: sessionId(id),
  queueId: queue.queueId,
});

test('a rule that breaks drops that input, says so, and leaves the floor as it was', async () => {
  const bugs: unknown[] = [];
  const { engine, clock, media } = await openEngine({ bug: (error) => bugs.push(error) });
  engine.submit(request('s1'));
  media.call({ source: 'web', sessionId: sessionId('s1') });
  media.phone('1001', 'ring');
  engine.submit({ kind: 'device.changed', address: '1001', reachability: { reachable: true } });
  const seen = () => JSON.stringify([engine.view.sessions(), engine.view.agents(), engine.view.queues()]);
  const before = seen();
  const facts = engine.factNumber;
  const newId = vi.spyOn(clock, 'newId').mockImplementation(() => {
    throw new Error('no chance left');
  });
  const device = { kind: 'sip', address: '1001' } as const;
  const signIn = { kind: 'agent.signIn', agentId: agent.agentId, device } as const;
  expect(engine.submit(signIn)).toEqual({ outcome: 'ignored', why: 'internal error' });
  expect(bugs).toHaveLength(1);
  expect(seen()).toBe(before);
  expect(engine.factNumber).toBe(facts);
  newId.mockRestore();
  expect(engine.submit(signIn)).toEqual({ outcome: 'done' });
  expect(engine.view.session(sessionId('s1'))?.state).toBe('ringing');
  engine.stop();
});

test('an input given by a listener is decided at once; all listeners still see the facts in order', async () => {
  const { engine } = await openEngine();
  const seen: number[] = [];
  const answers: unknown[] = [];
  engine.subscribe((facts) => {
    if (!facts.some(({ fact }) => fact.kind === 'session.requested')) return;
    answers.push(engine.submit({ kind: 'customer.hangUp', sessionId: sessionId('s1') }));
  });
  engine.subscribe((facts) => seen.push(...facts.map(({ number }) => number)));
  engine.submit(request('s1'));
  expect(answers).toEqual([{ outcome: 'done' }]);
  expect(seen).toEqual([1, 2]);
  expect(engine.factNumber).toBe(2);
  engine.stop();
});

test('a listener that throws, against its contract, harms nobody else', async () => {
  const failed: unknown[] = [];
  const { engine } = await openEngine({ listenerFailed: (error) => failed.push(error) });
  const seen: string[] = [];
  engine.subscribe(() => {
    throw new Error('listener');
  });
  const dispose = engine.subscribe((facts) => seen.push(...facts.map(({ fact }) => fact.kind)));
  engine.submit(request('s1'));
  dispose();
  engine.submit({ kind: 'customer.hangUp', sessionId: sessionId('s1') });
  expect(seen).toEqual(['session.requested']);
  expect(failed).toHaveLength(2);
  engine.stop();
});

test('what the switch says before the floor is restored is not lost', async () => {
  const clock = createVirtualClock();
  const media = createFakeMedia(clock);
  const journal = createFakeJournal();
  const lastSnapshot = journal.lastSnapshot.bind(journal);
  journal.lastSnapshot = async () => {
    media.call({ source: 'phone', queueId: queue.queueId });
    return lastSnapshot();
  };
  const engine = createEngine({ media, journal, clock, queues: [queue], agents: [agent] });
  const starting = engine.start();
  await clock.advance(10);
  await starting;
  expect(engine.view.sessions()).toMatchObject([{ state: 'waiting' }]);
  engine.stop();
});

test('a stopped engine leaves no timer and takes nothing any more', async () => {
  const { engine, clock, media } = await openEngine();
  engine.submit(request('s1'));
  expect(engine.vitals.timers).toBe(1);
  engine.stop();
  expect(clock.pending).toBe(0);
  expect(engine.submit(request('s2'))).toEqual({ outcome: 'ignored', why: 'closed' });
  media.call({ source: 'phone', queueId: queue.queueId });
  expect(engine.vitals.liveSessions).toBe(1);
});

test('a restored floor takes callers and agents, and offers nobody before it is started', async () => {
  const { engine: killed, clock, media, journal } = await openEngine();
  killed.submit(request('s1'));
  media.call({ source: 'web', sessionId: sessionId('s1') });
  await clock.advance(10);
  killed.stop();

  const engine = createEngine({ media, journal, clock, queues: [queue], agents: [agent] });
  await engine.restore();
  media.phone('1001', 'ring');
  engine.submit({ kind: 'device.changed', address: '1001', reachability: { reachable: true } });
  const device = { kind: 'sip', address: '1001' } as const;
  engine.submit({ kind: 'agent.signIn', agentId: agent.agentId, device });
  engine.submit({ kind: 'agent.ready', agentId: agent.agentId });
  await clock.advance(10);
  expect(engine.view.session(sessionId('s1'))?.state).toBe('waiting');
  const starting = engine.start();
  await clock.advance(10);
  await starting;
  expect(engine.view.session(sessionId('s1'))?.state).toBe('ringing');
  engine.stop();
});
