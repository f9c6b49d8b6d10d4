// The supervisor's board as signals over the SDK: the floor as it is, the newest records, the newest facts.

import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import {
  CordboardProblem,
  SupervisorBoard,
  type Agent,
  type Call,
  type MonitorMode,
  type Queue,
  type ShownFact,
  type SupervisorSession,
} from '@cordboard/sdk';
import { messagesModel, type MessagesModel } from '../shared/messages.tsx';

import { recordingsModel, type RecordingsModel } from './recordings-model.ts';

export type BoardAgent = Agent;
export type BoardQueue = Queue;
export type BoardSession = SupervisorSession;

export interface BoardEvent {
  readonly number: number;
  readonly at: number;
  readonly kind: string;
  readonly text: string;
}

export interface SupervisorModel {
  readonly signedIn: ReadonlySignal<boolean>;
  readonly queues: ReadonlySignal<readonly BoardQueue[]>;
  readonly agents: ReadonlySignal<readonly BoardAgent[]>;
  readonly sessions: ReadonlySignal<readonly BoardSession[]>;
  readonly recent: ReadonlySignal<readonly Call[]>;
  /** Of the call that she looks at. */
  readonly recordings: RecordingsModel;
  readonly events: ReadonlySignal<readonly BoardEvent[]>;
  readonly offline: ReadonlySignal<boolean>;
  /** What callers have left. */
  readonly messages: MessagesModel;
  readonly problem: ReadonlySignal<string | undefined>;
  signIn(username: string, password: string): Promise<string | undefined>;
  signOut(): void;
  endSession(sessionId: string): Promise<void>;
  signOutAgent(agentId: string): Promise<void>;
  /** Her user name: which of a call's monitors is she. */
  readonly username: ReadonlySignal<string>;
  /** With which of her phones she joins. */
  readonly device: Signal<'sip' | 'browser'>;
  monitor(sessionId: string, mode: MonitorMode): Promise<void>;
  monitorMode(sessionId: string, mode: MonitorMode): Promise<void>;
  takeOver(sessionId: string): Promise<void>;
  stopMonitoring(sessionId: string): Promise<void>;
}

const eventsKept = 100;
const recentShown = 20;

export function supervisorModel(): SupervisorModel {
  const board = new SupervisorBoard();
  const signedIn = signal(board.person !== undefined);
  const queues = signal(board.queues);
  const agents = signal(board.agents);
  const sessions = signal(board.sessions);
  const recent = signal<readonly Call[]>([]);
  const events = signal<readonly BoardEvent[]>([]);
  const offline = signal(false);
  const problem = signal<string | undefined>(undefined);
  const username = signal(board.person?.username ?? '');
  const device = signal<'sip' | 'browser'>('browser');

  const attempt = async (wish: () => Promise<unknown>): Promise<string | undefined> => {
    problem.value = undefined;
    try {
      await wish();
      return undefined;
    } catch (error) {
      if (!(error instanceof CordboardProblem)) throw error;
      problem.value = error.code;
      return error.code;
    }
  };
  const recordings = recordingsModel(board.recordings, attempt);
  const messages = messagesModel(board.mailbox, attempt);
  const readRecent = (): void => {
    void attempt(async () => (recent.value = await board.recentCalls(recentShown)));
  };

  board.events.on('person', ({ signedIn: person, why }) => {
    signedIn.value = person !== undefined;
    username.value = person?.username ?? '';
    problem.value = why;
    if (person) {
      readRecent();
      messages.read();
    } else recordings.close();
  });
  board.events.on('change', () => {
    queues.value = board.queues;
    agents.value = board.agents;
    sessions.value = [...board.sessions].sort((a, b) => a.requestedAt - b.requestedAt);
  });
  board.events.on('facts', (facts) => {
    events.value = [...facts.map(eventOf).reverse(), ...events.value].slice(0, eventsKept);
    // A record is written when its session has ended; ratings come later.
    if (facts.some(({ fact }) => fact.kind === 'session.ended' || fact.kind === 'session.rated'))
      readRecent();
    if (facts.some(({ fact }) => fact.kind.startsWith('message.'))) messages.read();
  });
  board.events.on('problem', (code) => (problem.value = code));
  board.events.on('online', (online) => (offline.value = !online));
  if (board.person) {
    readRecent();
    messages.read();
  }

  return {
    ...{ signedIn, queues, agents, sessions, recent, events, offline, problem, username, device, messages },
    signIn: (username, password) => attempt(() => board.signIn(username, password)),
    recordings,
    signOut: () => board.signOut(),
    endSession: async (sessionId) => void (await attempt(() => board.endSession(sessionId))),
    monitor: async (sessionId, mode) =>
      void (await attempt(() => board.monitor(sessionId, device.value, mode))),
    monitorMode: async (sessionId, mode) => void (await attempt(() => board.monitorMode(sessionId, mode))),
    takeOver: async (sessionId) => void (await attempt(() => board.takeOver(sessionId))),
    stopMonitoring: async (sessionId) => void (await attempt(() => board.stopMonitoring(sessionId))),
    signOutAgent: async (agentId) => void (await attempt(() => board.signOutAgent(agentId))),
  };
}

/** A line for the list: what happened, and to whom. */
function eventOf({ number, at, fact }: ShownFact): BoardEvent {
  const about = ['queueId', 'agentId', 'ending', 'miss', 'activity', 'reason']
    .map((key) => (fact as Readonly<Record<string, unknown>>)[key])
    .filter((value) => typeof value === 'string');
  return { number, at, kind: fact.kind, text: [fact.kind, ...about].join(' · ') };
}
