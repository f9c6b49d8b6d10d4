import { expect, test } from 'vitest';
import { newCallLog, type Leg } from './call-log.ts';
import { agentId, legId, offerId, queueId, sessionId } from './ids.ts';
import { customerOf, type LiveSession, type Session, type SessionEvent } from './session.ts';
import { changeSession } from './session-changes.ts';

const id = sessionId('s');
const place = { sessionId: id, head: false, priority: 0, sequence: 1 };
const origin = { sessionId: id, source: 'web', queueId: queueId('default'), priority: 0 } as const;
const numbers = { customerNumber: null, customerName: null, dialledNumber: null };
const log = { ...newCallLog({ ...origin, ...numbers }, 0), arrivedAt: 0, queuedAt: 0, place };
const leg: Leg = { legId: legId('customer'), createdAt: 0, answeredAt: 0 };
const agent = { agentId: agentId('1001'), leg: { legId: legId('agent'), createdAt: 0, answeredAt: 0 } };
const offer = { ...agent, offerId: offerId('o'), madeAt: 0, until: 20, ringing: false };
const common = { sessionId: id, since: 0, log, customer: { at: 'here', leg } } as const;
const away = { at: 'away', until: 15 } as const;

const live: Record<string, LiveSession> = {
  arriving: {
    at: 'arriving',
    sessionId: id,
    since: 0,
    log: newCallLog({ ...origin, ...numbers }, 0),
    until: 30,
  },
  waiting: { ...common, at: 'waiting' },
  'waiting away': { ...common, at: 'waiting', customer: away },
  offered: { ...common, at: 'offered', offer },
  connecting: { ...common, at: 'connecting', agent, asked: 1 },
  'talking unjoined': { ...common, at: 'talking', agent, joined: false, asked: 1 },
  talking: { ...common, at: 'talking', agent, joined: true, asked: 0 },
  'talking away': { ...common, at: 'talking', agent, joined: false, asked: 0, customer: away },
  held: { ...common, at: 'held', agent },
};

const events: Record<string, SessionEvent> = {
  arrives: { kind: 'arrives', leg: { legId: legId('new'), createdAt: 1, answeredAt: null }, place },
  customerGone: { kind: 'customerGone', ending: 'hung_up', until: 16 },
  offered: { kind: 'offered', offer },
  rings: { kind: 'rings' },
  answered: { kind: 'answered' },
  missed: { kind: 'missed', miss: 'busy', ending: 'busy' },
  bridged: { kind: 'bridged' },
  unbridged: { kind: 'unbridged' },
  held: { kind: 'held' },
  resumed: { kind: 'resumed' },
  agentLost: { kind: 'agentLost', ending: 'failed' },
  ended: { kind: 'ended', ending: 'supervisor_ended' },
  rated: { kind: 'rated', stars: 5 },
};

const nameOf = (session: Session): string => {
  if (customerOf(session)?.at === 'away') return `${session.at} away`;
  return session.at === 'talking' && !session.joined ? 'talking unjoined' : session.at;
};

function cell(session: Session, event: SessionEvent): string {
  const change = changeSession(session, event, 1);
  if (change.outcome === 'ignored') return '.';
  if (change.outcome === 'refused') return change.code;
  const name = nameOf(change.to);
  return name === nameOf(session) ? '→' : `→${name}`;
}

function over(): Session {
  const change = changeSession(live.talking as LiveSession, { kind: 'ended', ending: 'customer_hung_up' }, 1);
  if (change.outcome !== 'moved') throw new Error('it did not end');
  return change.to;
}

test('what every event does to a session in every state', () => {
  const states: Record<string, Session> = { ...live, ended: over() };
  const table = Object.entries(events).map(([event, value]) => {
    const cells = Object.entries(states).map(([name, state]) => `  ${name.padEnd(17)} ${cell(state, value)}`);
    return [event, ...cells].join('\n');
  });
  expect(table.join('\n')).toMatchInlineSnapshot(`
    "arrives
      arriving          →waiting
      waiting           →
      waiting away      →waiting
      offered           →
      connecting        →
      talking unjoined  →
      talking           →talking unjoined
      talking away      →talking unjoined
      held              →
      ended             .
    customerGone
      arriving          .
      waiting           →waiting away
      waiting away      .
      offered           →offered away
      connecting        →connecting away
      talking unjoined  →talking away
      talking           →talking away
      talking away      .
      held              →held away
      ended             .
    offered
      arriving          wrong_state
      waiting           →offered
      waiting away      wrong_state
      offered           wrong_state
      connecting        wrong_state
      talking unjoined  wrong_state
      talking           wrong_state
      talking away      wrong_state
      held              wrong_state
      ended             .
    rings
      arriving          .
      waiting           .
      waiting away      .
      offered           →
      connecting        .
      talking unjoined  .
      talking           .
      talking away      .
      held              .
      ended             .
    answered
      arriving          .
      waiting           .
      waiting away      .
      offered           →connecting
      connecting        .
      talking unjoined  .
      talking           .
      talking away      .
      held              .
      ended             .
    missed
      arriving          .
      waiting           .
      waiting away      .
      offered           →waiting
      connecting        .
      talking unjoined  .
      talking           .
      talking away      .
      held              .
      ended             .
    bridged
      arriving          .
      waiting           .
      waiting away      .
      offered           .
      connecting        →talking
      talking unjoined  →talking
      talking           .
      talking away      .
      held              .
      ended             .
    unbridged
      arriving          .
      waiting           .
      waiting away      .
      offered           .
      connecting        .
      talking unjoined  .
      talking           →talking unjoined
      talking away      .
      held              .
      ended             .
    held
      arriving          not_in_call
      waiting           not_in_call
      waiting away      not_in_call
      offered           not_in_call
      connecting        not_in_call
      talking unjoined  wrong_state
      talking           →held
      talking away      wrong_state
      held              already_held
      ended             .
    resumed
      arriving          not_in_call
      waiting           not_in_call
      waiting away      not_in_call
      offered           not_in_call
      connecting        not_in_call
      talking unjoined  not_held
      talking           not_held
      talking away      not_held
      held              →talking unjoined
      ended             .
    agentLost
      arriving          .
      waiting           .
      waiting away      .
      offered           .
      connecting        →waiting
      talking unjoined  →waiting
      talking           →waiting
      talking away      →waiting away
      held              →waiting
      ended             .
    ended
      arriving          →ended
      waiting           →ended
      waiting away      →ended
      offered           →ended
      connecting        →ended
      talking unjoined  →ended
      talking           →ended
      talking away      →ended
      held              →ended
      ended             .
    rated
      arriving          wrong_state
      waiting           wrong_state
      waiting away      wrong_state
      offered           wrong_state
      connecting        wrong_state
      talking unjoined  wrong_state
      talking           wrong_state
      talking away      wrong_state
      held              wrong_state
      ended             wrong_state"
  `);
});

test('the record closes every leg and every offer, and its segments leave no gap', () => {
  const change = changeSession(
    live.offered as LiveSession,
    { kind: 'ended', ending: 'abandoned_ringing', customerLeg: 'hung_up' },
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
