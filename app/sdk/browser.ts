// What this package takes from the browser, in one value that tests replace.

import type { ApiOptions } from './api.ts';
import type { Microphone, OpenLine } from './media-line.ts';
import { Player } from './player.ts';
import { openSocket, type OpenSocket } from './socket.ts';

export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface ClientOptions extends ApiOptions {
  /** What is sent as her voice: constraints for the browser, or a finished track; a function is asked each time. */
  readonly microphone?: Microphone | (() => Microphone);
  readonly iceServers?: readonly RTCIceServer[];
  /** Where a reload finds its way back; by default the tab's own sessionStorage. */
  readonly storage?: Storage;
  /** Replaced by tests, or by an application that plays the sound itself. */
  readonly outside?: Partial<Outside>;
}

export interface Outside {
  readonly openLine: OpenLine;
  readonly openSocket: OpenSocket;
  readonly player: () => Pick<Player, 'play' | 'close' | 'useSpeaker'>;
}

export const outsideOf = ({ outside }: ClientOptions): Outside => ({
  // Loaded with the first call: a page that never speaks does not carry it.
  openLine: async (options) => (await import('./janus-media.ts')).openJanusLine(options),
  openSocket,
  player: () => new Player(),
  ...outside,
});

/** `/janus` beside `/api/v1`. */
export const janusUrl = (baseUrl: string): string => `${baseUrl.replace(/^http/, 'ws')}/janus`;
