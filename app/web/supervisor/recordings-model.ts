// The recordings of one call, unfolded on the supervisor's page, and the one she listens to.

import { signal, type ReadonlySignal } from '@preact/signals';
import type { Recording, Recordings, SoundLink } from '@cordboard/sdk';

export interface Playing extends SoundLink {
  readonly recordingId: string;
  /** Where it goes on after its link ran out, seconds. */
  readonly from: number;
}

export interface RecordingsModel {
  /** The call that is unfolded. */
  readonly opened: ReadonlySignal<string | undefined>;
  readonly list: ReadonlySignal<readonly Recording[]>;
  readonly playing: ReadonlySignal<Playing | undefined>;
  toggle(sessionId: string): Promise<void>;
  /** @param from seconds */
  play(recordingId: string, from?: number): Promise<void>;
  /** The player got no further: when its link ran out, it goes on with a new one. */
  stuck(atSeconds: number): Promise<void>;
  keep(recordingId: string, how: 'hold' | 'release', reason: string): Promise<void>;
  close(): void;
}

/** @param attempt shows what was refused; resolves with its code */
export function recordingsModel(
  recordings: Recordings,
  attempt: (wish: () => Promise<unknown>) => Promise<string | undefined>,
): RecordingsModel {
  const opened = signal<string | undefined>(undefined);
  const list = signal<readonly Recording[]>([]);
  const playing = signal<Playing | undefined>(undefined);

  const read = (sessionId: string) =>
    attempt(async () => {
      const found = await recordings.of(sessionId);
      if (opened.value === sessionId) list.value = found;
    });
  const close = (): void => {
    opened.value = undefined;
    playing.value = undefined;
    list.value = [];
  };
  const play = async (recordingId: string, from = 0): Promise<void> => {
    await attempt(async () => {
      playing.value = { recordingId, from, ...(await recordings.link(recordingId)) };
    });
  };

  return {
    ...{ opened, list, playing, play, close },
    async toggle(sessionId) {
      const isOpen = opened.value === sessionId;
      close();
      if (isOpen) return;
      opened.value = sessionId;
      await read(sessionId);
    },
    async stuck(atSeconds) {
      const before = playing.value;
      if (before && before.expiresAt <= Date.now()) await play(before.recordingId, atSeconds);
    },
    async keep(recordingId, how, reason) {
      await attempt(() => recordings[how](recordingId, reason));
      if (opened.value !== undefined) await read(opened.value);
    },
  };
}
