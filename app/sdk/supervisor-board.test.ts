import { afterEach, describe, expect, test } from 'vitest';
import type { Queue } from '../contract/floor.ts';
import type { SupervisorSession } from '../contract/sessions.ts';
import type { Batch, Snapshot } from '../contract/socket.ts';
import type { OpenSocket, SocketOptions } from './socket.ts';
import { SupervisorBoard } from './supervisor-board.ts';

const queue = (queueId: string, waiting: number): Queue => ({
  queueId,
  open: true,
  waiting,
  agents: { ready: 0, busy: 0, onBreak: 0 },
  record: 'never',
});
const session = (sessionId: string): SupervisorSession => ({
  sessionId,
  source: 'web',
  queueId: 'sales',
  state: 'waiting',
  since: 0,
  requestedAt: 0,
  away: false,
});
const snapshot = (number: number, more: Partial<Snapshot> = {}): Snapshot => ({
  number,
  at: 0,
  queues: [],
  agents: [],
  sessions: [],
  ...more,
});
const batch = (from: number, to: number, more: Partial<Batch> = {}): Batch => ({
  from,
  to,
  facts: Array.from({ length: to - from + 1 }, (_, i) => ({ number: from + i, at: 0, fact: { kind: 'x' } })),
  queues: [],
  agents: [],
  sessions: [],
  gone: [],
  ...more,
});

class Wire {
  readonly commands: string[] = [];
  readonly listeners = new Map<string, (payload: never) => void>();
  options: SocketOptions | undefined;

  readonly open: OpenSocket = (options) => {
    this.options = options;
    return {
      on: (name: string, listener: unknown) => void this.listeners.set(name, listener as () => void),
      command: async (name: string) => void this.commands.push(name),
      online: true,
      close: () => undefined,
    };
  };

  say(name: 'snapshot', payload: Snapshot): void;
  say(name: 'facts', payload: Batch): void;
  say(name: string, payload: unknown): void {
    this.listeners.get(name)?.(payload as never);
  }
}

let board: SupervisorBoard;
afterEach(() => board.close());

function begin(): { wire: Wire; seen: number[] } {
  const wire = new Wire();
  const kept = {
    token: 't',
    expiresAt: Date.now() + 3_600_000,
    role: 'supervisor',
    username: 's',
    displayName: 'S',
  };
  const storage = {
    getItem: () => JSON.stringify(kept),
    setItem: () => undefined,
    removeItem: () => undefined,
  };
  board = new SupervisorBoard({ baseUrl: 'http://x', storage, outside: { openSocket: wire.open } });
  const seen: number[] = [];
  board.events.on('facts', (facts) => seen.push(...facts.map(({ number }) => number)));
  return { wire, seen };
}

describe('the board follows the floor', () => {
  test('from a snapshot, batch by batch, each fact once', () => {
    const { wire, seen } = begin();
    wire.say('snapshot', snapshot(10, { queues: [queue('sales', 1)], sessions: [session('a')] }));
    wire.say('facts', batch(11, 12, { queues: [queue('sales', 2)], sessions: [session('b')] }));
    wire.say('facts', batch(12, 13, { gone: ['a'] }));
    expect(seen).toEqual([11, 12, 13]);
    expect(board.queues).toEqual([queue('sales', 2)]);
    expect(board.sessions.map(({ sessionId }) => sessionId)).toEqual(['b']);
    expect(wire.commands).toEqual([]);
  });

  test('a gap in the numbers: the snapshot is asked for once, and nothing is believed until it comes', () => {
    const { wire, seen } = begin();
    wire.say('snapshot', snapshot(10));
    wire.say('facts', batch(13, 13, { queues: [queue('sales', 9)] }));
    wire.say('facts', batch(14, 14));
    expect(wire.commands).toEqual(['resync']);
    expect(board.queues).toEqual([]);
    wire.say('snapshot', snapshot(14, { queues: [queue('sales', 3)] }));
    wire.say('facts', batch(15, 15));
    expect(seen).toEqual([15]);
    expect(board.queues).toEqual([queue('sales', 3)]);
  });

  test('after a reconnection, which begins with a snapshot, what is gone is gone', () => {
    const { wire } = begin();
    wire.say('snapshot', snapshot(10, { sessions: [session('a')] }));
    wire.options?.onOnline(false);
    wire.say('facts', batch(11, 11, { sessions: [session('late')] }));
    wire.options?.onOnline(true);
    wire.say('snapshot', snapshot(2, { sessions: [session('b')] }));
    expect(board.sessions.map(({ sessionId }) => sessionId)).toEqual(['b']);
  });

  test('when the token is no longer good, the person is out and the board empty', () => {
    const { wire } = begin();
    wire.say('snapshot', snapshot(10, { sessions: [session('a')] }));
    const told: unknown[] = [];
    board.events.on('person', ({ signedIn, why }) => told.push([signedIn, why]));
    wire.options?.onUnauthenticated();
    expect(told).toEqual([[undefined, 'unauthenticated']]);
    expect(board.sessions).toEqual([]);
    expect(board.person).toBeUndefined();
  });
});
