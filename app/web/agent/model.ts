// The agent's page as signals over the SDK's console. A refusal is shown as a sentence until the next thing she does.

import { effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { messagesModel, type MessagesModel } from '../shared/messages.tsx';
import { midnight, settleMs, wishes, type Wishes } from '../shared/wishes.ts';
import {
  AgentConsole,
  RingTone,
  type Agent,
  type AgentSession,
  type AudioDeviceKind,
  type AudioDevices,
  type Call,
  type CallControl,
  type NotReached,
  type Queue,
  type VoiceState,
} from '@cordboard/sdk';

export type AgentNow = Agent;
export type CallNow = AgentSession;
export type DeviceKind = 'sip' | 'browser' | 'pstn';
/** What else is open below the call: one thing at a time. */
export type Panel = 'transfer' | 'keypad' | 'sounds';

/** Microphone and loudspeaker of this browser. */
export interface AudioModel extends Pick<AudioDevices, 'list' | 'watch' | 'chosen'> {
  choose(kind: AudioDeviceKind, id: string | undefined): Promise<void>;
  /** What she says, for a level meter. */
  readonly microphone: MediaStreamTrack | undefined;
}

export interface AgentModel {
  readonly signedIn: ReadonlySignal<boolean>;
  readonly displayName: ReadonlySignal<string>;
  readonly agent: ReadonlySignal<AgentNow | undefined>;
  readonly call: ReadonlySignal<CallNow | null>;
  readonly queues: ReadonlySignal<readonly Queue[]>;
  readonly offline: ReadonlySignal<boolean>;
  /** The way of her voice, with the device *browser*. */
  readonly voice: ReadonlySignal<VoiceState>;
  readonly audio: AudioModel;
  /** What callers of her queues have left. */
  readonly messages: MessagesModel;
  /** Calls she had since midnight, newest first. */
  readonly today: ReadonlySignal<readonly Call[]>;
  readonly muted: ReadonlySignal<boolean>;
  readonly panel: ReadonlySignal<Panel | undefined>;
  /** Digits sent into this call. */
  readonly pressed: ReadonlySignal<string>;
  /** Sounds that can be played; undefined until they have been asked for. */
  readonly sounds: ReadonlySignal<readonly string[] | undefined>;
  /** Whether keys of the keyboard stand for buttons. */
  readonly keysOn: Signal<boolean>;
  /** Code of what could not be done. */
  readonly problem: ReadonlySignal<string | undefined>;
  /** Whom she did not reach, until the next thing she does. */
  readonly notReached: ReadonlySignal<NotReached | undefined>;
  /** She has read what went wrong. */
  dismiss(): void;
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
  /** Resolves with the code of the refusal, or undefined when the note is stored. */
  finishWrapUp(note: string): Promise<string | undefined>;
  mute(muted: boolean): void;
  /** Opens what belongs to a verb below the call, or closes it. */
  open(panel: Panel): void;
  /** A key of the telephone's pad. */
  press(key: string): Promise<void>;
  /** Does something with the call; resolves with the code of the refusal, or undefined when it was taken. */
  control(wish: (control: CallControl) => Promise<void>): Promise<string | undefined>;
  /** Colleagues who could be asked, as they were when asked for. */
  colleagues(): Promise<readonly Agent[]>;
  /** Every line there is, hers or not. */
  everyQueue(): Promise<readonly Queue[]>;
}

const keysKey = 'cordboard.keys';

export function agentModel(): AgentModel {
  const desk = new AgentConsole();
  const asked = wishes();
  const { problem } = asked;
  const notReached = signal<NotReached | undefined>(undefined);
  const dismiss = (): void => {
    asked.dismiss();
    notReached.value = undefined;
  };
  const attempt: Wishes['attempt'] = (wish) => {
    dismiss();
    return asked.attempt(wish);
  };
  const seen = follow(desk);
  const below = belowTheCall(desk, attempt);
  const { today, readToday } = dayOf(desk, asked);
  const messages = messagesModel(desk.mailbox, attempt);
  const keysOn = signal(localStorage.getItem(keysKey) !== 'off');
  const begin = (): void => {
    messages.read();
    readToday();
  };

  desk.events.on('person', ({ signedIn, why }) => {
    if (signedIn) begin();
    problem.value = why;
  });
  desk.events.on('notReached', (what) => (notReached.value = what));
  desk.events.on('problem', (code) => (problem.value = code));
  desk.events.on('messages', () => messages.read());
  if (desk.person) begin();
  effect(() => localStorage.setItem(keysKey, keysOn.value ? 'on' : 'off'));
  ringInTheBrowser(seen.agent);

  const command = (wish: () => Promise<unknown>) => async (): Promise<void> => void (await attempt(wish));
  return {
    ...seen,
    ...below,
    ...{ problem, notReached, dismiss, messages, today, keysOn },
    audio: audioOf(desk, attempt),
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
    finishWrapUp: (note) => attempt(() => desk.finishWrapUp(note)),
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

type Seen = 'signedIn' | 'displayName' | 'agent' | 'call' | 'queues' | 'offline' | 'voice' | 'muted';

/** What the server and the browser say, as it is now. */
function follow(desk: AgentConsole): Pick<AgentModel, Seen> {
  const signedIn = signal(desk.person !== undefined);
  const displayName = signal(desk.person?.displayName ?? '');
  const agent = signal<AgentNow | undefined>(desk.agent);
  const call = signal<CallNow | null>(desk.session);
  const queues = signal<readonly Queue[]>(desk.queues);
  const offline = signal(false);
  const voice = signal<VoiceState>(desk.voice);
  const muted = signal(false);
  desk.events.on('person', ({ signedIn: person }) => {
    signedIn.value = person !== undefined;
    displayName.value = person?.displayName ?? '';
    if (!person) agent.value = undefined;
  });
  desk.events.on('agent', (now) => (agent.value = now));
  desk.events.on('session', (now) => (call.value = now));
  desk.events.on('queues', (now) => (queues.value = now));
  desk.events.on('online', (online) => (offline.value = !online));
  desk.events.on('voice', (state) => (voice.value = state));
  desk.events.on('muted', (isMuted) => (muted.value = isMuted));
  return { signedIn, displayName, agent, call, queues, offline, voice, muted };
}

type Below = 'panel' | 'pressed' | 'sounds' | 'open' | 'press';

/** What is open below the call, until another one comes. */
function belowTheCall(desk: AgentConsole, attempt: Wishes['attempt']): Pick<AgentModel, Below> {
  const panel = signal<Panel | undefined>(undefined);
  const pressed = signal('');
  const sounds = signal<readonly string[] | undefined>(undefined);
  let about = desk.session?.sessionId;
  desk.events.on('session', (now) => {
    if (now?.sessionId === about) return;
    about = now?.sessionId;
    panel.value = undefined;
    pressed.value = '';
  });
  return {
    ...{ panel, pressed, sounds },
    open(wanted) {
      panel.value = panel.value === wanted ? undefined : wanted;
      if (panel.value === 'sounds') void attempt(async () => (sounds.value = await desk.sounds()));
    },
    async press(key) {
      if ((await attempt(() => desk.control.sendDigits(key))) === undefined) pressed.value += key;
    },
  };
}

/** Her calls since midnight; looked up again when one is over. */
function dayOf(desk: AgentConsole, { quietly }: Wishes) {
  const today = signal<readonly Call[]>([]);
  let before: string | undefined;
  const readToday = (): void => quietly(async () => (today.value = await desk.callsSince(midnight())));
  desk.events.on('agent', ({ sessionId }) => {
    if (before !== undefined && sessionId !== before) setTimeout(readToday, settleMs);
    before = sessionId;
  });
  desk.events.on('person', () => (today.value = []));
  return { today, readToday };
}

const audioOf = (desk: AgentConsole, attempt: Wishes['attempt']): AudioModel => ({
  list: () => desk.audio.list(),
  watch: (listener) => desk.audio.watch(listener),
  chosen: (kind) => desk.audio.chosen(kind),
  choose: async (kind, id) => void (await attempt(() => desk.useAudioDevice(kind, id))),
  get microphone() {
    return desk.microphone;
  },
});

/** A desk phone rings by itself. */
function ringInTheBrowser(agent: ReadonlySignal<AgentNow | undefined>): void {
  const tone = new RingTone();
  effect(() => {
    const { device, activity } = agent.value ?? {};
    const rings = device === 'browser' && (activity === 'offered' || activity === 'ringing');
    if (rings) tone.start();
    else tone.stop();
  });
}
