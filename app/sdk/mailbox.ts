// Messages callers left, for whoever is signed in: an agent those of her queues, a supervisor those of hers.

import type { Message } from '../contract/messages.ts';
import type { Api } from './api.ts';

export class Mailbox {
  readonly #api: Api;
  readonly #token: () => string;

  constructor(api: Api, token: () => string) {
    this.#api = api;
    this.#token = token;
  }

  /** Those nobody has seen to yet, newest first. @throws CordboardProblem */
  open(): Promise<readonly Message[]> {
    return this.#api.openMessages(this.#token());
  }

  /** @throws CordboardProblem */
  handle({ recordingId }: Message): Promise<void> {
    return this.#api.handleMessage(recordingId, this.#token());
  }

  /** Where its sound is, for five minutes. @throws CordboardProblem */
  async url({ recordingId }: Message): Promise<string> {
    const { path } = await this.#api.linkRecording(this.#token(), recordingId);
    return this.#api.baseUrl + path;
  }
}
