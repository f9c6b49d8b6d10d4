// The agent's page in every situation she may find it in.

import { signal } from '@preact/signals';
import type { Call } from '@cordboard/sdk';
import type { AgentModel, AgentNow, CallNow, Panel } from '../../app/web/agent/model.ts';
import { AgentPage } from '../../app/web/agent/page.tsx';
import { ago, longName, nothing, noMessages, numbered } from './things.ts';

interface Situation {
  readonly agent?: Partial<AgentNow>;
  readonly call?: Partial<CallNow> | null;
  readonly panel?: Panel;
  readonly problem?: string;
  readonly offline?: boolean;
  readonly muted?: boolean;
  readonly voice?: 'up' | 'closed' | 'recovering';
}

const alice: AgentNow = {
  agentId: '1001',
  displayName: 'Alice',
  queues: ['default', 'sales'],
  presence: 'ready',
  presenceSince: ago(720),
  activity: 'idle',
  activitySince: ago(95),
  device: 'browser',
  reachable: true,
};

const anna: CallNow = {
  sessionId: '7d1f3a52-7f0c-4a39-8d1e-0d6b6f3d1a01',
  source: 'phone',
  queueId: 'default',
  state: 'talking',
  since: ago(134),
  requestedAt: ago(171),
  queuedAt: ago(169),
  away: false,
  customerName: 'Anna Müller',
  customerNumber: '+49 *** 1234',
};
const answered = { connectedAt: ago(134), recording: 'on' } as const;

const third = { kind: 'agent', agentId: '1002', state: 'answered' } as const;

/** A call in a state: her activity is called the same. */
const inCall = (activity: AgentNow['activity'], call: Partial<CallNow> = {}): Situation => ({
  agent: { activity },
  call: { ...answered, ...call },
});

export const agentScenes: Readonly<Record<string, Situation>> = {
  'agent-device': { agent: { presence: 'signedOut', reachable: false } },
  'agent-refused-microphone': {
    agent: { presence: 'signedOut', reachable: false },
    problem: 'microphone_denied',
  },
  'agent-idle': {},
  'agent-break': { agent: { presence: 'break', breakReason: 'lunch' } },
  'agent-phone-gone': { agent: { device: 'sip', reachable: false, unreachableWhy: 'unregistered' } },
  'agent-elsewhere': { voice: 'closed' },
  'agent-ringing': { agent: { activity: 'ringing' }, call: { state: 'ringing', since: ago(4) } },
  'agent-talking': inCall('talking'),
  'agent-muted': { ...inCall('talking', { recording: 'paused' }), muted: true },
  'agent-held': inCall('held', { state: 'held', since: ago(35) }),
  'agent-keypad': { ...inCall('talking'), panel: 'keypad' },
  'agent-transfer': { ...inCall('talking'), panel: 'transfer' },
  'agent-sounds': { ...inCall('talking', { playing: true }), panel: 'sounds' },
  'agent-calling-colleague': inCall('consulting', {
    state: 'consulting',
    third: { ...third, state: 'ringing' },
  }),
  'agent-consulting': inCall('consulting', { state: 'consulting', since: ago(20), third, facing: 'third' }),
  'agent-conference': inCall('conferencing', { state: 'conferencing', third }),
  'agent-asked': inCall('consulting', { state: 'consulting', third: { ...third, agentId: '1001' } }),
  'agent-reconnecting': inCall('reconnecting', { state: 'rejoining' }),
  'agent-wrap-up': { agent: { activity: 'wrapUp', wrapUpUntil: ago(-27) }, call: { state: 'ended' } },
  'agent-refused': { ...inCall('talking', { customerName: longName }), problem: 'no_free_slot' },
  'agent-offline': { ...inCall('talking'), offline: true },
};

const queues = ['default', 'sales'].map((queueId, index) => ({
  queueId,
  open: true,
  waiting: index * 3,
  agents: { ready: 1, busy: 2, onBreak: 0 },
  record: 'onDemand' as const,
  ...(index > 0 && { longestSince: ago(47) }),
}));

const history = numbered(6, (index): Call => ({
  sessionId: `7d1f3a52-7f0c-4a39-8d1e-0d6b6f3d1b0${index}`,
  source: index % 3 === 0 ? 'web' : index % 3 === 1 ? 'phone' : 'outbound',
  queueId: 'default',
  customerNumber: index % 2 === 0 ? null : '+49 *** 77',
  customerName: index === 2 ? longName : null,
  dialledNumber: null,
  requestedAt: ago(3_600 * (index + 1)),
  arrivedAt: null,
  queuedAt: null,
  connectedAt: null,
  endedAt: ago(3_600 * index),
  talkMs: 61_000 * (index + 1),
  heldMs: 0,
  waitMs: 4_000,
  agentId: '1001',
  ending: index === 1 ? 'agent_hung_up' : 'customer_hung_up',
  recovered: false,
  recorded: true,
  stars: null,
}));

export const agentScene = (name: string) => <AgentPage model={modelOf(agentScenes[name] ?? {})} />;

function modelOf({ agent, call, panel, problem, offline, muted, voice }: Situation): AgentModel {
  return {
    signedIn: signal(true),
    displayName: signal('Alice'),
    agent: signal({ ...alice, ...agent }),
    call: signal(call ? { ...anna, ...call } : null),
    queues: signal(queues),
    offline: signal(offline ?? false),
    voice: signal(voice ?? 'up'),
    audio: {
      list: async () => ({
        microphones: [{ id: 'a', label: 'Headset Microphone (USB)' }],
        speakers: [{ id: 'b', label: 'Headset Earphone (USB)' }],
      }),
      watch: () => () => undefined,
      chosen: () => undefined,
      choose: nothing,
      microphone: undefined,
    },
    messages: noMessages,
    today: signal(history),
    muted: signal(muted ?? false),
    panel: signal(panel),
    pressed: signal(panel === 'keypad' ? '1234#' : ''),
    sounds: signal(['welcome-back', 'one-moment', 'tone-beep', 'tone-double-beep']),
    keysOn: signal(true),
    problem: signal(problem),
    notReached: signal(undefined),
    dismiss: () => undefined,
    signIn: nothing,
    signOut: nothing,
    takeDevice: nothing,
    ready: nothing,
    takeBreak: nothing,
    answer: nothing,
    decline: nothing,
    hold: nothing,
    resume: nothing,
    hangUp: nothing,
    finishWrapUp: nothing,
    mute: () => undefined,
    open: () => undefined,
    press: nothing,
    control: nothing,
    colleagues: async () => [{ ...alice, agentId: '1002', displayName: 'Bob' }],
    everyQueue: async () => queues,
  };
}
