// The people around a running Cordboard, over the interfaces they really use: agents and supervisors over HTTP and Socket.IO.

import { io, type Socket } from 'socket.io-client';
import type { Call, CallDetail } from '../../app/contract/calls.ts';
import type { Agent } from '../../app/contract/floor.ts';
import type { AgentSession } from '../../app/contract/sessions.ts';
import type {
  Ack,
  AgentToServer,
  Batch,
  NotReached,
  ServerToAgent,
  ServerToSupervisor,
  ShownFact,
  Snapshot,
  SupervisorToServer,
} from '../../app/contract/socket.ts';
import type { Fact } from '../../app/domain/floor/facts.ts';
import type { Ledger } from './ledger.ts';
import { until } from './until.ts';

/** Exchanges name and password for a token. @throws when refused, with the answer */
export async function signIn(url: string, username: string, password: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const answer = (await response.json()) as { token?: string };
  if (answer.token === undefined) throw new Error(`sign-in refused: ${JSON.stringify(answer)}`);
  return answer.token;
}

/** GET of our API with a token. */
export async function read<Answer>(url: string, path: string, token: string): Promise<Answer> {
  const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

/** POST to our API with a token. @throws when refused, with the answer */
export async function post(url: string, path: string, token: string, body: object): Promise<void> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
}

export type AgentCommand = Exclude<keyof AgentToServer, 'renew'>;
export type Submitted<Of extends AgentCommand> = Parameters<AgentToServer[Of]>[0];

/** An agent at her page, without the page: what she sees and what she may ask for. */
export class AgentDesk {
  agent: Agent | undefined;
  session: AgentSession | null = null;
  /** Whom she was told she did not reach, in order. */
  readonly missed: NotReached[] = [];
  readonly #socket: Socket<ServerToAgent, AgentToServer>;
  readonly #ledger: Ledger | undefined;

  private constructor(socket: Socket<ServerToAgent, AgentToServer>, ledger: Ledger | undefined) {
    this.#socket = socket;
    this.#ledger = ledger;
    socket.on('agent', (agent) => {
      this.agent = agent;
    });
    socket.on('session', (session) => {
      this.session = session;
    });
    socket.on('notReached', (what) => void this.missed.push(what));
  }

  /** @param ledger where it is written down what she was told is done */
  static async open(url: string, username: string, password: string, ledger?: Ledger): Promise<AgentDesk> {
    const token = await signIn(url, username, password);
    const socket: Socket<ServerToAgent, AgentToServer> = io(`${url}/agent`, {
      auth: { token },
      transports: ['websocket'],
      reconnectionDelayMax: 500,
    });
    const desk = new AgentDesk(socket, ledger);
    await until(`agent ${username} is shown her state`, () => desk.agent);
    return desk;
  }

  /** Asks for something. @returns the code of the refusal, or undefined when it was done */
  async ask<Of extends AgentCommand>(command: Of, payload?: Submitted<Of>): Promise<string | undefined> {
    const before = this.agent;
    const answer = (await this.#socket
      .timeout(10_000)
      .emitWithAck(command as 'hold', (payload ?? {}) as never)) as Ack;
    if (!answer.ok) return answer.error.code;
    if (before) this.#acknowledged(command, (payload ?? {}) as Partial<Submitted<'wrapUp'>>, before);
    return undefined;
  }

  #acknowledged(
    command: AgentCommand,
    payload: Partial<Submitted<'wrapUp'>>,
    { agentId, presence, sessionId }: Agent,
  ): void {
    if (command === 'wrapUp') {
      const call = payload.sessionId ?? sessionId;
      if (call !== undefined && payload.note !== undefined)
        this.#ledger?.noted(call, agentId, payload.note, payload.idempotencyKey);
    }
    if (command === 'signIn' && presence === 'signedOut') this.#ledger?.presence(agentId, 'signedIn');
    if (command === 'break' && presence !== 'break') this.#ledger?.presence(agentId, 'break');
  }

  /** Asks for something that must be granted. @throws with the code */
  async must<Of extends AgentCommand>(command: Of, payload?: Submitted<Of>): Promise<void> {
    const code = await this.ask(command, payload);
    if (code !== undefined) throw new Error(`${command} was refused: ${code}`);
  }

  /** Signs in with a device and goes ready once it is reachable. */
  async goReady(device: 'sip' | 'browser' = 'sip'): Promise<void> {
    if (this.agent?.presence === 'signedOut') await this.must('signIn', { device });
    await until('the device is reachable', () => this.agent?.reachable);
    await this.must('ready');
    await until('the agent is ready', () => this.agent?.presence === 'ready');
  }

  async becomes(activity: Agent['activity'], withinMs?: number): Promise<void> {
    const options = withinMs === undefined ? {} : { withinMs };
    await until(`the agent is ${activity}`, () => this.agent?.activity === activity, options);
  }

  close(): void {
    this.#socket.disconnect();
  }
}

/** A supervisor's view: the snapshot she was given, and every fact since, with gaps noticed. */
export class Board {
  snapshot: Snapshot | undefined;
  readonly facts: ShownFact[] = [];
  /** Fact numbers that were skipped without a resync. */
  gaps = 0;
  readonly token: string;
  /** The floor as this subscriber has followed it: the snapshot and every change since. */
  readonly #floor = {
    queues: new Map<string, object>(),
    agents: new Map<string, object>(),
    sessions: new Map<string, object>(),
  };
  readonly #url: string;
  readonly #socket: Socket<ServerToSupervisor, SupervisorToServer>;
  #number = 0;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.token = token;
    this.#socket = io(`${url}/supervisor`, {
      auth: { token },
      transports: ['websocket'],
      reconnectionDelayMax: 500,
    });
    this.#socket.on('snapshot', (snapshot) => {
      this.snapshot = snapshot;
      this.#number = snapshot.number;
      for (const known of Object.values(this.#floor)) known.clear();
      this.#put(snapshot);
    });
    this.#socket.on('facts', (batch) => this.#take(batch));
  }

  static async open(url: string, password: string, username = 'supervisor'): Promise<Board> {
    const board = new Board(url, await signIn(url, username, password));
    await until('the supervisor is shown the floor', () => board.snapshot);
    return board;
  }

  #take(batch: Batch): void {
    if (batch.from !== this.#number + 1 && batch.to > this.#number) this.gaps += 1;
    this.#number = Math.max(this.#number, batch.to);
    this.facts.push(...batch.facts);
    this.#put(batch);
    for (const sessionId of batch.gone) this.#floor.sessions.delete(sessionId);
  }

  #put({ queues, agents, sessions }: Pick<Snapshot, 'queues' | 'agents' | 'sessions'>): void {
    for (const queue of queues) this.#floor.queues.set(queue.queueId, queue);
    for (const agent of agents) this.#floor.agents.set(agent.agentId, agent);
    for (const session of sessions) this.#floor.sessions.set(session.sessionId, session);
  }

  /** The same text for the same floor. Sessions that are over leave by and by; they are not compared. */
  digest(): string {
    const sorted = (known: ReadonlyMap<string, object>): object[] =>
      [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    const { queues, agents, sessions } = this.#floor;
    const live = sorted(sessions).filter((session) => (session as { state: string }).state !== 'ended');
    return JSON.stringify({ queues: sorted(queues), agents: sorted(agents), live });
  }

  /** Asks for something that must be granted. @throws with the code */
  async must<Of extends keyof SupervisorToServer>(
    command: Of,
    payload: Parameters<SupervisorToServer[Of]>[0],
  ): Promise<void> {
    const answer = (await this.#socket
      .timeout(10_000)
      .emitWithAck(command as 'resync', payload as never)) as Ack;
    if (!answer.ok) throw new Error(`${command} was refused: ${answer.error.code}`);
  }

  /** Kinds of the facts about one session, in order. */
  kindsOf(sessionId: string): string[] {
    return this.facts.filter(({ fact }) => fact['sessionId'] === sessionId).map(({ fact }) => fact.kind);
  }

  /** The first fact of this kind (about this session). */
  async sees<Kind extends Fact['kind']>(
    kind: Kind,
    about: Readonly<Record<string, unknown>> = {},
    withinMs = 30_000,
  ): Promise<Extract<Fact, { kind: Kind }>> {
    const matches = ({ fact }: ShownFact): boolean =>
      fact.kind === kind && Object.entries(about).every(([key, value]) => fact[key] === value);
    const found = await until(`the supervisor sees ${kind}`, () => this.facts.find(matches), { withinMs });
    return found.fact as unknown as Extract<Fact, { kind: Kind }>;
  }

  /** The record of a session, once it is there. */
  async record(sessionId: string, withinMs = 30_000): Promise<CallDetail> {
    return until(
      `the record of ${sessionId}`,
      () => read<CallDetail>(this.#url, `/calls/${sessionId}`, this.token).catch(() => undefined),
      { withinMs, everyMs: 100 },
    );
  }

  async calls(): Promise<readonly Call[]> {
    return (await read<{ calls: readonly Call[] }>(this.#url, '/calls?limit=200', this.token)).calls;
  }

  /** The bytes of a call's first recording, over a link. */
  async recording(sessionId: string): Promise<Buffer> {
    const { recordings } = await this.record(sessionId);
    const response = await fetch(this.#url + (await this.recordingLink(recordings[0]?.recordingId ?? '')));
    if (!response.ok) throw new Error(`recording: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** A link to a recording's sound, without the server. */
  async recordingLink(recordingId: string): Promise<string> {
    const response = await fetch(`${this.#url}/api/v1/recordings/${recordingId}/link`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}` },
    });
    if (response.status !== 201) throw new Error(`link to a recording: ${response.status}`);
    return ((await response.json()) as { path: string }).path;
  }

  async ask(command: 'endSession' | 'signOutAgent', payload: object): Promise<string | undefined> {
    const answer = (await this.#socket
      .timeout(10_000)
      .emitWithAck(command as 'resync', payload as never)) as Ack;
    return answer.ok ? undefined : answer.error.code;
  }

  close(): void {
    this.#socket.disconnect();
  }
}
