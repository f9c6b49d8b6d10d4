// A house with call flows: a reception with a menu, a direct number, business hours, a line that is told where it stands, a survey. Every
// sound is a tone of its own, so that what somebody hears can be measured.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toneWav } from './baresip-sound.ts';

/** What each announcement sounds like, Hz, and how long, seconds. */
export const sounds = {
  hello: [2_300, 2],
  choose: [2_900, 4],
  wrong: [3_300, 2],
  bye: [1_950, 2],
  next: [2_600, 2],
  'place-2': [3_600, 2],
} as const;
/** Nobody is so far behind here. */
const otherPlaces = Array.from({ length: 18 }, (_, index) => `place-${index + 3}`);
/** A number in the telephone network that a flow leads to. */
export const outside = '+4930700300';
const noon = ['00:00-24:00'];
const flows = {
  hours: {
    open: {
      timeZone: 'Europe/Berlin',
      weekly: { sun: noon, mon: noon, tue: noon, wed: noon, thu: noon, fri: noon, sat: noon },
    },
    shut: { timeZone: 'Europe/Berlin', weekly: {} },
  },
  flows: {
    reception: {
      start: 'hours',
      steps: {
        hours: { kind: 'hours', hours: 'open', open: 'hello', closed: 'bye' },
        hello: { kind: 'say', prompt: 'hello', then: 'menu' },
        menu: {
          kind: 'menu',
          prompt: 'choose',
          keys: { '1': 'sales', '2': 'support' },
          tries: 2,
          timeoutSeconds: 1,
          wrong: 'wrong',
          otherwise: 'bye',
        },
        sales: { kind: 'queue', queue: 'sales' },
        support: { kind: 'queue', queue: 'support' },
        bye: { kind: 'hangUp', prompt: 'bye' },
      },
    },
    direct: {
      start: 'alice',
      queue: 'sales',
      steps: {
        alice: { kind: 'agent', agent: '1001', otherwise: 'outside' },
        outside: { kind: 'number', number: outside, otherwise: 'bye' },
        bye: { kind: 'hangUp', prompt: 'bye' },
      },
    },
    elsewhere: { start: 'line', steps: { line: { kind: 'queue', queue: 'default' } } },
    leave: {
      start: 'tone',
      steps: { tone: { kind: 'voicemail', queue: 'support', greeting: 'hello', maxSeconds: 60 } },
    },
    night: {
      start: 'closed',
      queue: 'default',
      steps: {
        closed: {
          kind: 'say',
          prompt: { say: 'We are closed. Please leave a message after the tone.' },
          then: 'tone',
        },
        tone: { kind: 'voicemail', queue: 'support', greeting: 'hello', maxSeconds: 60, then: 'bye' },
        bye: { kind: 'hangUp', prompt: 'bye' },
      },
    },
  },
  queues: {
    sales: {
      survey: { questions: [{ name: 'friendly', prompt: 'choose' }], wrong: 'wrong', thanks: 'bye' },
      keys: { '0': 'leave', '9': 'elsewhere' },
      announce: {
        ...{ firstSeconds: 1, everySeconds: 5, wait: false },
        prompts: { next: 'next', place: 'place-{n}', beyond: 'place-{n}' },
      },
    },
    support: { hours: 'shut', closed: 'night' },
    default: { first: 'reception' },
  },
};

/** What a data folder is to hold before the first start. @param trunking what the trunking file says besides numbers */
export function furnishReception(folder: string, trunking: object): void {
  mkdirSync(path.join(folder, 'sounds'), { recursive: true });
  for (const [id, [hertz, seconds]] of Object.entries(sounds))
    writeFileSync(path.join(folder, 'sounds', `${id}.wav`), toneWav(hertz, seconds));
  for (const id of otherPlaces)
    writeFileSync(path.join(folder, 'sounds', `${id}.wav`), toneWav(...sounds.wrong));
  writeFileSync(path.join(folder, 'flows.json'), JSON.stringify(flows));
  const queues = { '4001': 'queue:sales', '4002': 'queue:support' };
  const numbers = { ...queues, '4100': 'flow:reception', '4101': 'flow:direct' };
  writeFileSync(path.join(folder, 'trunking.json'), JSON.stringify({ ...trunking, numbers }));
}
