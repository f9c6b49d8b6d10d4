// What a caller meets before the line: announcements, a menu by keys, business hours; real phones and a real browser, and what each hears
// measured by the tone of each announcement.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import type { Message } from '../../app/contract/messages.ts';
import { stereo, toneLevel, toneWav } from '../support/baresip-sound.ts';
import { withoutChromium } from '../support/chromium.ts';
import { atPage, atPhone, hearEachOther, hears, type Party } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import { read, signIn, type AgentDesk } from '../support/people.ts';
import { Scene, tones } from '../support/scene.ts';
import { loudness } from '../support/tones.ts';
import { until } from '../support/until.ts';

/** What each announcement sounds like, Hz, and how long, seconds. */
const sounds = { hello: [2_300, 2], choose: [2_900, 4], wrong: [3_300, 2], bye: [1_950, 2] } as const;
const noon = ['00:00-24:00'];
const flows = {
  hours: {
    open: {
      timeZone: 'Europe/Berlin',
      weekly: { sun: noon, mon: noon, tue: noon, wed: noon, thu: noon, fri: noon, sat: noon },
    },
    shut: { timeZone: 'Europe/Berlin', weekly: {} },
  },
  flows: {
    reception: {
      start: 'hours',
      steps: {
        hours: { kind: 'hours', hours: 'open', open: 'hello', closed: 'bye' },
        hello: { kind: 'say', prompt: 'hello', then: 'menu' },
        menu: {
          kind: 'menu',
          prompt: 'choose',
          keys: { '1': 'sales', '2': 'support' },
          tries: 2,
          timeoutSeconds: 1,
          wrong: 'wrong',
          otherwise: 'bye',
        },
        sales: { kind: 'queue', queue: 'sales' },
        support: { kind: 'queue', queue: 'support' },
        bye: { kind: 'hangUp', prompt: 'bye' },
      },
    },
    night: {
      start: 'closed',
      queue: 'default',
      steps: {
        closed: {
          kind: 'say',
          prompt: { say: 'We are closed. Please leave a message after the tone.' },
          then: 'tone',
        },
        tone: { kind: 'voicemail', queue: 'support', greeting: 'hello', maxSeconds: 60, then: 'bye' },
        bye: { kind: 'hangUp', prompt: 'bye' },
      },
    },
  },
  queues: {
    sales: { survey: { questions: [{ name: 'friendly', prompt: 'choose' }], wrong: 'wrong', thanks: 'bye' } },
    support: { hours: 'shut', closed: 'night' },
    default: { first: 'reception' },
  },
};

onEachPair({ story: 'call flows', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let desk: AgentDesk;
  let phone: Phone;
  let caller: Phone;
  let announcements: Record<keyof typeof sounds, Party>;

  beforeAll(async () => {
    const furnish = (folder: string): void => {
      mkdirSync(path.join(folder, 'sounds'), { recursive: true });
      for (const [id, [hertz, seconds]] of Object.entries(sounds))
        writeFileSync(path.join(folder, 'sounds', `${id}.wav`), toneWav(hertz, seconds));
      writeFileSync(path.join(folder, 'flows.json'), JSON.stringify(flows));
      const numbers = { '4001': 'queue:sales', '4002': 'queue:support', '4100': 'flow:reception' };
      writeFileSync(path.join(folder, 'trunking.json'), JSON.stringify({ numbers }));
    };
    const env = { CORDBOARD_FLOWS_FILE: 'data/flows.json', CORDBOARD_TRUNKING_FILE: 'data/trunking.json' };
    scene = await Scene.open({ pair, furnish, env });
    phone = await scene.deskPhone('1001');
    desk = await scene.desk('1001');
    caller = await scene.trunkPhone('493012345');
    const silent = (name: string, tone: number): Party => ({ name, tone, levels: async () => [] });
    announcements = Object.fromEntries(
      Object.entries(sounds).map(([name, [tone]]) => [name, silent(name, tone)]),
    ) as typeof announcements;
  });
  afterAll(() => scene?.close());

  const all = () => Object.values(announcements);

  test('open: the announcement, the menu, a wrong key, and the right one leads to the right queue; after the talk, how it was', async () => {
    const sessionId = await scene.caller(caller, '4100', 'flow.step');
    const ear = atPhone('the caller', caller, tones.customer);
    await hears(ear, [announcements.hello], all());
    await hears(ear, [announcements.choose], all());
    await caller.sendDtmf('7');
    await hears(ear, [announcements.wrong], all());
    await hears(ear, [announcements.choose], all());
    await caller.sendDtmf('1');
    await scene.board.sees('session.queued', { sessionId, queueId: 'sales' });
    await desk.goReady();
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId, agentId: '1001' });
    await hearEachOther([ear, atPhone('the agent', phone, tones.agent)]);
    await hears(ear, [], all());

    await desk.must('hangUp');
    await phone.callEnded();
    await hears(ear, [announcements.choose], all());
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'sold' });
    await caller.sendDtmf('9');
    await hears(ear, [announcements.wrong], all());
    await caller.sendDtmf('4');
    await scene.board.sees('survey.answered', { sessionId, answer: 4 });
    await hears(ear, [announcements.bye], all());
    await caller.callEnded(30_000);
    const record = await scene.board.record(sessionId);
    expect(record).toMatchObject({ ending: 'agent_hung_up', queueId: 'sales', agentId: '1001' });
    expect(record.survey).toMatchObject([{ question: 'friendly', answer: 4 }]);
  });

  test('no key at all: asked again, then told goodbye and hung up on', async () => {
    const sessionId = await scene.caller(caller, '4100', 'flow.step');
    await scene.board.sees('flow.key', { sessionId, understood: false });
    await hears(atPhone('the caller', caller, tones.customer), [announcements.bye], all());
    await caller.callEnded(30_000);
    const record = await scene.board.record(sessionId);
    expect(record).toMatchObject({ ending: 'flow_ended', agentId: null });
    const unanswered = scene.board.facts.filter(
      ({ fact }) => fact.kind === 'flow.key' && fact['sessionId'] === sessionId,
    );
    expect(unanswered).toHaveLength(2);
  });

  test('closed by its hours: told so in words, she leaves a message that those of the queue hear and tick off', async () => {
    const sessionId = await scene.caller(caller, '4002', 'flow.step');
    const ear = atPhone('the caller', caller, tones.customer);
    await until(
      'the words are heard',
      async () => loudness((await caller.heard()).samples.slice(-4_000)) > 0.01,
      {
        withinMs: 20_000,
      },
    );
    await hears(ear, [announcements.hello], all());
    await scene.board.sees('session.recordingStarted', { sessionId });
    const { seconds } = await caller.heard();
    await until('she has spoken for two seconds', async () => (await caller.heard()).seconds > seconds + 2, {
      everyMs: 100,
    });
    await caller.sendDtmf('#');
    await hears(ear, [announcements.bye], all());
    await caller.callEnded(30_000);
    await scene.board.sees('message.left', { sessionId, queueId: 'support' });
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'left_message', queueId: 'support' });

    const { left, right } = stereo(await scene.board.recording(sessionId));
    expect(toneLevel(left, 8_000, tones.customer)).toBeGreaterThan(0.05);
    expect(toneLevel(right, 8_000, sounds.hello[0])).toBeLessThan(0.005);
    const [sales, support] = [await mailbox('1001'), await mailbox('1002')];
    expect(await sales.list()).toEqual([]);
    const [message] = await support.list();
    expect(message).toMatchObject({ sessionId, queueId: 'support', customerNumber: '*** 45', handled: null });
    const id = message?.recordingId ?? '';
    expect([await sales.post(`/recordings/${id}/link`), await sales.post(`/messages/${id}/handled`)]).toEqual(
      [404, 404],
    );
    expect([
      await support.post(`/recordings/${id}/link`),
      await support.post(`/messages/${id}/handled`),
    ]).toEqual([201, 200]);
    await scene.board.sees('message.handled', { sessionId, by: '1002' });
    expect(await support.list()).toEqual([]);
  });

  /** What an agent sees of the messages callers left. */
  async function mailbox(agent: string) {
    const { url, demoPassword } = scene.cordboard;
    const token = await signIn(url, agent, demoPassword);
    return {
      list: async () =>
        (await read<{ messages: readonly Message[] }>(url, '/messages?handled=false', token)).messages,
      post: async (way: string) => {
        const headers = { authorization: `Bearer ${token}` };
        return (await fetch(`${url}/api/v1${way}`, { method: 'POST', headers })).status;
      },
    };
  }

  test('a customer on the web is led the same way, with a keypad that shows what means something', async () => {
    await desk.must('break', { reason: 'short' });
    const { page, sessionId } = await scene.visitor('flow.step');
    await hears(atPage('the customer', page, tones.customer), [announcements.choose], all());
    const keys = page.locator('.keypad button:not([disabled])');
    expect(await keys.allTextContents()).toEqual(['1', '2']);
    await page.click('.keypad button:text-is("1")');
    await scene.board.sees('session.queued', { sessionId, queueId: 'sales' });
    await page.waitForSelector('.place');
    expect(await page.locator('.keypad').count()).toBe(0);
    await page.click('button.stop');
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'abandoned_waiting' });
  });

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft({ withinMs: 45_000 }));
});
