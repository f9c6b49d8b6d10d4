// A random shift on a random floor: people do what they like when they like, phones have moods, signals are lost, late, doubled
// and out of order, the switch and the control plane die now and then. Everything follows from one seed. Afterwards everybody
// goes home, and nothing may be left.

import type { Answer } from '../../app/engine/core.ts';
import type { Flow } from '../../app/domain/flow.ts';
import { agentId, queueId, sessionId } from '../../app/domain/ids.ts';
import type { MediaSignal } from '../../app/ports/media.ts';
import { openWorld, type AgentActor, type Customer, type World } from '../support/world.ts';
import {
  agentNames,
  customerNames,
  numbers,
  supervisorNames,
  type AgentDeed,
  type CallDeed,
  type Deed,
  type FateDeed,
  type Fortune,
  type NumberDeed,
  type SupervisorDeed,
} from './deeds.ts';

const consent = { soundId: 'recorded', optOutDigit: '9' };
const survey = {
  questions: [{ name: 'kind', prompt: ['kind'], least: 1, most: 5 }],
  tries: 2,
  keyMs: 3_000,
  wrong: ['wrong'],
  thanks: ['thanks'],
};
/** What every announcement to a line begins with. */
export const announcedFirst = 'thanks';
const announce = {
  firstMs: 20,
  everyMs: 5_000,
  before: [announcedFirst],
  places: [['next'], ['second'], ['beyond']],
};
export const shiftQueues = [
  { name: 'default', wrapUpMs: 5_000, record: 'always', consent, callerNumbers: ['4000', '4001'] },
  { name: 'sales', announce, wrapUpMs: 0, maxMisses: 2, record: 'onDemand', parkMs: 15_000 },
  { name: 'desk', firstFlow: 'desk', announce, survey, keys: { '9': 'night' } },
  { name: 'night', hours: { timeZone: 'UTC', weekly: [], holidays: {} }, closedFlow: 'night' },
] as const;

export const shiftFlows: readonly Flow[] = [
  {
    flowId: 'desk',
    start: 'choose',
    queueId: queueId('desk'),
    steps: {
      choose: {
        ...{ kind: 'menu', prompt: ['choose', 'please'], keyMs: 5_000, tries: 2, wrong: ['wrong'] },
        keys: { '1': 'in', '9': 'out' },
        otherwise: 'agent',
      },
      in: { kind: 'queue', queueId: queueId('desk') },
      out: { kind: 'number', number: '+49301', otherwise: 'agent' },
      agent: { kind: 'agent', agentId: agentId('1001'), otherwise: 'tone' },
      tone: { kind: 'voicemail', queueId: queueId('sales'), greeting: ['leave'], maxMs: 20_000 },
    },
  },
  {
    flowId: 'night',
    start: 'tone',
    queueId: queueId('night'),
    steps: {
      tone: {
        ...{ kind: 'voicemail', queueId: queueId('night'), greeting: ['closed'], maxMs: 20_000 },
        then: 'bye',
      },
      bye: { kind: 'hangUp', prompt: ['bye'] },
    },
  },
];

/** One shift from opening to the empty floor. @throws what was left over or lost */
export async function runShift(shift: readonly Deed[], fortune: Fortune): Promise<void> {
  const world = await openWorld({
    queues: shiftQueues,
    flows: shiftFlows,
    agents: agentNames.map((name) => ({ name })),
  });
  for (const name of [...numbers, ...supervisorNames]) world.media.phone(name, 'ring');
  setFortune(world, fortune);
  await live(world, shift);
  await comesToRest(world);
  await goHome(world);
  await world.isEmpty();
}

/**
 * The weather clears; a few looks at the switch later nobody may be left over, lost, or hear whom she should not. A leg whose hang-up
 * is being asked for again is on its way out: what is wrong must be so twice.
 */
async function comesToRest(world: World): Promise<void> {
  world.media.setWeather(() => [0]);
  await world.passes(25_000);
  const first = new Set(world.breaches().map(({ what }) => what));
  if (first.size === 0) return;
  await world.passes(11_000);
  const again = world.breaches().filter(({ what }) => first.has(what));
  if (again.length > 0) throw new Error(`not at rest: ${JSON.stringify(again)}\n${world.told.join('\n')}`);
}

/** The signals meet this fortune. `switch.lost` and `switch.back` are the adapter's own word and are not lost on the way. */
function setFortune(world: World, fortune: Fortune): void {
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
    case 'call':
      return callDoes(world, deed);
    case 'number':
      return numberDoes(world, deed.name, deed.does);
    case 'supervisor':
      return supervisorDoes(world, deed);
    case 'phone':
      return world.media.phone(deed.name, deed.mood);
    case 'fate':
      return fateDoes(world, deed.does);
    case 'time':
      return world.passes(deed.passes);
  }
}

const keys = { presses1: '1', presses9: '9', pressesHash: '#' } as const;

const isBusy = (person: Customer): boolean =>
  person.isUp || (person.isKnown && person.state !== undefined && person.state !== 'ended');

// eslint-disable-next-line complexity -- one exhaustive switch over a closed union
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
  if (does === 'presses1' || does === 'presses9' || does === 'pressesHash')
    return person.isUp ? person.pressesKeys(keys[does]) : undefined;
  if (does === 'hearsOut') return person.isUp ? person.hearsOut() : undefined;
  if (does === 'hangsUp') await person.hangsUp();
  else if (does === 'isEnded')
    await world.does({ kind: 'supervisor.endSession', sessionId: session, by: 'sue' });
  else if (does === 'arrives') await (person.isWeb ? person.arrives() : undefined);
  else if (person.isUp) await person.drops(does === 'dies' ? 'media_lost' : 'hung_up');
}

type SignInDeed = Extract<AgentDeed, `${'signsIn' | 'nailsUp'}${string}`>;
const signIns: Record<SignInDeed, SignIn> = {
  signsIn: (person) => person.signsIn('answer'),
  nailsUp: (person) => person.signsInNailedUp('answer'),
  signsInByPage: (person) => person.signsInByPage('answer'),
  nailsUpByPage: (person) => person.signsInByPage('answer', true),
  signsInByTelephone: (person, number) => person.signsInByTelephone(number, 'answer'),
  nailsUpByTelephone: (person, number) => person.signsInByTelephone(number, 'answer', true),
};
type SignIn = (person: AgentActor, number: string) => Promise<Answer>;
const isSignIn = (does: AgentDeed): does is SignInDeed => does in signIns;

async function agentDoes(world: World, name: string, does: AgentDeed): Promise<void> {
  const person = world.agent(name);
  if (isSignIn(does)) {
    await signIns[does](person, `+4917${name}`);
    return;
  }
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
    case 'presses1':
      if (person.leg) world.media.press(person.leg, '1');
      return world.settles();
    default:
      await person[does]();
  }
}

async function callDoes(
  world: World,
  { name, does, colleague, number }: Extract<Deed, { who: 'call' }>,
): Promise<void> {
  const person = world.agent(name);
  const toAgent = { kind: 'agent', agentId: agentId(colleague) } as const;
  const toNumber = { kind: 'number', number } as const;
  const toQueue = { kind: 'queue', queueId: queueId('sales') } as const;
  const wishes: Record<CallDeed, () => Promise<unknown>> = {
    consultsAgent: () => person.wishes({ kind: 'agent.consult', to: toAgent }),
    consultsNumber: () => person.wishes({ kind: 'agent.consult', to: toNumber }),
    completes: () => person.wishes({ kind: 'agent.completeTransfer' }),
    cancels: () => person.wishes({ kind: 'agent.cancelConsult' }),
    toggles: () => person.wishes({ kind: 'agent.toggle' }),
    confers: () => person.wishes({ kind: 'agent.conference' }),
    dropsCustomer: () => person.wishes({ kind: 'agent.dropParty', party: 'customer' }),
    dropsThird: () => person.wishes({ kind: 'agent.dropParty', party: 'third' }),
    transfersToAgent: () => person.wishes({ kind: 'agent.transfer', to: toAgent }),
    transfersToNumber: () => person.wishes({ kind: 'agent.transfer', to: toNumber }),
    transfersToQueue: () => person.wishes({ kind: 'agent.transfer', to: toQueue }),
    parks: () => person.wishes({ kind: 'agent.park' }),
    picksUpSlot: () => person.wishes({ kind: 'agent.pickUp', slot: 701 }),
    dials: () => person.dials(number),
    dialsEarly: () => person.dials(number, { earlyMedia: true }),
    mutes: () => person.wishes({ kind: 'agent.mute', muted: person.view.muted !== true }),
    sendsDigits: () => person.wishes({ kind: 'agent.sendDigits', digits: '1#' }),
    plays: () => person.wishes({ kind: 'agent.play', soundId: 'offer', mix: true, volume: 0, times: 1 }),
    stopsPlaying: () => person.wishes({ kind: 'agent.stopPlaying' }),
    records: () => person.wishes({ kind: 'agent.recording', wish: 'start' }),
    stopsRecording: () => person.wishes({ kind: 'agent.recording', wish: 'stop' }),
    pauses: () => person.wishes({ kind: 'agent.recording', wish: 'pause' }),
    unpauses: () => person.wishes({ kind: 'agent.recording', wish: 'resume' }),
  };
  await wishes[does]();
}

async function numberDoes(world: World, number: string, does: NumberDeed): Promise<void> {
  const leg = world.media.legAt(number);
  if (leg === undefined) return;
  if (does === 'answers') world.media.answers(number);
  else if (does === 'sendsSound') world.media.earlyMedia(number);
  else world.media.ends(leg, does === 'dies' ? 'media_lost' : 'hung_up');
  return world.settles();
}

async function supervisorDoes(world: World, deed: Extract<Deed, { who: 'supervisor' }>): Promise<void> {
  const { name, does, customer, number } = deed;
  if (does === 'notifies') {
    await notifies(world, number);
    return;
  }
  const person = world.customer(customer);
  if (!person.isKnown) return;
  await attends(world, person, name, does);
}

async function notifies(world: World, number: string): Promise<void> {
  const id = sessionId(world.clock.newId());
  const queue = queueId('default');
  const sound = { soundId: 'gate', times: 2, by: 'sue' };
  const notification = {
    kind: 'notification.request',
    sessionId: id,
    queueId: queue,
    number,
    ...sound,
  } as const;
  const answer = await world.does(notification);
  if (answer.outcome === 'done') world.generated({ name: 'notification', sessionId: id });
}

async function attends(
  world: World,
  person: Customer,
  name: string,
  does: Exclude<SupervisorDeed, 'notifies'>,
): Promise<void> {
  const about = { sessionId: person.session, supervisorId: name };
  const device = { kind: 'sip', address: name } as const;
  const wishes: Record<typeof does, () => Promise<Answer> | undefined> = {
    joins: () => world.does({ kind: 'supervisor.join', ...about, device, mode: 'listen' }),
    whispers: () => world.does({ kind: 'supervisor.mode', ...about, mode: 'whisper' }),
    leaves: () => world.does({ kind: 'supervisor.leave', ...about }),
    takesOver: () => world.does({ kind: 'supervisor.takeOver', ...about }),
    hangsUp: () => {
      const leg = world.media.legAt(name);
      if (leg) world.media.ends(leg);
      return undefined;
    },
  };
  await wishes[does]();
  if (does === 'joins') world.media.answers(name);
  await world.settles();
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
    case 'dialIsRefused':
      return world.media.failNext('leg.dial', 'refused');
    case 'conferenceFails':
      return world.media.failNext('legs.conference', 'refused');
    case 'soundFails':
      return world.media.failNext('sound.play', 'refused');
    case 'tapFails':
      return world.media.failNext('eavesdrop.start', 'refused');
    case 'parkFails':
      return world.media.failNext('legs.park', 'timeout');
    case 'bridgeFails':
      return world.media.failNext('legs.bridge', 'refused');
    case 'hangUpFails':
      return world.media.failNext('leg.hangUp', 'timeout');
    case 'answerFails':
      return world.media.failNext('leg.answer', 'refused');
  }
}

/**
 * The weather clears, everybody who called hangs up; what was lost on the way the reconciler has to make good. It may still find an
 * agent's phone off the hook, and call the number she wanted: whoever is called then hangs up as well.
 */
export async function goHome(world: World): Promise<void> {
  world.media.setWeather(() => [0]);
  for (const name of customerNames) {
    const person = world.customer(name);
    if (person.isKnown && person.isWeb) await person.hangsUp();
    if (person.isUp) await person.drops();
  }
  await linesEnd(world);
  await outsidersHangUp(world);
  for (const name of [...numbers, ...supervisorNames]) world.media.phone(name, 'decline');
  for (let look = 0; look < 3; look += 1) {
    await world.passes(5_000);
    await outsidersHangUp(world);
  }
}

/** Whoever has a nailed-up line takes no further call, and leaves the one she is in. */
async function linesEnd(world: World): Promise<void> {
  for (const agent of agentNames.map((name) => world.agent(name))) {
    if (agent.view.line === undefined) continue;
    await agent.signsOut();
    await agent.presses('hangUp');
  }
}

async function outsidersHangUp(world: World): Promise<void> {
  for (const { inbound, labels, legId: leg } of [...world.media.channels.values()]) {
    const isAgents = labels.role === 'agent' && inbound === undefined;
    if (!isAgents) world.media.ends(leg);
  }
  await world.settles();
}
