// A random shift on a random floor: people do what they like when they like, phones have moods, signals are lost, late, doubled
// and out of order, the switch and the control plane die now and then. Everything follows from one seed. Afterwards everybody
// goes home, and nothing may be left.

import fc from 'fast-check';
import { openWorld, type Customer, type World } from '../support/world.ts';
import type { PhoneHabit } from '../support/fake-media.ts';
import type { MediaSignal } from '../../app/ports/media.ts';

export const agentNames = ['1001', '1002', '1003'];
export const customerNames = ['anna', 'bob', 'cleo', 'dan', 'eve', 'fay'];
const queueNames = ['default', 'sales'];

const customerDeeds = [
  'calls',
  'presses',
  'dials',
  'hangsUp',
  'drops',
  'arrives',
  'dies',
  'isEnded',
] as const;
const agentDeeds = [
  'signsIn',
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
] as const;
const fateDeeds = [
  'restart',
  'switchDies',
  'dialFails',
  'bridgeFails',
  'hangUpFails',
  'answerFails',
] as const;
type CustomerDeed = (typeof customerDeeds)[number];
type AgentDeed = (typeof agentDeeds)[number];
type FateDeed = (typeof fateDeeds)[number];

export type Deed =
  | { readonly who: 'customer'; readonly name: string; readonly does: CustomerDeed; readonly queue: string }
  | { readonly who: 'agent'; readonly name: string; readonly does: AgentDeed }
  | { readonly who: 'phone'; readonly name: string; readonly mood: PhoneHabit }
  | { readonly who: 'fate'; readonly does: FateDeed }
  | { readonly who: 'time'; readonly passes: number };

const moods: readonly PhoneHabit[] = ['ring', 'answer', 'decline', 'busy', 'unreachable', 'fail', 'silent'];

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
const phone = fc.record({
  who: fc.constant('phone' as const),
  name: fc.constantFrom(...agentNames),
  mood: fc.constantFrom(...moods),
});
const fate = fc.record({ who: fc.constant('fate' as const), does: fc.constantFrom(...fateDeeds) });
const time = fc.record({
  who: fc.constant('time' as const),
  passes: fc.constantFrom(1, 10, 500, 3_000, 8_000, 21_000),
});

export const shifts: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: customer },
    { weight: 6, arbitrary: agent },
    { weight: 2, arbitrary: phone },
    { weight: 1, arbitrary: fate },
    { weight: 5, arbitrary: time },
  ),
  { minLength: 10, maxLength: 60 },
);

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

/** One shift from opening to the empty floor. @throws what was left over or lost */
export async function runShift(shift: readonly Deed[], fortune: Fortune): Promise<void> {
  const world = await openWorld({
    queues: [
      { name: 'default', wrapUpMs: 5_000, record: 'always' },
      { name: 'sales', wrapUpMs: 0, maxMisses: 2 },
    ],
    agents: agentNames.map((name) => ({ name })),
  });
  setFortune(world, fortune);
  await live(world, shift);
  await goHome(world);
  await world.isEmpty();
}

/** The signals meet this fortune. `switch.lost` and `switch.back` are the adapter's own word and are not lost on the way. */
export function setFortune(world: World, fortune: Fortune): void {
  let turn = 0;
  world.media.setWeather((signal: MediaSignal) => {
    if (signal.kind === 'switch.lost' || signal.kind === 'switch.back') return [0];
    return fortune[turn++ % fortune.length] ?? [0];
  });
}

export async function live(world: World, shift: readonly Deed[]): Promise<void> {
  for (const deed of shift) await happen(world, deed);
}

function happen(world: World, deed: Deed): Promise<void> | void {
  switch (deed.who) {
    case 'customer':
      return customerDoes(world, deed);
    case 'agent':
      return agentDoes(world, deed.name, deed.does);
    case 'phone':
      return world.agent(deed.name).phone(deed.mood);
    case 'fate':
      return fateDoes(world, deed.does);
    case 'time':
      return world.passes(deed.passes);
  }
}

const isBusy = (person: Customer): boolean =>
  person.isUp || (person.isKnown && person.state !== undefined && person.state !== 'ended');

async function customerDoes(
  world: World,
  { name, does, queue }: Extract<Deed, { who: 'customer' }>,
): Promise<void> {
  const person = world.customer(name);
  if (does === 'calls' || does === 'presses' || does === 'dials') {
    if (!isBusy(person)) await person[does](queue);
    return;
  }
  if (!person.isKnown) return;
  const { session } = person;
  if (does === 'hangsUp') await person.hangsUp();
  else if (does === 'isEnded')
    await world.does({ kind: 'supervisor.endSession', sessionId: session, by: 'sue' });
  else if (does === 'arrives') await (person.isWeb ? person.arrives() : undefined);
  else if (person.isUp) await person.drops(does === 'dies' ? 'media_lost' : 'hung_up');
}

async function agentDoes(world: World, name: string, does: AgentDeed): Promise<void> {
  const person = world.agent(name);
  switch (does) {
    case 'answer':
    case 'decline':
    case 'hangUp':
    case 'finishWrapUp':
      await person.presses(does);
      return;
    case 'phoneDies':
      return person.phoneEnds('media_lost');
    case 'vanishes':
    case 'returns':
      world.report(name, does === 'returns');
      return world.settles();
    case 'signsIn':
      await person.signsIn('answer');
      return;
    default:
      await person[does]();
  }
}

async function fateDoes(world: World, does: FateDeed): Promise<void> {
  switch (does) {
    case 'restart':
      return world.restartControlPlane(1_000);
    case 'switchDies':
      world.media.die();
      await world.passes(500);
      world.media.comeBack();
      return world.settles();
    case 'dialFails':
      return world.media.failNext('leg.dial', 'timeout');
    case 'bridgeFails':
      return world.media.failNext('legs.bridge', 'refused');
    case 'hangUpFails':
      return world.media.failNext('leg.hangUp', 'timeout');
    case 'answerFails':
      return world.media.failNext('leg.answer', 'refused');
  }
}

/** The weather clears, everybody who called hangs up; what was lost on the way the reconciler has to make good. */
export async function goHome(world: World): Promise<void> {
  world.media.setWeather(() => [0]);
  for (const name of customerNames) {
    const person = world.customer(name);
    if (person.isKnown && person.isWeb) await person.hangsUp();
    if (person.isUp) await person.drops();
  }
  for (const { inbound, legId } of [...world.media.channels.values()]) if (inbound) world.media.ends(legId);
  await world.settles();
}
