// Who is asking? Digest for whoever comes without being known by address or ticket. Wrong users and wrong passwords hear the same after the
// same time: nothing here tells which users exist, and guessing is slow.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Directory } from '../../app/ports/directory.ts';
import { Digest } from './digest.ts';
import type { Guard } from './guard.ts';
import type { EdgeRequest } from './edge-request.ts';

export interface AuthenticationOptions {
  readonly realm: string;
  readonly nonceKey: Buffer;
  readonly directory: Pick<Directory, 'sipCredentials'>;
  /** HA1 of a trunk that proves itself by password; trunks call and never register here. */
  readonly trunkHa1?: (username: string) => string | undefined;
  readonly guard: Pick<Guard, 'challenged' | 'proved' | 'wrongPassword'>;
  readonly now: () => number;
  /** A wrong password is answered this long after it came, however long the look-up took, milliseconds. Default 100. */
  readonly wrongAnswerMs?: number;
}

export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #digest: Digest;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
    this.#digest = new Digest(options.realm, options.nonceKey, options.now);
  }

  /** The user who proved a password; undefined after the request was answered with 401, 407 or 403. RFC 3261 section 22. */
  async userOf(request: EdgeRequest): Promise<string | undefined> {
    const [status, challengeHeader, answerHeader] =
      request.method === 'REGISTER'
        ? ([401, 'WWW-Authenticate', 'Authorization'] as const)
        : ([407, 'Proxy-Authenticate', 'Proxy-Authorization'] as const);
    const { guard, wrongAnswerMs = 100 } = this.#options;
    const { address } = request.source;
    const since = performance.now();
    const verdict = await this.#digest.verify(
      { method: request.method, header: request.header(answerHeader), source: address },
      (username) => this.#ha1Of(username, request.method),
    );
    switch (verdict.verdict) {
      case 'good':
        guard.proved(request, verdict.username);
        return verdict.username;
      case 'challenge':
        guard.challenged(request, request.method === 'REGISTER' ? request.toUser : request.fromUser);
        request.respond(status, {
          headers: { [challengeHeader]: this.#digest.challenge(address, verdict.stale) },
        });
        return undefined;
      case 'wrong':
        guard.wrongPassword(request);
        await sleep(wrongAnswerMs - (performance.now() - since));
        request.respond(403);
        return undefined;
    }
  }

  /** Both are looked up whoever asks: nobody shall hear from the time it takes which of them exists. */
  async #ha1Of(username: string, method: string): Promise<string | undefined> {
    const trunk = method === 'INVITE' ? this.#options.trunkHa1?.(username) : undefined;
    const agent = (await this.#options.directory.sipCredentials(username))?.ha1;
    return trunk ?? agent;
  }
}
