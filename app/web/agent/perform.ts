// From a verb to what is asked of the server, or opened on the page; and how each is called and drawn.

import type { IconName } from '../shared/icon.tsx';
import { say } from '../shared/page.tsx';
import type { AgentModel, AgentNow, CallNow, Panel } from './model.ts';
import type { Situation, Verb } from './verbs.ts';

/** How things are with the call she has. */
export function situationOf(model: AgentModel, agent: AgentNow): Situation {
  const call = model.call.value;
  const muted = agent.device === 'browser' ? model.muted.value : (call?.muted ?? false);
  const policy = model.queues.value.find(({ queueId }) => queueId === call?.queueId)?.record;
  return { agent, call, muted, policy };
}

// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
export function perform(model: AgentModel, agent: AgentNow, verb: Verb): void {
  const control = (wish: Parameters<AgentModel['control']>[0]): void => void model.control(wish);
  switch (verb) {
    case 'answer':
      return void model.answer();
    case 'decline':
      return void model.decline();
    case 'hold':
      return void model.hold();
    case 'resume':
      return void model.resume();
    case 'hangUp':
      return void model.hangUp();
    case 'mute':
    case 'unmute':
      // A browser's own microphone; a desk phone is muted on the switch.
      if (agent.device === 'browser') return model.mute(verb === 'mute');
      return control((calls) => calls.mute(verb === 'mute'));
    case 'complete':
      return control((calls) => calls.completeTransfer());
    case 'back':
      return control((calls) => calls.cancelConsult());
    case 'swap':
      return control((calls) => calls.toggle());
    case 'conference':
      return control((calls) => calls.conference());
    case 'dropThird':
      return control((calls) => calls.dropParty('third'));
    case 'dropCustomer':
      return control((calls) => calls.dropParty('customer'));
    case 'park':
      return control((calls) => calls.park());
    case 'stopSound':
      return control((calls) => calls.stopPlaying());
    case 'recordStart':
    case 'recordPause':
    case 'recordResume':
    case 'recordStop':
      return control((calls) => calls.recording(recordingWishes[verb]));
    case 'transfer':
    case 'keypad':
    case 'sounds':
      model.open(verb);
  }
}

const recordingWishes = {
  recordStart: 'start',
  recordPause: 'pause',
  recordResume: 'resume',
  recordStop: 'stop',
} as const;

export const icons: Readonly<Record<Verb, IconName>> = {
  answer: 'answer',
  decline: 'hangUp',
  complete: 'transfer',
  resume: 'resume',
  hold: 'hold',
  back: 'answer',
  swap: 'swap',
  conference: 'people',
  dropThird: 'hangUp',
  dropCustomer: 'hangUp',
  mute: 'microphone',
  unmute: 'microphoneOff',
  transfer: 'transfer',
  keypad: 'keypad',
  park: 'park',
  recordStart: 'record',
  recordPause: 'hold',
  recordResume: 'record',
  recordStop: 'stop',
  sounds: 'sound',
  stopSound: 'stop',
  hangUp: 'hangUp',
};

export function labelOf(verb: Verb, { agent, call }: Situation): string {
  switch (verb) {
    case 'dropThird':
      return say.agent.dropThird(thirdName(call));
    case 'mute':
      return agent.device === 'browser' ? say.agent.mute : say.agent.silence;
    case 'unmute':
      return agent.device === 'browser' ? say.agent.unmute : say.agent.unsilence;
    default:
      return say.agent[verb];
  }
}

/** The verbs that open something below the call. */
export const panels: ReadonlySet<string> = new Set<Panel>(['transfer', 'keypad', 'sounds']);

/** Whom she asked, or who joined. */
export function thirdName(call: CallNow | null): string {
  const third = call?.third;
  if (third === undefined || third.kind === 'supervisor') return say.agent.supervisor;
  return third.agentId ?? third.number ?? say.agent.unknownCaller;
}
