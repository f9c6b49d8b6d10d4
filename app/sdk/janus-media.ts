// A voice line through the policy proxy at /janus, on janus.js. The only file that imports janus-gateway. The server writes whom we call and
// as whom we register; a page only says *call* and *register*, and exchanges descriptions and candidates.

import Janus, { type AudioTrack, type PluginHandle, type SessionDescription } from 'janus-gateway';
import adapter from 'webrtc-adapter';
import { withoutComfortNoise } from './comfort-noise.ts';
import type { LineEvent, LineOptions, LostLine, MediaLine, Microphone } from './media-line.ts';
import { openMicrophone } from './microphone.ts';
import { CordboardProblem } from './problem.ts';

const protocol = 'janus-protocol';
/** Close codes of the proxy: gateway/janus/link.ts. */
const lostBy: Readonly<Record<number, LostLine>> = { 4001: 'superseded', 4003: 'dismissed' };

/**
 * Opens a line: connects, makes a session, attaches the telephone.
 * @throws CordboardProblem `unreachable` (also when the token is not good: a browser is not told why an upgrade failed)
 */
export async function openJanusLine(options: LineOptions): Promise<MediaLine> {
  await initialised();
  if (!Janus.isWebrtcSupported()) throw new CordboardProblem('not_supported', 'this browser has no WebRTC');
  const line = new JanusLine(options);
  await line.open();
  return line;
}

// janus.js takes one WebSocket class for the whole page and calls it with an address and nothing else. So the address carries
// the name of its line behind a #, which is cut off again before it is dialled.
const doors = new Map<string, (url: string) => WebSocket>();
let lines = 0;

function dial(address: string): WebSocket {
  const [url = '', name = ''] = address.split('#');
  const door = doors.get(name);
  if (!door) throw new Error(`no line of that name: ${name}`);
  return door(url);
}

let initialisation: Promise<void> | undefined;
const initialised = (): Promise<void> =>
  (initialisation ??= new Promise((resolve) => {
    const dependencies = { adapter, WebSocket: dialling };
    Janus.init({
      debug: false,
      dependencies: Janus.useDefaultDependencies(dependencies),
      callback: resolve,
    });
  }));

/** A function called with `new` may return another object (ECMA-262 10.2.2): here, the socket. */
function dialling(this: unknown, address: string): WebSocket {
  return dial(address);
}

class JanusLine implements MediaLine {
  readonly remote = new MediaStream();
  readonly #options: LineOptions;
  readonly #name = `line-${++lines}`;
  #session: Janus | undefined;
  #handle: PluginHandle | undefined;
  #offer: SessionDescription | undefined;
  #track: MediaStreamTrack | undefined;
  #ownTrack = false;
  #microphone: Microphone;
  #muted = false;
  #closed = false;
  /** True between losing the connection and having it back: janus.js reports the same loss more than once. */
  #lost = false;
  #socket: WebSocket | undefined;
  #closeCode = 0;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#microphone = options.microphone;
    doors.set(this.#name, (url) => this.#dial(url));
  }

  get localTrack(): MediaStreamTrack | undefined {
    return this.#track;
  }

  get mediaAlive(): boolean {
    const state = this.#peer?.connectionState;
    return state === 'connected' || state === 'connecting' || state === 'new';
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      let open = false;
      this.#session = new Janus({
        server: `${this.#options.url}#${this.#name}`,
        iceServers: [...(this.#options.iceServers ?? [])],
        // The proxy ends the session when the page goes (close code 1001); `beforeunload` would end it even if she stays.
        destroyOnUnload: false,
        keepAlivePeriod: 20_000,
        success: () => {
          open = true;
          resolve();
        },
        error: (reason: unknown) => {
          if (!open) return reject(new CordboardProblem('unreachable', String(reason)));
          this.#connectionLost();
        },
      });
    }).catch((error: unknown) => {
      doors.delete(this.#name);
      throw error;
    });
    await this.#attach();
  }

  register(): void {
    this.#send({ request: 'register' });
  }

  async call(): Promise<void> {
    const handle = this.#attached();
    const jsep = await new Promise<SessionDescription>((resolve, reject) => {
      void this.#capture().then(
        (capture) =>
          handle.createOffer({
            tracks: [capture],
            customizeSdp: quieten,
            success: resolve,
            error: (error) => reject(problem(error)),
          }),
        reject,
      );
    });
    this.#watchPeer();
    this.#send({ request: 'call' }, jsep);
  }

  async answer(): Promise<void> {
    const handle = this.#attached();
    const offer = this.#offer;
    if (!offer) throw new CordboardProblem('media_failed', 'nobody is calling');
    this.#offer = undefined;
    const jsep = await new Promise<SessionDescription>((resolve, reject) => {
      void this.#capture().then(
        (capture) =>
          handle.createAnswer({
            jsep: offer,
            tracks: [capture],
            customizeSdp: quieten,
            success: resolve,
            error: (error) => reject(problem(error)),
          }),
        reject,
      );
    });
    this.#watchPeer();
    this.#send({ request: 'accept' }, jsep);
  }

  decline(): void {
    this.#offer = undefined;
    this.#send({ request: 'decline', code: 603 });
  }

  hangUp(): void {
    this.#send({ request: 'hangup' });
    this.#handle?.hangup(false);
    this.#letGoOfTrack();
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    if (this.#track) this.#track.enabled = !muted;
  }

  async useMicrophone(track: MediaStreamTrack): Promise<void> {
    this.#microphone = track;
    const before = this.#track;
    if (!before) return; // No call yet: the next one takes it.
    track.enabled = !this.#muted;
    await this.#peer
      ?.getSenders()
      .find((sender) => sender.track === before)
      ?.replaceTrack(track);
    this.#letGoOfTrack();
    this.#ownTrack = false;
    this.#track = track;
  }

  press(key: string): void {
    if (!/^[0-9*#A-D]$/.test(key)) throw new RangeError(`not a key: ${key}`);
    this.#handle?.dtmf({ dtmf: { tones: key, duration: 160, gap: 70 } });
  }

  async reconnect(): Promise<void> {
    const session = this.#session;
    if (!session || this.#closed) throw new CordboardProblem('session_gone', 'the line is closed');
    await new Promise<void>((resolve, reject) => {
      session.reconnect({
        success: () => resolve(),
        error: (reason) => {
          const gone = /no such session|not your session/i.test(reason);
          reject(new CordboardProblem(gone ? 'session_gone' : 'unreachable', reason));
        },
      });
    });
    this.#lost = false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handle?.hangup(false);
    this.#letGoOfTrack();
    // A close with this code tells the proxy to end the session and its call; nothing has to be waited for.
    this.#socket?.close(1000);
    this.#session?.destroy({ cleanupHandles: true, notifyDestroyed: false, unload: true });
    doors.delete(this.#name);
  }

  get #peer(): RTCPeerConnection | undefined {
    return this.#handle?.webrtcStuff.pc ?? undefined;
  }

  #dial(url: string): WebSocket {
    const socket = new WebSocket(url, [protocol, `cordboard.${this.#options.token()}`]);
    this.#socket = socket;
    // Added before janus.js adds its own listener, so the code is known when that one reports the loss.
    socket.addEventListener('close', ({ code }) => {
      if (this.#socket === socket) this.#closeCode = code;
    });
    return socket;
  }

  #attached(): PluginHandle {
    if (!this.#handle) throw new CordboardProblem('media_failed', 'the line is not open');
    return this.#handle;
  }

  #attach(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#session?.attach({
        plugin: 'janus.plugin.sip',
        success: (handle) => {
          this.#handle = handle;
          resolve();
        },
        error: (reason) => reject(new CordboardProblem('media_failed', reason)),
        webrtcState: (up) => this.#tell({ kind: 'media', up }),
        onmessage: (message, jsep) => this.#heard(message, jsep),
        onremotetrack: (track, _mid, on) => this.#remoteTrack(track, on),
      });
    });
  }

  #send(message: { request: string; code?: number }, jsep?: SessionDescription): void {
    this.#attached().send({
      message,
      ...(jsep && { jsep }),
      error: () => this.#tell({ kind: 'failed', what: message.request }),
    });
  }

  #heard(message: SipMessage, jsep: SessionDescription | undefined): void {
    const { result, error_code } = message;
    if (error_code !== undefined) return this.#tell({ kind: 'failed', what: `telephone ${error_code}` });
    switch (result?.event) {
      case 'registered':
        return this.#tell({ kind: 'registered' });
      case 'registration_failed':
        return this.#tell({ kind: 'registrationFailed', code: result.code ?? 0 });
      case 'ringing':
        return this.#tell({ kind: 'ringing' });
      case 'incomingcall':
        this.#offer = jsep && { ...jsep, sdp: withoutComfortNoise(jsep.sdp ?? '') };
        return this.#tell({ kind: 'incoming' });
      case 'progress':
        return this.#remoteDescription(jsep);
      case 'accepted':
        this.#remoteDescription(jsep);
        return this.#tell({ kind: 'answered' });
      case 'hangup':
        this.#offer = undefined;
        this.#handle?.hangup(false);
        this.#letGoOfTrack();
        return this.#tell({ kind: 'ended', code: result.code });
      default:
        return;
    }
  }

  #remoteDescription(jsep: SessionDescription | undefined): void {
    if (!jsep) return;
    // Also what the other side says: a browser sends by the far description, not by its own.
    this.#attached().handleRemoteJsep({
      jsep: { ...jsep, sdp: withoutComfortNoise(jsep.sdp ?? '') },
      error: () => this.#tell({ kind: 'failed', what: 'description' }),
    });
  }

  #remoteTrack(track: MediaStreamTrack, on: boolean): void {
    if (track.kind !== 'audio') return;
    if (!on) return this.remote.removeTrack(track);
    for (const old of this.remote.getTracks()) if (old !== track) this.remote.removeTrack(old);
    this.remote.addTrack(track);
  }

  async #capture(): Promise<AudioTrack> {
    this.#ownTrack = !(this.#microphone instanceof MediaStreamTrack);
    this.#track = await openMicrophone(this.#microphone);
    this.#track.enabled = !this.#muted;
    return { type: 'audio', capture: this.#track, recv: true, dontStop: true };
  }

  #letGoOfTrack(): void {
    // A track that was handed in belongs to whoever handed it in.
    if (this.#ownTrack) this.#track?.stop();
    this.#track = undefined;
  }

  /** Janus' own notice does not reach us while the connection is cut; the peer connection itself always knows. */
  #watchPeer(): void {
    const peer = this.#peer;
    peer?.addEventListener('connectionstatechange', () => {
      if (peer.connectionState === 'failed') this.#tell({ kind: 'media', up: false });
    });
  }

  #connectionLost(): void {
    // The last breath of an older socket, long replaced, is no loss.
    if (this.#closed || this.#lost || this.#socket?.readyState === WebSocket.OPEN) return;
    this.#lost = true;
    this.#tell({ kind: 'lost', why: lostBy[this.#closeCode] ?? 'gap' });
  }

  #tell(event: LineEvent): void {
    if (!this.#closed) this.#options.onEvent(event);
  }
}

function quieten(jsep: { sdp: string }): void {
  jsep.sdp = withoutComfortNoise(jsep.sdp);
}

interface SipMessage {
  readonly result?: { readonly event: string; readonly code?: number };
  readonly error_code?: number;
}

const problem = (error: unknown): CordboardProblem =>
  new CordboardProblem('media_failed', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
