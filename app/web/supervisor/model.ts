// The supervisor's board as signals over the SDK: the floor as it is, the newest records, the newest facts.

import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import {
  SupervisorBoard,
  type Agent,
  type Call,
  type MonitorMode,
  type Queue,
  type QueueFigures,
  type ShownFact,
  type SupervisorSession,
} from '@cordboard/sdk';
import { messagesModel, type MessagesModel } from '../shared/messages.tsx';
import { midnight, settleMs, wishes, type Wishes } from '../shared/wishes.ts';
import { recordingsModel, type RecordingsModel } from './recordings-model.ts';
import type { AgentState } from './view.ts';

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
  /** How the queues did since midnight, by their id. */
  readonly figures: ReadonlySignal<ReadonlyMap<string, QueueFigures>>;
  /** While the server cannot be reached: when it last could. Undefined: what is shown is live. */
  readonly asOf: ReadonlySignal<number | undefined>;
  /** The one queue she looks at; undefined: all of hers. */
  readonly queue: Signal<string | undefined>;
  readonly agentState: Signal<AgentState | undefined>;
  /** What callers have left. */
  readonly messages: MessagesModel;
  readonly problem: ReadonlySignal<string | undefined>;
  /** She has read what went wrong. */
  dismiss(): void;
  /** An agent's name, where it is known. */
  nameOf(agentId: string): string;
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
const figuresEveryMs = 60_000;

export function supervisorModel(): SupervisorModel {
  const board = new SupervisorBoard();
  const { problem, attempt, quietly, dismiss } = wishes();
  const signedIn = signal(board.person !== undefined);
  const username = signal(board.person?.username ?? '');
  const device = signal<'sip' | 'browser'>('browser');
  const seen = follow(board);
  const kept = records(board, quietly);
  const recordings = recordingsModel(board.recordings, attempt);
  const messages = messagesModel(board.mailbox, attempt);
  const begin = (): void => {
    kept.read();
    messages.read();
  };

  board.events.on('person', ({ signedIn: person, why }) => {
    signedIn.value = person !== undefined;
    username.value = person?.username ?? '';
    problem.value = why;
    if (person) begin();
    else recordings.close();
  });
  board.events.on('facts', (facts) => {
    if (facts.some(({ fact }) => fact.kind.startsWith('message.'))) messages.read();
  });
  board.events.on('problem', (code) => (problem.value = code));
  if (board.person) begin();

  return {
    ...seen,
    ...{ signedIn, problem, dismiss, username, device, messages, recordings },
    ...{ recent: kept.recent, figures: kept.figures, agentState: signal(undefined) },
    nameOf: (agentId) => seen.agents.value.find((agent) => agent.agentId === agentId)?.displayName ?? agentId,
    signIn: (username, password) => attempt(() => board.signIn(username, password)),
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

type Seen = 'queues' | 'agents' | 'sessions' | 'events' | 'asOf' | 'queue';

/** The floor as it is, or as it was when it was last told. */
function follow(board: SupervisorBoard): Pick<SupervisorModel, Seen> {
  const queues = signal(board.queues);
  const agents = signal(board.agents);
  const sessions = signal(board.sessions);
  const events = signal<readonly BoardEvent[]>([]);
  const asOf = signal<number | undefined>(undefined);
  const queue = signal<string | undefined>(undefined);
  board.events.on('change', () => {
    asOf.value = undefined;
    queues.value = board.queues;
    agents.value = board.agents;
    sessions.value = board.sessions;
    if (!board.queues.some(({ queueId }) => queueId === queue.value)) queue.value = undefined;
  });
  board.events.on('facts', (facts) => {
    events.value = [...facts.map(eventOf).reverse(), ...events.value].slice(0, eventsKept);
  });
  // Live again once the floor has been told anew, not when there is somebody to ask.
  board.events.on('online', (online) => {
    if (!online) asOf.value ??= Date.now();
  });
  board.events.on('person', () => (asOf.value = undefined));
  return { queues, agents, sessions, events, asOf, queue };
}

/** What is on record: the newest calls, and what the day's add up to. */
function records(board: SupervisorBoard, quietly: Wishes['quietly']) {
  const recent = signal<readonly Call[]>([]);
  const figures = signal<ReadonlyMap<string, QueueFigures>>(new Map());
  const readRecent = (): void =>
    quietly(async () => {
      if (board.person) recent.value = await board.recentCalls(recentShown);
    });
  const readFigures = (): void =>
    quietly(async () => {
      if (!board.person) return;
      const found = await board.figuresSince(midnight());
      figures.value = new Map(found.map((one) => [one.queueId, one]));
    });
  board.events.on('facts', (facts) => {
    // A record is written once its session has ended; ratings come later.
    if (facts.some(({ fact }) => fact.kind === 'session.ended' || fact.kind === 'session.rated'))
      setTimeout(read, settleMs);
  });
  const read = (): void => {
    readRecent();
    readFigures();
  };
  setInterval(readFigures, figuresEveryMs);
  return { recent, figures, read };
}

/** A line for the list: what happened, and to whom. */
function eventOf({ number, at, fact }: ShownFact): BoardEvent {
  const about = ['queueId', 'agentId', 'ending', 'miss', 'activity', 'reason']
    .map((key) => (fact as Readonly<Record<string, unknown>>)[key])
    .filter((value) => typeof value === 'string');
  return { number, at, kind: fact.kind, text: [fact.kind, ...about].join(' · ') };
}
