// The customer's page, from the button to the stars.

import { signal } from '@preact/signals';
import type { CustomerModel, CustomerScreen } from '../../app/web/customer/model.ts';
import { CustomerPage } from '../../app/web/customer/page.tsx';
import { ago, longName, nothing } from './things.ts';

interface Situation {
  readonly screen: CustomerScreen;
  readonly muted?: boolean;
  readonly offline?: boolean;
  readonly voice?: 'up' | 'recovering';
}

const talking = { at: 'talking', since: ago(73), agentName: 'Alice', held: false } as const;
const ended = { at: 'ended', reason: 'agent_hung_up', rated: false, mayRate: true } as const;

export const customerScenes: Readonly<Record<string, Situation>> = {
  'customer-start': { screen: { at: 'start', problem: undefined } },
  'customer-refused-microphone': { screen: { at: 'start', problem: 'microphone_denied' } },
  'customer-lines-busy': { screen: { at: 'start', problem: 'queue_full' } },
  'customer-asking': { screen: { at: 'asking' } },
  'customer-connecting': { screen: { at: 'connecting', since: ago(1) } },
  'customer-waiting': {
    screen: { at: 'waiting', since: ago(42), place: 3, estimate: { minutes: 4, over: false }, keys: [] },
  },
  'customer-waiting-keys': {
    screen: { at: 'waiting', since: ago(42), place: 3, estimate: undefined, keys: ['1', '2'] },
  },
  'customer-ringing': { screen: { at: 'ringing', since: ago(48), place: 1 } },
  'customer-talking': { screen: talking },
  'customer-long-name': { screen: { ...talking, agentName: longName } },
  'customer-muted': { screen: talking, muted: true },
  'customer-held': { screen: { ...talking, held: true } },
  'customer-cut-off': { screen: talking, offline: true },
  'customer-sound-lost': { screen: talking, voice: 'recovering' },
  'customer-ended': { screen: ended },
  'customer-rated': { screen: { ...ended, mayRate: false, rated: true } },
  'customer-closed': { screen: { at: 'closed', opensAt: ago(-36_000) } },
  'customer-unusable': { screen: { at: 'unusable', why: 'linkExpired' } },
};

export const customerScene = (name: string) => {
  const situation = customerScenes[name];
  return situation ? <CustomerPage model={modelOf(situation)} /> : null;
};

const modelOf = ({ screen, muted, offline, voice }: Situation): CustomerModel => ({
  screen: signal(screen),
  label: signal(undefined),
  offline: signal(offline ?? false),
  muted: signal(muted ?? false),
  voice: signal(voice ?? 'up'),
  talkedMs: signal(screen.at === 'ended' ? 192_000 : 0),
  microphone: undefined,
  name: signal(''),
  call: nothing,
  mute: () => undefined,
  press: () => undefined,
  hangUp: nothing,
  rate: nothing,
  again: () => undefined,
});
