// What a caller meets before the line, in it and after the talk: announcements, a menu by keys, business hours, her place, a message, a
// survey; real phones and a real browser, and what each hears measured by the tone of each announcement.

import { afterAll, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import type { Message } from '../../app/contract/messages.ts';
import { Carrier } from '../support/carrier.ts';
import { stereo, toneLevel } from '../support/baresip-sound.ts';
import { withoutChromium } from '../support/chromium.ts';
import { atPage, atPhone, hearEachOther, hears, inCall, type Party } from '../support/hearing.ts';
import { onEachPair } from '../support/pairs.ts';
import { read, signIn, type AgentDesk } from '../support/people.ts';
import { furnishReception, outside, sounds } from '../support/reception.ts';
import { Scene, tones } from '../support/scene.ts';
import { loudness } from '../support/tones.ts';
import { until } from '../support/until.ts';

onEachPair({ story: 'call flows', alsoMissing: withoutChromium() }, ({ pair, test }) => {
  let scene: Scene;
  let carrier: Carrier;
  let desk: AgentDesk;
  let phone: Phone;
  let caller: Phone;
  let announcements: Record<keyof typeof sounds, Party>;

  beforeAll(async () => {
    carrier = await Carrier.open();
    const furnish = (folder: string): void => furnishReception(folder, carrier.trunking);
    const env = { CORDBOARD_FLOWS_FILE: 'data/flows.json', CORDBOARD_TRUNKING_FILE: 'data/trunking.json' };
    scene = await Scene.open({ pair, furnish, env });
    scene.whenAllLeave(() => carrier.close());
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

  test('to one agent, and while she is not there to a number outside', async () => {
    const ear = atPhone('the caller', caller, tones.customer);
    const first = await scene.caller(caller, '4101', 'flow.step');
    await phone.ringing();
    await phone.answer();
    await scene.board.sees('session.connected', { sessionId: first, agentId: '1001' });
    await hearEachOther([ear, atPhone('the agent', phone, tones.agent)]);
    await caller.hangUp();
    await phone.callEnded();
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'meant for me' });
    expect(await scene.board.record(first)).toMatchObject({ ending: 'customer_hung_up', agentId: '1001' });

    await desk.must('break', { reason: 'short' });
    const telephone = carrier.number(outside, { tone: tones.other, onInvite: 'answer' });
    const second = await scene.caller(caller, '4101', 'flow.step');
    const call = await carrier.call(telephone);
    await scene.board.sees('flow.sentOut', { sessionId: second, state: 'answered' });
    await hearEachOther([ear, inCall('the number', call, tones.other)]);
    call.hangUp();
    await caller.callEnded(30_000);
    expect(await scene.board.record(second)).toMatchObject({ ending: 'third_hung_up', agentId: null });
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
    await speaksForTwoSeconds(caller);
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

  async function speaksForTwoSeconds(speaker: Phone): Promise<void> {
    const { seconds } = await speaker.heard();
    const isLater = async () => (await speaker.heard()).seconds > seconds + 2;
    await until('she has spoken for two seconds', isLater, { withinMs: 20_000, everyMs: 100 });
  }

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

  test('a customer on the web is led the same way, with a keypad that shows what means something; after the talk as well', async () => {
    const { page, sessionId } = await scene.visitor('flow.step');
    const ear = atPage('the customer', page, tones.customer);
    const keys = page.locator('.keypad button:not([disabled])');
    await hears(ear, [announcements.choose], all());
    expect(await keys.allTextContents()).toEqual(['1', '2']);
    await page.click('.keypad button:text-is("1")');
    await scene.board.sees('session.queued', { sessionId, queueId: 'sales' });
    await page.waitForSelector('.place');
    expect(await keys.allTextContents()).toEqual(['9', '0']);
    await desk.goReady();
    await phone.ringing();
    await phone.answer();
    await hearEachOther([ear, atPhone('the agent', phone, tones.agent)]);
    expect(await page.locator('.keypad').count()).toBe(0);

    await desk.must('hangUp');
    await phone.callEnded();
    await page.click('.keypad button:text-is("5")');
    await scene.board.sees('survey.answered', { sessionId, answer: 5 });
    await page.waitForSelector('.stars');
    expect(await scene.board.record(sessionId)).toMatchObject({ ending: 'agent_hung_up', agentId: '1001' });
    await desk.becomes('wrapUp');
    await desk.must('wrapUp', { note: 'from the web' });
    await desk.must('break', { reason: 'short' });
  });

  test('in line each is told her own place, between stretches of music; a key leads out of it, to another or to a message that the supervisor hears', async () => {
    const other = await scene.trunkPhone('493012346');
    const [one, two] = [caller, other].map((each) => atPhone('a caller', each, tones.customer));
    const ears = [one as Party, two as Party] as const;
    const first = await scene.caller(caller, '4001');
    await hears(ears[0], [announcements.next], all());
    const second = await scene.caller(other, '4001');
    await hearsMusic(caller);
    await hears(ears[1], [announcements['place-2']], all());
    await hearsMusic(other);
    await scene.board.sees('session.announced', { sessionId: second, place: 2 });

    await caller.sendDtmf('9');
    await scene.board.sees('session.queued', { sessionId: first, queueId: 'default' });
    await hears(ears[1], [announcements.next], all());
    await caller.hangUp();
    expect(await scene.board.record(first)).toMatchObject({
      ending: 'abandoned_waiting',
      queueId: 'default',
    });
    await other.sendDtmf('0');
    await hears(ears[1], [announcements.hello], all());
    await scene.board.sees('session.recordingStarted', { sessionId: second });
    await speaksForTwoSeconds(other);
    await other.hangUp();
    await scene.board.sees('message.left', { sessionId: second, queueId: 'support' });
    expect(await scene.board.record(second)).toMatchObject({ ending: 'left_message', queueId: 'support' });

    const page = await (await scene.person()).open(`${scene.cordboard.url}/supervisor`);
    await page.fill('input[name=username]', 'supervisor');
    await page.fill('input[name=password]', scene.cordboard.demoPassword);
    await page.click('form button.primary');
    await page.click('[data-message] button:has-text("Play")');
    await until('the message is heard', () =>
      page.evaluate(
        () => (document.querySelector<HTMLAudioElement>('[data-message] audio')?.currentTime ?? 0) > 0.2,
      ),
    );
    await page.click('[data-message] button:has-text("Done")');
    await page.waitForSelector('[data-messages]', { state: 'detached' });
    await scene.board.sees('message.handled', { sessionId: second, by: 'supervisor' });
  });

  /** And nothing that is said. */
  async function hearsMusic(listener: Phone): Promise<void> {
    await hears(atPhone('who waits', listener, tones.customer), [], all());
    const isPlayed = async () => loudness((await listener.heard()).samples.slice(-4_000)) > 0.01;
    await until('the music is heard', isPlayed, { withinMs: 20_000 });
  }

  test('nothing was lost', () => scene.judge());

  test('nothing is left', () => scene.nothingIsLeft({ withinMs: 45_000 }));
});
