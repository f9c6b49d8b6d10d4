// Outgoing calls: the agent's own phone first, then the number over a trunk; what is heard before the answer; each leg's failure with its
// own cause, shown to her; the number the far side is shown. And calls nobody here is in: a notification, an agent on a mobile.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { ownNumbers, type Carrier } from '../support/carrier.ts';
import { withoutChromium } from '../support/chromium.ts';
import { atPhone, hearEachOther, hears, inCall, type Party, type PhoneParty } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import { post, type AgentDesk } from '../support/people.ts';
import { tones, type Scene } from '../support/scene.ts';
import { openTwoSeats, type Seat } from '../support/seats.ts';
import type { PhoneScript } from '../support/sip-phone.ts';
import { headerOf } from '../support/sip-text.ts';
import { sine, writeWav } from '../support/tones.ts';
import { until } from '../support/until.ts';

const number = '+4930700100';
const mobile = '+4930700200';
/** Hz of the sound a notification plays. */
const sound = 900;

/** Short, because nobody answers twice here. */
const ours = { caller_numbers: JSON.stringify(ownNumbers), ring_ms: 6_000 };

onEachPair({ story: 'an outgoing call', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let carrier: Carrier;
  let alice: Seat;
  let bob: Seat;
  let caller: PhoneParty;
  let carol: AgentDesk;
  let phone: Phone;

  beforeAll(async () => {
    const queues = { default: ours, sales: ours, support: ours };
    ({ scene, carrier, caller, alice, bob } = await openTwoSeats({ pair, queues }));
    carol = await scene.desk('1003');
    phone = await scene.deskPhone('1003', { trace: true });
  });
  afterAll(() => scene?.close());

  /** The session that was asked for last. */
  const requested = async (what: () => Promise<void>): Promise<string> => {
    const seen = scene.board.facts.length;
    await what();
    const { fact } = await until('a call is asked for', () =>
      scene.board.facts.slice(seen).find(({ fact }) => fact.kind === 'session.requested'),
    );
    const sessionId = fact['sessionId'] as string;
    scene.called('outgoing', sessionId);
    return sessionId;
  };

  const rows = [
    { who: 'an agent at her desk phone', her: () => alice },
    { who: 'an agent in her browser', her: () => bob },
  ];
  for (const { who, her } of rows) {
    test(`${who} calls a number, hears what it says before the answer, talks, and shows the number she chose`, async () => {
      const a = her();
      const telephone = carrier.number(number, { tone: tones.supervisor, onInvite: 'early' });
      const known = telephone.calls.length;
      const sessionId = await requested(() =>
        a.does('dial', { number, callerNumber: ownNumbers[1], earlyMedia: true }),
      );
      await scene.board.sees('dial.progress', { sessionId, leg: 'agent', state: 'answered' });
      const call = await carrier.call(telephone, known);
      expect(headerOf(call.received ?? fail(), 'From')).toContain(`${ownNumbers[1]}@`);
      const there = inCall('the number', call, tones.supervisor);
      const all: readonly Party[] = [a, there];
      await hears(a, [there], all);
      await scene.board.sees('dial.progress', { sessionId, state: 'earlyMedia' });
      call.answer();
      await scene.board.sees('session.connected', { sessionId });
      await hearEachOther(all);
      call.hangUp();
      await a.wrapsUp(sessionId, 'called out');
      expect(await scene.board.record(sessionId)).toMatchObject({
        source: 'outbound',
        ending: 'customer_hung_up',
        agentId: a.agentId,
        customerNumber: number,
        dialledNumber: ownNumbers[1],
      });
    });

    test(`${who} is told why a number was not reached: busy, declined, unknown, no answer`, async () => {
      const a = her();
      const refusals: readonly (readonly [PhoneScript['onInvite'] & {}, string])[] = [
        [{ refuse: 486 }, 'busy'],
        [{ refuse: 603 }, 'declined'],
        [{ refuse: 404 }, 'unknown_number'],
        ['ring', 'no_answer'],
      ];
      for (const [onInvite, cause] of refusals) {
        carrier.number(number, { tone: tones.supervisor, onInvite });
        const sessionId = await requested(() => a.does('dial', { number }));
        expect(await a.missed()).toEqual({ who: 'number', cause });
        await scene.board.sees('dial.progress', { sessionId, leg: 'destination', state: 'failed', cause });
        await a.callIsOver();
        await a.becomes('idle');
        expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'destination_not_reached' });
      }
    });
  }

  test('a caller number that is not ours is refused; her own phone is asked to answer by itself, and told as busy or not answered', async () => {
    await carol.goReady();
    expect(await carol.ask('dial', { number, callerNumber: '+4930111222' })).toBe(
      'caller_number_not_allowed',
    );
    for (const cause of ['busy', 'no_answer'] as const) {
      const sessionId = await requested(() => carol.must('dial', { number }));
      await phone.ringing(20_000);
      // Phones that read one of these take her own call by themselves; this one reads none of them.
      for (const header of [/^Call-Info: <[^>]+>;answer-after=0/m, /^Alert-Info: .*info=alert-autoanswer/m])
        expect(phone.output()).toMatch(header);
      if (cause === 'busy') await phone.decline();
      await scene.board.sees('dial.progress', { sessionId, leg: 'agent', state: 'failed', cause });
      expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'agent_not_reached' });
      await until('she is told', () => carol.missed.at(-1)?.cause === cause);
      await carol.becomes('idle');
    }
    await carol.must('signOut');
  });

  test('a nailed-up line: her phone rings once, then two callers in a row have her at once, and between them she hears nothing', async () => {
    await alice.does('break', { reason: 'the other line' });
    await carol.must('signIn', { device: 'sip', nailedUp: true });
    await phone.ringing(20_000);
    expect(carol.agent).toMatchObject({ line: 'dialling', unreachableWhy: 'line_down' });
    await phone.answer();
    await until('her line stands', () => carol.agent?.line === 'up' && carol.agent.reachable);
    const her = atPhone('Carol', phone, tones.agent);
    const rung = phone.output().split('INVITE sip:').length;
    for (const ending of ['customer_hung_up', 'agent_hung_up'] as const) {
      const sessionId = await scene.caller(caller.phone, '4001');
      await scene.board.sees('session.connected', { sessionId, agentId: '1003' });
      await hearEachOther([caller, her]);
      if (ending === 'agent_hung_up') await carol.must('hangUp');
      else await caller.phone.hangUp();
      await caller.phone.callEnded();
      await carol.becomes('wrapUp');
      await hears(her, [], [caller, her]);
      expect(carol.agent).toMatchObject({ line: 'up' });
      await carol.must('wrapUp', { note: `over one line: ${ending}` });
      await carol.becomes('idle');
      expect(await scene.board.record(sessionId)).toMatchObject({ ending, agentId: '1003' });
    }
    expect(phone.output().split('INVITE sip:')).toHaveLength(rung);
    await phone.hangUp();
    await until('she is on a break', () => carol.agent?.breakReason === 'line_hung_up');
    expect(carol.agent).toMatchObject({ presence: 'break', line: 'down' });
    await carol.must('signOut');
    await alice.goesReady();
  });

  test('a notification is heard as often as was asked for, and the call is over', async () => {
    const folder = path.join(scene.cordboard.dataFolder, 'sounds');
    mkdirSync(folder, { recursive: true });
    const [beep, pause] = [sine(sound, 0, 4_000), new Int16Array(4_000)];
    writeWav(path.join(folder, 'reminder.wav'), Int16Array.from([...beep, ...pause]));
    const telephone = carrier.number(number, { tone: tones.supervisor, onInvite: 'answer' });
    const known = telephone.calls.length;
    const sessionId = await requested(async () => {
      const wish = { queueId: 'sales', number, soundId: 'reminder', times: 3 };
      await post(scene.cordboard.url, '/notifications', scene.board.token, wish);
    });
    const call = await carrier.call(telephone, known);
    let [beeps, quiet] = [0, true];
    await until(
      'the call is over',
      () => {
        const level = call.hears(sound, 100);
        if (quiet && level > 0.05) beeps += 1;
        if (level > 0.05) quiet = false;
        if (level < 0.01) quiet = true;
        return call.over;
      },
      { withinMs: 20_000 },
    );
    expect(beeps).toBe(3);
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'notified', source: 'outbound' });
  });

  test('an agent on a mobile: whatever answers without pressing 1 does not get the caller, who keeps her place; 1 takes her', async () => {
    const telephone = carrier.number(mobile, { tone: tones.supervisor, onInvite: 'answer' });
    await carol.must('signIn', { device: 'pstn', number: mobile });
    await alice.does('break', { reason: 'short' });
    const sessionId = await scene.caller(caller.phone, '4001');
    const voicemail = await carrier.call(telephone);
    await until('the voicemail is asked for a key', () => voicemail.loudness() > 0.005, { withinMs: 20_000 });
    const greeting = inCall('the voicemail', voicemail, tones.supervisor);
    await hears(caller, [], [greeting]);
    await scene.board.sees('offer.missed', { sessionId, agentId: '1003', miss: 'no_answer' }, 30_000);
    await scene.board.sees('session.requeued', { sessionId, to: 'own_place' });
    await until('the voicemail is let go', () => voicemail.over);

    const call = await carrier.call(telephone, 1);
    await until('she is asked for a key', () => call.loudness() > 0.005, { withinMs: 20_000 });
    call.press('1');
    await scene.board.sees('session.connected', { sessionId, agentId: '1003' });
    await hearEachOther([caller, inCall('Carol', call, tones.supervisor)]);
    call.hangUp();
    await caller.phone.callEnded();
    await carol.becomes('wrapUp');
    await carol.must('wrapUp', { note: 'on the way' });
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'agent_hung_up', agentId: '1003' });
  });

  test('nothing was lost', () => scene.judge());

  // drachtio-server keeps a proxied INVITE that was cancelled for 32 s (RFC 3261 timer D).
  test('nothing is left', () => scene.nothingIsLeft({ withinMs: 45_000 }));
});

function fail(): never {
  throw new Error('no INVITE');
}
