// The supervisor's page on a quiet morning, on a busy day, in somebody's call, and cut off.

import { signal } from '@preact/signals';
import type { Agent, Call, Queue, SupervisorSession } from '@cordboard/sdk';
import type { SupervisorModel } from '../../app/web/supervisor/model.ts';
import { SupervisorPage } from '../../app/web/supervisor/page.tsx';
import { ago, arabicName, longName, noMessages, nothing, numbered } from './things.ts';

interface Situation {
  readonly agents?: number;
  readonly calls?: number;
  readonly part?: 'dialling' | 'listen' | 'whisper' | 'barge';
  readonly asOf?: number;
}

export const supervisorScenes: Readonly<Record<string, Situation>> = {
  'supervisor-quiet': { agents: 3, calls: 0 },
  'supervisor-few': { agents: 3, calls: 4 },
  'supervisor-busy': { agents: 30, calls: 40 },
  'supervisor-joining': { agents: 8, calls: 9, part: 'dialling' },
  'supervisor-listens': { agents: 8, calls: 9, part: 'listen' },
  'supervisor-whispers': { agents: 8, calls: 9, part: 'whisper' },
  'supervisor-barges': { agents: 8, calls: 9, part: 'barge' },
  'supervisor-cut-off': { agents: 8, calls: 9, asOf: ago(65) },
};

const queueIds = ['default', 'sales', 'support', 'billing-and-invoices'];
const names = ['Alice', 'Bob', 'Carol', longName, arabicName, '王小明', 'Dmitri', 'Eve'];
/** Who calls by name; the others show a number. */
const callers = ['Anna Müller', 'J. Okafor', arabicName, '陈晓', longName] as const;
const numberOf = (index: number): string => `+4930${String(9_012_345 + index * 7_331)}`;
const activities = ['idle', 'talking', 'held', 'ringing', 'wrapUp', 'talking', 'idle', 'consulting'] as const;

const agentOf = (index: number): Agent => ({
  agentId: String(1_001 + index),
  displayName: names[index % names.length] ?? '',
  queues: queueIds.slice(0, 1 + (index % 3)),
  presence: index % 7 === 6 ? 'signedOut' : index % 5 === 3 ? 'break' : 'ready',
  presenceSince: ago(60 * index),
  activity: index % 7 === 6 ? 'idle' : (activities[index % activities.length] ?? 'idle'),
  activitySince: ago(17 * index),
  device: index % 2 === 0 ? 'sip' : 'browser',
  reachable: index % 11 !== 8,
  ...(index % 5 === 3 && { breakReason: 'lunch' }),
});

const states = ['talking', 'waiting', 'talking', 'held', 'waiting', 'consulting', 'ringing', 'menu'] as const;

const callOf = (index: number): SupervisorSession => {
  const state = states[index % states.length] ?? 'talking';
  const waits = state === 'waiting' || state === 'ringing';
  return {
    sessionId: `7d1f3a52-7f0c-4a39-8d1e-${String(index).padStart(12, '0')}`,
    source: index % 3 === 0 ? 'web' : 'phone',
    queueId: queueIds[index % queueIds.length] ?? '',
    state,
    since: ago(13 * index),
    requestedAt: ago(15 * index + 3),
    queuedAt: ago(15 * index),
    away: false,
    ...(index % 3 === 0
      ? { customerName: callers[(index / 3) % callers.length] ?? '' }
      : { customerNumber: numberOf(index) }),
    ...(waits ? { place: 1 + Math.floor(index / 8) } : { agentId: String(1_001 + (index % 8)) }),
  };
};

const queueOf = (queueId: string, index: number, calls: readonly SupervisorSession[]): Queue => {
  const waiting = calls.filter((call) => call.queueId === queueId && call.state === 'waiting').length;
  return {
    queueId,
    open: index !== 3,
    waiting,
    agents: { ready: index, busy: index === 3 ? 0 : 4, onBreak: 1 },
    record: 'always',
    ...(waiting > 0 && { longestSince: ago(75) }),
  };
};

const recent = numbered(8, (index): Call => ({
  sessionId: `7d1f3a52-7f0c-4a39-8d1f-${String(index).padStart(12, '0')}`,
  source: index % 2 === 0 ? 'web' : 'phone',
  queueId: queueIds[index % 4] ?? '',
  customerNumber: index % 2 === 0 ? null : numberOf(index),
  customerName: index % 2 === 0 ? (callers[index / 2] ?? null) : null,
  dialledNumber: null,
  requestedAt: ago(600 * index),
  arrivedAt: null,
  queuedAt: null,
  connectedAt: null,
  endedAt: ago(500 * index),
  talkMs: 61_000 * index,
  heldMs: 0,
  waitMs: 4_000 * index,
  agentId: index === 5 ? null : '1001',
  ending: index === 5 ? 'abandoned_waiting' : 'customer_hung_up',
  recovered: false,
  recorded: index % 2 === 0,
  stars: index % 3 === 0 ? 4 : null,
}));

export const supervisorScene = (name: string) => (
  <SupervisorPage model={modelOf(supervisorScenes[name] ?? {})} />
);

function modelOf({ agents = 0, calls = 0, part, asOf }: Situation): SupervisorModel {
  const all = numbered(calls, callOf);
  const [first, ...others] = all;
  const monitors = part && [
    {
      supervisorId: 'supervisor',
      mode: part === 'dialling' ? 'listen' : part,
      state: part === 'dialling' ? part : 'on',
    } as const,
  ];
  const sessions = first && monitors ? [{ ...first, monitors: [...monitors] }, ...others] : all;
  const staff = numbered(agents, agentOf);
  return {
    signedIn: signal(true),
    queues: signal(queueIds.map((queueId, index) => queueOf(queueId, index, all))),
    agents: signal(staff),
    sessions: signal(sessions),
    recent: signal(recent),
    recordings: {
      opened: signal(undefined),
      list: signal([]),
      playing: signal(undefined),
      toggle: nothing,
      play: nothing,
      stuck: nothing,
      keep: nothing,
      close: () => undefined,
    },
    events: signal([]),
    figures: signal(
      new Map([
        [
          'default',
          {
            queueId: 'default',
            answered: 50,
            answeredInTime: 43,
            abandoned: 2,
            serviceLevel: 0.86,
            averageWaitMs: 9_000,
          },
        ],
      ]),
    ),
    asOf: signal(asOf),
    queue: signal(undefined),
    agentState: signal(undefined),
    messages: noMessages,
    problem: signal(undefined),
    dismiss: () => undefined,
    nameOf: (agentId) => staff.find((agent) => agent.agentId === agentId)?.displayName ?? agentId,
    username: signal('supervisor'),
    device: signal('browser'),
    signIn: nothing,
    signOut: () => undefined,
    endSession: nothing,
    signOutAgent: nothing,
    monitor: nothing,
    monitorMode: nothing,
    takeOver: nothing,
    stopMonitoring: nothing,
  };
}
