// What the signalling thread asks of the media thread, and what it hears back. Plain data: it crosses postMessage.

import type { CodecName } from '../audio/codec.ts';
import type { EavesdropMode } from './eavesdrop-bug.ts';
import type { MemberRights } from './rights.ts';

/** Directions of a media stream, from our side (RFC 3264 section 5). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What offer and answer agreed on for one leg. */
export interface MediaParameters {
  readonly address: string;
  readonly port: number;
  readonly codec: CodecName;
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
  /** Without headers. */
  readonly inMediaBytes: number;
  readonly outMediaBytes: number;
  /** Comfort noise (RFC 3389). */
  readonly inCngPackets: number;
  readonly lostPackets: number;
  readonly largestDelayMs: number;
  readonly leastJitterMs: number;
  readonly mostJitterMs: number;
  readonly meanIntervalMs: number;
  /** Reports of the peer. */
  readonly rtcpPackets: number;
  readonly rtcpOctets: number;
  /** Packets of ours the peer says it lost, and the round trip by its newest report. */
  readonly peerLostPackets: number;
  readonly roundTripMs?: number;
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
  stopRecording: [{ leg: string; path: string }, RecordingLength];
  play: [{ leg: string; play: string; path: string }, Record<string, never>];
  displace: [Displacement, Record<string, never>];
  /** Plays into a room, or to one of its members. */
  playRoom: [RoomPlay, Record<string, never>];
  startRoomRecording: [{ room: string; path: string }, { path: string }];
  stopRoomRecording: [{ room: string; path: string }, RecordingLength];
  counters: [Record<string, never>, ClockCounters];
}

/** What a finished recording amounts to. */
export interface RecordingLength {
  readonly samples: number;
  readonly bytes: number;
}

/** A sound in place of, or over, one direction of a leg; the path is its name. */
export interface Displacement {
  readonly leg: string;
  readonly path: string;
  readonly side: 'read' | 'write' | 'both';
  readonly mix: boolean;
  readonly loop: boolean;
  /** Ends by itself after so many milliseconds, 0 for never. */
  readonly limitMs: number;
}

/** A sound for a room. */
export interface RoomPlay {
  readonly room: string;
  readonly play: string;
  readonly path: string;
  /** At the same time as other sounds, instead of in turn. */
  readonly together: boolean;
  /** Only this member hears it. */
  readonly leg?: string;
}

/** Orders about one leg that need no answer. */
export type LegOrder =
  | { readonly order: 'connect'; readonly leg: string; readonly parameters: MediaParameters }
  | { readonly order: 'timeout'; readonly leg: string; readonly ms: number }
  | { readonly order: 'leave'; readonly leg: string }
  /** Neither heard nor spoken to, wherever it is. */
  | { readonly order: 'hold'; readonly leg: string; readonly held: boolean }
  /** Into a room, or to other rights in it. */
  | { readonly order: 'admit'; readonly leg: string; readonly room: string; readonly rights: MemberRights }
  | { readonly order: 'stopPlay'; readonly leg: string; readonly play: string }
  | { readonly order: 'stopDisplace'; readonly leg: string; readonly path: string }
  | { readonly order: 'mask'; readonly leg: string; readonly path: string; readonly masked: boolean }
  /** It hears itself, where nothing is played to it. */
  | { readonly order: 'echo'; readonly leg: string; readonly on: boolean }
  /** Factors of both directions; taken off when both are 1. */
  | { readonly order: 'volume'; readonly leg: string; readonly read: number; readonly write: number }
  /** From now on `leg` listens to `target`. */
  | {
      readonly order: 'eavesdrop';
      readonly leg: string;
      readonly target: string;
      readonly mode: EavesdropMode;
      readonly hears: { readonly read: boolean; readonly write: boolean };
    }
  | { readonly order: 'eavesdropMode'; readonly leg: string; readonly mode: EavesdropMode }
  | { readonly order: 'stopEavesdrop'; readonly leg: string }
  | { readonly order: 'dtmf'; readonly leg: string; readonly digits: string; readonly durationMs: number };

/** Orders about rooms. */
export type RoomOrder =
  | { readonly order: 'join'; readonly room: string; readonly legs: readonly string[] }
  | {
      readonly order: 'relate';
      readonly room: string;
      readonly speaker: string;
      readonly listener: string;
      readonly heard: boolean;
    }
  | { readonly order: 'stopRoomPlay'; readonly room: string; readonly play: string }
  | {
      readonly order: 'pauseRoomRecording';
      readonly room: string;
      readonly path: string;
      readonly paused: boolean;
    };

export type MediaOrder = LegOrder | RoomOrder;

/** What the media thread reports by itself. */
export type MediaReport =
  | { readonly report: 'dtmf'; readonly leg: string; readonly digit: string; readonly duration: number }
  | { readonly report: 'playEnded'; readonly play: string; readonly samples: number }
  | { readonly report: 'displaceEnded'; readonly leg: string; readonly path: string }
  | { readonly report: 'talking'; readonly leg: string; readonly talking: boolean; readonly energy: number }
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
