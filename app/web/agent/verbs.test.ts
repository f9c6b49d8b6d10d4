import { describe, expect, it } from 'vitest';
import type { AgentNow, CallNow } from './model.ts';
import { shortcuts, verbOfKey, verbsOf, type Situation, type Verb } from './verbs.ts';

const agent: AgentNow = {
  agentId: '1001',
  displayName: 'Alice',
  queues: ['default'],
  presence: 'ready',
  presenceSince: 0,
  activity: 'idle',
  activitySince: 0,
  reachable: true,
};
const call: CallNow = {
  sessionId: 'a',
  source: 'phone',
  queueId: 'default',
  state: 'talking',
  since: 0,
  requestedAt: 0,
  away: false,
};
const third = { kind: 'agent', agentId: '1002' } as const;

const on = (
  activity: AgentNow['activity'],
  changes: Partial<CallNow> = {},
  rest: Partial<Situation> = {},
): Situation => ({
  agent: { ...agent, activity },
  call: { ...call, ...changes },
  muted: false,
  policy: 'onDemand',
  ...rest,
});
const shown = (situation: Situation): string => verbsOf(situation).join(' ');

describe('what an agent can press', () => {
  it('follows from what the call is doing', () => {
    const situations: Record<string, Situation> = {
      idle: on('idle'),
      ringing: on('ringing'),
      dialling: on('dialling'),
      talking: on('talking'),
      'talking, muted': on('talking', {}, { muted: true }),
      'talking, a sound plays': on('talking', { playing: true }),
      held: on('held'),
      'asks, not reached yet': on('consulting', { third: { ...third, state: 'ringing' } }),
      'asks, and is answered': on('consulting', { third: { ...third, state: 'answered' } }),
      'is asked': on('consulting', { third: { ...third, agentId: '1001', state: 'answered' } }),
      conference: on('conferencing', { third: { ...third, state: 'answered' } }),
      'is in a conference of another': on('conferencing', {
        third: { ...third, agentId: '1001', state: 'answered' },
      }),
      reconnecting: on('reconnecting'),
      'wrap-up': on('wrapUp'),
    };
    const table = Object.entries(situations).map(([name, situation]) => `${name}: ${shown(situation)}`);
    expect(table.join('\n')).toMatchInlineSnapshot(`
      "idle: 
      ringing: answer decline
      dialling: mute hangUp
      talking: hold mute transfer keypad park recordStart sounds hangUp
      talking, muted: hold unmute transfer keypad park recordStart sounds hangUp
      talking, a sound plays: hold mute transfer keypad park recordStart stopSound hangUp
      held: resume mute transfer recordStart hangUp
      asks, not reached yet: back mute
      asks, and is answered: complete back swap conference mute keypad recordStart
      is asked: mute hangUp
      conference: dropThird dropCustomer mute keypad recordStart sounds hangUp
      is in a conference of another: mute hangUp
      reconnecting: hangUp
      wrap-up: "
    `);
  });

  it('of the recording follows from the queue and from how it stands', () => {
    const policies = ['always', 'onDemand', 'never', undefined] as const;
    const states = [undefined, 'on', 'paused'] as const;
    const table = policies.flatMap((policy) =>
      states.map((recording) => {
        const situation = on('held', recording === undefined ? {} : { recording }, { policy });
        const verbs = verbsOf(situation).filter((verb) => verb.startsWith('record'));
        return `${policy ?? 'another queue'}, ${recording ?? 'off'}: ${verbs.join(' ')}`;
      }),
    );
    expect(table.join('\n')).toMatchInlineSnapshot(`
      "always, off: recordStart
      always, on: recordPause
      always, paused: recordResume
      onDemand, off: recordStart
      onDemand, on: recordPause recordStop
      onDemand, paused: recordResume recordStop
      never, off: 
      never, on: recordPause recordStop
      never, paused: recordResume recordStop
      another queue, off: recordStart
      another queue, on: recordPause recordStop
      another queue, paused: recordResume recordStop"
    `);
  });
});

describe('keys of the keyboard', () => {
  it('stand for a verb that is there now, and for no other', () => {
    expect(verbOfKey('h', on('talking'))).toBe('hold');
    expect(verbOfKey('H', on('held'))).toBe('resume');
    expect(verbOfKey('a', on('ringing'))).toBe('answer');
    expect(verbOfKey('a', on('talking'))).toBeUndefined();
    expect(verbOfKey('h', on('idle'))).toBeUndefined();
  });

  it('never mean two verbs at the same moment', () => {
    const activities = ['ringing', 'dialling', 'talking', 'held', 'consulting', 'conferencing'] as const;
    for (const activity of activities) {
      const keys = verbsOf(on(activity, { third: { ...third, state: 'answered' } }))
        .map((verb: Verb) => shortcuts[verb])
        .filter((key) => key !== undefined);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});
