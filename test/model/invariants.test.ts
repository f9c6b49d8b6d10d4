// The judge is judged: each invariant finds the breach planted for it, and says nothing about a clean floor.

import { expect, test } from 'vitest';
import type { Fact, Stamped } from '../../app/domain/floor/facts.ts';
import type { AgentView, SessionView } from '../../app/domain/floor/view.ts';
import { agentId, legId, offerId, queueId, sessionId } from '../../app/domain/ids.ts';
import type { CallRecord } from '../../app/domain/record.ts';
import { checkInvariants, type Evidence } from '../support/invariants.ts';

const record: CallRecord = {
  sessionId: sessionId('s1'),
  source: 'web',
  queueId: queueId('default'),
  customerNumber: null,
  customerName: null,
  dialledNumber: null,
  requestedAt: 0,
  arrivedAt: 1_000,
  queuedAt: 1_000,
  connectedAt: 4_000,
  endedAt: 9_000,
  talkMs: 5_000,
  heldMs: 2_000,
  waitMs: 3_000,
  agentId: agentId('1001'),
  ending: 'customer_hung_up',
  recovered: false,
  offers: [
    { offerId: offerId('o'), agentId: agentId('1001'), madeAt: 2_000, endedAt: 4_000, outcome: 'accepted' },
  ],
  segments: [
    { kind: 'arriving', from: 0, to: 1_000 },
    { kind: 'waiting', from: 1_000, to: 2_000 },
    { kind: 'ringing', from: 2_000, to: 4_000 },
    { kind: 'talking', from: 4_000, to: 7_000 },
    { kind: 'held', from: 7_000, to: 9_000 },
  ],
  recordingFile: null,
  recordings: [],
};

const talking: SessionView = {
  sessionId: sessionId('s2'),
  source: 'web',
  queueId: queueId('default'),
  state: 'talking',
  since: 0,
  requestedAt: 0,
  agentId: agentId('1001'),
  customerLeg: legId('c'),
  agentLeg: legId('a'),
  away: false,
};

const agent: AgentView = {
  agentId: agentId('1001'),
  displayName: 'Ada',
  queues: [],
  presence: 'ready',
  presenceSince: 0,
  activity: 'talking',
  activitySince: 0,
  reachability: { reachable: true },
  sessionId: sessionId('s2'),
};

const s2 = { sessionId: sessionId('s2'), agentId: agentId('1001') };
const facts = (...list: Fact[]): Stamped<Fact>[] =>
  list.map((fact, index) => ({ number: index + 1, at: 0, fact }));
const made = { kind: 'offer.made', offerId: offerId('o'), ...s2, until: 1 } as const;

const clean: Required<Evidence> = {
  now: 20_000,
  graceMs: 5_000,
  records: [record],
  facts: facts(made, { kind: 'offer.accepted', offerId: offerId('o'), ...s2 }),
  floor: { sessions: [talking], agents: [agent] },
  liveLegs: [{ legId: 'c' }, { legId: 'a' }, { legId: 'going' }],
  leaving: ['going'],
  calls: [
    { name: 'anna', sessionId: 's1' },
    { name: 'bea', sessionId: 's2', live: true },
  ],
  subscribers: [{ name: 'sue', digest: 'x', gaps: 0 }],
  serverDigest: 'x',
  acknowledged: [{ key: 'k', what: 'a rating' }],
  committed: { k: 1 },
};

test('a clean floor passes, and every invariant was judged', () => {
  expect(checkInvariants(clean)).toEqual({
    breaches: [],
    judged: ['N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'N8'],
  });
});

test('what there is no evidence for is not said to be judged', () => {
  expect(checkInvariants({ now: 0, records: [record] }).judged).toEqual(['N1', 'N2']);
});

const idle: AgentView = { ...agent, activity: 'idle' };
const planted: readonly (readonly [string, string, Partial<Evidence>])[] = [
  ['N1', 'a call without a record', { calls: [...clean.calls, { name: 'lost', sessionId: 's9' }] }],
  ['N1', 'two records of one call', { records: [record, record] }],
  ['N1', 'a record of no call', { calls: [] }],
  ['N1', 'a record of a call that still goes on', { calls: [{ name: 'anna', sessionId: 's1', live: true }] }],
  ['N2', 'an ending that is not on the list', { records: [{ ...record, ending: 'other' as never }] }],
  ['N2', 'an end before the answer', { records: [{ ...record, connectedAt: 10_000 }] }],
  [
    'N2',
    'a gap between segments',
    { records: [{ ...record, segments: record.segments.filter(({ kind }) => kind !== 'ringing') }] },
  ],
  ['N2', 'segments that stop before the end', { records: [{ ...record, endedAt: 9_500 }] }],
  ['N2', 'a sum that is not the sum', { records: [{ ...record, talkMs: 4_000 }] }],
  ['N2', 'a hang-up after a talk that never was', { records: [{ ...record, connectedAt: null }] }],
  [
    'N2',
    'an offer outside the call',
    { records: [{ ...record, offers: [{ ...record.offers[0], endedAt: 99_000 } as never] }] },
  ],
  ['N3', 'an agent talking without a channel', { liveLegs: [{ legId: 'c' }] }],
  [
    'N3',
    'an agent ringing for a session that is gone',
    { floor: { sessions: [], agents: [{ ...agent, activity: 'ringing' }] }, liveLegs: [] },
  ],
  ['N3', 'an idle agent in a session', { floor: { sessions: [talking], agents: [idle] } }],
  [
    'N3',
    'a wrap-up that does not end',
    { floor: { sessions: [], agents: [{ ...agent, activity: 'wrapUp', wrapUpUntil: 1 }] }, liveLegs: [] },
  ],
  ['N4', 'a session whose leg is dead', { liveLegs: [{ legId: 'a' }] }],
  [
    'N4',
    'two sessions with one leg',
    { floor: { sessions: [talking, { ...talking, sessionId: sessionId('s3') }], agents: [agent] } },
  ],
  [
    'N4',
    'a leg that is the customer of one session and listens in another',
    {
      floor: {
        sessions: [
          talking,
          {
            ...talking,
            sessionId: sessionId('s3'),
            customerLeg: legId('d'),
            agentLeg: legId('e'),
            monitors: [{ supervisorId: 'sue', legId: legId('c'), mode: 'listen', state: 'on' }],
          },
        ],
        agents: [agent],
      },
    },
  ],
  [
    'N4',
    'a customer on hold who hears her agent',
    {
      floor: { sessions: [{ ...talking, state: 'held' }], agents: [agent] },
      liveLegs: [{ legId: 'c', bridgedTo: 'a' }, { legId: 'a' }],
    },
  ],
  [
    'N4',
    'a customer left behind in a conference',
    { liveLegs: [{ legId: 'c', room: 's2' }, { legId: 'a' }] },
  ],
  [
    'N4',
    'two who are said to talk and hear nobody',
    {
      floor: {
        sessions: [{ ...talking, together: [legId('c'), legId('a')], joined: true }],
        agents: [agent],
      },
    },
  ],
  ['N5', 'one call offered to two agents', { facts: facts(made, { ...made, agentId: agentId('1002') }) }],
  ['N5', 'one agent offered two calls', { facts: facts(made, { ...made, sessionId: sessionId('s3') }) }],
  [
    'N6',
    'a fact that is missing',
    { facts: [...clean.facts, { number: 4, at: 0, fact: made }].filter(({ number }) => number !== 2) },
  ],
  ['N6', 'a subscriber that shows something else', { subscribers: [{ name: 'sue', digest: 'y', gaps: 0 }] }],
  ['N6', 'a subscriber that missed facts', { subscribers: [{ name: 'sue', digest: 'x', gaps: 2 }] }],
  ['N7', 'a channel of nobody', { leaving: [] }],
  ['N8', 'an acknowledged command that is not there', { committed: {} }],
  ['N8', 'a retried command with two effects', { committed: { k: 2 } }],
];

test.each(planted)('%s finds %s', (invariant, _what, breach) => {
  const { breaches } = checkInvariants({ ...clean, ...breach });
  expect(breaches.map((found) => found.invariant)).toContain(invariant);
});
