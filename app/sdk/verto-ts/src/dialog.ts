// One call. What the page asks for goes out as verto.* requests; what the server says arrives through handle(). States: dialog-states.ts.

import { guarded, told, type Fail, type Ok } from './callbacks.ts';
import { CallSound } from './call-sound.ts';
import {
  dialogDirections,
  dialogStates,
  isOver,
  mayFollow,
  messageKinds,
  type DialogDirection,
  type DialogState,
  type DialogStateName,
  type MessageKind,
} from './dialog-states.ts';
import { VertoError } from './errors.ts';
import { isRecord, stringOf, type Params } from './frames.ts';
import { displayed, farSide, mediaOf, wireParams, type DialogParams } from './dialog-params.ts';
import type { MediaOptions } from './media.ts';
import type { DeviceChoice } from './media-choice.ts';
import type { VertoOptions } from './options.ts';
import type { Outside } from './outside.ts';
import type { Ringer } from './player.ts';

export interface DialogCallbacks {
  onDialogState?(dialog: VertoDialog): void;
  onMessage?(verto: unknown, dialog: VertoDialog, kind: MessageKind, data: unknown): void;
  onRemoteStream?(dialog: VertoDialog, stream: MediaStream): void;
}

export interface HangupParams {
  /** FreeSWITCH's name of a hang-up cause, for example `NORMAL_CLEARING`, `USER_BUSY`, `CALL_REJECTED`. */
  readonly cause?: string;
  /** ITU-T Q.850. */
  readonly causeCode?: number;
}

/** What a dialog needs of the client it belongs to. */
export interface DialogOwner {
  readonly self: unknown;
  readonly options: VertoOptions;
  readonly outside: Outside;
  readonly online: boolean;
  readonly ringer: Ringer;
  call(method: string, params: Params): Promise<unknown>;
  /** The call is over. @param untold the server could not be told */
  forget(dialog: VertoDialog, untold: boolean): void;
  note(level: 'debug' | 'warn', what: string, details?: Readonly<Record<string, unknown>>): void;
}

type Change = 'requested' | 'theirs' | 'silent';

export class VertoDialog {
  readonly callID: string;
  readonly direction: DialogDirection;
  /** The wire's parameters, and what the server said since: `remote_caller_id_name`, `remote_caller_id_number`. */
  params: DialogParams;
  callbacks: DialogCallbacks;
  state: DialogState = dialogStates.new;
  lastState: DialogState = dialogStates.new;
  /** Why it ended. */
  cause = 'NORMAL_CLEARING';
  causeCode = 16;
  /** answer() has been called. */
  answered = false;
  readonly #owner: DialogOwner;
  readonly #sound: CallSound;
  /** Descriptions are applied one after the other, in the order they came. */
  #applying: Promise<void> = Promise.resolve();
  #beforeGap: DialogStateName = 'active';
  #cancelRecovery: () => void = () => undefined;
  #mending = false;

  constructor(
    owner: DialogOwner,
    direction: 'inbound' | 'outbound',
    params: DialogParams,
    callbacks: DialogCallbacks,
  ) {
    this.#owner = owner;
    this.direction = dialogDirections[direction];
    this.callID = params.callID ?? owner.outside.uuid();
    this.callbacks = callbacks;
    const { useVideo = false, useStereo = false } = owner.options;
    this.params = { useVideo, useStereo, ...params, callID: this.callID, ...farSide(direction, params) };
    this.#sound = new CallSound(
      owner.outside.openMedia,
      { ...mediaOf(owner.options), ...mediaOf(params) },
      {
        remote: (stream) => this.#tell(() => this.callbacks.onRemoteStream?.(this, stream)),
        broken: () => void this.#mend(),
      },
    );
  }

  /** The client it belongs to. */
  get verto(): unknown {
    return this.#owner.self;
  }
  get localStream(): MediaStream | undefined {
    return this.#sound.local;
  }
  get remoteStream(): MediaStream | undefined {
    return this.#sound.remote;
  }
  /** Sound goes both ways, or could. @internal */
  get alive(): boolean {
    return this.#sound.alive;
  }

  /** Sends the call out. newCall() does this. @throws VertoError */
  async invite(): Promise<void> {
    try {
      const sdp = await this.#sound.offer();
      if (!this.#move('requesting')) throw ended();
      await this.#send('verto.invite', { sdp });
      if (this.state.name === 'requesting') this.#move('trying');
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  /**
   * Takes the call that rings. When the microphone is refused, it goes on ringing.
   * @throws VertoError
   */
  async answer(params: MediaOptions = {}): Promise<void> {
    if (this.answered || isOver(this.state.name)) return;
    this.answered = true;
    this.#sound.choose(mediaOf(params));
    let sdp: string;
    try {
      sdp = await this.#sound.answer(stringOf(this.params.sdp) ?? '');
    } catch (error) {
      this.answered = false;
      throw error;
    }
    if (!this.#move('answering')) throw ended();
    await this.#settled('verto.answer', sdp, 'active');
  }

  /** Ends the call, whatever it is doing. */
  hangup({ cause, causeCode }: HangupParams = {}): void {
    this.#end('requested', cause, causeCode);
  }

  /** @throws VertoError `refused` */
  hold(ok?: Ok<unknown>, fail?: Fail): Promise<unknown> {
    return this.#modify({ action: 'hold' }, ok, fail);
  }
  unhold(ok?: Ok<unknown>, fail?: Fail): Promise<unknown> {
    return this.#modify({ action: 'unhold' }, ok, fail);
  }
  toggleHold(ok?: Ok<unknown>, fail?: Fail): Promise<unknown> {
    return this.#modify({ action: 'toggleHold' }, ok, fail);
  }
  /** Blind. */
  transfer(destination: string, ok?: Ok<unknown>, fail?: Fail): Promise<unknown> {
    return this.#modify({ action: 'transfer', destination }, ok, fail);
  }
  /** Attended: joins the far sides of this call and of that one. */
  replace(replaceCallID: string, ok?: Ok<unknown>, fail?: Fail): Promise<unknown> {
    return this.#modify({ action: 'replace', replaceCallID }, ok, fail);
  }

  /** @param digits 0-9 A-D * # */
  dtmf(digits: string): Promise<unknown> {
    if (!/^[0-9A-D*#]+$/i.test(digits)) return Promise.reject(new VertoError('invalid', 'not a key'));
    return this.#send('verto.info', { dtmf: digits });
  }

  /** A text to somebody in this call. */
  message(msg: { readonly to: string; readonly body: string }): Promise<unknown> {
    return this.#send('verto.info', { msg: { ...msg } });
  }

  /** @returns whether the microphone is off now */
  setMute(what: 'on' | 'off' | 'toggle'): boolean {
    this.#sound.setMuted(what === 'toggle' ? !this.#sound.muted : what === 'on');
    return this.#sound.muted;
  }
  getMute(): boolean {
    return this.#sound.muted;
  }
  useMicrophone(device: DeviceChoice): Promise<void> {
    return this.#sound.useMicrophone(device);
  }
  useSpeaker(device: DeviceChoice): Promise<void> {
    return this.#sound.useSpeaker(device);
  }
  stats(): Promise<RTCStatsReport | undefined> {
    return this.#sound.stats();
  }

  /** `Ada <1001>` */
  cidString(): string {
    return `${this.params.remote_caller_id_name ?? ''} <${this.params.remote_caller_id_number ?? ''}>`;
  }

  /** Forgets the call without a word to the server. */
  purge(): void {
    this.#end('silent');
  }

  /** An inbound call has been announced. @internal */
  ring(): void {
    if (this.#move('ringing'))
      this.#owner.ringer.start(this.#owner.options.ringer_tag, this.#owner.options.ringFile);
  }

  /** What the server says about this call. @internal */
  handle(method: string, params: Params): void {
    switch (method) {
      case 'verto.bye':
        this.#end('theirs', stringOf(params.cause), numberOf(params.causeCode));
        return;
      case 'verto.media':
        this.#apply(params, 'early');
        return;
      case 'verto.answer':
        this.#apply(params, 'active');
        return;
      case 'verto.attach':
        void this.attach(params);
        return;
      case 'verto.display':
        this.params = { ...this.params, ...displayed(params) };
        this.#message(messageKinds.display, params);
        return;
      case 'verto.info':
        this.#message(messageKinds.info, params.msg ?? params);
        return;
      case 'verto.event':
        this.#message(messageKinds.pvtEvent, params);
        return;
      default:
        this.#owner.note('debug', `${method} changes nothing about a call`, { callID: this.callID });
    }
  }

  /** The server offers this call again, after a reload or a gap. @internal */
  async attach(params: Params): Promise<void> {
    this.#cancelRecovery();
    if (this.state.name !== 'recovering' && !this.#move('recovering')) return;
    this.answered = true;
    const after = this.#beforeGap === 'held' ? 'held' : 'active';
    try {
      const sdp = await this.#sound.answer(stringOf(params.sdp) ?? '');
      if (this.#move('answering')) await this.#settled('verto.attach', sdp, after);
    } catch (error) {
      this.#owner.note('warn', 'a call could not be attached', { callID: this.callID, error: String(error) });
      this.#failed(error);
    }
  }

  /** The connection is gone; the call may live on. @internal */
  connectionLost(forgetAfterMs: number): void {
    const before = this.state.name;
    if (before === 'ringing' || before === 'new') this.#end('silent', 'NORMAL_TEMPORARY_FAILURE', 41);
    if (!this.#move('recovering')) return;
    this.#beforeGap = before;
    this.#cancelRecovery = this.#owner.outside.setTimer(forgetAfterMs, () =>
      this.#end('requested', 'RECOVERY_ON_TIMER_EXPIRE', 102),
    );
  }

  /** Logged in again. @param theirs the calls the server still has @internal */
  connectionBack(theirs: readonly string[]): void {
    if (this.state.name !== 'recovering') return;
    if (!theirs.includes(this.callID)) return this.#end('silent', 'NORMAL_TEMPORARY_FAILURE', 41);
    // The sound never went through the connection that broke. A server that makes a new path says so by verto.attach, now as before.
    if (!this.#sound.alive || !mayFollow('recovering', this.#beforeGap)) return;
    this.#cancelRecovery();
    this.#move(this.#beforeGap);
  }

  async #settled(
    method: 'verto.answer' | 'verto.attach',
    sdp: string,
    then: 'active' | 'held',
  ): Promise<void> {
    try {
      await this.#send(method, { sdp });
      this.#move(then);
    } catch (error) {
      // The answer may have arrived: the call comes back with the connection, or its time runs out.
      if (this.state.name === 'recovering') return;
      this.#failed(error);
      throw error;
    }
  }

  #apply({ sdp }: Params, then: 'early' | 'active'): void {
    this.#applying = this.#applying
      .then(() => this.#sound.accept(stringOf(sdp) ?? ''))
      .then(
        () => void this.#move(then),
        (error: unknown) => this.#failed(error),
      );
  }

  #modify(wish: Params, ok: Ok<unknown>, fail: Fail): Promise<unknown> {
    const asked = this.#send('verto.modify', wish).then((result) => {
      const held = isRecord(result) ? result.holdState : undefined;
      if ((held === 'held' || held === 'active') && this.state.name !== held) this.#move(held);
      return result;
    });
    // verto.js took an object of parameters in this place.
    const given = typeof ok === 'function' ? ok : undefined;
    return told(asked, given, fail, (error) => this.#owner.outside.report(error));
  }

  /** The path broke while the connection stands: another network, another address. One try, then the call is over. */
  async #mend(): Promise<void> {
    const { name } = this.state;
    if (this.#mending || !this.#owner.online || (name !== 'active' && name !== 'held')) return;
    this.#mending = true;
    try {
      const sdp = await this.#sound.restart();
      const result = await this.#send('verto.modify', { action: 'updateMedia', sdp });
      await this.#sound.accept((isRecord(result) && stringOf(result.sdp)) || '');
    } catch (error) {
      this.#owner.note('warn', 'the sound could not be mended', {
        callID: this.callID,
        error: String(error),
      });
      this.#end('requested', 'MEDIA_TIMEOUT', 604);
    } finally {
      this.#mending = false;
    }
  }

  #send(method: string, what: Params): Promise<unknown> {
    return this.#owner.call(method, { ...what, dialogParams: wireParams(this.params) });
  }

  #failed(error: unknown): void {
    const refused = error instanceof VertoError && error.reason === 'refused';
    const said = refused && isRecord(error.data) ? error.data : {};
    const cause = stringOf(said.cause) ?? (refused ? 'CALL_REJECTED' : 'NORMAL_TEMPORARY_FAILURE');
    this.#end(refused ? 'theirs' : 'requested', cause, numberOf(said.causeCode) ?? (refused ? 21 : 41));
  }

  #end(how: Change, cause?: string, causeCode?: number): void {
    const { name } = this.state;
    if (isOver(name)) return;
    this.cause = cause ?? this.cause;
    this.causeCode = causeCode ?? this.causeCode;
    this.#cancelRecovery();
    const known = name !== 'new' && name !== 'destroy';
    const { online } = this.#owner;
    this.#move(how === 'silent' && cause === undefined ? 'purge' : 'hangup');
    if (how === 'requested' && known && online) void this.#bye();
    this.#sound.close();
    this.#owner.forget(this, how === 'requested' && known && !online);
    this.#move('destroy');
  }

  async #bye(): Promise<void> {
    const { cause, causeCode } = this;
    await this.#send('verto.bye', { cause, causeCode }).catch((error: unknown) =>
      // Already gone there, most often: both hung up.
      this.#owner.note('debug', 'bye was not acknowledged', { callID: this.callID, error: String(error) }),
    );
  }

  #move(to: DialogStateName): boolean {
    const from = this.state.name;
    if (from === to || !mayFollow(from, to)) {
      this.#owner.note('debug', `a call ${from} does not become ${to}`, { callID: this.callID });
      return false;
    }
    if (from === 'ringing') this.#owner.ringer.stop((error) => this.#owner.outside.report(error));
    this.lastState = this.state;
    this.state = dialogStates[to];
    this.#tell(() => this.callbacks.onDialogState?.(this));
    return true;
  }

  #message(kind: MessageKind, content: unknown): void {
    this.#tell(() => this.callbacks.onMessage?.(this.verto, this, kind, content));
  }

  #tell(callback: () => void): void {
    guarded((error) => this.#owner.outside.report(error), callback);
  }
}

const ended = (): VertoError => new VertoError('call-ended', 'the call ended meanwhile');
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
