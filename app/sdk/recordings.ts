// Recordings as a supervisor's page handles them: what there is of a call, a link to listen, and what keeps it.

import type { Recording } from '../contract/recordings.ts';
import type { Api } from './api.ts';

export type { Recording } from '../contract/recordings.ts';

/** Where the sound is, for a while. */
export interface SoundLink {
  readonly url: string;
  readonly expiresAt: number;
}

export class Recordings {
  readonly #api: Api;
  readonly #token: () => string;

  constructor(api: Api, token: () => string) {
    this.#api = api;
    this.#token = token;
  }

  /** What was recorded of a call that is over. @throws CordboardProblem */
  async of(sessionId: string): Promise<readonly Recording[]> {
    return (await this.#api.readCall(this.#token(), sessionId)).recordings;
  }

  /** For the `src` of an audio element; it is written down who was given it. @throws CordboardProblem */
  async link(recordingId: string): Promise<SoundLink> {
    const { path, expiresAt } = await this.#api.linkRecording(this.#token(), recordingId);
    return { url: this.#api.baseUrl + path, expiresAt };
  }

  /** Keeps it beyond its time. @throws CordboardProblem `recording_held`, `recording_deleted` */
  async hold(recordingId: string, reason: string): Promise<void> {
    await this.#api.keepRecording(this.#token(), recordingId, 'hold', reason);
  }

  /** Its time counts again. @throws CordboardProblem `recording_not_held` */
  async release(recordingId: string, reason: string): Promise<void> {
    await this.#api.keepRecording(this.#token(), recordingId, 'release', reason);
  }
}
