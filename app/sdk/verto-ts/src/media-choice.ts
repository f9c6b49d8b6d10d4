// Which devices a call speaks and is heard with, as a page says it.

/** `any` or true: the browser's choice. `none` or false: none. Anything else: a device id. */
export type DeviceChoice = boolean | string;

export interface DeviceParams {
  readonly useMic?: DeviceChoice;
  readonly useSpeak?: DeviceChoice;
  readonly useCamera?: DeviceChoice;
}

/** The element that plays: its id, itself, or a function that finds it. */
export type ElementChoice = string | HTMLMediaElement | (() => HTMLMediaElement | null | undefined) | null;

export interface MediaChoice {
  /** Plays the far side. Default: a hidden audio element of our own. */
  readonly tag?: ElementChoice;
  readonly useVideo?: boolean;
  readonly useStereo?: boolean;
  readonly audioParams?: MediaTrackConstraints;
  readonly videoParams?: MediaTrackConstraints;
  readonly deviceParams?: DeviceParams;
  readonly iceServers?: readonly RTCIceServer[];
  /** Verto has no trickle: candidates found after this are left out. Milliseconds. */
  readonly iceTimeout?: number;
}

export const defaultIceTimeoutMs = 2_000;
