// What is heard and kept beside the voices: sounds laid over a call, the reminder of a forgotten hold, recordings that pause, begin on
// demand and are refused, and the way back of a caller whom nobody picked up.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { atPhone, hearEachOther, hears, type Party, type PhoneParty } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import type { AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';
import { parseWav, sine, strength, writeWav, type Recording } from '../support/tones.ts';
import { until } from '../support/until.ts';

/** A sound as somebody who speaks and hears nothing. */
const soundOf = (name: string, tone: number): Party => ({ name, tone, levels: () => Promise.resolve([]) });
const jingle = soundOf('the jingle', 2_500);
const reminder = soundOf('the reminder', 2_900);
const question = soundOf('the question', 3_100);

onEachPair('beside the voices of a call', ({ pair, test }) => {
  let scene: Scene;
  let carol: AgentDesk;
  let caller: PhoneParty;
  let agent: PhoneParty;

  beforeAll(async () => {
    scene = await Scene.open({
      pair,
      env: { CORDBOARD_HOLD_REMINDER_SECONDS: '2' },
      queues: {
        sales: { record: 'onDemand', park_ms: 2_000 },
        support: { consent_sound: 'question', consent_digit: '9' },
      },
    });
    const folder = path.join(scene.cordboard.dataFolder, 'sounds');
    mkdirSync(folder, { recursive: true });
    writeWav(path.join(folder, 'jingle.wav'), sine(jingle.tone, 0, 8_000));
    writeWav(path.join(folder, 'hold-reminder.wav'), sine(reminder.tone, 0, 8_000));
    writeWav(path.join(folder, 'question.wav'), sine(question.tone, 0, 40_000));
    caller = atPhone('the caller', await scene.trunkPhone('493012345'), tones.customer);
    agent = atPhone('Carol', await scene.deskPhone('1003'), tones.agent);
    carol = await scene.desk('1003');
  });
  afterAll(() => scene?.close());
  beforeEach(({ task }) => (task.name.startsWith('nothing') ? undefined : carol.goReady()));

  const answers = async (sessionId: string): Promise<void> => {
    await agent.phone.ringing(20_000);
    await agent.phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1003' });
    await hearEachOther([caller, agent]);
  };
  const called = async (number: string): Promise<string> => {
    const sessionId = await scene.caller(caller.phone, number);
    await answers(sessionId);
    return sessionId;
  };
  const over = async (sessionId: string): Promise<void> => {
    await caller.phone.hangUp();
    await agent.phone.callEnded(20_000);
    await scene.board.sees('session.ended', { sessionId });
    await carol.becomes('wrapUp');
    await carol.must('wrapUp', { note: '' });
  };
  const recordingOf = async (sessionId: string): Promise<Recording> =>
    parseWav(await scene.board.recording(sessionId), 'the recording');

  test('a sound is mixed under the voices at its volume, for both, until it is stopped; a forgotten hold is told to the agent alone', async () => {
    const sessionId = await called('4001');
    const everybody = [caller, agent, jingle, reminder];
    const level = async (ear: Party): Promise<number> => (await ear.levels([jingle.tone]))[0] ?? 0;
    await carol.must('play', { soundId: 'jingle', times: 20 });
    await hears(caller, [agent, jingle], everybody);
    await hears(agent, [caller, jingle], everybody);
    const asRecorded = await level(caller);
    await carol.must('stopPlaying');
    await hearEachOther([caller, agent], everybody);
    expect(await carol.ask('stopPlaying')).toBe('not_playing');
    await carol.must('play', { soundId: 'jingle', times: 20, volume: -2 });
    await hears(agent, [caller], [caller, agent, reminder]);
    // Two steps of 4 dB: 0.4 of the amplitude.
    const quieter = async (): Promise<boolean> => {
      const now = await level(caller);
      return now > asRecorded * 0.3 && now < asRecorded * 0.5;
    };
    await until('the caller hears it at its volume', quieter, { withinMs: 20_000, everyMs: 200 });
    await carol.must('stopPlaying');
    await hearEachOther([caller, agent], everybody);

    await carol.must('hold');
    await hears(caller, [], [agent, reminder]);
    await hears(agent, [reminder], everybody);
    await hears(caller, [], [agent, reminder]);
    await carol.must('resume');
    await hearEachOther([caller, agent], everybody);
    await over(sessionId);
  });

  test('what is said while the recording is paused is nowhere in the file, and the pause is marked', async () => {
    const sessionId = await called('4000');
    await carol.must('recording', { wish: 'pause' });
    await scene.board.sees('session.recordingPaused', { sessionId });
    await carol.must('play', { soundId: 'jingle', times: 20 });
    await hears(caller, [agent, jingle], [caller, agent, jingle]);
    await hears(agent, [caller, jingle], [caller, agent, jingle]);
    await carol.must('stopPlaying');
    await hearEachOther([caller, agent], [caller, agent, jingle]);
    await carol.must('recording', { wish: 'resume' });
    await scene.board.sees('session.recordingResumed', { sessionId });
    const { seconds } = await agent.phone.heard();
    await until('a second more of talk', async () => (await agent.phone.heard()).seconds > seconds + 1, {
      withinMs: 20_000,
    });
    await over(sessionId);
    await scene.board.sees('session.recordingStopped', { sessionId });

    const { recordings } = await scene.board.record(sessionId);
    expect(recordings).toMatchObject([{ pauses: [{ to: expect.any(Number) as number }] }]);
    const [pause] = recordings[0]?.pauses ?? [];
    const pauseMs = (pause?.to ?? 0) - (pause?.from ?? 0);
    const recording = await recordingOf(sessionId);
    const [left, right] = recording.channels as [Int16Array, Int16Array];
    for (const channel of [left, right]) {
      expect(Math.max(...windows(channel).map((part) => strength(part, jingle.tone)))).toBeLessThan(0.01);
    }
    const silent = windows(left).filter((part, at) => {
      const [said, heard] = [strength(part, tones.customer), strength(windowAt(right, at), tones.agent)];
      return said < 0.01 && heard < 0.01;
    });
    // As long as the mark says, and as much of the rest is not silent.
    expect(Math.abs(silent.length * windowMs - pauseMs)).toBeLessThan(pauseMs * 0.3);
    expect(recording.durationMs - silent.length * windowMs).toBeGreaterThan(900);
  });

  test('on demand it is recorded from the word to the other word; parked and forgotten, the caller is first in line again', async () => {
    const sessionId = await called('4001');
    expect(await carol.ask('recording', { wish: 'stop' })).toBe('not_recording');
    await carol.must('recording', { wish: 'start' });
    await scene.board.sees('session.recordingStarted', { sessionId });
    expect(await carol.ask('recording', { wish: 'start' })).toBe('already_recording');
    const { seconds } = await agent.phone.heard();
    await until('a second of talk', async () => (await agent.phone.heard()).seconds > seconds + 1);
    await carol.must('recording', { wish: 'stop' });
    await scene.board.sees('session.recordingStopped', { sessionId });

    await carol.must('park');
    await agent.phone.callEnded(20_000);
    await carol.becomes('wrapUp');
    await carol.must('wrapUp', { note: 'parked' });
    await scene.board.sees('session.requeued', { sessionId, to: 'head' });
    await answers(sessionId);
    await over(sessionId);
    expect(await scene.board.record(sessionId)).toMatchObject({ recorded: true, agentId: '1003' });
    // The caller was heard for much longer than that.
    const { channels, durationMs } = await recordingOf(sessionId);
    const { talkMs } = await scene.board.record(sessionId);
    expect(durationMs).toBeGreaterThan(900);
    expect(durationMs).toBeLessThan(talkMs);
    expect(strength(channels[0] as Int16Array, tones.customer)).toBeGreaterThan(0.05);
  });

  test('who presses the key at the question is not recorded, not even on demand', async () => {
    const sessionId = await scene.caller(caller.phone, '4002', 'session.arrived');
    await hears(caller, [question], [question]);
    await caller.phone.sendDtmf('9');
    await scene.board.sees('session.queued', { sessionId });
    await answers(sessionId);
    expect(await carol.ask('recording', { wish: 'start' })).toBe('recording_forbidden');
    await over(sessionId);
    expect(await scene.board.record(sessionId)).toMatchObject({ recorded: false, recordings: [] });
  });

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft());
});

const windowMs = 50;
const windowAt = (samples: Int16Array, at: number): Int16Array =>
  samples.subarray(at * windowMs * 8, (at + 1) * windowMs * 8);

const windows = (samples: Int16Array): readonly Int16Array[] =>
  Array.from({ length: Math.floor(samples.length / (windowMs * 8)) }, (_, at) => windowAt(samples, at));
