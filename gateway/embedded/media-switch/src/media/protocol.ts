// What the signalling thread asks of the media thread, and what it hears back. Plain data: it crosses postMessage.

import type { G711Name } from '../audio/g711.ts';

/** Directions of a media stream, from our side (RFC 3264 section 5). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What offer and answer agreed on for one leg. */
export interface MediaParameters {
  readonly address: string;
  readonly port: number;
  readonly codec: G711Name;
  /** RTP payload type of telephone-event, when the peer has it (RFC 4733). */
  readonly dtmfPayloadType?: number;
  /** Packet length to send, milliseconds. */
  readonly ptime: 10 | 20 | 30;
  readonly direction: Direction;
}

/** Packet counters of a leg, as FreeSWITCH names them in its rtp_audio_… variables. */
export interface RtpCounters {
  readonly inPackets: number;
  readonly inBytes: number;
  readonly inDtmfPackets: number;
  /** Well-formed RTP from a source that is not this leg's peer. */
  readonly inStrangerPackets: number;
  readonly inLatePackets: number;
  readonly concealedFrames: number;
  readonly outPackets: number;
  readonly outBytes: number;
  readonly outDtmfPackets: number;
}

/** How late the clock was, over the engine's life. */
export interface ClockCounters {
  readonly ticks: number;
  /** Ticks that began more than 40 ms after their time. */
  readonly lateTicks: number;
  readonly worstLateMs: number;
  readonly skippedTicks: number;
  readonly legs: number;
}

/** Requests that are answered, by name: [arguments, result]. */
export interface MediaCalls {
  openLeg: [{ leg: string }, { port: number }];
  closeLeg: [{ leg: string }, RtpCounters];
  startRecording: [{ leg: string; path: string; stereo: boolean }, { path: string }];
  stopRecording: [{ leg: string; path: string }, { samples: number; bytes: number }];
  play: [{ leg: string; play: string; path: string }, Record<string, never>];
  counters: [Record<string, never>, ClockCounters];
}

/** Orders that need no answer. */
export type MediaOrder =
  | { readonly order: 'connect'; readonly leg: string; readonly parameters: MediaParameters }
  | { readonly order: 'timeout'; readonly leg: string; readonly ms: number }
  | { readonly order: 'join'; readonly room: string; readonly legs: readonly string[] }
  | { readonly order: 'leave'; readonly leg: string }
  | { readonly order: 'stopPlay'; readonly leg: string; readonly play: string }
  | { readonly order: 'mask'; readonly leg: string; readonly path: string; readonly masked: boolean }
  | { readonly order: 'gain'; readonly leg: string; readonly read: number; readonly write: number }
  | { readonly order: 'dtmf'; readonly leg: string; readonly digits: string; readonly durationMs: number };

/** What the media thread reports by itself. */
export type MediaReport =
  | { readonly report: 'dtmf'; readonly leg: string; readonly digit: string; readonly duration: number }
  | { readonly report: 'playEnded'; readonly leg: string; readonly play: string; readonly samples: number }
  | { readonly report: 'timedOut'; readonly leg: string }
  | { readonly report: 'recordingFailed'; readonly leg: string; readonly path: string; readonly why: string };

export type CallName = keyof MediaCalls;
export type ToWorker =
  | { [N in CallName]: { readonly call: N; readonly id: number; readonly with: MediaCalls[N][0] } }[CallName]
  | MediaOrder;
export type FromWorker =
  | { readonly reply: number; readonly result: unknown }
  | { readonly reply: number; readonly failed: string }
  | MediaReport;

/** Settings of the media thread. */
export interface MediaOptions {
  /** Address RTP sockets are bound to. */
  readonly address: string;
  readonly firstPort: number;
  readonly lastPort: number;
  /** Base of relative sound and recording paths. */
  readonly directory: string;
  /** WAV files for local_stream://; the built-in music otherwise. */
  readonly musicDirectory?: string;
}
