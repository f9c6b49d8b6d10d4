// What people may do in a random shift, and what may befall them.

import fc from 'fast-check';
import type { PhoneHabit } from '../support/fake-media.ts';

export const agentNames = ['1001', '1002', '1003'];
export const customerNames = ['anna', 'bob', 'cleo', 'dan', 'eve', 'fay'];
export const supervisorNames = ['sue', 'tom'];
/** Telephones somewhere outside. */
export const numbers = ['+49301', '+49302'];
/** `desk` has a flow before its line, `night` is closed and takes messages. */
const queueNames = ['default', 'sales', 'desk', 'night'];

const customerDeeds = [
  'calls',
  'presses',
  'dials',
  'hangsUp',
  'drops',
  'arrives',
  'dies',
  'isEnded',
  'presses1',
  'presses9',
  'pressesHash',
  'hearsOut',
  'hearsOut',
] as const;
const agentDeeds = [
  'signsIn',
  'signsInByTelephone',
  'signsInByPage',
  'signsInByPage',
  'nailsUp',
  'nailsUp',
  'nailsUpByTelephone',
  'nailsUpByPage',
  'pageGoes',
  'pageComes',
  'signsOut',
  'isReady',
  'takesBreak',
  'holds',
  'resumes',
  'picksUp',
  'phoneEnds',
  'phoneDies',
  'answer',
  'decline',
  'hangUp',
  'finishWrapUp',
  'vanishes',
  'returns',
  'presses1',
] as const;
/** Within a call; done with whoever is named beside. */
const callDeeds = [
  'consultsAgent',
  'consultsAgent',
  'consultsNumber',
  'consultsNumber',
  'completes',
  'completes',
  'cancels',
  'toggles',
  'confers',
  'confers',
  'dropsCustomer',
  'dropsThird',
  'transfersToAgent',
  'transfersToNumber',
  'transfersToQueue',
  'parks',
  'picksUpSlot',
  'dials',
  'dialsEarly',
  'mutes',
  'sendsDigits',
  'plays',
  'stopsPlaying',
  'records',
  'stopsRecording',
  'pauses',
  'unpauses',
] as const;
const numberDeeds = ['answers', 'answers', 'hangsUp', 'dies', 'sendsSound'] as const;
const supervisorDeeds = ['joins', 'joins', 'whispers', 'leaves', 'takesOver', 'hangsUp', 'notifies'] as const;
const fateDeeds = [
  'restart',
  'switchDies',
  'dialFails',
  'dialIsRefused',
  'bridgeFails',
  'conferenceFails',
  'soundFails',
  'tapFails',
  'parkFails',
  'hangUpFails',
  'answerFails',
] as const;

export type CustomerDeed = (typeof customerDeeds)[number];
export type AgentDeed = (typeof agentDeeds)[number];
export type CallDeed = (typeof callDeeds)[number];
export type NumberDeed = (typeof numberDeeds)[number];
export type SupervisorDeed = (typeof supervisorDeeds)[number];
export type FateDeed = (typeof fateDeeds)[number];

export type Deed =
  | { readonly who: 'customer'; readonly name: string; readonly does: CustomerDeed; readonly queue: string }
  | { readonly who: 'agent'; readonly name: string; readonly does: AgentDeed }
  | {
      readonly who: 'call';
      readonly name: string;
      readonly does: CallDeed;
      readonly colleague: string;
      readonly number: string;
    }
  | { readonly who: 'number'; readonly name: string; readonly does: NumberDeed }
  | {
      readonly who: 'supervisor';
      readonly name: string;
      readonly does: SupervisorDeed;
      readonly customer: string;
      readonly number: string;
    }
  | { readonly who: 'phone'; readonly name: string; readonly mood: PhoneHabit }
  | { readonly who: 'fate'; readonly does: FateDeed }
  | { readonly who: 'time'; readonly passes: number };

const moods: readonly PhoneHabit[] = [
  'ring',
  'byHeader',
  'answer',
  'decline',
  'busy',
  'unreachable',
  'fail',
  'silent',
];

const customer = fc.record({
  who: fc.constant('customer' as const),
  name: fc.constantFrom(...customerNames),
  does: fc.constantFrom(...customerDeeds),
  queue: fc.constantFrom(...queueNames),
});
const agent = fc.record({
  who: fc.constant('agent' as const),
  name: fc.constantFrom(...agentNames),
  does: fc.constantFrom(...agentDeeds),
});
const call = fc.record({
  who: fc.constant('call' as const),
  name: fc.constantFrom(...agentNames),
  does: fc.constantFrom(...callDeeds),
  colleague: fc.constantFrom(...agentNames),
  number: fc.constantFrom(...numbers),
});
const number = fc.record({
  who: fc.constant('number' as const),
  name: fc.constantFrom(...numbers),
  does: fc.constantFrom(...numberDeeds),
});
const supervisor = fc.record({
  who: fc.constant('supervisor' as const),
  name: fc.constantFrom(...supervisorNames),
  does: fc.constantFrom(...supervisorDeeds),
  customer: fc.constantFrom(...customerNames),
  number: fc.constantFrom(...numbers),
});
const phone = fc.record({
  who: fc.constant('phone' as const),
  name: fc.constantFrom(...agentNames, ...numbers, ...supervisorNames),
  mood: fc.constantFrom(...moods),
});
const fate = fc.record({ who: fc.constant('fate' as const), does: fc.constantFrom(...fateDeeds) });
const time = fc.record({
  who: fc.constant('time' as const),
  passes: fc.constantFrom(1, 10, 500, 3_000, 8_000, 21_000, 61_000),
});

type Who = Pick<Extract<Deed, { who: 'call' }>, 'name' | 'colleague' | 'number'>;
const at = (who: Who, ...does: readonly CallDeed[]): readonly Deed[] =>
  does.map((deed) => ({ who: 'call', ...who, does: deed }) as const);
const answers = ({ number: name }: Who): Deed => ({ who: 'number', name, does: 'answers' });

/** What hardly ever comes about by chance: a party that is asked, answers, and is there for whatever comes next. */
const chains: readonly ((who: Who) => readonly Deed[])[] = [
  (who) => [...at(who, 'consultsNumber'), answers(who)],
  (who) => [...at(who, 'consultsNumber'), answers(who), ...at(who, 'toggles')],
  (who) => [...at(who, 'consultsNumber'), answers(who), ...at(who, 'confers')],
  (who) => [...at(who, 'consultsNumber'), answers(who), ...at(who, 'completes')],
  (who) => at(who, 'consultsAgent', 'confers'),
  (who) => at(who, 'consultsAgent', 'toggles', 'toggles'),
  (who) => at(who, 'consultsAgent', 'completes'),
  (who) => at(who, 'consultsAgent', 'confers', 'dropsCustomer'),
  (who) => [...at(who, 'transfersToNumber'), answers(who)],
  (who) => [...at(who, 'dials'), answers(who)],
  (who) => [...at(who, 'dialsEarly'), { who: 'number', name: who.number, does: 'sendsSound' }],
  (who) => at(who, 'records', 'pauses'),
  ({ name }) => [
    { who: 'agent', name, does: 'pageGoes' },
    { who: 'time', passes: 500 },
    { who: 'agent', name, does: 'pageComes' },
  ],
];
const chain: fc.Arbitrary<readonly Deed[]> = fc
  .record({
    name: fc.constantFrom(...agentNames),
    colleague: fc.constantFrom(...agentNames),
    number: fc.constantFrom(...numbers),
    chain: fc.constantFrom(...chains),
  })
  .map(({ chain: make, ...who }) => make(who));
const one = (deed: fc.Arbitrary<Deed>): fc.Arbitrary<readonly Deed[]> => deed.map((only) => [only]);

/** A floor that is already at work, so that the rest of the shift finds calls to do something with. */
const opening: fc.Arbitrary<readonly Deed[]> = fc.constantFrom<readonly Deed[]>(
  [],
  [
    ...agentNames.map((name) => ({ who: 'agent', name, does: 'signsIn' }) as const),
    { who: 'customer', name: 'anna', does: 'calls', queue: 'default' },
    { who: 'customer', name: 'anna', does: 'hearsOut', queue: 'default' },
    { who: 'customer', name: 'bob', does: 'dials', queue: 'sales' },
    { who: 'time', passes: 500 },
  ],
);

export const shifts: fc.Arbitrary<readonly Deed[]> = fc
  .tuple(
    opening,
    fc.array(
      fc.oneof(
        { weight: 5, arbitrary: one(customer) },
        { weight: 5, arbitrary: one(agent) },
        { weight: 5, arbitrary: one(call) },
        { weight: 3, arbitrary: one(number) },
        { weight: 2, arbitrary: one(supervisor) },
        { weight: 2, arbitrary: one(phone) },
        { weight: 5, arbitrary: chain },
        { weight: 1, arbitrary: one(fate) },
        { weight: 5, arbitrary: one(time) },
      ),
      { minLength: 10, maxLength: 60 },
    ),
  )
  .map(([first, rest]) => [...first, ...rest.flat()]);

/** What becomes of one signal after another, used round and round: the delays at which it is delivered. */
export type Fortune = readonly (readonly number[])[];

export const fortunes: fc.Arbitrary<Fortune> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant([0]) },
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.constant([0, 5]) },
    { weight: 1, arbitrary: fc.constantFrom([3], [40], [700], [2_500]) },
    { weight: 1, arbitrary: fc.constantFrom([2, 900], [60, 61]) },
  ),
  { minLength: 1, maxLength: 40 },
);
