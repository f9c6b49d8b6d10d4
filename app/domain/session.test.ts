import { expect, test } from 'vitest';
import { newCallLog } from './call-log.ts';
import type { Leg } from './party.ts';
import { agentId, legId, offerId, queueId, sessionId } from './ids.ts';
import type { LiveSession, MenuStep, Session, Third } from './session.ts';
import type { SessionEvent } from './session-events.ts';
import { changeSession } from './session-changes.ts';
import { customerOf } from './session-parts.ts';
import { stateTable } from '../../test/support/state-table.ts';
import { linkOf } from './wiring.ts';
import type { Link } from './link.ts';

const id = sessionId('s');
const place = { sessionId: id, head: false, priority: 0, sequence: 1 };
const origin = { sessionId: id, source: 'web', queueId: queueId('default'), priority: 0 } as const;
const numbers = { customerNumber: null, customerName: null, dialledNumber: null };
const log = { ...newCallLog({ ...origin, ...numbers }, 0), arrivedAt: 0, queuedAt: 0, place };
const legOf = (name: string): Leg => ({ legId: legId(name), createdAt: 0, answeredAt: 0 });
const leg = legOf('customer');
const agent = { agentId: agentId('1001'), leg: legOf('agent') };
const offer = {
  ...agent,
  leg: { ...agent.leg, answeredAt: null },
  offerId: offerId('o'),
  madeAt: 0,
  until: 20,
  ringing: false,
  purpose: { kind: 'turn' },
} as const;
const common = { sessionId: id, since: 0, log, customer: { at: 'here', leg } } as const;
const away = { at: 'away', until: 15 } as const;
const open: Link = { made: false, asked: 1, joined: [] };
const made: Link = { made: true, asked: 0, joined: [] };
const call = { ...common, agent, link: made, monitors: [] } as const;
const party = { kind: 'agent', agentId: agentId('1002'), offerId: offerId('c') } as const;
const third: Third = { party, leg: legOf('third'), progress: 'answered', until: 20 };
const number: Third = { ...third, party: { kind: 'number', number: '+49301234' } };
const calling = { ...third, progress: 'dialling', leg: { ...third.leg, answeredAt: null } } as const;
const step: MenuStep = { kind: 'consent', soundId: 'recorded', optOutDigit: '9', place, playId: 'p' };
const night = { flowId: 'night', step: 'hello' } as const;
const inFlow: MenuStep = { kind: 'flow', ...night, tries: 0, hears: { at: 'keys' } };
const dialling = {
  at: 'dialling',
  sessionId: id,
  since: 0,
  log,
  agent,
  link: { ...open, asked: 0 },
  number: '+49301234',
  callerNumber: '4000',
  wantsEarlyMedia: true,
  until: 20,
} as const;

const live: Record<string, LiveSession> = {
  arriving: {
    at: 'arriving',
    sessionId: id,
    since: 0,
    log: newCallLog({ ...origin, ...numbers }, 0),
    until: 30,
  },
  menu: { ...common, at: 'menu', step, until: 30 },
  flow: { ...common, at: 'menu', step: inFlow, until: 30 },
  waiting: { ...common, at: 'waiting' },
  'waiting away': { ...common, at: 'waiting', customer: away },
  offered: { ...common, at: 'offered', offer },
  connecting: { ...call, at: 'connecting', link: open },
  'talking unjoined': { ...call, at: 'talking', link: open },
  talking: { ...call, at: 'talking' },
  'talking away': { ...call, at: 'talking', link: { ...open, asked: 0 }, customer: away },
  held: { ...call, at: 'held', remindAt: 60 },
  'consulting (calls)': { ...call, at: 'consulting', third: calling, facing: 'third' },
  consulting: { ...call, at: 'consulting', third, facing: 'third' },
  'consulting no.': { ...call, at: 'consulting', third: number, facing: 'third' },
  conferencing: { ...call, at: 'conferencing', third },
  rejoining: {
    ...common,
    at: 'rejoining',
    agentId: agent.agentId,
    held: false,
    leg: null,
    callAt: 2,
    until: 15,
    monitors: [],
  },
  'rejoining (called)': {
    ...common,
    at: 'rejoining',
    agentId: agent.agentId,
    held: true,
    leg: calling.leg,
    callAt: null,
    until: 15,
    monitors: [],
  },
  transferring: {
    ...common,
    at: 'transferring',
    third: { ...number, progress: 'ringing', leg: calling.leg },
    by: { kind: 'agent', agentId: agent.agentId },
  },
  'sent out': {
    ...common,
    at: 'transferring',
    third: { ...number, progress: 'ringing', leg: calling.leg },
    by: { kind: 'flow', otherwise: night },
  },
  transferred: { ...common, at: 'transferred', third: number, link: made },
  aside: { at: 'aside', sessionId: id, since: 0, log, agent, third, link: made, ending: 'customer_hung_up' },
  parked: { ...common, at: 'parked', slot: 701, until: 60, by: agent.agentId },
  'dialling agent': { ...dialling, stage: { at: 'agent', ringing: false } },
  dialling: { ...dialling, stage: { at: 'destination', leg: offer.leg, ringing: true, early: false } },
  surveying: {
    ...common,
    at: 'surveying',
    question: 0,
    tries: 0,
    hears: { at: 'keys' },
    until: 30,
    ending: 'agent_hung_up',
  },
  notifying: {
    at: 'notifying',
    sessionId: id,
    since: 0,
    log,
    leg: offer.leg,
    soundId: 'gate',
    times: 2,
    playId: null,
    until: 20,
  },
};

const gone = { ending: 'released' } as const;
const events: Record<string, SessionEvent> = {
  arrives: {
    kind: 'arrives',
    leg: { legId: legId('new'), createdAt: 1, answeredAt: null },
    place,
    menu: null,
    until: 30,
  },
  customerGone: { kind: 'customerGone', ending: 'hung_up', until: 16 },
  announces: { kind: 'announces', announcing: { at: 'music', until: 9, said: null } },
  menuOver: { kind: 'menuOver', consent: true },
  follows: { kind: 'follows', ...night, until: 30 },
  hears: { kind: 'hears', hears: { at: 'message' }, until: 30 },
  joinsLine: { kind: 'joinsLine', queueId: queueId('sales'), place, consent: null, until: 30 },
  sentOut: { kind: 'sentOut', third: calling, otherwise: night, place },
  offered: { kind: 'offered', offer },
  rings: { kind: 'rings' },
  answered: { kind: 'answered' },
  offHook: { kind: 'offHook', legId: offer.leg.legId, offHook: { at: 'asked', until: 2 } },
  rungAnew: {
    kind: 'rungAnew',
    legId: calling.leg.legId,
    leg: { legId: legId('new'), createdAt: 1, answeredAt: null },
    ...gone,
  },
  missed: { kind: 'missed', miss: 'busy', ending: 'busy', toHead: false },
  bridged: { kind: 'bridged' },
  unbridged: { kind: 'unbridged' },
  held: { kind: 'held', remindAt: 60 },
  resumed: { kind: 'resumed' },
  muted: { kind: 'muted', legId: agent.leg.legId, muted: true },
  consults: { kind: 'consults', third: calling },
  'third answers': { kind: 'thirdProgress', progress: 'answered' },
  toggled: { kind: 'toggled' },
  confers: { kind: 'confers' },
  thirdGone: { kind: 'thirdGone', how: 'left', ending: 'hung_up' },
  agentLeaves: { kind: 'agentLeaves', ...gone },
  customerLeaves: { kind: 'customerLeaves', sessionEnding: 'customer_hung_up', ...gone },
  transferredTo: { kind: 'transferredTo', third: calling, ...gone },
  parks: { kind: 'parks', slot: 701, until: 60, ...gone },
  passedOn: { kind: 'passedOn', queueId: queueId('sales'), place, ...gone },
  takenOver: { kind: 'takenOver', supervisorId: 'sue', ...gone },
  agentLost: { kind: 'agentLost', ending: 'failed' },
  agentAway: { kind: 'agentAway', ending: 'hung_up', callAt: 2, until: 16 },
  recalled: { kind: 'recalled', leg: calling.leg },
  recallMissed: { kind: 'recallMissed', callAt: 3, ending: 'busy' },
  agentBack: { kind: 'agentBack', remindAt: 60 },
  backToLine: { kind: 'backToLine' },
  destinationDialled: { kind: 'destinationDialled', leg: offer.leg, until: 20 },
  earlyMedia: { kind: 'earlyMedia' },
  destinationAnswered: { kind: 'destinationAnswered' },
  notifies: { kind: 'notifies', playId: 'p', until: 60 },
  monitored: { kind: 'monitored', monitor: { supervisorId: 'sue', leg, mode: 'listen', on: false } },
  recordingPaused: { kind: 'recordingPaused', agentId: agent.agentId },
  surveys: { kind: 'surveys', sessionEnding: 'agent_hung_up', until: 30, ...gone },
  surveyGoesOn: { kind: 'surveyGoesOn', answered: { question: 'kind', answer: 5 }, until: 30 },
  ended: { kind: 'ended', ending: 'supervisor_ended', legs: {} },
  rated: { kind: 'rated', stars: 5 },
};

const mark = (session: Session): string => {
  if (customerOf(session)?.at === 'away') return ' away';
  if (session.at === 'menu' && session.step.kind === 'flow')
    return ` in flow, hears ${session.step.hears.at}`;
  if (session.at === 'connecting' || session.at === 'offered') return '';
  if (session.at === 'consulting' && session.facing === 'customer') return ' facing the customer';
  return linkOf(session)?.made === false ? ' unjoined' : '';
};
const nameOf = (session: Session): string => session.at + mark(session);

function cell(session: Session, event: SessionEvent): string {
  const change = changeSession(session, event, 1);
  if (change.outcome === 'ignored') return '.';
  if (change.outcome === 'refused') return change.code;
  const name = nameOf(change.to);
  return name === nameOf(session) ? '→' : `→${name}`;
}

function over(): Session {
  const change = changeSession(
    live.talking as LiveSession,
    { kind: 'ended', ending: 'customer_hung_up', legs: {} },
    1,
  );
  if (change.outcome !== 'moved') throw new Error('it did not end');
  return change.to;
}

test('what every event does to a session in every state; in brackets: in all the others', () => {
  const states: Record<string, Session> = { ...live, ended: over() };
  expect(stateTable(events, states, cell)).toMatchInlineSnapshot(`
    "arrives  (→)
      arriving, waiting away: →waiting
      flow: →menu in flow, hears nothing
      talking, talking away: →talking unjoined
      conferencing: →conferencing unjoined
      transferred: →transferred unjoined
      aside, dialling agent, dialling, notifying, ended: .
    customerGone  (.)
      menu, flow: →menu away
      waiting: →waiting away
      offered: →offered away
      connecting: →connecting away
      talking unjoined, talking: →talking away
      held: →held away
      consulting (calls), consulting, consulting no.: →consulting away
      conferencing: →conferencing away
      rejoining, rejoining (called): →rejoining away
      transferring, sent out: →transferring away
      transferred: →transferred away
      parked: →parked away
      surveying: →surveying away
    announces  (.)
      waiting, waiting away, offered: →
    menuOver  (.)
      menu: →waiting
    follows  (.)
      menu, flow, waiting, transferring, sent out: →menu in flow, hears nothing
      waiting away: →menu away
    hears  (.)
      flow: →menu in flow, hears message
      surveying: →
    joinsLine  (.)
      flow: →waiting
    sentOut  (.)
      flow: →transferring
    offered  (wrong_state)
      waiting: →offered
      ended: .
    rings  (.)
      offered: →
    answered  (.)
      offered: →connecting
    offHook  (.)
      offered: →
    rungAnew  (.)
      consulting (calls): →
    missed  (.)
      offered: →waiting
    bridged  (.)
      connecting, talking unjoined: →talking
    unbridged  (.)
      talking: →talking unjoined
      consulting, consulting no.: →consulting unjoined
      conferencing: →conferencing unjoined
      transferred: →transferred unjoined
      aside: →aside unjoined
    held  (not_in_call)
      talking unjoined, talking away, consulting (calls), consulting, consulting no., conferencing: wrong_state
      talking: →held
      held: already_held
      ended: .
    resumed  (not_in_call)
      talking unjoined, talking, talking away: not_held
      held: →talking unjoined
      consulting (calls), consulting, consulting no., conferencing: wrong_state
      ended: .
    muted  (not_in_call)
      connecting, talking unjoined, talking, talking away, held, consulting (calls), consulting, consulting no., conferencing, aside, dialling agent, dialling: →
      ended: .
    consults  (wrong_state)
      talking, held: →consulting
      ended: .
    third answers  (.)
      consulting (calls): →consulting unjoined
      transferring, sent out: →transferred unjoined
    toggled  (not_consulting)
      consulting (calls): not_answered
      consulting, consulting no.: →consulting facing the customer
      ended: .
    confers  (not_consulting)
      consulting (calls): not_answered
      consulting, consulting no.: →conferencing unjoined
      ended: .
    thirdGone  (.)
      consulting (calls), consulting, consulting no., conferencing: →talking unjoined
    agentLeaves  (not_consulting)
      consulting (calls): not_answered
      consulting, conferencing: →talking unjoined
      consulting no.: →transferred unjoined
      ended: .
    customerLeaves  (not_conferencing)
      conferencing: →aside unjoined
      ended: .
    transferredTo  (wrong_state)
      talking, held: →transferring
      ended: .
    parks  (wrong_state)
      talking, held: →parked
      ended: .
    passedOn  (wrong_state)
      talking, held: →waiting
      ended: .
    takenOver  (wrong_state)
      talking unjoined, talking, talking away, held, rejoining, rejoining (called): not_monitoring
      ended: .
    agentLost  (.)
      connecting, talking unjoined, talking, held, rejoining, rejoining (called): →waiting
      talking away: →waiting away
    agentAway  (.)
      talking unjoined, talking, held: →rejoining
      talking away: →rejoining away
    recalled  (.)
      rejoining: →
    recallMissed  (.)
      rejoining, rejoining (called): →
    agentBack  (.)
      rejoining (called): →held
    backToLine  (.)
      transferring, sent out, transferred, parked: →waiting
    destinationDialled  (.)
      dialling agent: →
    earlyMedia  (.)
      dialling: →dialling unjoined
    destinationAnswered  (.)
      dialling: →connecting
    notifies  (.)
      notifying: →
    monitored  (wrong_state)
      connecting, talking unjoined, talking, talking away, held, consulting (calls), consulting, consulting no., conferencing: →
      ended: .
    recordingPaused  (not_recording)
      ended: .
    surveys  (wrong_state)
      talking unjoined, talking, held: →surveying
      talking away: →surveying away
      ended: .
    surveyGoesOn  (.)
      surveying: →
    ended  (→ended)
      ended: .
    rated  (wrong_state)"
  `);
});

test('the record closes every leg and every offer, and its segments leave no gap', () => {
  const change = changeSession(
    live.offered as LiveSession,
    { kind: 'ended', ending: 'abandoned_ringing', legs: { [leg.legId]: 'hung_up' } },
    50,
  );
  if (change.outcome !== 'moved' || change.to.at !== 'ended') throw new Error('it did not end');
  const { record, legs } = change.to;
  expect(legs.map(({ role, ending }) => [role, ending])).toEqual([
    ['customer', 'hung_up'],
    ['agent', 'released'],
  ]);
  expect(record.offers).toMatchObject([{ outcome: 'customer_left', endedAt: 50 }]);
  expect(record.segments.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(50);
});
