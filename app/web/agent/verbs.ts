// What an agent can do with a call at this moment, in the order in which it stands on her page; what cannot be done is not there to
// be pressed. The same list serves the buttons and the keys.

import type { Queue } from '@cordboard/sdk';
import type { AgentNow, CallNow } from './model.ts';

export type Verb =
  | 'answer'
  | 'decline'
  | 'complete'
  | 'resume'
  | 'hold'
  | 'back'
  | 'swap'
  | 'conference'
  | 'dropThird'
  | 'dropCustomer'
  | 'mute'
  | 'unmute'
  | 'transfer'
  | 'keypad'
  | 'park'
  | 'recordStart'
  | 'recordPause'
  | 'recordResume'
  | 'recordStop'
  | 'sounds'
  | 'stopSound'
  | 'hangUp';

export interface Situation {
  readonly agent: AgentNow;
  readonly call: CallNow | null;
  /** Of her microphone, or of her phone on the switch. */
  readonly muted: boolean;
  /** Undefined where the call is of a queue that is not hers: then the server says what may be done. */
  readonly policy: Queue['record'] | undefined;
}

/** One letter each; what replaces one another shares it. What cannot be taken back has none: a letter is soon pressed by mistake. */
export const shortcuts: { readonly [V in Verb]?: string } = {
  answer: 'a',
  decline: 'd',
  hold: 'h',
  resume: 'h',
  mute: 'm',
  unmute: 'm',
  transfer: 't',
  keypad: 'k',
};

export function verbsOf(situation: Situation): readonly Verb[] {
  const { agent, call } = situation;
  switch (agent.activity) {
    case 'offered':
    case 'ringing':
      return ['answer', 'decline'];
    case 'dialling':
      return [muting(situation), 'hangUp'];
    case 'reconnecting':
      return ['hangUp'];
    case 'talking':
      return [
        'hold',
        muting(situation),
        'transfer',
        'keypad',
        'park',
        ...recording(situation),
        ...sound(call),
        'hangUp',
      ];
    case 'held':
      return ['resume', muting(situation), 'transfer', ...recording(situation), 'hangUp'];
    case 'consulting':
      return consulting(situation);
    case 'conferencing':
      return isAsked(agent, call)
        ? [muting(situation), 'hangUp']
        : [
            'dropThird',
            'dropCustomer',
            muting(situation),
            'keypad',
            ...recording(situation),
            ...sound(call),
            'hangUp',
          ];
    case 'idle':
    case 'wrapUp':
      return [];
  }
}

/** She is the colleague who is asked; what becomes of the call is not hers to say. */
export const isAsked = (agent: AgentNow, call: CallNow | null): boolean =>
  call?.third?.agentId === agent.agentId;

function consulting(situation: Situation): readonly Verb[] {
  const { agent, call } = situation;
  if (isAsked(agent, call)) return [muting(situation), 'hangUp'];
  if (call?.third?.state !== 'answered') return ['back', muting(situation)];
  return ['complete', 'back', 'swap', 'conference', muting(situation), 'keypad', ...recording(situation)];
}

const muting = ({ muted }: Situation): Verb => (muted ? 'unmute' : 'mute');

const sound = (call: CallNow | null): readonly Verb[] => [call?.playing === true ? 'stopSound' : 'sounds'];

/** What is always recorded may be paused, not stopped. */
function recording({ call, policy }: Situation): readonly Verb[] {
  const stop: readonly Verb[] = policy === 'always' ? [] : ['recordStop'];
  switch (call?.recording) {
    case 'on':
      return ['recordPause', ...stop];
    case 'paused':
      return ['recordResume', ...stop];
    case undefined:
      return policy === 'never' ? [] : ['recordStart'];
  }
}

/** The verb a key stands for now. */
export const verbOfKey = (key: string, situation: Situation): Verb | undefined =>
  verbsOf(situation).find((verb) => shortcuts[verb] === key.toLowerCase());
