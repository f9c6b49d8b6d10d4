// The media switch as a SIP user agent: redirections, session timers, and the reports about its sound.

import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startMediaSwitch, type MediaSwitch } from '@cordboard/media-switch';
import { SwitchFloor } from '../../gateway/embedded/media-switch/test/support/floor.ts';
import { until } from '../support/until.ts';

let folder: string;
let mediaSwitch: MediaSwitch;
let floor: SwitchFloor;
const PASSWORD = 'a-password-for-tests';

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'media-switch-'));
  mediaSwitch = await startMediaSwitch({
    sip: '127.0.0.1:0',
    esl: '127.0.0.1:0',
    password: PASSWORD,
    rtp: '127.0.0.1:21400-21598',
    recordings: folder,
  });
  const { sip, esl } = mediaSwitch.addresses;
  floor = await SwitchFloor.open({ sipPort: sip.port, eslPort: esl.port, eslPassword: PASSWORD }, 'ALL');
});

afterEach(async () => {
  await floor.clear();
  await until('every dialog gone', () => mediaSwitch.counts().dialogs === 0);
});

afterAll(async () => {
  await floor.close();
  await mediaSwitch.stop();
  rmSync(folder, { recursive: true, force: true });
});

const api = (command: string): Promise<string> => floor.esl.api(command);
const dial = (uuid: string, uri: string): Promise<string> =>
  floor.esl.job(`originate {origination_uuid=${uuid},originate_timeout=10}sofia/cordboard/${uri} &park()`);

test('a redirected call goes where it is sent, as the same call', async () => {
  const [first, second] = [await floor.phone({ hz: 400, onInvite: 'ring' }), await floor.phone({ hz: 700 })];
  const answer = dial('redirected', first.uri());
  await until('it rings', () => first.invites.length === 1);
  first.refuse(302, { Contact: `<sip:moved@127.0.0.1:${second.sipPort}>` });
  expect(await answer).toBe('+OK redirected\n');
  const [before, after] = [first.invites[0]!, second.invites[0]!];
  expect(after.uri).toBe(`sip:moved@127.0.0.1:${second.sipPort}`);
  expect(after.headers.get('To')).toBe(before.headers.get('To'));
  expect(after.headers.callId).toBe(before.headers.callId);
  expect(after.headers.cseq.number).toBe(before.headers.cseq.number + 1);
  expect(await api('uuid_getvar redirected sip_redirected_to')).toBe(`sip:moved@127.0.0.1:${second.sipPort}`);
});

test('the next address is tried when one is busy, and none again', async () => {
  const first = await floor.phone({ hz: 400, onInvite: 'ring' });
  const busy = await floor.phone({ hz: 700, onInvite: 486 });
  const free = await floor.phone({ hz: 900 });
  const answer = dial('busy-then-free', first.uri());
  await until('it rings', () => first.invites.length === 1);
  const contacts = [busy, first, free].map(
    (phone, n) => `<sip:phone@127.0.0.1:${phone.sipPort}>;q=0.${9 - n}`,
  );
  first.refuse(300, { Contact: contacts.join(', ') });
  expect(await answer).toBe('+OK busy-then-free\n');
  expect([first, busy, free].map((phone) => phone.invites.length)).toEqual([1, 1, 1]);
});

test('a phone that redirects to itself, or to a stranger, ends the call', async () => {
  for (const contact of ['self', '<sip:x@192.0.2.1>']) {
    const phone = await floor.phone({ hz: 400, onInvite: 'ring' });
    const answer = dial(`nowhere-${contact.length}`, phone.uri());
    await until('it rings', () => phone.invites.length === 1);
    phone.refuse(302, { Contact: contact === 'self' ? `<sip:${phone.uri()}>` : contact });
    expect(await answer).toBe('-ERR REDIRECTION_TO_NEW_DESTINATION\n');
    expect(phone.invites).toHaveLength(1);
  }
});

test('our INVITE asks for a session timer, and again with the interval a 422 demands', async () => {
  const phone = await floor.phone({ hz: 400, onInvite: 'ring' });
  const answer = dial('timed', phone.uri());
  await until('the first', () => phone.invites.length === 1);
  expect(phone.invites[0]!.headers.get('Session-Expires')).toBe('1800');
  expect(phone.invites[0]!.headers.get('Min-SE')).toBe('90');
  phone.refuse(422, { 'Min-SE': '3600' });
  await until('the second', () => phone.invites.length === 2);
  expect(phone.invites[1]!.headers.get('Session-Expires')).toBe('3600');
  phone.answer();
  expect(await answer).toBe('+OK timed\n');
});

test('a caller with a session timer is answered with one, and refused when it is too short', async () => {
  const short = await floor.phone({ hz: 400 });
  short.call(mediaSwitch.addresses.sip.port, 'short', { Supported: 'timer', 'Session-Expires': '60' });
  await until('422', () => short.statuses.includes(422));
  expect(short.responses.find(({ status }) => status === 422)?.headers.get('Min-SE')).toBe('90');
  expect(mediaSwitch.counts().channels).toBe(0);

  const caller = await floor.phone({ hz: 700 });
  const wanted = { Supported: 'timer', 'Session-Expires': '600;refresher=uac' };
  caller.call(mediaSwitch.addresses.sip.port, 'timed', wanted);
  const parked = await floor.esl.event('CHANNEL_PARK', { 'Caller-Destination-Number': 'timed' });
  await api(`uuid_answer ${parked['Unique-ID']}`);
  await until('200', () => caller.statuses.includes(200));
  const answer = caller.responses.find(({ status }) => status === 200)!;
  expect(answer.headers.get('Session-Expires')).toBe('600;refresher=uac');
  expect(answer.headers.get('Require')).toBe('timer');
  const refreshed = await caller.inDialog('UPDATE');
  expect(refreshed.status).toBe(200);
});

test('reports on its sound go to the port above the phone, and the figures are in the last event', async () => {
  const [a] = await floor.bridged();
  const control = createSocket('udp4');
  const came: Buffer[] = [];
  control.on('message', (packet) => came.push(packet));
  await new Promise<void>((resolve) => control.bind(a.phone.rtpPort + 1, '127.0.0.1', resolve));
  await until('a report', () => came.length > 0);
  const [report] = came;
  expect(report![1]).toBe(200);
  expect(report!.readUInt32BE(20)).toBeGreaterThan(10);
  expect(report!.readUInt32BE(28)).toBe(400);
  await api(`uuid_kill ${a.uuid}`);
  const end = await floor.esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': a.uuid });
  expect(Number(end['variable_rtp_audio_in_packet_count'])).toBeGreaterThan(20);
  expect(Number(end['variable_rtp_audio_in_media_bytes'])).toBe(
    160 * Number(end['variable_rtp_audio_in_media_packet_count']),
  );
  expect(end['variable_rtp_audio_in_quality_percentage']).toBe('100.00');
  expect(end['variable_rtp_audio_in_mos']).toBe('4.50');
  expect(Number(end['variable_rtp_audio_in_mean_interval'])).toBeCloseTo(20, 0);
  await new Promise<void>((resolve) => control.close(() => resolve()));
});
