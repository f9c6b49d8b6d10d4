// A supervisor joins a call: listens, whispers, barges in, takes over, leaves; with her own desk phone, and who hears whom measured.

import { afterAll, beforeAll, expect } from 'vitest';
import { atPhone, hearEachOther, hears, type PhoneParty } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import type { AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';

onEachPair('a supervisor joins a call', ({ pair, test }) => {
  let scene: Scene;
  let alice: AgentDesk;
  let caller: PhoneParty;
  let agent: PhoneParty;
  let supervisor: PhoneParty;
  let all: readonly PhoneParty[];
  let sessionId = '';

  beforeAll(async () => {
    scene = await Scene.open({ pair });
    agent = atPhone('the agent', await scene.deskPhone('1001'), tones.agent);
    const own = await scene.deskPhone('supervisor', { toneHz: tones.supervisor });
    supervisor = atPhone('the supervisor', own, tones.supervisor);
    caller = atPhone('the caller', await scene.trunkPhone('493012345'), tones.customer);
    all = [caller, agent, supervisor];
    alice = await scene.desk('1001');
    await alice.goReady();
    sessionId = await scene.caller(caller.phone);
    await agent.phone.ringing();
    await agent.phone.answer();
    await hearEachOther([caller, agent], all);
  });
  afterAll(() => scene?.close());

  const join = async (mode: 'listen' | 'whisper' | 'barge'): Promise<void> => {
    await scene.board.must('monitor', { sessionId, device: 'sip', mode });
    await supervisor.phone.ringing();
    await supervisor.phone.answer();
  };

  test('listens: hears both, and neither hears her', async () => {
    await join('listen');
    await hears(supervisor, [caller, agent], all);
    await hears(caller, [agent], all);
    await hears(agent, [caller], all);
  });

  test('whispers: the agent hears her, the caller does not', async () => {
    await scene.board.must('monitorMode', { sessionId, mode: 'whisper' });
    await hears(agent, [caller, supervisor], all);
    await hears(caller, [agent], all);
  });

  test('barges in: all three hear each other', async () => {
    await scene.board.must('monitorMode', { sessionId, mode: 'barge' });
    await hearEachOther(all, all);
  });

  test('leaves: the call goes on as if she had never been there', async () => {
    await scene.board.must('stopMonitoring', { sessionId });
    await supervisor.phone.callEnded();
    await hearEachOther([caller, agent], all);
  });

  test('takes over: the caller stays with her, the agent is free', async () => {
    await join('listen');
    await hears(supervisor, [caller, agent], all);
    await scene.board.must('takeOver', { sessionId });
    await agent.phone.callEnded();
    await hearEachOther([caller, supervisor], all);
    await alice.becomes('wrapUp');
    await caller.phone.hangUp();
    await supervisor.phone.callEnded();
    await scene.board.sees('session.ended', { sessionId });
    await alice.must('wrapUp', { note: 'taken over' });
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'customer_hung_up' });
    const kinds = scene.board.kindsOf(sessionId).filter((kind) => kind.startsWith('monitor.'));
    expect(kinds.length).toBeGreaterThan(4);
  });

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft());
});
