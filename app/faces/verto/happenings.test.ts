// Facts as events: one shift of facts, and what supervisors and agents are told of it.

import { expect, it } from 'vitest';
import { agentId, legId, offerId, queueId, sessionId } from '../../domain/ids.ts';
import type { Fact, Stamped } from '../../domain/floor/facts.ts';
import type { FloorView } from '../../domain/floor/view.ts';
import { Happenings } from './happenings.ts';
import type { Audience } from './history.ts';

const agent = agentId('1007');
const call = sessionId('c1');
const offer = { offerId: offerId('o1'), sessionId: call, agentId: agent };
const device = { kind: 'sip', address: '1007' } as const;

/** A floor that knows one agent of two queues and one caller. */
const view: FloorView = {
  agent: (id) =>
    id === agent
      ? {
          agentId: agent,
          displayName: 'Alice',
          queues: [queueId('default'), queueId('sales')],
          presence: 'signedOut',
          presenceSince: 0,
          activity: 'idle',
          activitySince: 0,
          reachability: { reachable: true },
        }
      : undefined,
  agents: () => [],
  session: () => ({
    sessionId: call,
    source: 'phone',
    queueId: queueId('sales'),
    state: 'waiting',
    since: 0,
    requestedAt: 0,
    place: 1,
    away: false,
    customerNumber: '+4915123451234',
    customerName: '015123451234',
  }),
  sessions: () => [],
  queues: () => [],
};

/** @param steps facts of one step each */
function told(steps: readonly (readonly Fact[])[], channel = 'vcc', audience: Audience = 'full'): string[] {
  const happenings = new Happenings(view);
  let number = 0;
  return steps.flatMap((facts) => {
    const stamped = facts.map((fact): Stamped<Fact> => ({ number: ++number, at: number * 1_000, fact }));
    return happenings.of(stamped).flatMap((event) => {
      const shown = event.channels.find((name) => name === channel || name.startsWith(`${channel}.`));
      if (shown === undefined) return [];
      const { eventType, data } = JSON.parse(`{${event.members(shown, audience)}}`) as {
        eventType: string;
        data: Record<string, unknown>;
      };
      const { queue, state, prevState, reason, cause, next, callerNumber, back } = data;
      const said = [state, prevState, reason, cause, next, back, callerNumber].filter(
        (one) => one !== undefined,
      );
      return `${eventType} ${String(queue)} ${said.map(String).join(' ')}`.trim();
    });
  });
}

const signIn: readonly Fact[] = [
  { kind: 'agent.signedIn', agentId: agent, device },
  { kind: 'agent.reachability', agentId: agent, reachability: { reachable: true } },
  { kind: 'agent.ready', agentId: agent },
];
const activity = (to: Extract<Fact, { kind: 'agent.activity' }>['activity']): Fact => ({
  kind: 'agent.activity',
  agentId: agent,
  activity: to,
  ...(to !== 'idle' && { sessionId: call }),
});
const queued: readonly Fact[] = [
  { kind: 'session.requested', sessionId: call, queueId: queueId('sales'), source: 'phone' },
  { kind: 'session.arrived', sessionId: call, legId: legId('l1') },
  { kind: 'session.queued', sessionId: call, queueId: queueId('sales'), priority: 0 },
];
const connected: readonly Fact[] = [
  { kind: 'offer.accepted', ...offer },
  activity('talking'),
  { kind: 'session.connected', sessionId: call, agentId: agent },
];

it('a call from the line to the end of wrap-up, with a break kept for afterwards', () => {
  const shift = [
    signIn,
    [...queued, { kind: 'offer.made', ...offer, until: 9 } as const, activity('offered')],
    [{ kind: 'offer.ringing', ...offer } as const, activity('ringing')],
    connected,
    [{ kind: 'agent.willBe', agentId: agent, next: 'break', reason: 'REST: lunch' } as const],
    [{ kind: 'session.held', sessionId: call, agentId: agent } as const, activity('held')],
    [{ kind: 'session.resumed', sessionId: call, agentId: agent } as const, activity('talking')],
    [{ kind: 'session.ended', sessionId: call, ending: 'customer_hung_up' } as const, activity('wrapUp')],
    [
      activity('idle'),
      { kind: 'agent.onBreak', agentId: agent, reason: 'REST: lunch', cause: 'asked' } as const,
    ],
    [{ kind: 'agent.signedOut', agentId: agent, cause: 'asked' } as const],
  ];
  expect(told(shift)).toMatchInlineSnapshot(`
    [
      "agent-login default",
      "agent-state default READY LOGGED_OUT",
      "queue-join sales +4915123451234",
      "agent-state default RESERVED READY",
      "call-ringing sales +4915123451234",
      "agent-state default RINGING RESERVED",
      "agent-state default TALKING RINGING",
      "queue-leave sales answered",
      "call-answered sales +4915123451234",
      "agent-next default lunch REST",
      "call-held sales +4915123451234",
      "agent-state default HELD TALKING",
      "call-resumed sales +4915123451234",
      "agent-state default TALKING HELD",
      "call-ended sales customer_hung_up +4915123451234",
      "agent-state default WRAPUP TALKING",
      "agent-state default REST WRAPUP lunch",
      "agent-state default LOGGED_OUT REST",
      "agent-logout default asked",
    ]
  `);
  expect(told(shift, 'vcc.default')).toEqual(
    told(shift, 'vcc')
      .filter((line) => !line.startsWith('queue-'))
      .map((line) => line.replace(/^(agent-\S+) \S+/, '$1 default')),
  );
});

it('a miss, the caller who gives up, and numbers only for those who may see them', () => {
  const shift = [
    signIn,
    [...queued, activity('offered')],
    [{ kind: 'offer.ringing', ...offer } as const, activity('ringing')],
    [
      { kind: 'offer.missed', ...offer, miss: 'customer_left' } as const,
      activity('idle'),
      { kind: 'session.ended', sessionId: call, ending: 'abandoned_ringing' } as const,
    ],
  ];
  expect(told(shift, 'vcc.sales.1007', 'masked')).toMatchInlineSnapshot(`
    [
      "agent-login sales",
      "agent-state sales READY LOGGED_OUT",
      "agent-state sales RESERVED READY",
      "call-ringing sales +49 *** 1234",
      "agent-state sales RINGING RESERVED",
      "call-missed sales customer_left +49 *** 1234",
      "agent-state sales READY RINGING",
    ]
  `);
  expect(told(shift, 'vcc.sales')).toMatchInlineSnapshot(`
    [
      "agent-login sales",
      "agent-state sales READY LOGGED_OUT",
      "queue-join sales +4915123451234",
      "agent-state sales RESERVED READY",
      "call-ringing sales +4915123451234",
      "agent-state sales RINGING RESERVED",
      "call-missed sales customer_left +4915123451234",
      "agent-state sales READY RINGING",
      "queue-leave sales abandoned_ringing",
      "call-ended sales abandoned_ringing +4915123451234",
    ]
  `);
  expect(JSON.stringify(told(shift, 'vcc', 'masked'))).not.toContain('5123451234');
});

it('back at her own place she never left; back at the head she joins again', () => {
  const back = (to: 'own_place' | 'head'): Fact => ({
    kind: 'session.requeued',
    sessionId: call,
    queueId: queueId('sales'),
    to,
  });
  expect(told([queued, [back('own_place')], connected, [back('head')]], 'vcc.sales')).toMatchInlineSnapshot(`
    [
      "queue-join sales +4915123451234",
      "agent-state sales TALKING LOGGED_OUT",
      "queue-leave sales answered",
      "call-answered sales +4915123451234",
      "queue-join sales head +4915123451234",
    ]
  `);
});
