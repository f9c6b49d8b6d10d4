// The sound of one call: microphone, RTCPeerConnection, loudspeaker. Verto has no trickle ICE: a description goes out when its
// candidates are gathered, or when that takes too long.

import { VertoError } from './errors.ts';
import { defaultIceTimeoutMs, type DeviceChoice, type MediaChoice } from './media-choice.ts';
import { withStereo } from './sdp.ts';

export interface MediaEvents {
  /** The far side's sound (and picture) is there. */
  remote(stream: MediaStream): void;
  /** The path has broken; the browser has given up mending it by itself. */
  broken(): void;
}

export interface MediaOptions extends MediaChoice {
  /** A finished stream instead of the microphone; whoever made it ends it. */
  readonly useStream?: MediaStream;
}

export interface CallMedia {
  /** @param restart new ICE credentials for a call that stands @throws VertoError */
  offer(restart?: boolean): Promise<string>;
  /** @returns our answer to their offer @throws VertoError */
  answer(sdp: string): Promise<string>;
  /** Takes their answer to our offer. @throws VertoError `media-failed` */
  accept(sdp: string): Promise<void>;
  setMuted(muted: boolean): void;
  readonly muted: boolean;
  /** Sound flows, or could. */
  readonly alive: boolean;
  readonly local: MediaStream | undefined;
  readonly remote: MediaStream | undefined;
  stats(): Promise<RTCStatsReport | undefined>;
  /** Speaks with another device from now on. @throws VertoError */
  useMicrophone(choice: DeviceChoice): Promise<void>;
  /** @param keepLocal the microphone goes on, for the media that replaces this one */
  close(keepLocal?: boolean): void;
}

export type OpenMedia = (options: MediaOptions, events: MediaEvents) => CallMedia;

export const openBrowserMedia: OpenMedia = (options, events) => new BrowserMedia(options, events);

class BrowserMedia implements CallMedia {
  readonly #options: MediaOptions;
  readonly #events: MediaEvents;
  #peer: RTCPeerConnection | undefined;
  #local: MediaStream | undefined;
  #remote: MediaStream | undefined;
  #muted = false;
  #closed = false;

  constructor(options: MediaOptions, events: MediaEvents) {
    this.#options = options;
    this.#events = events;
  }

  get muted(): boolean {
    return this.#muted;
  }
  get alive(): boolean {
    return this.#peer?.connectionState === 'connected';
  }
  get local(): MediaStream | undefined {
    return this.#local;
  }
  get remote(): MediaStream | undefined {
    return this.#remote;
  }

  async offer(restart = false): Promise<string> {
    const peer = await this.#ready();
    return this.#described(peer, () => peer.createOffer({ iceRestart: restart }));
  }

  async answer(sdp: string): Promise<string> {
    const peer = await this.#ready();
    await understood(peer.setRemoteDescription({ type: 'offer', sdp }));
    return this.#described(peer, () => peer.createAnswer());
  }

  async accept(sdp: string): Promise<void> {
    const peer = this.#peer;
    if (!peer) throw new VertoError('media-failed', 'nothing was offered');
    await understood(peer.setRemoteDescription({ type: 'answer', sdp }));
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    for (const track of this.#local?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  async stats(): Promise<RTCStatsReport | undefined> {
    return this.#peer?.getStats();
  }

  async useMicrophone(choice: DeviceChoice): Promise<void> {
    const stream = await openDevices({
      ...this.#options,
      useVideo: false,
      deviceParams: { ...this.#options.deviceParams, useMic: choice },
    });
    const [track] = stream?.getAudioTracks() ?? [];
    const sender = this.#peer?.getSenders().find((one) => one.track?.kind === 'audio');
    if (!track || !sender) throw new VertoError('media-failed', 'there is nothing to replace');
    await sender.replaceTrack(track);
    for (const old of this.#local?.getAudioTracks() ?? []) {
      this.#local?.removeTrack(old);
      old.stop();
    }
    this.#local?.addTrack(track);
    this.setMuted(this.#muted);
  }

  close(keepLocal = false): void {
    this.#closed = true;
    this.#peer?.close();
    if (!keepLocal) this.#stopLocal();
  }

  #stopLocal(): void {
    if (!this.#local || this.#local === this.#options.useStream) return;
    for (const track of this.#local.getTracks()) track.stop();
  }

  async #ready(): Promise<RTCPeerConnection> {
    if (this.#peer) return this.#peer;
    if (typeof RTCPeerConnection === 'undefined')
      throw new VertoError('not-supported', 'there is no WebRTC here');
    this.#local = this.#options.useStream ?? (await openDevices(this.#options));
    if (this.#closed) {
      this.#stopLocal();
      throw new VertoError('call-ended', 'the call ended before its microphone was open');
    }
    this.setMuted(this.#muted);
    const peer = new RTCPeerConnection({ iceServers: [...(this.#options.iceServers ?? [])] });
    this.#peer = peer;
    for (const track of this.#local?.getTracks() ?? []) peer.addTrack(track, this.#local as MediaStream);
    // Nothing to say, but something to hear.
    if (!this.#local?.getAudioTracks().length) peer.addTransceiver('audio', { direction: 'recvonly' });
    peer.ontrack = ({ streams, track }) => this.#heard(streams[0] ?? new MediaStream([track]));
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === 'failed') this.#events.broken();
    };
    return peer;
  }

  #heard(stream: MediaStream): void {
    if (this.#remote === stream || this.#closed) return;
    this.#remote = stream;
    this.#events.remote(stream);
  }

  async #described(peer: RTCPeerConnection, make: () => Promise<RTCSessionDescriptionInit>): Promise<string> {
    const made = await understood(make());
    const sdp = this.#options.useStereo === true ? withStereo(made.sdp ?? '') : made.sdp;
    await understood(peer.setLocalDescription({ type: made.type, ...(sdp !== undefined && { sdp }) }));
    await gathered(peer, this.#options.iceTimeout ?? defaultIceTimeoutMs);
    return peer.localDescription?.sdp ?? '';
  }
}

const understood = <Value>(step: Promise<Value>): Promise<Value> =>
  step.catch((cause: unknown) => {
    throw new VertoError('media-failed', 'the media description was not understood', { cause });
  });

function gathered(peer: RTCPeerConnection, timeoutMs: number): Promise<void> {
  if (peer.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      peer.removeEventListener('icegatheringstatechange', look);
      resolve();
    };
    const look = (): void => {
      if (peer.iceGatheringState === 'complete') done();
    };
    const timer = setTimeout(done, timeoutMs);
    peer.addEventListener('icegatheringstatechange', look);
  });
}

async function openDevices(options: MediaOptions): Promise<MediaStream | undefined> {
  const { deviceParams = {}, audioParams = {}, videoParams = {}, useVideo = false } = options;
  const audio = constraints(deviceParams.useMic ?? true, audioParams);
  const video = useVideo && constraints(deviceParams.useCamera ?? true, videoParams);
  if (audio === false && video === false) return undefined;
  // Absent in a page that came over plain HTTP from another host (Secure Contexts).
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new VertoError('not-supported', 'the microphone needs HTTPS');
  return devices.getUserMedia({ audio, video }).catch(explained);
}

function constraints(choice: DeviceChoice, wishes: MediaTrackConstraints): MediaTrackConstraints | false {
  if (choice === false || choice === 'none') return false;
  if (choice === true || choice === 'any' || choice === '') return wishes;
  return { ...wishes, deviceId: { exact: choice } };
}

/** Names of DOMException: Media Capture and Streams, section 10.2. */
function explained(cause: unknown): never {
  const name = cause instanceof DOMException ? cause.name : '';
  const denied = name === 'NotAllowedError' || name === 'SecurityError';
  throw new VertoError(
    denied ? 'microphone-denied' : 'microphone-missing',
    denied ? 'the microphone was not allowed' : `there is no microphone to use (${name})`,
    { cause },
  );
}
