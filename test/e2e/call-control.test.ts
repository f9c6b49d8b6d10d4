// An agent controls a call from her desk: hold, mute, consult, toggle, conference, transfer, park; real phones, and who hears whom
// measured at each step.

import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { atPhone, hearEachOther, hears, type PhoneParty } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import type { AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';
import { until } from '../support/until.ts';

onEachPair('an agent controls a call', ({ pair, test }) => {
  let scene: Scene;
  let alice: AgentDesk;
  let bob: AgentDesk;
  let caller: PhoneParty;
  let first: PhoneParty;
  let second: PhoneParty;
  let all: readonly PhoneParty[];
  let sessionId = '';

  beforeAll(async () => {
    scene = await Scene.open({ pair });
    first = atPhone('Alice', await scene.deskPhone('1001'), tones.agent);
    second = atPhone('Bob', await scene.deskPhone('1002', { toneHz: tones.other }), tones.other);
    caller = atPhone('the caller', await scene.trunkPhone('493012345'), tones.customer);
    all = [caller, first, second];
    alice = await scene.desk('1001');
    bob = await scene.desk('1002');
    await bob.goReady();
  });
  afterAll(() => scene?.close());

  /** A caller talks with Alice: Bob does not sell. Only who serves the queue may pick its callers up, so that is tried on one both serve. */
  beforeEach(async ({ task }) => {
    if (task.name.startsWith('nothing')) return;
    await alice.goReady();
    const shared = task.name.startsWith('parked');
    if (shared) await bob.must('break', { reason: 'short' });
    sessionId = await scene.caller(caller.phone, shared ? '4000' : '4001');
    await first.phone.ringing();
    await first.phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1001' });
    await hearEachOther([caller, first], all);
  });
  /** Whatever is still up ends. */
  afterEach(async ({ task }) => {
    if (task.name.startsWith('nothing')) return;
    await scene.board.sees('session.ended', { sessionId });
    for (const desk of [alice, bob]) {
      await until(
        'her call is over',
        () => desk.agent?.activity === 'wrapUp' || desk.agent?.activity === 'idle',
      );
      if (desk.agent?.activity === 'wrapUp') await desk.must('wrapUp', { note: 'done' });
      await desk.becomes('idle');
    }
  });
  const callerHangsUp = async (): Promise<void> => {
    await caller.phone.hangUp();
    await scene.board.sees('session.ended', { sessionId });
  };
  const bobAnswers = async (): Promise<void> => {
    await second.phone.ringing();
    await second.phone.answer();
  };

  test('hold: the caller hears music and no voice; resumed, both hear each other', async () => {
    await alice.must('hold');
    await hears(caller, [], [first, second]);
    await hears(first, [], all);
    await alice.must('resume');
    await hearEachOther([caller, first], all);
    expect(await alice.ask('resume')).toBe('not_held');
    await callerHangsUp();
  });

  test('mute: the caller no longer hears her, she goes on hearing the caller', async () => {
    await alice.must('mute', { muted: true });
    await hears(caller, [], [first, second]);
    await hears(first, [caller], all);
    await alice.must('mute', { muted: false });
    await hearEachOther([caller, first], all);
    await callerHangsUp();
  });

  test('consult, toggle, conference, and one leaves: each hears whom she should and nobody else', async () => {
    await alice.must('consult', { to: { kind: 'agent', agentId: '1002' } });
    await hears(caller, [], [first, second]);
    await bobAnswers();
    await scene.board.sees('consult.answered', { sessionId });
    await hearEachOther([first, second], all);
    await hears(caller, [], [first, second]);

    await alice.must('toggle');
    await hearEachOther([caller, first], all);
    await hears(second, [], all);

    await alice.must('conference');
    await scene.board.sees('conference.started', { sessionId });
    await hearEachOther(all, all);

    await alice.must('dropParty', { party: 'third' });
    await second.phone.callEnded();
    await hearEachOther([caller, first], all);
    await callerHangsUp();
  });

  test('an attended transfer: the caller goes on with the colleague, on one record', async () => {
    await alice.must('consult', { to: { kind: 'agent', agentId: '1002' } });
    await bobAnswers();
    await hearEachOther([first, second], all);
    await alice.must('completeTransfer');
    await first.phone.callEnded();
    await hearEachOther([caller, second], all);
    await alice.becomes('wrapUp');
    await callerHangsUp();
    await second.phone.callEnded();
    const record = await scene.board.record(sessionId);
    expect(record).toMatchObject({ ending: 'customer_hung_up', agentId: '1002' });
    const talkers = record.segments.filter(({ kind }) => kind === 'talking').map(({ agentId }) => agentId);
    expect(talkers).toEqual(['1001', '1002']);
    expect((await scene.board.calls()).filter((call) => call.sessionId === sessionId)).toHaveLength(1);
  });

  test('a consultation that is cancelled: back to the caller', async () => {
    await alice.must('consult', { to: { kind: 'agent', agentId: '1002' } });
    await second.phone.ringing();
    await alice.must('cancelConsult');
    await second.phone.callEnded();
    await hearEachOther([caller, first], all);
    await callerHangsUp();
  });

  test('a blind transfer to a colleague who is free', async () => {
    await alice.must('transfer', { to: { kind: 'agent', agentId: '1002' } });
    await first.phone.callEnded();
    await bobAnswers();
    await hearEachOther([caller, second], all);
    await bob.must('hangUp');
    await caller.phone.callEnded();
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'agent_hung_up', agentId: '1002' });
  });

  test('parked, and picked up by a colleague', async () => {
    await alice.must('park');
    const { slot } = await scene.board.sees('session.parked', { sessionId });
    await first.phone.callEnded();
    await hears(caller, [], [first, second]);
    await bob.must('ready');
    await bob.must('pickUp', { slot });
    await bobAnswers();
    await hearEachOther([caller, second], all);
    await callerHangsUp();
    await second.phone.callEnded();
    expect(await scene.board.record(sessionId)).toMatchObject({ agentId: '1002' });
  });

  test('nothing was lost', () => scene.judge());

  // drachtio-server keeps a proxied INVITE that was cancelled for 32 s (RFC 3261 timer D).
  test('nothing is left', () => scene.nothingIsLeft({ withinMs: 45_000 }));
});
