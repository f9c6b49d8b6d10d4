// Our registration with a carrier (RFC 3261 section 10.2): kept fresh for as long as the trunk is there.
//
//   ┌────────────────────────── refused, silent: back-off ───────────────────────┐
//   ▼                                                                            │
//   asking ──401/407 of the carrier, once──► asking with credentials ──200──► registered ──most of its time gone──► asking
//
// A restart does not take the registration back: calls would be turned away meanwhile.

import { randomBytes } from 'node:crypto';
import type { Trunk } from '../../app/ports/trunking.ts';
import { challengeFor, credentialsFor } from './digest-answer.ts';
import { parseNameAddrs } from './name-addr.ts';
import type { Answer, OwnRequest } from './server-link.ts';

export interface TrunkRegistrationOptions {
  readonly trunk: Trunk;
  /** User part of the Contact we register: calls to it are this trunk's. */
  readonly contactUser: string;
  readonly ask: (uri: string, request: OwnRequest) => Promise<Answer | undefined>;
  /** Calls back once after so many milliseconds; returns the disposer. */
  readonly after: (ms: number, callback: () => void) => () => void;
  /** 0 to 1, for spreading retries. */
  readonly chance: () => number;
  readonly onChange: (state: RegistrationState) => void;
}

export type RegistrationState =
  | { readonly at: 'asking' }
  /** `from` is the address the carrier answered from. */
  | { readonly at: 'registered'; readonly from: string | undefined; readonly seconds: number }
  | { readonly at: 'failed'; readonly why: string; readonly retryMs: number };

const firstRetryMs = 2_000;
const shortestRetryMs = 500;
const longestRetryMs = 5 * 60_000;
/** A wrong password does not become right by asking often, and carriers ban who tries. */
const refusedRetryMs = 60_000;
/** The server could not be asked at all: our own connection is down, and back within moments. */
const unaskedRetryMs = 1_000;
const shortestRefreshMs = 5_000;

export class TrunkRegistration {
  readonly #options: TrunkRegistrationOptions;
  readonly #callId = `${randomBytes(12).toString('hex')}@register`;
  readonly #fromTag = randomBytes(6).toString('hex');
  #cseq = 0;
  #seconds: number;
  #failures = 0;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;
  state: RegistrationState = { at: 'asking' };

  constructor(options: TrunkRegistrationOptions) {
    this.#options = options;
    this.#seconds = options.trunk.registerSeconds;
  }

  /** Asks now; resolves when the carrier has answered or not. Goes on by itself from there. */
  async start(): Promise<void> {
    const answer = await this.#register();
    if (this.#stopped) return;
    if (answer) this.#become(this.#stateAfter(answer));
    else this.#cancelTimer = this.#options.after(unaskedRetryMs, () => void this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  async #register(): Promise<Answer | undefined> {
    const first = await this.#send({});
    const { outboundLogin } = this.#options.trunk;
    if (!first || !outboundLogin || (first.status !== 401 && first.status !== 407)) return first;
    const [asks, answers] =
      first.status === 401
        ? (['WWW-Authenticate', 'Authorization'] as const)
        : (['Proxy-Authenticate', 'Proxy-Authorization'] as const);
    const challenge = challengeFor(first.header(asks), outboundLogin);
    if (!challenge) return first;
    return this.#send({
      [answers]: credentialsFor(challenge, outboundLogin, { method: 'REGISTER', uri: this.#registrar }),
    });
  }

  get #registrar(): string {
    return registrarUri(this.#options.trunk);
  }

  #send(headers: Readonly<Record<string, string>>): Promise<Answer | undefined> {
    const { trunk, contactUser } = this.#options;
    const aor = `<sip:${trunk.outboundLogin?.username ?? contactUser}@${domainOf(trunk)}>`;
    return this.#options.ask(this.#registrar, {
      method: 'REGISTER',
      headers: {
        From: `${aor};tag=${this.#fromTag}`,
        To: aor,
        'Call-ID': this.#callId,
        CSeq: `${++this.#cseq} REGISTER`,
        // The SIP server puts its own address in the place of localhost.
        Contact: `<sip:${contactUser}@localhost>`,
        Expires: String(this.#seconds),
        ...headers,
      },
    });
  }

  #stateAfter(answer: Answer): RegistrationState {
    if (answer.status >= 200 && answer.status < 300) {
      const seconds = this.#granted(answer);
      return { at: 'registered', from: answer.source?.address, seconds };
    }
    // RFC 3261 section 10.3 step 7: too brief for this carrier.
    const least = Number(answer.header('Min-Expires'));
    if (answer.status === 423 && least > this.#seconds) this.#seconds = least;
    return { at: 'failed', why: `REGISTER answered ${answer.status}`, retryMs: this.#retryMs(answer) };
  }

  /** What the carrier granted our own contact; other contacts of the account are others' business. */
  #granted(answer: Answer): number {
    const mine = parseNameAddrs(answer.header('Contact') ?? '').find(({ uri }) =>
      uri.includes(`${this.#options.contactUser}@`),
    );
    const granted = Number(mine?.params['expires'] ?? answer.header('Expires') ?? this.#seconds);
    return granted > 0 ? granted : this.#seconds;
  }

  #retryMs(answer: Answer): number {
    const { status } = answer;
    if (status === 423) return shortestRetryMs;
    const asked = Number.parseInt(answer.header('Retry-After') ?? '', 10) * 1_000;
    const steps = Math.min(this.#failures, 10);
    const grown = Math.min(firstRetryMs * 2 ** steps, longestRetryMs);
    const own = [401, 403, 404, 407].includes(status) ? Math.max(grown, refusedRetryMs) : grown;
    const spread = own * (0.75 + this.#options.chance() / 2);
    return Math.min(Math.max(spread, asked || 0), longestRetryMs);
  }

  #become(state: RegistrationState): void {
    this.state = state;
    this.#failures = state.at === 'failed' ? this.#failures + 1 : 0;
    this.#options.onChange(state);
    this.#cancelTimer = this.#options.after(nextMs(state), () => void this.start());
  }
}

/** Refreshed at four fifths of what was granted. */
const nextMs = (state: RegistrationState): number =>
  state.at === 'failed'
    ? state.retryMs
    : state.at === 'registered'
      ? Math.max(shortestRefreshMs, state.seconds * 800)
      : 0;

/** The request URI: the carrier's, without a user (section 10.2). */
export const registrarUri = (trunk: Trunk): string =>
  `sip:${trunk.destination ?? ''}${trunk.transport === 'udp' ? '' : `;transport=${trunk.transport}`}`;

/** The host of the address of record: a port would make it another address. */
const domainOf = ({ destination = '' }: Trunk): string => destination.replace(/:\d+$/, '');
