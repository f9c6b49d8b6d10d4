// The media switch, its edges: packet lengths, strangers, moved phones, late offers, time-outs, mute, files, kill -9, nonsense.

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startMediaSwitch, type MediaSwitch } from '@cordboard/media-switch';
import { EslClient } from '../../gateway/embedded/media-switch/test/support/esl-client.ts';
import { sine, toneShare } from '../../gateway/embedded/media-switch/test/support/goertzel.ts';
import {
  SoundPhone,
  type PhoneOptions,
} from '../../gateway/embedded/media-switch/test/support/sound-phone.ts';
import { launchEmbeddedSwitch } from '../support/switches.ts';
import { readWav } from '../support/tones.ts';
import { until, within } from '../support/until.ts';

const PASSWORD = 'a-password-for-tests';
let folder: string;
let mediaSwitch: MediaSwitch;
let esl: EslClient;
const phones: SoundPhone[] = [];

const start = (more: { maxSessions?: number; allow?: string[] } = {}): Promise<MediaSwitch> =>
  startMediaSwitch({
    sip: '127.0.0.1:0',
    esl: '127.0.0.1:0',
    password: PASSWORD,
    rtp: '127.0.0.1:21200-21398',
    recordings: folder,
    ...more,
  });

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'media-switch-'));
  mediaSwitch = await start();
  esl = await EslClient.ready(mediaSwitch.addresses.esl.port, PASSWORD);
});

afterEach(async () => {
  await esl.api('hupall');
  await until('every channel and dialog gone', () => {
    const { channels, dialogs } = mediaSwitch.counts();
    return channels === 0 && dialogs === 0;
  });
  await Promise.all(phones.splice(0).map((phone) => phone.stop()));
  esl.events.length = 0;
});

afterAll(async () => {
  esl.close();
  await mediaSwitch.stop();
  rmSync(folder, { recursive: true, force: true });
});

const phone = async (options: PhoneOptions): Promise<SoundPhone> => {
  const made = await SoundPhone.start(options);
  phones.push(made);
  return made;
};

const callIn = async (from: SoundPhone, number: string, body?: string): Promise<string> => {
  from.call(mediaSwitch.addresses.sip.port, number, {}, body);
  const parked = await esl.event('CHANNEL_PARK', { 'Caller-Destination-Number': number });
  await esl.api(`uuid_answer ${parked['Unique-ID']}`);
  return parked['Unique-ID']!;
};

const bridged = async (a: PhoneOptions, b: PhoneOptions) => {
  const [one, two] = [await phone(a), await phone(b)];
  const [first, second] = [await callIn(one, 'one'), await callIn(two, 'two')];
  await esl.api(`uuid_bridge ${first} ${second}`);
  await esl.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': first });
  return { one, two, first, second };
};

const hears = (who: SoundPhone, hz: number): Promise<unknown> =>
  until(
    `${hz} Hz at the phone that says ${who.options.hz}`,
    () => who.samplesHeard > 3_200 && toneShare(who.heard(300), hz) > 0.9,
  );

test.each([10, 20, 30] as const)(
  'packets of %i ms come in, and go out to a phone that asked for them',
  async (ptime) => {
    const { one, two } = await bridged({ hz: 400, ptime, codec: 'PCMA' }, { hz: 700 });
    await Promise.all([hears(one, 700), hears(two, 400)]);
    expect([...one.packetSizes]).toEqual([ptime * 8]);
    expect([...two.packetSizes]).toEqual([160]);
    expect(toneShare(one.heard(300), 400)).toBeLessThan(0.01);
  },
);

test('a phone that speaks nothing but G.722 is understood, and G.711 is taken where it is offered, too', async () => {
  const { one, two, first } = await bridged({ hz: 400, codec: 'G722' }, { hz: 700 });
  await Promise.all([hears(one, 700), hears(two, 400)]);
  const row = JSON.parse(await esl.api(`uuid_dump ${first} json`)) as Record<string, string>;
  expect([row['Channel-Read-Codec-Name'], row['Channel-Read-Codec-Rate']]).toEqual(['G722', '16000']);
  const both = await phone({ hz: 900 });
  const offer = both
    .sdp()
    .replace('RTP/AVP 0', 'RTP/AVP 9 0')
    .replace('a=rtpmap:0', 'a=rtpmap:9 G722/8000\r\na=rtpmap:0');
  both.call(mediaSwitch.addresses.sip.port, 'both', {}, offer);
  const parked = await esl.event('CHANNEL_PARK', { 'Caller-Destination-Number': 'both' });
  await esl.api(`uuid_answer ${parked['Unique-ID']}`);
  expect(await esl.api(`uuid_getvar ${parked['Unique-ID']} read_codec`)).toBe('PCMU');
});

test('a stranger who knows the port is neither heard nor sent to', async () => {
  const { one, two } = await bridged({ hz: 400 }, { hz: 700 });
  await hears(two, 400);
  const stranger = createSocket('udp4');
  let leaked = 0;
  stranger.on('message', () => leaked++);
  const noise = Buffer.alloc(172, 0x11);
  noise[0] = 0x80;
  noise[1] = 0;
  for (let i = 0; i < 50; i++) stranger.send(noise, one.remote!.port, one.remote!.address);
  const heard = two.samplesHeard;
  await until('another second', () => two.samplesHeard > heard + 8_000);
  expect(toneShare(two.heard(900), 400)).toBeGreaterThan(0.9);
  expect(leaked).toBe(0);
  await new Promise<void>((resolve) => stranger.close(() => resolve()));
});

test('a phone that holds hears nothing, its partner music; when it resumes both hear each other again', async () => {
  const { one, two, first } = await bridged({ hz: 400 }, { hz: 700 });
  await Promise.all([hears(one, 700), hears(two, 400)]);
  expect((await one.offer('sendonly')).status).toBe(200);
  await esl.event('CHANNEL_HOLD', { 'Unique-ID': first });
  await until('no more of the first at the second', () => toneShare(two.heard(300), 400) < 0.05);
  expect((await one.offer('sendrecv')).status).toBe(200);
  await esl.event('CHANNEL_UNHOLD', { 'Unique-ID': first });
  const heard = one.samplesHeard;
  await until('packets again at the first', () => one.samplesHeard > heard + 4_000);
  await Promise.all([hears(one, 700), hears(two, 400)]);
});

test('a phone that moves to another port with a re-INVITE is followed there', async () => {
  const { one, two } = await bridged({ hz: 400 }, { hz: 700 });
  await hears(one, 700);
  const elsewhere = createSocket('udp4');
  await new Promise<void>((resolve) => elsewhere.bind(0, '127.0.0.1', resolve));
  let arrived = 0;
  elsewhere.on('message', () => arrived++);
  expect((await one.offer('sendrecv', elsewhere.address().port)).status).toBe(200);
  one.stopTalking();
  await until('sound at the new port', () => arrived > 20);
  expect(two.ended).toBe(false);
  await new Promise<void>((resolve) => elsewhere.close(() => resolve()));
});

test('an INVITE without an offer gets one, and the answer in the ACK is taken', async () => {
  const [one, two] = [await phone({ hz: 400 }), await phone({ hz: 700 })];
  const first = await callIn(one, 'one', '');
  const second = await callIn(two, 'two');
  await esl.api(`uuid_bridge ${first} ${second}`);
  await Promise.all([hears(one, 700), hears(two, 400)]);
});

test('an offer without G.711, or none at all, is 488 and leaves nothing', async () => {
  for (const body of [
    'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4 RTP/AVP 18\r\n',
    'hello',
  ]) {
    const one = await phone({ hz: 400 });
    one.call(mediaSwitch.addresses.sip.port, 'queue', {}, body);
    await until('refused', () => one.statuses.includes(488));
  }
  expect(mediaSwitch.counts().channels).toBe(0);
});

test('mute silences one direction, and stop gives the voice back', async () => {
  const { one, two, first } = await bridged({ hz: 400 }, { hz: 700 });
  await hears(two, 400);
  expect(await esl.api(`uuid_audio ${first} start read mute 1`)).toBe('+OK\n');
  await until('silence', () => two.heard(200).every((sample) => sample === 0));
  await hears(one, 700);
  expect(await esl.api(`uuid_audio ${first} stop`)).toBe('+OK\n');
  await hears(two, 400);
});

test('digits go out as telephone events, one per digit, and a bridged key press reaches the partner', async () => {
  const { one, two, first } = await bridged({ hz: 400 }, { hz: 700 });
  expect(await esl.api(`uuid_send_dtmf ${first} 12#@100`)).toBe(`+OK ${first} sent DTMF 12#@100.\n`);
  await until('three digits', () => one.digits.length === 3);
  expect(one.digits).toEqual(['1', '2', '#']);
  one.press('7');
  await until('the key at the other phone', () => two.digits.length > 0);
  expect(two.digits).toEqual(['7']);
  expect(await esl.event('DTMF', { 'Unique-ID': first })).toMatchObject({
    'DTMF-Digit': '7',
    'DTMF-Source': 'RTP',
  });
});

test('a WAV file of another rate is played at its pitch, and the bridge is silent meanwhile', async () => {
  const { one, two, first } = await bridged({ hz: 400 }, { hz: 700 });
  await hears(two, 400);
  const rate = 44_100;
  const samples = Int16Array.from({ length: rate }, (_, i) =>
    Math.round(9_000 * Math.sin((2 * Math.PI * 1_000 * i) / rate)),
  );
  const file = path.join(folder, 'tone.wav');
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  writeFileSync(file, Buffer.concat([head, Buffer.from(samples.buffer)]));
  await esl.api(`uuid_broadcast ${first} ${file}`);
  await hears(one, 1_000);
  expect(two.heard(200).every((sample) => sample === 0)).toBe(true);
  const stop = await esl.event('PLAYBACK_STOP', { 'Unique-ID': first, 'Playback-Status': 'done' });
  expect(Math.abs(Number(stop['variable_playback_ms']) - 1_000)).toBeLessThanOrEqual(40);
  await Promise.all([hears(one, 700), hears(two, 400)]);
});

test('a phone that falls silent on the network ends with MEDIA_TIMEOUT when that was asked for', async () => {
  const one = await phone({ hz: 400 });
  const first = await callIn(one, 'one');
  await esl.api(`uuid_setvar ${first} media_timeout 300`);
  one.stopTalking();
  const complete = await esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': first });
  expect(complete['Hangup-Cause']).toBe('MEDIA_TIMEOUT');
  await until('BYE', () => one.ended);
});

test('a recording outlives kill -9 of the switch: valid, and as long as the talk was', async () => {
  const victim = await launchEmbeddedSwitch();
  try {
    const control = await EslClient.ready(victim.eslPort, victim.eslPassword);
    const one = await phone({ hz: 400 });
    one.call(victim.sipPort, 'queue');
    const { 'Unique-ID': uuid } = await control.event('CHANNEL_PARK');
    await control.api(`uuid_answer ${uuid}`);
    await control.api(`uuid_setvar ${uuid} RECORD_STEREO true`);
    const file = path.join(folder, 'cut-short.wav');
    await control.api(`uuid_record ${uuid} start ${file}`);
    await until('two seconds on disk', () => readWav(file).durationMs >= 2_000);
    victim.kill('SIGKILL');
    await victim.gone();
    const { channels, durationMs } = readWav(file);
    expect(durationMs).toBeGreaterThanOrEqual(2_000);
    const own = channels[0]!;
    expect(toneShare(own.slice(-4_000), 400)).toBeGreaterThan(0.8);
    control.close();
  } finally {
    await victim.stop();
  }
});

test('a full switch answers 503, a stranger 403, and a stop ends every call with BYE', async () => {
  const small = await start({ maxSessions: 1 });
  const [one, two] = [await phone({ hz: 400 }), await phone({ hz: 700 })];
  const control = await EslClient.ready(small.addresses.esl.port, PASSWORD);
  one.call(small.addresses.sip.port, 'one');
  const { 'Unique-ID': uuid } = await control.event('CHANNEL_PARK');
  await control.api(`uuid_answer ${uuid}`);
  two.call(small.addresses.sip.port, 'two');
  await until('refused', () =>
    two.responses.some(({ status, reason }) => status === 503 && reason === 'Maximum Calls In Progress'),
  );
  await small.stop();
  await until('BYE', () => one.ended);
  control.close();

  const shy = await start({ allow: ['192.0.2.1'] });
  const three = await phone({ hz: 900 });
  three.call(shy.addresses.sip.port, 'three');
  await until('forbidden', () => three.statuses.includes(403));
  await shy.stop();
});

test('nonsense on every door changes nothing for the call that is up', async () => {
  const { one, two } = await bridged({ hz: 400 }, { hz: 700 });
  await hears(two, 400);
  const { sip } = mediaSwitch.addresses;
  const socket = createSocket('udp4');
  for (const text of [
    '',
    '\r\n\r\n',
    'INVITE',
    'INVITE sip:x SIP/2.0\r\n\r\n',
    '\0'.repeat(1_000),
    'BYE sip:a@b SIP/2.0\r\nVia: x\r\n\r\n',
  ]) {
    socket.send(text, sip.port, sip.host);
    socket.send(text, one.remote!.port, one.remote!.address);
  }
  for (const version of [0x00, 0x9f, 0xbf, 0xff]) {
    const bytes = Buffer.alloc(40, version);
    one.send(bytes);
  }
  const client = await EslClient.open(mediaSwitch.addresses.esl.port);
  client.write(Buffer.alloc(200_000, 0x41));
  await until('the flooding client closed', () => client.closed);
  const heard = two.samplesHeard;
  await until('another half second', () => two.samplesHeard > heard + 4_000);
  await hears(two, 400);
  await new Promise<void>((resolve) => socket.close(() => resolve()));
});

test.each([
  [['--esl', '127.0.0.1:x'], '--esl 127.0.0.1:x: x is not a port'],
  [['--sip', 'example.org:5080'], '--sip example.org:5080: expected <IP address>:<port>'],
  [['--rtp', '127.0.0.1:20000'], '--rtp 127.0.0.1:20000: expected <IP address>:<first>-<last>'],
  [['--max-sessions', 'many'], '--max-sessions NaN: expected a whole number from 1'],
  [['--allow', 'me'], '--allow: me is not an address or network'],
  [['--bogus', '1'], "Unknown option '--bogus'"],
])('started with %j it says what is wrong, in one line', async (extra, message) => {
  const program = path.resolve(import.meta.dirname, '../../gateway/embedded/media-switch/src/main.ts');
  const given = {
    '--sip': '127.0.0.1:0',
    '--esl': '127.0.0.1:0',
    '--password': 'x',
    '--rtp': '127.0.0.1:21400-21410',
  };
  const all = Object.entries({ ...given, [extra[0]!]: extra[1]! }).flat();
  const child = spawn(process.execPath, [
    '--conditions=cordboard-source',
    '--import',
    'tsx',
    program,
    ...all,
  ]);
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await within('its end', new Promise((resolve) => child.once('close', resolve)), 30_000);
  expect(code).toBe(1);
  expect(output.trim().split('\n').at(-1)).toContain(message);
});

test('a taken port is one line, too', async () => {
  await expect(
    startMediaSwitch({
      sip: '127.0.0.1:0',
      esl: `127.0.0.1:${mediaSwitch.addresses.esl.port}`,
      password: 'x',
      rtp: '127.0.0.1:21400-21410',
    }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('the tone the tests measure with is what they think it is', () => {
  expect(toneShare(sine(400, 1_600), 400)).toBeGreaterThan(0.99);
  expect(toneShare(sine(400, 1_600), 700)).toBeLessThan(0.01);
});
