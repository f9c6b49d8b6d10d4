// What `npm run fuzz` once broke, each kept as the smallest story that shows it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startMediaSwitch, type MediaSwitch } from '@cordboard/media-switch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EslClient } from '../../gateway/embedded/media-switch/test/support/esl-client.ts';
import { SDP, SipPeer } from '../support/sip-peer.ts';
import { until } from '../support/until.ts';

const PASSWORD = 'a-password-for-tests';
let folder: string;
let mediaSwitch: MediaSwitch;
let esl: EslClient;
let phone: SipPeer;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'found-'));
  mediaSwitch = await startMediaSwitch({
    sip: '127.0.0.1:0',
    esl: '127.0.0.1:0',
    password: PASSWORD,
    rtp: '127.0.0.1:21200-21298',
    recordings: folder,
  });
  esl = await EslClient.ready(mediaSwitch.addresses.esl.port, PASSWORD);
  phone = await SipPeer.udp(mediaSwitch.addresses.sip, 'bob');
});

afterAll(async () => {
  esl.close();
  await mediaSwitch.stop();
  await phone.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The switch calls the phone; the INVITE as it arrived, and the channel it belongs to. */
async function called() {
  const uuid = crypto.randomUUID();
  const originated = esl.api(
    `originate {origination_uuid=${uuid}}sofia/cordboard/sip:bob@127.0.0.1:${phone.port} &park()`,
  );
  return { uuid, originated, invite: await phone.receive('INVITE') };
}

test('uuid_answer on a call of its own that only rings with sound changes nothing, and ends nothing', async () => {
  const { uuid, originated, invite } = await called();
  phone.reply(invite, '183 Session Progress', { body: SDP });
  expect(await originated).toContain('+OK');
  expect(await esl.api(`uuid_answer ${uuid}`)).toContain('+OK');
  expect(await esl.api(`uuid_exists ${uuid}`)).toBe('true');
  phone.reply(invite, '200 OK', { body: SDP });
  await phone.receive('ACK');
  await esl.api(`uuid_kill ${uuid}`);
  phone.reply(await phone.receive('BYE'), '200 OK');
  await until('the channel is gone', () => mediaSwitch.counts().channels === 0);
});

test.each(['<sip:bob@127.0.0.1:9;transport=tls>', '<tel:+4930123456>'])(
  'an answer whose Contact is %s is acknowledged, and the switch goes on',
  async (contact) => {
    const { uuid, originated, invite } = await called();
    phone.reply(invite, '200 OK', { body: SDP, headers: { Contact: contact } });
    await phone.receive('ACK');
    await originated;
    await esl.api(`uuid_kill ${uuid}`);
    await until('the channel is gone', () => mediaSwitch.counts().channels === 0);
  },
);
