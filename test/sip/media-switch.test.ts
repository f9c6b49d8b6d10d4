// The media switch with real phones: baresip calls in, sipp is called, and what each side hears is measured.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startMediaSwitch, type MediaSwitch } from '@cordboard/media-switch';
import { EslClient } from '../../gateway/embedded/media-switch/test/support/esl-client.ts';
import { phoneMissing, startPhone, type Phone } from '../support/baresip.ts';
import { readWav, strength } from '../support/tones.ts';
import { until } from '../support/until.ts';

const PASSWORD = 'a-password-for-tests';
const sippMissing = existsSync('/usr/bin/sipp') ? undefined : 'sipp is missing: apt-get install sip-tester';
const missing = phoneMissing() ?? sippMissing;

/** A tone that is there, and one that is not, as shares of full scale. */
const HEARD = 0.1;
const SILENT = 0.02;

const freeUdpPort = (): Promise<number> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });

describe.skipIf(missing !== undefined)(
  `the media switch with real phones${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let folder: string;
    let mediaSwitch: MediaSwitch;
    let esl: EslClient;
    let alice: Phone;
    let bob: Phone;
    const children: ChildProcess[] = [];

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'media-switch-'));
      mediaSwitch = await startMediaSwitch({
        sip: '127.0.0.1:0',
        esl: '127.0.0.1:0',
        password: PASSWORD,
        rtp: '127.0.0.1:21000-21198',
        recordings: folder,
      });
      const edge = `127.0.0.1:${mediaSwitch.addresses.sip.port}`;
      const common = { password: 'unused', edge, registerEvery: 0 } as const;
      [alice, bob] = await Promise.all([
        startPhone({ ...common, user: 'alice', toneHz: 440 }),
        startPhone({ ...common, user: 'bob', toneHz: 880, codecs: ['pcma'] }),
      ]);
      esl = await EslClient.ready(mediaSwitch.addresses.esl.port, PASSWORD);
    });

    afterEach(async () => {
      await esl.api('hupall');
      await until('every channel gone', () => mediaSwitch.counts().channels === 0);
      esl.events.length = 0;
    });

    afterAll(async () => {
      for (const child of children) child.kill('SIGKILL');
      esl.close();
      await Promise.all([alice.stop(), bob.stop()]);
      await mediaSwitch.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** A phone calls in and is answered; gives the channel. */
    const callIn = async (phone: Phone, number: string): Promise<string> => {
      await phone.dial(`sip:${number}@127.0.0.1:${mediaSwitch.addresses.sip.port}`);
      const parked = await esl.event('CHANNEL_PARK', { 'Caller-Destination-Number': number });
      const uuid = parked['Unique-ID']!;
      expect(await esl.api(`uuid_answer ${uuid}`)).toBe('+OK\n');
      await phone.talking();
      return uuid;
    };

    const bridged = async (): Promise<[alice: string, bob: string]> => {
      const a = await callIn(alice, 'queue');
      const b = await callIn(bob, 'agent');
      expect(await esl.api(`uuid_bridge ${a} ${b}`)).toBe(`+OK ${b}\n`);
      await esl.event('CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': a, 'Bridge-B-Unique-ID': b });
      return [a, b];
    };

    const hears = (phone: Phone, hz: number): Promise<unknown> =>
      until(`${phone.user} hears ${hz} Hz`, async () => (await phone.heard()).level(hz, 0.4) > HEARD);

    test('two phones with different codecs hear each other and not themselves', async () => {
      await bridged();
      await Promise.all([hears(alice, 880), hears(bob, 440)]);
      expect((await alice.heard()).level(440, 0.4)).toBeLessThan(SILENT);
      expect((await bob.heard()).level(880, 0.4)).toBeLessThan(SILENT);
    });

    test('the phone that hangs up ends the other, whichever it is', async () => {
      for (const [first, second] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        await bridged();
        await first.hangUp();
        await second.callEnded();
        await until('no channel', () => mediaSwitch.counts().channels === 0);
        esl.events.length = 0;
      }
    });

    test('a survivor with park_after_bridge hears music, alone', async () => {
      const [a] = await bridged();
      await esl.api(`uuid_setvar ${a} park_after_bridge true`);
      esl.events.length = 0;
      await bob.hangUp();
      await esl.event('CHANNEL_PARK', { 'Unique-ID': a, 'Channel-State': 'CS_PARK' });
      expect(await esl.api(`uuid_broadcast ${a} local_stream://moh`)).toBe('+OK Message sent\n');
      await esl.event('PLAYBACK_START', { 'Unique-ID': a });
      const before = (await alice.heard()).seconds;
      await until('a second of music', async () => (await alice.heard()).seconds > before + 1);
      const { samples } = await alice.heard();
      const newest = samples.slice(-8_000);
      expect(
        Math.sqrt(newest.reduce((sum, value) => sum + value * value, 0) / newest.length),
      ).toBeGreaterThan(300);
      expect((await alice.heard()).level(880, 0.5)).toBeLessThan(SILENT);
    });

    test('a phone on hold is told so, its partner hears music instead of it, and hears it again', async () => {
      const [a, b] = await bridged();
      await hears(bob, 440);
      await alice.hold();
      await esl.event('CHANNEL_HOLD', { 'Unique-ID': a });
      await esl.event('PLAYBACK_START', { 'Unique-ID': b });
      await until('no more 440 Hz at bob', async () => (await bob.heard()).level(440, 0.4) < SILENT * 2);
      await alice.resume();
      await esl.event('CHANNEL_UNHOLD', { 'Unique-ID': a });
      // What the holding phone hears afterwards is measured in media-switch-sound.test.ts: baresip 1.0 now and then stops recording
      // when it resumes, between two of its kind as well.
      await hears(bob, 440);
    });

    test('a key of one phone is an event and reaches the other', async () => {
      const [a] = await bridged();
      await hears(bob, 440);
      await alice.sendDtmf('5');
      const event = await esl.event('DTMF', { 'Unique-ID': a });
      expect(event).toMatchObject({ 'DTMF-Digit': '5', 'DTMF-Source': 'RTP' });
    });

    test('a stereo recording has the leg left, its partner right, and the length of the talk', async () => {
      const [a] = await bridged();
      await Promise.all([hears(alice, 880), hears(bob, 440)]);
      await esl.api(`uuid_setvar ${a} RECORD_STEREO true`);
      const file = path.join(folder, 'deep/er/talk.wav');
      expect(await esl.api(`uuid_record ${a} start ${file}`)).toBe('+OK Success\n');
      const start = await esl.event('RECORD_START', { 'Unique-ID': a });
      const from = (await alice.heard()).seconds;
      await until('two seconds of talk', async () => (await alice.heard()).seconds > from + 2);
      expect(await esl.api(`uuid_record ${a} stop ${file}`)).toBe('+OK Success\n');
      const stop = await esl.event('RECORD_STOP', { 'Unique-ID': a });
      const stamp = (event: Readonly<Record<string, string>>): number =>
        Number(event['Event-Date-Timestamp']);
      const talked = (stamp(stop) - stamp(start)) / 1_000_000;
      const recording = readWav(file);
      expect(recording.channels).toHaveLength(2);
      const [left, right] = recording.channels as [Int16Array, Int16Array];
      expect(Math.abs(left.length / 8_000 - talked)).toBeLessThan(0.2);
      expect(Number(stop['variable_record_ms'])).toBe(Math.round(left.length / 8));
      expect(strength(left, 440)).toBeGreaterThan(20 * strength(left, 880));
      expect(strength(right, 880)).toBeGreaterThan(20 * strength(right, 440));
    });

    test('sipp is called, answers, is bridged and echoes: the caller hears herself through both legs', async () => {
      const port = await freeUdpPort();
      const sipp = spawn(
        '/usr/bin/sipp',
        ['-sn', 'uas', '-i', '127.0.0.1', '-p', String(port), '-rtp_echo', '-m', '1'],
        {
          cwd: folder,
          stdio: 'ignore',
        },
      );
      children.push(sipp);
      const a = await callIn(alice, 'queue');
      await until('sipp answers', async () =>
        (
          await esl.job(`originate {origination_uuid=echo}sofia/cordboard/echo@127.0.0.1:${port} &park()`)
        ).startsWith('+OK'),
      );
      await esl.api(`uuid_bridge ${a} echo`);
      await hears(alice, 440);
      await esl.api('uuid_kill echo');
      await until('sipp ended well', () => sipp.exitCode !== null);
      expect(sipp.exitCode).toBe(0);
    });

    test('sipp calling ten times is answered ten times, without one retransmission too many', async () => {
      const answering = new Set<string>();
      const timer = setInterval(() => {
        for (const event of esl.events) {
          const uuid = event['Unique-ID'];
          if (event['Event-Name'] !== 'CHANNEL_PARK' || !uuid || answering.has(uuid)) continue;
          answering.add(uuid);
          void esl.api(`uuid_answer ${uuid}`);
        }
      }, 10);
      const target = `127.0.0.1:${mediaSwitch.addresses.sip.port}`;
      const arguments_ = [
        '-sn',
        'uac',
        target,
        '-i',
        '127.0.0.1',
        '-m',
        '10',
        '-r',
        '10',
        '-d',
        '200',
        '-timeout',
        '20',
      ];
      const sipp = spawn('/usr/bin/sipp', arguments_, { cwd: folder, stdio: 'ignore' });
      children.push(sipp);
      await until('sipp is done', () => sipp.exitCode !== null);
      clearInterval(timer);
      expect(sipp.exitCode).toBe(0);
      expect(answering.size).toBe(10);
    });
  },
);
