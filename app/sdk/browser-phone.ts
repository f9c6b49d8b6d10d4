// This page as a phone: registered at the switch through Janus, rings, is answered, plays what the far side says. For agents, and
// for supervisors who listen in.

import { janusUrl, type ClientOptions, type Outside } from './browser.ts';
import { Emitter } from './emitter.ts';
import type { Player } from './player.ts';
import { codeOf, CordboardProblem, type ProblemCode } from './problem.ts';
import { Voice, type VoiceState } from './voice.ts';

export interface BrowserPhoneEvents {
  voice: VoiceState;
  muted: boolean;
  /** It rings; answer() takes the call. */
  ringing: undefined;
  /** The line is gone and does not come back by itself: another page took over, or it was given up. */
  stopped: ProblemCode;
  problem: ProblemCode;
}

export interface BrowserPhoneOptions extends Pick<ClientOptions, 'microphone'> {
  readonly iceServers: () => Promise<readonly RTCIceServer[]>;
  readonly baseUrl: string;
  readonly token: () => string;
  readonly outside: Outside;
}

const readyWithinMs = 15_000;
/** A person may press Answer a moment before the browser rings: the news of the call comes another way. */
const ringWithinMs = 10_000;

export class BrowserPhone {
  readonly events = new Emitter<BrowserPhoneEvents>();
  readonly #options: BrowserPhoneOptions;
  /** Made with the first call: a page that never speaks needs none. */
  #player: Pick<Player, 'play' | 'close' | 'useSpeaker'> | undefined;
  #speaker: string | undefined;
  #voice: Voice | undefined;
  #ringing = false;
  #answerUntil = 0;

  constructor(options: BrowserPhoneOptions) {
    this.#options = options;
  }

  get state(): VoiceState {
    return this.#voice?.state ?? 'closed';
  }

  get isOpen(): boolean {
    return this.#voice !== undefined;
  }

  get muted(): boolean {
    return this.#voice?.muted ?? false;
  }

  /** What she hears. */
  get remote(): MediaStream | undefined {
    return this.#voice?.remote;
  }

  /** What she says, for a level meter. */
  get microphone(): MediaStreamTrack | undefined {
    return this.#voice?.microphone;
  }

  /**
   * Resolves when this browser is registered.
   * @throws CordboardProblem `microphone_denied`, `media_failed`, …
   */
  async open(): Promise<void> {
    const voice = this.#voice ?? this.#newVoice();
    if (voice.state === 'up') return;
    await voice.open();
    await registered(voice);
  }

  /** Takes the call that rings, or the one that rings within the next ten seconds. */
  async answer(): Promise<void> {
    if (this.#ringing) return this.#pickUp();
    this.#answerUntil = performance.now() + ringWithinMs;
  }

  /** What answer() waited for does not come. */
  expectNothing(): void {
    this.#answerUntil = 0;
  }

  setMuted(muted: boolean): void {
    this.#voice?.setMuted(muted);
    this.events.emit('muted', muted);
  }

  /** Another microphone is wanted from now on; a call goes on with it. @throws CordboardProblem as open() */
  async changeMicrophone(): Promise<void> {
    await this.#voice?.changeMicrophone();
  }

  /** @param id of the loudspeaker calls are heard from; undefined: the browser's own choice */
  useSpeaker(id: string | undefined): void {
    this.#speaker = id;
    this.#player?.useSpeaker(id);
  }

  /** DTMF towards the switch: 0-9 A-D * #. */
  press(digit: string): void {
    this.#voice?.press(digit);
  }

  /** Off the hook and off the net; open() brings it back. */
  hush(): void {
    this.#voice?.close();
    this.#voice = undefined;
    this.#ringing = false;
  }

  /** For good. */
  close(): void {
    this.hush();
    this.#player?.close();
    this.events.clear();
  }

  #newVoice(): Voice {
    const { microphone, iceServers, outside, token, baseUrl } = this.#options;
    const voice = new Voice({
      purpose: 'register',
      url: janusUrl(baseUrl),
      token,
      openLine: outside.openLine,
      ...(microphone !== undefined && { microphone }),
      iceServers,
    });
    voice.events.on('state', (state) => {
      this.#player ??= this.#newPlayer();
      this.#player.play(voice.remote);
      if (state !== 'up' && state !== 'recovering') this.#ringing = false;
      this.events.emit('voice', state);
    });
    voice.events.on('incoming', () => this.#ring());
    voice.events.on('ended', () => (this.#ringing = false));
    voice.events.on('stopped', (code) => {
      this.#voice = undefined;
      this.events.emit('stopped', code);
    });
    this.#voice = voice;
    return voice;
  }

  #newPlayer(): Pick<Player, 'play' | 'close' | 'useSpeaker'> {
    const player = this.#options.outside.player();
    player.useSpeaker(this.#speaker);
    return player;
  }

  #ring(): void {
    this.#ringing = true;
    this.events.emit('ringing', undefined);
    if (performance.now() >= this.#answerUntil) return;
    void this.#pickUp().catch((error: unknown) => this.events.emit('problem', codeOf(error)));
  }

  async #pickUp(): Promise<void> {
    this.#answerUntil = 0;
    this.#ringing = false;
    await this.#voice?.answer();
  }
}

function registered(voice: Voice): Promise<void> {
  if (voice.state === 'up') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const leave = [
      voice.events.on('state', (state) => state === 'up' && settle(resolve)),
      voice.events.on('stopped', (code) => settle(() => reject(new CordboardProblem(code)))),
    ];
    const timer = setTimeout(() => {
      settle(() => reject(new CordboardProblem('media_failed', 'the browser could not be registered')));
    }, readyWithinMs);
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      for (const dispose of leave) dispose();
      how();
    };
  });
}
