// An agent controls a call with every verb there is, at her desk phone and at her browser, with a colleague who has the other device; who
// hears whom and who does not is measured at each step. What is missing here is in outgoing.test.ts and call-sounds.test.ts.

import { afterAll, beforeAll, expect } from 'vitest';
import type { Carrier } from '../support/carrier.ts';
import { withoutChromium } from '../support/chromium.ts';
import { hearEachOther, hears, inCall, type Party, type PhoneParty } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import { tones, type Scene } from '../support/scene.ts';
import { openTwoSeats, type Seat } from '../support/seats.ts';

/** Somebody who is called from here, behind the trunk. */
const outside = '+4930700100';

onEachPair({ story: 'an agent controls a call', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let carrier: Carrier;
  let alice: Seat;
  let bob: Seat;
  let caller: PhoneParty;

  beforeAll(async () => {
    ({ scene, carrier, caller, alice, bob } = await openTwoSeats({ pair }));
  });
  afterAll(() => scene?.close());

  /** Alice alone serves one line, Bob alone the other: who calls there reaches the one this story is about. */
  const rows = [
    {
      who: 'an agent at her desk phone',
      her: () => alice,
      colleague: () => bob,
      number: '4001',
      queueId: 'sales',
    },
    {
      who: 'an agent in her browser',
      her: () => bob,
      colleague: () => alice,
      number: '4002',
      queueId: 'support',
    },
  ];

  for (const { who, her, colleague, number, queueId } of rows) {
    const called = async (): Promise<{ a: Seat; b: Seat; all: readonly Party[]; sessionId: string }> => {
      const [a, b] = [her(), colleague()];
      const all = [caller, a, b];
      const sessionId = await scene.caller(caller.phone, number);
      await a.answers();
      await scene.board.sees('session.connected', { sessionId, agentId: a.agentId });
      await hearEachOther([caller, a], all);
      return { a, b, all, sessionId };
    };

    test(`${who} holds, mutes, sends keys, asks a colleague, changes between the two, joins all three, lets one go`, async () => {
      const { a, b, all, sessionId } = await called();
      const to = { kind: 'agent', agentId: b.agentId } as const;

      await a.does('hold');
      await hears(caller, [], [a, b]);
      await hears(a, [], all);
      await a.does('resume');
      await hearEachOther([caller, a], all);

      await a.does('mute', { muted: true });
      await hears(caller, [], [a, b]);
      await hears(a, [caller], all);
      await a.does('mute', { muted: false });
      await hearEachOther([caller, a], all);

      await a.does('sendDigits', { digits: '49#' });
      for (const key of '49#') expect((await caller.phone.next('CALL_DTMF_START')).param).toBe(key);

      await a.does('consult', { to });
      await b.rings();
      await hears(caller, [], [a, b]);
      await a.does('cancelConsult');
      await b.becomes('idle');
      await hearEachOther([caller, a], all);

      await a.does('consult', { to });
      await b.answers();
      await scene.board.sees('consult.answered', { sessionId });
      await hearEachOther([a, b], all);
      await hears(caller, [], [a, b]);
      await a.does('toggle');
      await hearEachOther([caller, a], all);
      await hears(b, [], all);
      await a.does('conference');
      await scene.board.sees('conference.started', { sessionId });
      await hearEachOther(all);
      await a.does('dropParty', { party: 'third' });
      await b.becomes('idle');
      await hearEachOther([caller, a], all);

      await a.does('hangUp');
      await caller.phone.callEnded();
      await a.wrapsUp(sessionId, 'all verbs in one call');
      expect(await scene.board.record(sessionId)).toMatchObject({
        ending: 'agent_hung_up',
        agentId: a.agentId,
      });
    });

    test(`${who} connects the two, parks and picks up, passes on to an agent, a line and a number: one call on record`, async () => {
      const { a, b, all, sessionId } = await called();
      const toB = { kind: 'agent', agentId: b.agentId } as const;

      await a.does('consult', { to: toB });
      await b.answers();
      await hearEachOther([a, b], all);
      await a.does('completeTransfer');
      await hearEachOther([caller, b], all);
      await a.wrapsUp(sessionId, 'connected them');

      await b.does('park');
      const { slot } = await scene.board.sees('session.parked', { sessionId });
      await hears(caller, [], [a, b]);
      await b.wrapsUp(sessionId, 'parked');
      await a.does('pickUp', { slot });
      await hearEachOther([caller, a], all);

      await a.does('transfer', { to: toB });
      await b.answers();
      await hearEachOther([caller, b], all);
      await a.wrapsUp(sessionId, 'passed on');

      await b.does('transfer', { to: { kind: 'queue', queueId } });
      await a.answers();
      await hearEachOther([caller, a], all);
      await b.wrapsUp(sessionId, 'back to the line');

      const telephone = carrier.number(outside, { tone: tones.supervisor });
      const known = telephone.calls.length;
      await a.does('transfer', { to: { kind: 'number', number: outside } });
      const call = await carrier.call(telephone, known);
      await a.wrapsUp(sessionId, 'passed on to a number');
      call.answer();
      const third = inCall('the third', call, tones.supervisor);
      await hearEachOther([caller, third], [...all, third]);
      await caller.phone.hangUp();

      await scene.board.sees('session.ended', { sessionId, ending: 'customer_hung_up' });
      const record = await scene.board.record(sessionId);
      const talking = record.segments.filter(({ kind }) => kind === 'talking').map(({ agentId }) => agentId);
      expect(talking).toEqual([a, b, a, b, a].map(({ agentId }) => agentId));
      expect((await scene.board.calls()).filter((one) => one.sessionId === sessionId)).toHaveLength(1);
    });
  }

  test('nothing was lost', () => scene.judge());

  // drachtio-server keeps a proxied INVITE that was cancelled for 32 s (RFC 3261 timer D).
  test('nothing is left', () => scene.nothingIsLeft({ withinMs: 45_000 }));
});
