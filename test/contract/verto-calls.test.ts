// Calls by the Verto face, as far as no page is needed: what mod_verto answers to what is missing, and the verbs that need a second party,
// with real phones.

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Phone } from '../support/baresip.ts';
import { row } from '../support/conformance.ts';
import { PhoneBank, type PhoneScript } from '../support/sip-phone.ts';
import { Scene } from '../support/scene.ts';
import { until } from '../support/until.ts';
import { VertoClient } from '../support/verto-client.ts';

let scene: Scene;
let phone: Phone;
let colleaguesPhone: Phone;
let caller: Phone;
/** Telephones behind a carrier. */
let outside: PhoneBank;
const clients: VertoClient[] = [];

beforeAll(async () => {
  outside = await PhoneBank.open();
  const folder = mkdtempSync(path.join(tmpdir(), 'cordboard-trunks-'));
  const file = path.join(folder, 'trunking.json');
  const carrier = {
    name: 'outside',
    destination: outside.address,
    qualify: false,
    callerNumbers: ['+4930*'],
    defaultCaller: '+49304000',
  };
  const trunking = { trunks: [carrier], routes: [{ prefix: '+49301', trunks: ['outside'] }] };
  writeFileSync(file, JSON.stringify(trunking));
  scene = await Scene.open({ env: { CORDBOARD_TRUNKING_FILE: file } });
  scene.whenAllLeave(async () => {
    await outside.close();
    rmSync(folder, { recursive: true });
  });
  phone = await scene.deskPhone('1001');
  colleaguesPhone = await scene.deskPhone('1002');
  caller = await scene.trunkPhone('4930123456789');
});
afterEach(async () => {
  for (const client of clients.splice(0)) {
    for (const verb of ['cc.hangup', 'cc.wrapup', 'cc.logout'])
      await client.call(verb, {}).catch(() => undefined);
    client.close();
  }
});
afterAll(() => scene.close());

async function logIn(user: string): Promise<VertoClient> {
  const { url, demoPassword } = scene.cordboard;
  const client = await VertoClient.logIn(url, user, demoPassword);
  clients.push(client);
  return client;
}

/** Signed in at her desk phone and ready; hears herself. */
async function agent(id = '1001'): Promise<VertoClient> {
  const client = await logIn(id);
  await client.must('verto.subscribe', { eventChannel: `vcc.default.${id}` });
  await client.must('cc.login', { queue: 'default', agent: id, extn: id });
  await client.must('cc.ready', { queue: 'default', agent: id });
  return client;
}

async function conversation(her: VertoClient): Promise<string> {
  const callID = await scene.caller(caller);
  await phone.ringing();
  await phone.answer();
  await her.event('agent-state', { state: 'TALKING', callID });
  await her.event('call-answered', { callID }); // from now on they have each other
  return callID;
}

async function over(her: VertoClient): Promise<void> {
  await her.event('agent-state', { state: 'WRAPUP' });
  await her.must('cc.wrapup');
}

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n';
const dialogParams = { callID: randomUUID(), destination_number: '4000' };

row('2.4', 'verto.invite', 'what is missing is said in mod_verto’s words, -32002', async () => {
  const client = await logIn('1001');
  const said = async (params: object) => (await client.call('verto.invite', params)).error;
  expect(await said({})).toMatchObject({ code: -32002, message: 'Params data missing' });
  expect(await said({ sdp })).toMatchObject({ code: -32002, message: 'Dialog data missing' });
  expect(await said({ sdp, dialogParams: {} })).toMatchObject({ message: 'CallID missing' });
  expect(await said({ dialogParams })).toMatchObject({ message: 'SDP missing' });
  expect(await said({ dialogParams, sdp: 'hello' })).toMatchObject({ message: 'CODEC ERROR' });
  expect(await said({ sdp, dialogParams: { callID: 'x', destination_number: 'a@b' } })).toMatchObject({
    code: -32002,
    message: 'CALL ERROR',
    cause: 'INVALID_NUMBER_FORMAT',
    causeCode: 28,
  });
});

row(
  '2.4',
  'CALL DOES NOT EXIST',
  'answer, attach, modify, info and bye of a call that is not there',
  async () => {
    const client = await logIn('1001');
    for (const [method, params] of [
      ['verto.answer', { sdp }],
      ['verto.attach', { sdp }],
      ['verto.modify', { action: 'hold' }],
      ['verto.info', { dtmf: '5' }],
      ['verto.bye', { cause: 'NORMAL_CLEARING' }],
    ] as const) {
      const { error } = await client.call(method, { ...params, dialogParams });
      expect([method, error?.code, error?.message]).toEqual([method, -32002, 'CALL DOES NOT EXIST']);
    }
  },
);

row(
  '2.4',
  'verto.info',
  'a message reaches the pages of the person it is to, and says who sent it',
  async () => {
    const [one, two] = [await logIn('1001'), await logIn('1002')];
    expect(await one.must('verto.info', { msg: { to: '1002@any', body: 'tea?' } })).toMatchObject({
      message: 'SENT',
    });
    expect((await two.request('verto.info')).params).toEqual({
      msg: { from: '1001', from_msg_name: 'Alice', to: '1002', body: 'tea?' },
    });
  },
);

row(
  '2.3',
  'verto.register',
  'makes the page her phone: its address is registered, and she can sign in with it',
  async () => {
    const her = await logIn('1001');
    expect(await her.must('verto.register')).toMatchObject({ message: 'REGISTERED' });
    expect(await her.must('cc.login', { agent: '1001', extn: 'browser-1001' })).toMatchObject({
      agent: { extn: 'browser-1001', reachable: true },
    });
  },
);

row('2.2', 'ccTransfer', 'to a queue: call-transferred, and the caller is in that line', async () => {
  const her = await agent();
  const boss = await logIn('supervisor');
  await boss.must('verto.subscribe', { eventChannel: 'vcc' });
  const callID = await conversation(her);
  expect(await her.refused('cc.transfer', { to: { queue: 'nowhere' } })).toBe(404);
  expect(await her.must('cc.transfer', { to: { queue: 'support' }, callID })).toMatchObject({ code: 200 });
  const moved = await her.event('call-transferred', { callID });
  expect(moved.data).toMatchObject({ to: { kind: 'queue', queue: 'support' }, how: 'blind' });
  await over(her);
  await boss.event('queue-join', { callID, queue: 'support' });
  await caller.hangUp();
  await boss.event('call-ended', { callID, cause: 'abandoned_waiting' });
});

row(
  '2.3',
  'cc.consult',
  'asks a colleague while the caller hears music; cc.conference joins all three',
  async () => {
    const her = await agent();
    const callID = await conversation(her);
    const colleague = await agent('1002');
    await her.must('cc.consult', { to: { agent: '1002' }, callID });
    await her.event('agent-state', { state: 'CONSULTING' });
    await colleaguesPhone.ringing();
    await colleaguesPhone.answer();
    await her.event('call-consult', { callID, state: 'answered' });
    await her.must('cc.conference', { callID });
    await her.event('call-conference', { callID, state: 'started' });
    await her.event('agent-state', { state: 'CONFERENCING' });
    await caller.hangUp();
    await her.must('cc.hangup').catch(() => undefined); // two agents go on without the caller
    await over(her);
    await colleague.event('agent-state', { state: 'WRAPUP' }).then(() => colleague.must('cc.wrapup'));
  },
);

row(
  '2.1',
  'ccDial',
  'rings the extension first; its refusal is told as the agent’s leg, with the cause',
  async () => {
    const her = await agent();
    const result = await her.must('cc.dial', {
      agent: '1001',
      extn: '1001',
      destNumber: '493099999',
      earlyMedia: false,
    });
    expect(result).toMatchObject({ code: 200, agent: { state: 'DIALING' } });
    const { callID } = result;
    await her.event('dial-progress', { callID, leg: 'agent', state: 'dialing' });
    await phone.ringing();
    await phone.decline();
    const failed = await her.event('dial-progress', { callID, leg: 'agent', state: 'failed' });
    expect(failed.data['cause']).toMatch(/declined|busy/);
  },
);

row(
  '2.1',
  'ccDial',
  'dials the destination after the extension’s answer; a number without a route fails on that leg',
  async () => {
    const her = await agent();
    const { callID } = await her.must('cc.dial', { agent: '1001', extn: '1001', destNumber: '493099999' });
    await phone.ringing();
    expect(her.events.some(({ data }) => data['leg'] === 'dest')).toBe(false);
    await phone.answer();
    await her.event('dial-progress', { callID, leg: 'agent', state: 'answered' });
    await her.event('dial-progress', { callID, leg: 'dest', state: 'dialing' });
    await her.event('dial-progress', { callID, leg: 'dest', state: 'failed' });
  },
);

row(
  '2.1',
  'ccDial',
  'a destination that is busy, rejects, does not answer, or does not exist: told of that leg, each by its cause',
  async () => {
    const her = await agent();
    const refusals: Readonly<Record<string, readonly [number: string, onInvite: PhoneScript['onInvite']]>> = {
      busy: ['+4930111111', { refuse: 486 }],
      declined: ['+4930111112', { refuse: 603 }],
      // As a carrier's exchange says it when its subscriber lets it ring (Q.850 cause 19).
      no_answer: ['+4930111113', { refuse: 480, reason: 'Q.850;cause=19;text="No answer from user"' }],
      unknown_number: ['+4930111114', { refuse: 404 }],
    };
    for (const [cause, [destNumber, onInvite]] of Object.entries(refusals)) {
      const called = outside.phone(destNumber, { tone: 1_000, ...(onInvite && { onInvite }) });
      const { callID } = await until('her phone is free', async () => {
        const { result, error } = await her.call('cc.dial', { agent: '1001', destNumber });
        if (error && error.code !== 486) throw new Error(error.message);
        return result;
      });
      await phone.ringing();
      expect([cause, called.calls.length]).toEqual([cause, 0]);
      await phone.answer();
      const failed = await her.event('dial-progress', { callID, leg: 'dest', state: 'failed' });
      expect(failed.data['cause']).toBe(cause);
      expect(called.calls).toHaveLength(1);
      await her.event('call-ended', { callID, cause: 'destination_not_reached' });
    }
  },
);

row(
  '2.1',
  'ccDial',
  'an extension that is busy is told of the agent’s leg; one that is not registered is 480 before anything rings',
  async () => {
    const own = await scene.deskPhone('1003', { maxCalls: 1 });
    const her = await agent('1003');
    await own.dial(`sip:*43@${scene.edge}`);
    await own.talking();
    const destNumber = '493011';
    const wish = { queue: 'default', agent: '1003', destNumber };
    const { callID } = await her.must('cc.dial', wish);
    const failed = await her.event('dial-progress', { callID, leg: 'agent', state: 'failed' });
    expect(failed.data['cause']).toBe('busy');
    await her.event('call-ended', { callID, cause: 'agent_not_reached' });
    await own.hangUp();
    await own.stop();
    await her.event('agent-reachability', { agent: '1003', reachable: false });
    expect(await her.refused('cc.dial', wish)).toBe(480);
  },
);

row(
  '2.1',
  'ccDial',
  'an extension that is not hers is 403, a number that is none 400, during a call 486',
  async () => {
    const her = await agent();
    expect(await her.refused('cc.dial', { agent: '1001', extn: '1002', destNumber: '49301' })).toBe(403);
    expect(await her.refused('cc.dial', { agent: '1001', destNumber: 'hello' })).toBe(400);
    await conversation(her);
    expect(await her.refused('cc.dial', { agent: '1001', destNumber: '49301' })).toBe(486);
    await her.must('cc.hangup');
    await over(her);
  },
);
