import { expect, test } from 'vitest';
import { isAvailable, newAgent, type Activity, type Agent, type AgentEvent, type Presence } from './agent.ts';
import { changeAgent } from './agent-changes.ts';
import { stateTable } from '../../test/support/state-table.ts';
import { agentId, legId, offerId, queueId, sessionId } from './ids.ts';

const device = { kind: 'sip', address: '1001' } as const;
const call = { since: 0, sessionId: sessionId('s'), legId: legId('l') };
const offered = { ...call, offerId: offerId('o') };
const reachable = { reachable: true } as const;

const presences: Record<string, Presence> = {
  signedOut: { at: 'signedOut', since: 0, cause: 'asked' },
  ready: { at: 'ready', since: 0, device },
  break: { at: 'break', since: 0, device, reason: 'lunch', cause: 'asked' },
};
const activities: Record<string, Activity> = {
  idle: { at: 'idle', since: 0 },
  offered: { at: 'offered', ...offered },
  ringing: { at: 'ringing', ...offered },
  talking: { at: 'talking', ...call },
  held: { at: 'held', ...call },
  consulting: { at: 'consulting', ...call },
  conferencing: { at: 'conferencing', ...call },
  dialling: { at: 'dialling', ...call },
  reconnecting: { at: 'reconnecting', since: 0, sessionId: call.sessionId },
  wrapUp: { at: 'wrapUp', since: 0, until: 9, sessionId: call.sessionId },
};

function agentIn(presence: string, activity: string): Agent {
  return {
    ...newAgent(agentId('1001'), 'Ada', [queueId('default')], 0),
    reachability: reachable,
    ...(presences[presence] && { presence: presences[presence] }),
    ...(activities[activity] && { activity: activities[activity] }),
  };
}

const events: Record<string, AgentEvent> = {
  signIn: { kind: 'signIn', device, reachability: reachable },
  signOut: { kind: 'signOut', cause: 'asked' },
  ready: { kind: 'ready' },
  break: { kind: 'break', reason: 'tea' },
  offer: { kind: 'offer', offerId: offerId('o'), sessionId: sessionId('s'), legId: legId('l') },
  wished: {
    kind: 'offer',
    offerId: offerId('o'),
    sessionId: sessionId('s'),
    legId: legId('l'),
    wished: true,
  },
  dials: { kind: 'dials', sessionId: sessionId('s'), legId: legId('l') },
  rings: { kind: 'rings' },
  rungAnew: { kind: 'rungAnew', legId: legId('new') },
  answers: { kind: 'answers', into: 'talking' },
  consulted: { kind: 'answers', into: 'consulting' },
  'turns to talking': { kind: 'turns', into: 'talking' },
  'turns to conferencing': { kind: 'turns', into: 'conferencing' },
  drops: { kind: 'drops' },
  returns: { kind: 'returns', legId: legId('new'), into: 'held' },
  hold: { kind: 'hold' },
  resume: { kind: 'resume' },
  missed: { kind: 'missed', miss: 'no_answer', maxMisses: 3, restUntil: null },
  lastMiss: { kind: 'missed', miss: 'busy', maxMisses: 1, restUntil: 5 },
  callOver: { kind: 'callOver', wrapUpMs: 10, restUntil: null },
  wrapUpOver: { kind: 'wrapUpOver' },
  rests: { kind: 'rests', until: 9 },
};

function cell(agent: Agent, event: AgentEvent): string {
  const change = changeAgent(agent, event, 1);
  if (change.outcome !== 'moved') return change.outcome === 'refused' ? change.code : '.';
  const { presence, activity, next } = change.to;
  const parts = [
    ...(presence.at === agent.presence.at ? [] : [presence.at]),
    ...(activity.at === agent.activity.at ? [] : [activity.at]),
    ...(next ? [`(then ${next.to})`] : []),
  ];
  return parts.length > 0 ? `→${parts.join(' ')}` : '→';
}

const states: Record<string, Agent> = {
  signedOut: agentIn('signedOut', 'idle'),
  ready: agentIn('ready', 'idle'),
  break: agentIn('break', 'idle'),
  ...Object.fromEntries(
    Object.keys(activities)
      .filter((activity) => activity !== 'idle')
      .map((activity) => [activity, agentIn('ready', activity)]),
  ),
};

test('what every event does to an agent in every state; in brackets: in all the others', () => {
  expect(stateTable(events, states, cell)).toMatchInlineSnapshot(`
    "signIn  (.)
      signedOut: →ready
    signOut  (→(then signedOut))
      signedOut: not_signed_in
      ready, break: →signedOut
    ready  (.)
      signedOut: not_signed_in
      break: →ready
    break  (→(then break))
      signedOut: not_signed_in
      ready: →break
      break: →
    offer  (wrong_state)
      ready: →offered
    wished  (wrong_state)
      ready, break: →offered
    dials  (wrong_state)
      ready, break: →dialling
    rings  (.)
      offered: →ringing
    rungAnew  (.)
      offered, ringing: →
    answers  (.)
      offered, ringing: →talking
    consulted  (.)
      offered, ringing: →consulting
    turns to talking  (.)
      held, consulting, conferencing, dialling: →talking
    turns to conferencing  (.)
      talking, held, consulting, dialling: →conferencing
    drops  (.)
      talking, held: →reconnecting
    returns  (.)
      reconnecting: →held
    hold  (not_in_call)
      talking: →held
      held: already_held
    resume  (not_held)
      held: →talking
    missed  (.)
      offered, ringing: →idle
    lastMiss  (.)
      offered, ringing: →break idle
    callOver  (.)
      talking, held, consulting, conferencing, dialling, reconnecting: →wrapUp
    wrapUpOver  (not_in_wrap_up)
      wrapUp: →idle
    rests  (.)
      signedOut, ready, break: →"
  `);
});

test('an agent is offered only when ready, idle, rested, reachable and off the phone', () => {
  const free = agentIn('ready', 'idle');
  expect(isAvailable(free)).toBe(true);
  expect(isAvailable({ ...free, activity: { at: 'idle', since: 0, restUntil: 5 } })).toBe(false);
  expect(isAvailable({ ...free, reachability: { reachable: false, why: 'unresponsive' } })).toBe(false);
  expect(isAvailable({ ...free, clearing: [legId('old')] })).toBe(false);
  expect(isAvailable(agentIn('break', 'idle'))).toBe(false);
  expect(isAvailable(agentIn('ready', 'wrapUp'))).toBe(false);
});

test('what is kept is applied once, when the agent becomes idle, and nothing of it is left', () => {
  const kept = changeAgent(agentIn('ready', 'talking'), { kind: 'break', reason: 'tea' }, 1);
  if (kept.outcome !== 'moved') throw new Error('not kept');
  const over = changeAgent(kept.to, { kind: 'callOver', wrapUpMs: 0, restUntil: null }, 2);
  if (over.outcome !== 'moved') throw new Error('not over');
  expect(over.to).toMatchObject({
    presence: { at: 'break', reason: 'tea', since: 2 },
    activity: { at: 'idle' },
  });
  expect('next' in over.to).toBe(false);
  expect(over.facts.map(({ kind }) => kind)).toEqual(['agent.activity', 'agent.onBreak']);
});

test('she may sign in on a break: nothing is offered until she is ready', () => {
  const signedIn = changeAgent(
    agentIn('signedOut', 'idle'),
    { kind: 'signIn', device, reachability: reachable, onBreak: 'not ready' },
    1,
  );
  if (signedIn.outcome !== 'moved') throw new Error('not signed in');
  expect(signedIn.to.presence).toMatchObject({ at: 'break', reason: 'not ready' });
  expect(isAvailable(signedIn.to)).toBe(false);
  expect(signedIn.facts.map(({ kind }) => kind)).toEqual([
    'agent.signedIn',
    'agent.reachability',
    'agent.onBreak',
  ]);
});

test('another device is taken at a free moment, not during a call', () => {
  const other = {
    kind: 'signIn',
    device: { kind: 'browser', address: 'browser-1001' },
    reachability: reachable,
  } as const;
  expect(changeAgent(agentIn('ready', 'idle'), other, 1)).toMatchObject({ outcome: 'moved' });
  expect(changeAgent(agentIn('ready', 'talking'), other, 1)).toEqual({
    outcome: 'refused',
    code: 'already_signed_in',
  });
});
