// The whole floor as a supervisor sees it: a snapshot, then every change in order. A gap in the numbers, and the snapshot is asked for again.

import type { SignedIn } from '../contract/access.ts';
import type { Call } from '../contract/calls.ts';
import type { MonitorMode } from '../contract/call-control.ts';
import type { QueueFigures } from '../contract/figures.ts';
import type { Agent, Queue } from '../contract/floor.ts';
import type { SupervisorSession } from '../contract/sessions.ts';
import type {
  Batch,
  ServerToSupervisor,
  ShownFact,
  Snapshot,
  SupervisorToServer,
} from '../contract/socket.ts';
import { Api } from './api.ts';
import { BrowserPhone } from './browser-phone.ts';
import { outsideOf, type ClientOptions, type Outside } from './browser.ts';
import { Emitter } from './emitter.ts';
import { Mailbox } from './mailbox.ts';
import { codeOf, CordboardProblem, type ProblemCode } from './problem.ts';
import type { ContractSocket } from './socket.ts';
import { Recordings } from './recordings.ts';
import { Staff } from './staff.ts';
import type { VoiceState } from './voice.ts';

export interface SupervisorBoardEvents {
  person: { readonly signedIn: SignedIn | undefined; readonly why?: ProblemCode };
  /** Queues, agents or sessions are other than before. */
  change: undefined;
  /** What happened, in order, each fact once. Not those that a snapshot already contained. */
  facts: readonly ShownFact[];
  online: boolean;
  /** State of this browser as her phone. */
  voice: VoiceState;
  /** Whether this page's microphone is off. */
  muted: boolean;
  /** Something that nobody asked for in particular went wrong, such as the browser's voice. */
  problem: ProblemCode;
}

type BoardSocket = ContractSocket<ServerToSupervisor, SupervisorToServer>;

const key = 'cordboard.supervisor';

export class SupervisorBoard {
  readonly events = new Emitter<SupervisorBoardEvents>();
  readonly recordings: Recordings;
  /** What callers have left. */
  readonly mailbox: Mailbox;
  readonly #outside: Outside;
  readonly #api: Api;
  readonly #staff: Staff;
  readonly #queues = new Map<string, Queue>();
  readonly #agents = new Map<string, Agent>();
  readonly #sessions = new Map<string, SupervisorSession>();
  readonly #phone: BrowserPhone;
  #socket: BoardSocket | undefined;
  /** Number of the newest fact known; undefined while a snapshot is awaited. */
  #number: number | undefined;

  /** Finds the person who was signed in on this tab before a reload. */
  constructor(options: ClientOptions = {}) {
    this.#outside = outsideOf(options);
    this.#api = new Api(options);
    this.#staff = new Staff({
      api: this.#api,
      storage: options.storage ?? sessionStorage,
      key,
      roles: ['supervisor', 'admin'],
      onRenewed: (token) => void this.#socket?.command('renew', { token }).catch(codeOf),
      onExpired: () => this.#leave('unauthenticated'),
    });
    this.recordings = new Recordings(this.#api, () => this.#staff.token);
    this.mailbox = new Mailbox(this.#api, () => this.#staff.token);
    this.#phone = this.#ownPhone(options);
    if (this.#staff.person) this.#connect();
  }

  get person(): SignedIn | undefined {
    return this.#staff.person;
  }

  get online(): boolean {
    return this.#socket?.online ?? false;
  }

  get queues(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  get agents(): readonly Agent[] {
    return [...this.#agents.values()];
  }

  /** Live sessions, and those that ended a moment ago. */
  get sessions(): readonly SupervisorSession[] {
    return [...this.#sessions.values()];
  }

  /** @throws CordboardProblem `wrong_credentials`, `forbidden`, … */
  async signIn(username: string, password: string): Promise<SignedIn> {
    const signedIn = await this.#staff.signIn(username, password);
    this.#connect();
    this.events.emit('person', { signedIn });
    return signedIn;
  }

  signOut(): void {
    this.#leave();
  }

  /** The newest call records. @throws CordboardProblem */
  async recentCalls(limit = 20): Promise<readonly Call[]> {
    const { calls } = await this.#api.listCalls(this.#staff.token, limit);
    return calls;
  }

  /** How each queue did since then. @throws CordboardProblem */
  figuresSince(from: number): Promise<readonly QueueFigures[]> {
    return this.#api.readFigures(this.#staff.token, from);
  }

  /** Ends a call. @throws CordboardProblem */
  async endSession(sessionId: string): Promise<void> {
    await this.#connected().command('endSession', { sessionId });
  }

  /** Signs an agent out (during a call: once it is over). @throws CordboardProblem */
  async signOutAgent(agentId: string): Promise<void> {
    await this.#connected().command('signOutAgent', { agentId });
  }

  /**
   * Joins a call, with her SIP phone or with this browser, which registers first and answers by itself. Her microphone is off
   * while she only listens.
   * @throws CordboardProblem `microphone_denied`, `media_failed`, or the server's refusal
   */
  async monitor(sessionId: string, device: 'sip' | 'browser', mode: MonitorMode): Promise<void> {
    if (device === 'browser') {
      await this.#phone.open();
      this.#phone.setMuted(mode === 'listen');
      await this.#phone.answer();
    }
    await this.#connected().command('monitor', { sessionId, device, mode });
  }

  /** Changes how she takes part. @throws CordboardProblem */
  async monitorMode(sessionId: string, mode: MonitorMode): Promise<void> {
    await this.#connected().command('monitorMode', { sessionId, mode });
    this.#phone.setMuted(mode === 'listen');
  }

  /** Stays with the customer; the agent leaves. @throws CordboardProblem */
  async takeOver(sessionId: string): Promise<void> {
    await this.#connected().command('takeOver', { sessionId });
    this.#phone.setMuted(false);
  }

  /** Leaves the call; it goes on without her. @throws CordboardProblem */
  async stopMonitoring(sessionId: string): Promise<void> {
    await this.#connected().command('stopMonitoring', { sessionId });
  }

  /** What she hears, when she joined with this browser. */
  get remote(): MediaStream | undefined {
    return this.#phone.remote;
  }

  get muted(): boolean {
    return this.#phone.muted;
  }

  close(): void {
    this.#staff.close();
    this.#disconnect();
    this.#phone.close();
    this.events.clear();
  }

  #connected(): BoardSocket {
    if (!this.#socket) throw new CordboardProblem('unauthenticated');
    return this.#socket;
  }

  #ownPhone({ microphone, iceServers }: ClientOptions): BrowserPhone {
    const phone = new BrowserPhone({
      baseUrl: this.#api.baseUrl,
      token: () => this.#staff.token,
      outside: this.#outside,
      ...(microphone !== undefined && { microphone }),
      iceServers: async () => iceServers ?? this.#api.iceServers(this.#staff.token),
    });
    phone.events.on('voice', (state) => this.events.emit('voice', state));
    phone.events.on('muted', (muted) => this.events.emit('muted', muted));
    for (const name of ['problem', 'stopped'] as const)
      phone.events.on(name, (code) => this.events.emit('problem', code));
    return phone;
  }

  #connect(): void {
    this.#disconnect();
    const socket: BoardSocket = this.#outside.openSocket<ServerToSupervisor, SupervisorToServer>({
      baseUrl: this.#api.baseUrl,
      namespace: '/supervisor',
      token: () => this.#staff.person?.token ?? '',
      onOnline: (online) => {
        // The next connection begins with a snapshot of its own.
        if (!online) this.#number = undefined;
        this.events.emit('online', online);
      },
      onUnauthenticated: () => this.#leave('unauthenticated'),
    });
    this.#socket = socket;
    socket.on('snapshot', (snapshot) => this.#begin(snapshot));
    socket.on('facts', (batch) => this.#follow(batch));
  }

  #disconnect(): void {
    this.#phone.hush();
    this.#socket?.close();
    this.#socket = undefined;
    this.#number = undefined;
  }

  #begin(snapshot: Snapshot): void {
    for (const known of [this.#queues, this.#agents, this.#sessions]) known.clear();
    this.#put(snapshot);
    this.#number = snapshot.number;
    this.events.emit('change', undefined);
  }

  #follow(batch: Batch): void {
    const known = this.#number;
    if (known === undefined) return; // A snapshot is on its way and contains this.
    if (batch.from > known + 1) return this.#resync();
    this.#put(batch);
    for (const sessionId of batch.gone) this.#sessions.delete(sessionId);
    this.#number = Math.max(known, batch.to);
    const fresh = batch.facts.filter(({ number }) => number > known);
    if (fresh.length > 0) this.events.emit('facts', fresh);
    this.events.emit('change', undefined);
  }

  #put({ queues, agents, sessions }: Pick<Snapshot, 'queues' | 'agents' | 'sessions'>): void {
    for (const queue of queues) this.#queues.set(queue.queueId, queue);
    for (const agent of agents) this.#agents.set(agent.agentId, agent);
    for (const session of sessions) this.#sessions.set(session.sessionId, session);
  }

  #resync(): void {
    this.#number = undefined;
    // Unreachable: the reconnection brings a snapshot anyway.
    void this.#socket?.command('resync', {}).catch(codeOf);
  }

  #leave(why?: ProblemCode): void {
    this.#staff.signOut();
    this.#disconnect();
    for (const known of [this.#queues, this.#agents, this.#sessions]) known.clear();
    this.events.emit('person', { signedIn: undefined, ...(why && { why }) });
  }
}
