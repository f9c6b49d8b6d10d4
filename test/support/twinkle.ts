// A desk phone that answers calls by itself, but only those which ask for it from the start: Twinkle with an incoming-call script (its
// own way of deciding on headers) that looks at Call-Info. A talk event it answers with 489. Beside it runs a sound server of its own, in
// which it speaks a tone and is listened to.
//
//   twinkle-console ─► sink `ear` ─► parec ─► what it heard
//                   ◄─ sink `mouth` ◄─ a sine

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../app/supervisor/ports.ts';
import { recordingOf } from './baresip-sound.ts';
import type { Party } from './hearing.ts';
import { until } from './until.ts';

export interface TwinkleOptions {
  readonly user: string;
  readonly password: string;
  /** SIP address of the edge, `host:port`. */
  readonly edge: string;
  readonly toneHz: number;
}

export interface Twinkle extends Party {
  /** What it has logged, for a failing test's message. */
  output(): string;
  stop(): Promise<void>;
}

const sampleRate = 8_000;
const keptBytes = 4 * sampleRate * 2;

/** Starts the phone; it registers on its own. */
export async function startTwinkle(options: TwinkleOptions): Promise<Twinkle> {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinkle-'));
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return await start(options, folder, children, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: TwinkleOptions,
  folder: string,
  children: ChildProcess[],
  stop: () => Promise<void>,
): Promise<Twinkle> {
  const [sipPort = 0, rtpPort = 0] = await freePorts(2);
  writeConfiguration(folder, options, sipPort, rtpPort);
  const socket = path.join(folder, 'sound');
  const run = (program: string, args: readonly string[]): ChildProcess => {
    const env = {
      ...process.env,
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      ALSA_CONFIG_PATH: path.join(folder, 'asound.conf'),
    };
    const child = spawn(program, args, { cwd: folder, env, stdio: 'pipe' });
    children.push(child);
    return child;
  };
  const sound = ['--exit-idle-time=-1', '--daemonize=no', '--use-pid-file=no', '--disable-shm=yes'];
  run('pulseaudio', ['-n', '-F', path.join(folder, 'sound.pa'), ...sound]);
  await until('the sound server listens', () => existsSync(socket));
  let heard = Buffer.alloc(0);
  const format = ['--raw', '--format=s16le', `--rate=${sampleRate}`, '--channels=1', '--latency-msec=50'];
  run('parec', ['--server', `unix:${socket}`, '-d', 'ear.monitor', ...format]).stdout?.on(
    'data',
    (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]).subarray(-keptBytes);
    },
  );
  let said = '';
  run('twinkle-console', ['phone.cfg']).stdout?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-16_000);
  });
  return {
    name: `${options.user} at a phone that answers by itself`,
    tone: options.toneHz,
    levels(hertz) {
      const samples = Int16Array.from({ length: heard.length >> 1 }, (_, at) => heard.readInt16LE(at * 2));
      const recording = recordingOf(samples, sampleRate);
      return Promise.resolve(hertz.map((hz) => recording.level(hz, 0.5)));
    },
    output: () => said,
    stop,
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function writeConfiguration(
  folder: string,
  { user, password, edge, toneHz }: TwinkleOptions,
  sipPort: number,
  rtpPort: number,
): void {
  const own = path.join(folder, '.twinkle');
  mkdirSync(own);
  const file = (name: string, lines: readonly string[]): void =>
    writeFileSync(path.join(folder, name), lines.map((line) => `${line}\n`).join(''));
  const script = path.join(folder, 'incoming');
  file('incoming', [
    '#!/bin/sh',
    'case "$SIP_CALL_INFO" in *";answer-after=0"*) echo action=autoanswer ;; esac',
  ]);
  chmodSync(script, 0o700);
  file('sound.pa', [
    `load-module module-native-protocol-unix socket=${path.join(folder, 'sound')} auth-anonymous=1`,
    ...['ear', 'mouth'].map(
      (sink) => `load-module module-null-sink sink_name=${sink} rate=${sampleRate} channels=1 format=s16le`,
    ),
    `load-module module-sine sink=mouth frequency=${toneHz}`,
  ]);
  const server = `unix:${path.join(folder, 'sound')}`;
  file('asound.conf', [
    `pcm.ear { type pulse server "${server}" device "ear" }`,
    `pcm.mouth { type pulse server "${server}" device "mouth.monitor" }`,
  ]);
  file('.twinkle/twinkle.sys', [
    'dev_ringtone=alsa:ear',
    'dev_speaker=alsa:ear',
    'dev_mic=alsa:mouth',
    'validate_audio_dev=no',
    'play_ringtone=no',
    'play_ringback=no',
    `sip_port=${sipPort}`,
    `rtp_port=${rtpPort}`,
  ]);
  file('.twinkle/phone.cfg', [
    `user_name=${user}`,
    `user_domain=${edge}`,
    `registrar=${edge}`,
    `auth_name=${user}`,
    `auth_pass=${password}`,
    'registration_time=60',
    'register_at_startup=yes',
    'pres_publish_startup=no',
    'sip_transport=udp',
    'codecs=g711u,g711a',
    `script_incoming_call=${script}`,
    // What cleans voices up takes a sine for noise.
    ...['vad', 'agc', 'aec', 'nrd'].map((filter) => `speex_dsp_${filter}=no`),
  ]);
}
