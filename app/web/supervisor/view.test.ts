import { describe, expect, it } from 'vitest';
import type { BoardAgent, BoardSession } from './model.ts';
import { agentsIn, countStates, inOrder, lineOf, ownPart, sinceOf, stateOf, waitTag } from './view.ts';

const session = (sessionId: string, changes: Partial<BoardSession> = {}): BoardSession => ({
  sessionId,
  source: 'phone',
  queueId: 'default',
  state: 'waiting',
  since: 0,
  requestedAt: 0,
  away: false,
  ...changes,
});
const agent = (agentId: string, changes: Partial<BoardAgent> = {}): BoardAgent => ({
  agentId,
  displayName: agentId,
  queues: ['default'],
  presence: 'ready',
  presenceSince: 0,
  activity: 'idle',
  activitySince: 0,
  reachable: true,
  ...changes,
});
const ids = (sessions: readonly BoardSession[]): string[] => sessions.map(({ sessionId }) => sessionId);

describe('the line', () => {
  it('is in the order of its places, those who ring with it; other queues and conversations are not in it', () => {
    const sessions = [
      session('third', { place: 3 }),
      session('first', { place: 1, state: 'ringing' }),
      session('elsewhere', { place: 1, queueId: 'sales' }),
      session('talks', { state: 'talking' }),
      session('second', { place: 2 }),
    ];
    expect(ids(lineOf('default', sessions))).toEqual(['first', 'second', 'third']);
  });

  it('counts a wait from when she came into line, through every agent who did not answer', () => {
    expect(sinceOf(session('a', { since: 50, queuedAt: 10 }))).toBe(10);
    expect(sinceOf(session('a', { since: 50, queuedAt: 10, state: 'talking' }))).toBe(50);
  });

  it('shows a long wait in another colour', () => {
    expect([20_000, 20_001, 60_001].map(waitTag)).toEqual(['off', 'warn', 'bad']);
  });
});

describe('the calls', () => {
  it('begin with the line; the others stay where they are whatever becomes of them', () => {
    const calls = [
      session('old', { state: 'talking', requestedAt: 1 }),
      session('young', { state: 'talking', requestedAt: 2 }),
      session('waits', { place: 1, requestedAt: 9 }),
      session('over', { state: 'ended' }),
    ];
    expect(ids(inOrder(calls, undefined))).toEqual(['waits', 'old', 'young']);
    const held = calls.map((call) => (call.sessionId === 'old' ? { ...call, state: 'held' as const } : call));
    expect(ids(inOrder(held, undefined))).toEqual(['waits', 'old', 'young']);
  });

  it('can be narrowed to a queue', () => {
    const calls = [session('a', { queueId: 'sales' }), session('b')];
    expect(ids(inOrder(calls, 'sales'))).toEqual(['a']);
  });
});

describe('the agents', () => {
  it('are counted by what they do; nobody is left out, and what nobody does is not shown', () => {
    const staff = [
      agent('ready'),
      agent('rings', { activity: 'ringing' }),
      agent('talks', { activity: 'held' }),
      agent('asks', { activity: 'consulting' }),
      agent('lunch', { presence: 'break' }),
      agent('gone', { reachable: false }),
      agent('home', { presence: 'signedOut', reachable: false }),
    ];
    const counts = countStates(staff);
    expect(counts).toEqual([
      ['ready', 1],
      ['ringing', 1],
      ['talking', 2],
      ['break', 1],
      ['unreachable', 1],
      ['signedOut', 1],
    ]);
    expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(staff.length);
  });

  it('who is signed out but still talks is in a call', () => {
    expect(stateOf(agent('a', { presence: 'signedOut', activity: 'talking' }))).toBe('talking');
  });

  it('stand by name, who is signed out at the end, and can be narrowed to a queue and a state', () => {
    const staff = [agent('c'), agent('a', { presence: 'signedOut' }), agent('b', { queues: ['sales'] })];
    const names = (filter: Parameters<typeof agentsIn>[1]) =>
      agentsIn(staff, filter).map(({ agentId }) => agentId);
    expect(names({ queueId: undefined, state: undefined })).toEqual(['b', 'c', 'a']);
    expect(names({ queueId: 'sales', state: undefined })).toEqual(['b']);
    expect(names({ queueId: undefined, state: 'signedOut' })).toEqual(['a']);
  });
});

describe('her own part in a call', () => {
  const monitor = { supervisorId: 'sue', mode: 'whisper', state: 'on' } as const;

  it('is how she takes part, once her phone is in it', () => {
    expect(ownPart([session('a', { monitors: [monitor] })], 'sue')).toMatchObject({ part: 'whisper' });
    const called = { ...monitor, state: 'dialling' } as const;
    expect(ownPart([session('a', { monitors: [called] })], 'sue')).toMatchObject({ part: 'joining' });
  });

  it('is the call itself, where she took it over', () => {
    const third = { kind: 'supervisor', supervisorId: 'sue', state: 'answered' } as const;
    const calls = [session('a', { state: 'transferred', third })];
    expect(ownPart(calls, 'sue')).toMatchObject({ part: 'tookOver', call: { sessionId: 'a' } });
    expect(ownPart(calls, 'sam')).toBeUndefined();
  });

  it('is none in a call that is over, or that others listen to', () => {
    const over = session('a', { state: 'ended', monitors: [monitor] });
    expect(
      ownPart([over, session('b', { monitors: [{ ...monitor, supervisorId: 'sam' }] })], 'sue'),
    ).toBeUndefined();
  });
});
