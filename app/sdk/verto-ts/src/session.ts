// Who we are to the server: the session id, which outlives a reload, and the credentials, which are renewed while we are logged in.

import { stringOf, type Params } from './frames.ts';
import type { ConnectParams, VertoOptions } from './options.ts';
import type { KeyValueStorage, Outside } from './outside.ts';

// Two clients of one page, logged in as the same person on the same server, are two sessions.
const inUse = new Set<string>();

/**
 * A session id that the same page finds again after a reload, and no other page has: sessionStorage belongs to one tab.
 * @returns the id, and how to give it back
 */
export function sessionId(
  { sessid, login = '', socketUrl = '' }: ConnectParams,
  { storage, uuid }: Pick<Outside, 'storage' | 'uuid'>,
): { readonly id: string; readonly release: () => void } {
  if (sessid !== undefined) return { id: sessid, release: () => undefined };
  for (let place = 1; ; place += 1) {
    const key = `verto-ts ${socketUrl} ${login} ${place}`;
    if (inUse.has(key)) continue;
    inUse.add(key);
    const id = storage?.getItem(key) ?? uuid();
    keep(storage, key, id);
    return { id, release: () => inUse.delete(key) };
  }
}

/** A full storage (QuotaExceededError) costs no more than the calls of a reload. */
function keep(storage: KeyValueStorage | null, key: string, id: string): void {
  try {
    storage?.setItem(key, id);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** The source's literal for a log-in by token. */
const tokenWord = 'password';
/** So long before a token ends, a new one is asked for. */
export const renewBeforeMs = 10 * 60_000;

export class Credentials {
  readonly #options: VertoOptions;
  /** The newest token the server gave. */
  #token: string | undefined;
  /** The last log-in was by that token, where the options have a password. */
  #insteadOfPassword = false;
  #expiresAtMs: number | undefined;
  /** This client takes calls. */
  media: boolean;

  constructor(options: VertoOptions) {
    this.#options = options;
    this.media = options.media === true;
  }

  /** When the log-in ends, in milliseconds since 1970; undefined when the server did not say. */
  get expiresAtMs(): number | undefined {
    return this.#expiresAtMs;
  }

  /** @param calls those this client has */
  async loginParams(sessid: string, calls: readonly string[]): Promise<Params> {
    const asked = await this.#options.credentials?.();
    const { login, userVariables, ...proof } = { ...this.#options, ...asked };
    return {
      ...(login !== undefined && { login }),
      ...this.#proof(proof, asked),
      ...((userVariables || this.media) && {
        // A server that was restarted knows by its calls that this page was in them.
        userVariables: { ...userVariables, ...(this.media && { media: true, calls }) },
      }),
      sessid,
    };
  }

  /** By token where there is one: a password costs the server a tenth of a second, and hundreds come back at once. */
  #proof({ passwd, loginParams }: ConnectParams, asked: Partial<ConnectParams> | undefined): Params {
    const byToken = loginParams?.xui_sessid !== undefined;
    const token = asked?.loginParams?.xui_sessid ?? this.#token ?? loginParams?.xui_sessid;
    this.#insteadOfPassword = token !== undefined && !byToken && asked === undefined;
    if (this.#insteadOfPassword)
      return { passwd: tokenWord, loginParams: { ...loginParams, xui_sessid: token } };
    const secret = passwd ?? (byToken ? tokenWord : undefined);
    return {
      ...(secret !== undefined && { passwd: secret }),
      ...(loginParams && { loginParams: { ...loginParams, ...(byToken && { xui_sessid: token }) } }),
    };
  }

  /** The server refused the log-in. @returns whether the password is still to be tried, in place of the token */
  tokenRefused(): boolean {
    if (!this.#insteadOfPassword) return false;
    this.#token = undefined;
    return true;
  }

  /** Takes what the answer to `login`, `cc.token` or a `verto.ping` says about tokens. */
  told(said: Params): void {
    const seconds = Number(said['auth-expires']);
    if (said['auth-expires'] !== undefined && Number.isFinite(seconds) && seconds > 0)
      this.#expiresAtMs = seconds * 1000;
    this.#token = stringOf(said.xui_sessid) ?? this.#token;
  }

  /** There is a token to come back with. */
  get hasToken(): boolean {
    return this.#token !== undefined || this.#options.loginParams?.xui_sessid !== undefined;
  }
}
