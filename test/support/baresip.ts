// A real SIP phone under test control: baresip with a private configuration, told what to do over its control connection
// (ctrl_tcp: JSON in netstrings), playing a sine tone into calls and keeping what it hears as wav files.
//
//   const phone = await startPhone({ user: '1001', password, edge: '127.0.0.1:5060', toneHz: 440 });
//   await phone.registered();
//   const call = await phone.ringing();      // { from: 'sip:…' }
//   await phone.answer();
//   await phone.talking();
//   (await phone.heard()).level(880)         // the other side's tone, 0…1
//   await phone.hangUp();
//   await phone.stop();
//
// Events are queued by type and each is taken once, so waits made after the fact still see it, and a second wait for the
// same type waits for the next one.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../app/supervisor/ports.ts';
import { Control, type PhoneEvent } from './baresip-control.ts';
import { readRecording, toneWav, type Recording } from './baresip-sound.ts';
import { DeadlineExceeded, until, within } from './until.ts';

export interface PhoneOptions {
  readonly user: string;
  readonly password: string;
  /** SIP address of the edge, `host:port`. */
  readonly edge: string;
  readonly transport?: 'udp' | 'tcp' | 'tls';
  /** TLS: PEM file of the authority the edge's certificate is checked with. */
  readonly caFile?: string;
  /** Frequency of the sine the phone speaks into every call, for its first five minutes. Below 4,000; default 440. */
  readonly toneHz?: number;
  /** `manual`: rings until answer(); `auto`: answers at once; `early`: sends 183 with media first. Default `manual`. */
  readonly answerMode?: 'manual' | 'auto' | 'early';
  /** Registration interval in seconds; 0: does not register. Default 60. */
  readonly registerEvery?: number;
  /** Calls at one time; the next one hears 486. Default 4. */
  readonly maxCalls?: number;
  /** Codecs in order of preference. Default PCMU then PCMA. */
  readonly codecs?: readonly ('pcmu' | 'pcma')[];
  /** Prints every SIP message, for output(). */
  readonly trace?: boolean;
  /** Local address to send from. Default 127.0.0.1. */
  readonly address?: string;
}

export interface Phone {
  readonly user: string;
  readonly pid: number;
  /** All events so far, oldest first. */
  readonly events: readonly PhoneEvent[];
  /** Resolves at the next successful registration. */
  registered(withinMs?: number): Promise<void>;
  /** Resolves with the reason (`403 Forbidden`) at the next failed registration. */
  registrationRefused(withinMs?: number): Promise<string>;
  /** The next incoming call that rings. */
  ringing(withinMs?: number): Promise<{ readonly from: string; readonly callId: string }>;
  /** The next call that is established, either way. */
  talking(withinMs?: number): Promise<void>;
  /** The next call that ended, with the reason the phone gives (`Connection reset by peer`, `486 Busy Here`, …). */
  callEnded(withinMs?: number): Promise<string>;
  /** The first event of this type nobody took yet. @throws DeadlineExceeded */
  next(type: string, withinMs?: number): Promise<PhoneEvent>;
  answer(): Promise<void>;
  hangUp(): Promise<void>;
  /** Refuses the ringing call: baresip sends 486 Rejected. */
  decline(): Promise<void>;
  dial(uri: string): Promise<void>;
  /**
   * Puts the call on hold by re-INVITE. Seen with baresip 1.0.0: the phone at the other end keeps no recording of what it hears after
   * the resume, so measure sound before.
   */
  hold(): Promise<void>;
  resume(): Promise<void>;
  /** Toggles the microphone. */
  mute(): Promise<void>;
  /** One of 0-9, *, #, A-D: RFC 4733 events in the current call. */
  sendDtmf(digit: string): Promise<void>;
  /** Any baresip command, for what has no method here. @returns what the command printed */
  command(name: string, params?: string): Promise<string>;
  /**
   * What the phone heard in its latest call, so far. @throws DeadlineExceeded when it heard nothing at all in time
   */
  heard(withinMs?: number): Promise<Recording>;
  /** wav of everything heard in the latest call; complete once the call has ended. */
  heardWav(): string | undefined;
  /** What the program printed, for a failing test's message. */
  output(): string;
  /** Ends it without unregistering, as a power cut would. */
  kill(): Promise<void>;
  /** Unregisters, ends it and removes its folder. Harmless when it is gone already. */
  stop(): Promise<void>;
}

const program = '/usr/bin/baresip';
const modulePath = '/usr/lib/baresip/modules';
const patienceMs = 10_000;
const outputKept = 64_000;
const voiceSeconds = 300;

/** Why no phone can be started here, or undefined when one can. */
export const phoneMissing = (): string | undefined =>
  existsSync(program) ? undefined : `${program} is missing: apt-get install baresip-core`;

/** Starts a phone. It registers on its own unless registerEvery is 0; `registered()` waits for that. */
export async function startPhone(options: PhoneOptions): Promise<Phone> {
  const folder = mkdtempSync(path.join(tmpdir(), 'baresip-'));
  try {
    const [controlPort = 0] = await freePorts(1);
    writeConfiguration(folder, options, controlPort);
    const child = spawn(program, ['-f', folder, ...(options.trace ? ['-s'] : [])], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: folder,
    });
    const phone = new BaresipPhone(options.user, folder, child);
    await phone.connect(controlPort);
    // Only now, so that no event of the first registration is missed.
    await phone.command('uanew', account(options));
    return phone;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

class BaresipPhone implements Phone {
  readonly user: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #control: Control | undefined;
  #output = '';

  constructor(user: string, folder: string, child: ChildProcess) {
    this.user = user;
    this.#folder = folder;
    this.#child = child;
    this.#gone = once(child, 'exit');
    // A test run that ends before it could stop its phones takes them along.
    const endWithUs = (): boolean => child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => process.removeListener('exit', endWithUs));
    const keep = (chunk: Buffer): void => {
      // Its running bit-rate display would push out everything else.
      const said = chunk.toString().replace(/\s*\[\d+:\d\d:\d\d\] audio=\S+ \(bit\/s\)/g, '');
      this.#output = (this.#output + said).slice(-outputKept);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  /** Until the control connection stands; kills the child when that fails. */
  async connect(port: number): Promise<void> {
    try {
      this.#control = await until(`baresip ${this.user} accepts commands`, () => this.#tryConnect(port), {
        withinMs: patienceMs,
      });
    } catch (error) {
      await this.kill();
      throw new Error(`baresip did not start:\n${this.#output}`, { cause: error });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }
  get events(): readonly PhoneEvent[] {
    return this.#control?.events ?? [];
  }

  async registered(withinMs?: number): Promise<void> {
    await this.next('REGISTER_OK', withinMs);
  }
  async registrationRefused(withinMs?: number): Promise<string> {
    return (await this.next('REGISTER_FAIL', withinMs)).param;
  }
  async ringing(withinMs?: number): Promise<{ from: string; callId: string }> {
    const { peerUri, callId } = await this.next('CALL_INCOMING', withinMs);
    return { from: peerUri, callId };
  }
  async talking(withinMs?: number): Promise<void> {
    await this.next('CALL_ESTABLISHED', withinMs);
  }
  async callEnded(withinMs?: number): Promise<string> {
    return (await this.next('CALL_CLOSED', withinMs)).param;
  }
  async next(type: string, withinMs = patienceMs): Promise<PhoneEvent> {
    try {
      return await until(`phone ${this.user}: ${type}`, () => this.#control?.take(type), { withinMs });
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      const seen = this.events.map((event) => `${event.type} ${event.param}`).join(', ');
      throw new DeadlineExceeded(`${error.message}; events so far: ${seen || 'none'}\n${this.#output}`);
    }
  }

  async answer(): Promise<void> {
    await this.command('accept');
  }
  async hangUp(): Promise<void> {
    await this.command('hangup');
  }
  async decline(): Promise<void> {
    await this.command('hangup');
  }
  async dial(uri: string): Promise<void> {
    await this.command('dial', uri);
  }
  async hold(): Promise<void> {
    await this.command('hold');
  }
  async resume(): Promise<void> {
    // It names what it records by the second: a second recording within one would be written over the first.
    const second = (): string =>
      new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(11, 19);
    await until('another second', () => this.heardWav()?.includes(second().replaceAll(':', '-')) !== true);
    await this.command('resume');
  }
  async mute(): Promise<void> {
    await this.command('mute');
  }
  async sendDtmf(digit: string): Promise<void> {
    await this.command('sndcode', digit);
  }
  async command(name: string, params?: string): Promise<string> {
    if (!this.#control) throw new Error(`phone ${this.user} is not running`);
    return within(`phone ${this.user}: ${name}`, this.#control.command(name, params), patienceMs);
  }

  heardWav(): string | undefined {
    const files = readdirSync(path.join(this.#folder, 'heard'))
      .filter((name) => name.endsWith('-dec.wav'))
      .map((name) => path.join(this.#folder, 'heard', name));
    return files.sort((a, b) => statSync(a).birthtimeMs - statSync(b).birthtimeMs).at(-1);
  }
  async heard(withinMs = patienceMs): Promise<Recording> {
    return until(
      `phone ${this.user} hears something`,
      () => {
        const file = this.heardWav();
        const recording = file === undefined ? undefined : readRecording(file);
        return recording && recording.samples.length > 0 ? recording : undefined;
      },
      { withinMs },
    );
  }
  output(): string {
    return this.#output;
  }

  async kill(): Promise<void> {
    this.#control?.close();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await this.#gone;
    }
  }
  async stop(): Promise<void> {
    // SIGTERM lets baresip hang up and unregister; a phone that cannot within two seconds is cut off.
    this.#child.kill('SIGTERM');
    try {
      await within(`phone ${this.user} ends`, this.#ended(), 2_000);
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
    }
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.#gone;
  }
  async #tryConnect(port: number): Promise<Control | undefined> {
    if (this.#child.exitCode !== null) throw new Error(`baresip ended with ${this.#child.exitCode}`);
    return Control.connect(port);
  }
}

function writeConfiguration(folder: string, options: PhoneOptions, controlPort: number): void {
  const heard = path.join(folder, 'heard');
  const voice = path.join(folder, 'voice.wav');
  mkdirSync(heard);
  writeFileSync(voice, toneWav(options.toneHz ?? 440, voiceSeconds));
  writeFileSync(path.join(folder, 'config'), configuration(options, { heard, voice, controlPort }));
  writeFileSync(path.join(folder, 'accounts'), '# the account comes over the control connection\n');
  writeFileSync(path.join(folder, 'contacts'), '');
}

// A lone aubridge player runs no thread: what is heard is taken by sndfile in the decoder's filter chain.
const configuration = (
  options: PhoneOptions,
  { heard, voice, controlPort }: { heard: string; voice: string; controlPort: number },
): string => `
poll_method epoll
net_interface ${options.address ?? '127.0.0.1'}
sip_listen ${options.address ?? '127.0.0.1'}:0
${options.caFile === undefined ? '' : `sip_cafile ${options.caFile}`}
call_local_timeout 120
call_max_calls ${options.maxCalls ?? 4}
audio_path /usr/share/baresip
audio_source aufile,${voice}
audio_player aubridge,ear
audio_alert aubridge,bell
audio_channels 1-1
rtp_tos 0
rtp_timeout 0
jitter_buffer_delay 1-5
snd_path ${heard}
module_path ${modulePath}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${controlPort}
`;

function account(options: PhoneOptions): string {
  const { user, password, edge, transport = 'udp', codecs = ['pcmu', 'pcma'] } = options;
  const parameters = [
    `auth_user=${user}`,
    `auth_pass=${password}`,
    `regint=${options.registerEvery ?? 60}`,
    `answermode=${options.answerMode ?? 'manual'}`,
    `audio_codecs=${codecs.map((codec) => `${codec}/8000/1`).join(',')}`,
    'ptime=20',
  ];
  return `<sip:${user}@${edge};transport=${transport}>;${parameters.join(';')}`;
}
