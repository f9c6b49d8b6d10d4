// An agent's desk in a browser: signs in, takes a device, works. With the device *browser* the voice comes through this page; with
// *phone* the page only gives commands. What is true is what the server says; nothing here guesses ahead of it.

import type { SignedIn } from '../contract/access.ts';
import type { Agent, Queue } from '../contract/floor.ts';
import type { AgentSession } from '../contract/sessions.ts';
import type { AgentToServer, NotReached, ServerToAgent } from '../contract/socket.ts';
import type { Call } from '../contract/calls.ts';
import { Api } from './api.ts';
import { AudioDevices, type AudioDeviceKind } from './audio-devices.ts';
import { BrowserPhone } from './browser-phone.ts';
import { Mailbox } from './mailbox.ts';
import { outsideOf, type ClientOptions, type Outside } from './browser.ts';
import { CallControl } from './call-control.ts';
import { Emitter } from './emitter.ts';
import { codeOf, CordboardProblem, type ProblemCode } from './problem.ts';
import type { ContractSocket } from './socket.ts';
import { Staff } from './staff.ts';
import type { VoiceState } from './voice.ts';

export interface AgentConsoleEvents {
  /** Signed in to the page, or out of it (then `why`, when it was not her own wish). */
  person: { readonly signedIn: SignedIn | undefined; readonly why?: ProblemCode };
  agent: Agent;
  /** The call she has, or had last (wrap-up); null when there is none. */
  session: AgentSession | null;
  queues: readonly Queue[];
  /** Somebody she called or asked was not reached, and why. */
  notReached: NotReached;
  /** Somebody left a message, or one has been seen to: ask the mailbox. */
  messages: undefined;
  online: boolean;
  muted: boolean;
  voice: VoiceState;
  /** Something that nobody asked for in particular went wrong, such as the browser's voice. */
  problem: ProblemCode;
}

type AgentSocket = ContractSocket<ServerToAgent, AgentToServer>;

const key = 'cordboard.agent';
/** As many calls as a page shows of a day. */
const historyLength = 50;

export class AgentConsole {
  readonly events = new Emitter<AgentConsoleEvents>();
  /** What she may do with the call she has. */
  readonly control = new CallControl(async (name, wish) => {
    await this.#command(name, wish as never);
    // Her own wish comes to her as a call: she has said already that she takes it.
    if ((name === 'dial' || name === 'pickUp') && this.#agent?.device === 'browser')
      await this.#phone.answer();
  });
  /** What callers of her queues have left. */
  readonly mailbox: Mailbox;
  /** Microphone and loudspeaker of this browser; useAudioDevice() takes another. */
  readonly audio = new AudioDevices();
  readonly #outside: Outside;
  readonly #api: Api;
  readonly #staff: Staff;
  readonly #phone: BrowserPhone;
  #socket: AgentSocket | undefined;
  #agent: Agent | undefined;
  #session: AgentSession | null = null;
  #queues: readonly Queue[] = [];
  #seatedBefore = false;
  /** Another page has taken over, or the line was given up: only she brings it back, with takeDevice(). */
  #silenced = false;

  /** Finds the person who was signed in on this tab before a reload. */
  constructor(options: ClientOptions = {}) {
    this.#outside = outsideOf(options);
    this.#api = new Api(options);
    this.#staff = new Staff({
      api: this.#api,
      storage: options.storage ?? sessionStorage,
      key,
      roles: ['agent'],
      onRenewed: (token) => void this.#socket?.command('renew', { token }).catch(codeOf),
      onExpired: () => this.#leave('unauthenticated'),
    });
    this.mailbox = new Mailbox(this.#api, () => this.#staff.token);
    this.#phone = this.#ownPhone(options);
    if (this.#staff.person) this.#connect();
  }

  get person(): SignedIn | undefined {
    return this.#staff.person;
  }

  get agent(): Agent | undefined {
    return this.#agent;
  }

  get session(): AgentSession | null {
    return this.#session;
  }

  get queues(): readonly Queue[] {
    return this.#queues;
  }

  get online(): boolean {
    return this.#socket?.online ?? false;
  }

  get muted(): boolean {
    return this.#phone.muted;
  }

  get voice(): VoiceState {
    return this.#phone.state;
  }

  /** What she hears, with the device *browser*. */
  get remote(): MediaStream | undefined {
    return this.#phone.remote;
  }

  /** What she says, for a level meter. */
  get microphone(): MediaStreamTrack | undefined {
    return this.#phone.microphone;
  }

  /** Signs in to the page; then takeDevice(). @throws CordboardProblem `wrong_credentials`, `forbidden`, … */
  async signIn(username: string, password: string): Promise<SignedIn> {
    const signedIn = await this.#staff.signIn(username, password);
    this.#connect();
    this.events.emit('person', { signedIn });
    return signedIn;
  }

  /**
   * Takes a seat with *my SIP phone*, *this browser*, or any telephone (`pstn`) of this number. The browser is registered first, so
   * that no call is offered to a device that is not there.
   * @throws CordboardProblem `microphone_denied`, `media_failed`, or the server's refusal
   */
  async takeDevice(device: 'sip' | 'browser' | 'pstn', number?: string): Promise<void> {
    this.#silenced = false;
    if (device === 'browser') await this.#phone.open();
    await this.#command('signIn', { device, ...(number !== undefined && { number }) });
    if (device !== 'browser') this.#phone.hush();
  }

  /** Leaves the seat (during a call: once it is over) and the page. */
  async signOut(): Promise<void> {
    try {
      await this.#command('signOut', {});
    } catch (error) {
      if (codeOf(error) !== 'not_signed_in') throw error;
    }
    this.#leave();
  }

  ready(): Promise<void> {
    return this.#command('ready', {});
  }

  /** @param reason a line of text, or the name of a reason */
  takeBreak(reason: string): Promise<void> {
    return this.#command('break', { reason });
  }

  /** Takes the call that rings: on this page with the device *browser*, by asking the desk phone otherwise. */
  answer(): Promise<void> {
    return this.#agent?.device === 'browser' ? this.#phone.answer() : this.#command('answer', {});
  }

  decline(): Promise<void> {
    return this.#command('decline', {});
  }

  hold(): Promise<void> {
    return this.#command('hold', {});
  }

  resume(): Promise<void> {
    return this.#command('resume', {});
  }

  hangUp(): Promise<void> {
    return this.#command('hangUp', {});
  }

  /** Everybody else who takes calls, and what they do now. @throws CordboardProblem */
  async colleagues(): Promise<readonly Agent[]> {
    const { agents } = await this.#api.listAgents(this.#staff.token);
    return agents.filter(({ agentId }) => agentId !== this.#agent?.agentId);
  }

  /** Every line there is, hers or not: a call may be passed on to any. @throws CordboardProblem */
  async everyQueue(): Promise<readonly Queue[]> {
    return (await this.#api.listQueues(this.#staff.token)).queues;
  }

  /** Calls she had that ended since then, newest first. @throws CordboardProblem */
  async callsSince(from: number): Promise<readonly Call[]> {
    return (await this.#api.listCalls(this.#staff.token, historyLength, from)).calls;
  }

  /** What she can play into a call. @throws CordboardProblem */
  sounds(): Promise<readonly string[]> {
    return this.#api.listSounds(this.#staff.token);
  }

  /** Takes another microphone or loudspeaker of this browser from now on, in a call too. @throws CordboardProblem `microphone_denied`, … */
  async useAudioDevice(kind: AudioDeviceKind, id: string | undefined): Promise<void> {
    this.audio.choose(kind, id);
    if (kind === 'microphone') await this.#phone.changeMicrophone();
    else this.#phone.useSpeaker(id);
  }

  /** Stores the note and ends wrap-up; resolves when the note is stored. */
  finishWrapUp(note: string): Promise<void> {
    const sessionId = this.#session?.sessionId;
    // The same call may be hers, and written about, more than once.
    const idempotencyKey = `wrap-up-${sessionId}-${this.#agent?.activitySince}`;
    return this.#command('wrapUp', { note, ...(sessionId !== undefined && { sessionId, idempotencyKey }) });
  }

  /** This page's microphone, with the device *browser*; `control.mute` is done on the switch and holds for every device. */
  setMuted(muted: boolean): void {
    this.#phone.setMuted(muted);
  }

  /** Lets go of everything on this page; the seat is kept by the server. */
  close(): void {
    this.#staff.close();
    this.#disconnect();
    this.#phone.close();
    this.events.clear();
  }

  #connect(): void {
    this.#disconnect();
    const socket: AgentSocket = this.#outside.openSocket<ServerToAgent, AgentToServer>({
      baseUrl: this.#api.baseUrl,
      namespace: '/agent',
      token: () => this.#staff.person?.token ?? '',
      onOnline: (online) => this.events.emit('online', online),
      onUnauthenticated: () => this.#leave('unauthenticated'),
    });
    this.#socket = socket;
    socket.on('agent', (agent) => this.#know(agent));
    socket.on('session', (session) => {
      this.#session = session;
      this.events.emit('session', session);
    });
    socket.on('notReached', (what) => this.events.emit('notReached', what));
    socket.on('messages', () => this.events.emit('messages', undefined));
    socket.on('queues', (queues) => {
      this.#queues = queues;
      this.events.emit('queues', queues);
    });
  }

  #disconnect(): void {
    this.#phone.hush();
    this.#socket?.close();
    this.#socket = undefined;
  }

  #know(agent: Agent): void {
    this.#agent = agent;
    const seated = agent.presence !== 'signedOut';
    // After a reload the server still knows her seat: this page is her phone again.
    if (seated && agent.device === 'browser' && !this.#phone.isOpen && !this.#silenced)
      void this.#phone.open().catch((error: unknown) => this.#complain(error));
    if (!seated && agent.activity === 'idle' && this.#phone.state === 'up' && this.#seatedBefore)
      this.#phone.hush();
    if (agent.activity === 'idle') this.#phone.expectNothing();
    this.#seatedBefore = seated;
    this.events.emit('agent', agent);
  }

  #ownPhone({ microphone, iceServers }: ClientOptions): BrowserPhone {
    const phone = new BrowserPhone({
      baseUrl: this.#api.baseUrl,
      token: () => this.#staff.person?.token ?? '',
      outside: this.#outside,
      microphone: microphone ?? (() => this.audio.microphone),
      iceServers: async () => iceServers ?? this.#api.iceServers(this.#staff.token),
    });
    phone.useSpeaker(this.audio.chosen('speaker'));
    phone.events.on('voice', (state) => this.events.emit('voice', state));
    phone.events.on('muted', (muted) => this.events.emit('muted', muted));
    phone.events.on('problem', (code) => this.events.emit('problem', code));
    // Back in a call this page, or the one before it, dropped out of: it was answered long ago.
    phone.events.on('ringing', () => {
      if (this.#agent?.activity !== 'reconnecting') return;
      void phone.answer().catch((error: unknown) => this.#complain(error));
    });
    phone.events.on('stopped', (code) => {
      this.#silenced = true;
      this.events.emit('problem', code);
    });
    return phone;
  }

  #leave(why?: ProblemCode): void {
    this.#staff.signOut();
    this.#disconnect();
    this.#agent = undefined;
    this.#session = null;
    this.events.emit('person', { signedIn: undefined, ...(why && { why }) });
  }

  #complain(error: unknown): void {
    this.events.emit('problem', codeOf(error));
  }

  async #command<Name extends keyof AgentToServer>(
    name: Name,
    payload: Parameters<AgentToServer[Name]>[0],
  ): Promise<void> {
    if (!this.#socket) throw new CordboardProblem('unauthenticated');
    await this.#socket.command(name, payload as never);
  }
}
