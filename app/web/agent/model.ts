// The agent's page as signals over the SDK's console. A refusal is shown as a sentence until the next thing she does.

import { signal, type ReadonlySignal } from '@preact/signals';
import { messagesModel, type MessagesModel } from '../shared/messages.tsx';
import {
  AgentConsole,
  CordboardProblem,
  type Agent,
  type AgentSession,
  type CallControl,
  type NotReached,
  type Queue,
} from '@cordboard/sdk';

export type AgentNow = Agent;
export type CallNow = AgentSession;
export type DeviceKind = 'sip' | 'browser' | 'pstn';

export interface AgentModel {
  readonly signedIn: ReadonlySignal<boolean>;
  readonly displayName: ReadonlySignal<string>;
  readonly agent: ReadonlySignal<AgentNow | undefined>;
  readonly call: ReadonlySignal<CallNow | null>;
  readonly queues: ReadonlySignal<readonly Queue[]>;
  readonly offline: ReadonlySignal<boolean>;
  /** What callers of her queues have left. */
  readonly messages: MessagesModel;
  readonly muted: ReadonlySignal<boolean>;
  /** Code of what could not be done. */
  readonly problem: ReadonlySignal<string | undefined>;
  /** Whom she did not reach, until the next thing she does. */
  readonly notReached: ReadonlySignal<NotReached | undefined>;
  /** Resolves with the code of the refusal, or undefined when it worked. */
  signIn(username: string, password: string): Promise<string | undefined>;
  signOut(): Promise<void>;
  /** @param number of the telephone, with `pstn` */
  takeDevice(device: DeviceKind, number?: string): Promise<void>;
  ready(): Promise<void>;
  takeBreak(reason: string): Promise<void>;
  answer(): Promise<void>;
  decline(): Promise<void>;
  hold(): Promise<void>;
  resume(): Promise<void>;
  hangUp(): Promise<void>;
  finishWrapUp(note: string): Promise<void>;
  mute(muted: boolean): void;
  /** Does something with the call; resolves with the code of the refusal, or undefined when it was taken. */
  control(wish: (control: CallControl) => Promise<void>): Promise<string | undefined>;
  /** Colleagues who could be asked, as they were when asked for. */
  colleagues(): Promise<readonly Agent[]>;
  /** Every line there is, hers or not. */
  everyQueue(): Promise<readonly Queue[]>;
}

export function agentModel(): AgentModel {
  const desk = new AgentConsole();
  const signedIn = signal(desk.person !== undefined);
  const displayName = signal(desk.person?.displayName ?? '');
  const agent = signal<AgentNow | undefined>(desk.agent);
  const call = signal<CallNow | null>(desk.session);
  const queues = signal<readonly Queue[]>(desk.queues);
  const offline = signal(false);
  const muted = signal(false);
  const problem = signal<string | undefined>(undefined);
  const notReached = signal<NotReached | undefined>(undefined);

  desk.events.on('person', ({ signedIn: person, why }) => {
    signedIn.value = person !== undefined;
    displayName.value = person?.displayName ?? '';
    if (person === undefined) agent.value = undefined;
    else messages.read();
    problem.value = why;
  });
  desk.events.on('agent', (now) => (agent.value = now));
  desk.events.on('session', (now) => (call.value = now));
  desk.events.on('queues', (now) => (queues.value = now));
  desk.events.on('online', (online) => (offline.value = !online));
  desk.events.on('muted', (isMuted) => (muted.value = isMuted));
  desk.events.on('notReached', (what) => (notReached.value = what));
  desk.events.on('problem', (code) => (problem.value = code));

  /** Does it; a refusal becomes the problem that is shown, and its code the answer. */
  const attempt = async (wish: () => Promise<unknown>): Promise<string | undefined> => {
    problem.value = undefined;
    notReached.value = undefined;
    try {
      await wish();
      return undefined;
    } catch (error) {
      if (!(error instanceof CordboardProblem)) throw error;
      problem.value = error.code;
      return error.code;
    }
  };
  const messages = messagesModel(desk.mailbox, attempt);
  desk.events.on('messages', () => messages.read());
  if (desk.person) messages.read();
  const command = (wish: () => Promise<unknown>) => async (): Promise<void> => void (await attempt(wish));

  return {
    ...{ signedIn, displayName, agent, call, queues, offline, muted, problem, notReached, messages },
    signIn: (username, password) => attempt(() => desk.signIn(username, password)),
    signOut: command(() => desk.signOut()),
    takeDevice: async (device, number) => void (await attempt(() => desk.takeDevice(device, number))),
    ready: command(() => desk.ready()),
    takeBreak: async (reason) => void (await attempt(() => desk.takeBreak(reason))),
    answer: command(() => desk.answer()),
    decline: command(() => desk.decline()),
    hold: command(() => desk.hold()),
    resume: command(() => desk.resume()),
    hangUp: command(() => desk.hangUp()),
    finishWrapUp: async (note) => void (await attempt(() => desk.finishWrapUp(note))),
    mute: (wanted) => desk.setMuted(wanted),
    control: (wish) => attempt(() => wish(desk.control)),
    async colleagues() {
      let found: readonly Agent[] = [];
      await attempt(async () => (found = await desk.colleagues()));
      return found.filter(({ presence }) => presence !== 'signedOut');
    },
    async everyQueue() {
      let found: readonly Queue[] = [];
      await attempt(async () => (found = await desk.everyQueue()));
      return found;
    },
  };
}
