// Who is signed in on this tab: the token, kept through a reload, renewed in good time while the page is open.

import type { SignedIn } from '../contract/access.ts';
import type { Api } from './api.ts';
import type { Storage } from './browser.ts';
import { codeOf, CordboardProblem } from './problem.ts';

export type StaffRole = SignedIn['role'];

export interface StaffOptions {
  readonly api: Api;
  readonly storage: Storage;
  /** Name of the entry in `storage`; each kind of page has its own. */
  readonly key: string;
  readonly roles: readonly StaffRole[];
  /** The token was exchanged for a fresh one. */
  readonly onRenewed: (token: string) => void;
  /** The token could not be renewed: the person must sign in again. */
  readonly onExpired: () => void;
}

/** Renewed when this share of its life is left. */
const renewAtShare = 0.3;
const retryMs = 5_000;

export class Staff {
  readonly #options: StaffOptions;
  #signedIn: SignedIn | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: StaffOptions) {
    this.#options = options;
    const kept = read(options);
    if (kept && kept.expiresAt > Date.now()) this.#accept(kept);
  }

  get person(): SignedIn | undefined {
    return this.#signedIn;
  }

  /** The present token. @throws CordboardProblem `unauthenticated` when nobody is signed in */
  get token(): string {
    if (!this.#signedIn) throw new CordboardProblem('unauthenticated');
    return this.#signedIn.token;
  }

  /** @throws CordboardProblem `wrong_credentials`, `too_many_attempts`, `forbidden` (another role's page) */
  async signIn(username: string, password: string): Promise<SignedIn> {
    const signedIn = await this.#options.api.signIn(username, password);
    if (!this.#options.roles.includes(signedIn.role)) throw new CordboardProblem('forbidden');
    this.#accept(signedIn);
    return signedIn;
  }

  signOut(): void {
    clearTimeout(this.#timer);
    this.#signedIn = undefined;
    this.#options.storage.removeItem(this.#options.key);
  }

  /** Stops renewing; the token stays for the next page of this tab. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #accept(signedIn: SignedIn): void {
    this.#signedIn = signedIn;
    this.#options.storage.setItem(this.#options.key, JSON.stringify(signedIn));
    const left = signedIn.expiresAt - Date.now();
    this.#arm(left * (1 - renewAtShare));
  }

  #arm(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#renew(), Math.min(Math.max(afterMs, 0), 2 ** 31 - 1));
  }

  async #renew(): Promise<void> {
    const before = this.#signedIn;
    if (!before) return;
    try {
      const fresh = await this.#options.api.renewToken(before.token);
      if (this.#signedIn !== before) return;
      this.#accept(fresh);
      this.#options.onRenewed(fresh.token);
    } catch (error) {
      if (this.#signedIn !== before) return;
      // A server that restarts is no reason to send anybody to the log-in page.
      if (codeOf(error) === 'unreachable' && before.expiresAt > Date.now()) return this.#arm(retryMs);
      this.signOut();
      this.#options.onExpired();
    }
  }
}

function read({ storage, key, roles }: StaffOptions): SignedIn | undefined {
  const text = storage.getItem(key);
  if (text === null) return undefined;
  try {
    const kept = JSON.parse(text) as Partial<SignedIn>;
    const whole = typeof kept.token === 'string' && typeof kept.expiresAt === 'number';
    return whole && kept.role && roles.includes(kept.role) ? (kept as SignedIn) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // Not ours, or of another version.
    throw error;
  }
}
