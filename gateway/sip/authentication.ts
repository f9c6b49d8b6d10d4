// Who is asking? Digest for whoever comes without being known by address or ticket, and the limit on wrong passwords.
// Strangers, wrong users and wrong passwords hear the same from outside: nothing here tells which users exist.

import type { Directory } from '../../app/ports/directory.ts';
import { Digest } from './digest.ts';
import type { EdgeLog } from './log.ts';
import { FailureLimit } from './failure-limit.ts';
import { flowOf } from './registrar.ts';
import type { EdgeRequest } from './edge-request.ts';

export interface AuthenticationOptions {
  readonly realm: string;
  readonly nonceKey: Buffer;
  readonly directory: Pick<Directory, 'sipCredentials'>;
  /** HA1 of a trunk that proves itself by password; trunks call and never register here. */
  readonly trunkHa1?: (username: string) => string | undefined;
  readonly now: () => number;
  readonly log: EdgeLog;
}

const provenFlowsKept = 20_000;

export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #digest: Digest;
  readonly #failures = new FailureLimit();
  /** Flows that once proved a password: a colleague's mistyped one behind the same NAT must not silence a good phone. */
  readonly #proven = new Set<string>();

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
    const { address } = request.source;
    const flow = flowOf(request.source);
    if (this.#failures.isBanned(address, this.#options.now()) && !this.#proven.has(flow)) {
      request.respond(403);
      return undefined;
    }
    const verdict = await this.#digest.verify(
      { method: request.method, header: request.header(answerHeader), source: address },
      (username) => this.#ha1Of(username, request.method),
    );
    switch (verdict.verdict) {
      case 'good':
        this.#remember(flow);
        return verdict.username;
      case 'challenge':
        request.respond(status, {
          headers: { [challengeHeader]: this.#digest.challenge(address, verdict.stale) },
        });
        return undefined;
      case 'wrong':
        this.#failed(request);
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

  #failed({ source, method }: EdgeRequest): void {
    const { log, now } = this.#options;
    this.#proven.delete(flowOf(source));
    log.info({ source: source.address, method }, 'wrong SIP password');
    if (this.#failures.failed(source.address, now()))
      log.warn({ source: source.address }, 'too many wrong SIP passwords: source banned for a while');
  }

  #remember(flow: string): void {
    this.#proven.delete(flow);
    this.#proven.add(flow);
    const [oldest] = this.#proven;
    if (this.#proven.size > provenFlowsKept && oldest !== undefined) this.#proven.delete(oldest);
  }
}
