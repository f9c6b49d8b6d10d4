// Answers REGISTER: who asks, what it does to their bindings, and the 200 that lists what holds now. RFC 3261 section 10.3.

import type { Registration, Registrations } from '../../app/ports/registrations.ts';
import type { Authentication } from './authentication.ts';
import { register, registrarLimits, type RegisterAnswer } from './registrar.ts';
import type { EdgeRequest } from './edge-request.ts';

export interface RegisterRequestsOptions {
  readonly registrations: Registrations;
  readonly authentication: Authentication;
  readonly now: () => number;
  /** The bindings of an address were looked at or changed by the phone behind `heardFrom`. */
  readonly onRegistered: (address: string, heardFrom: readonly Registration[]) => Promise<void>;
}

export class RegisterRequests {
  readonly #options: RegisterRequestsOptions;
  /** The last request being worked on, per address: two at once would each count with bindings the other is about to change. */
  readonly #busy = new Map<string, Promise<void>>();

  constructor(options: RegisterRequestsOptions) {
    this.#options = options;
  }

  async answer(request: EdgeRequest): Promise<void> {
    const username = await this.#options.authentication.userOf(request);
    if (username === undefined) return;
    // One's own bindings only: a good password for 1001 must not move 1002's phone.
    if (request.toUser !== username || request.fromUser !== username) return request.respond(403);
    await this.#inTurn(username, () => this.#register(username, request));
  }

  async #register(address: string, request: EdgeRequest): Promise<void> {
    const { registrations, now } = this.#options;
    const at = now();
    const answer = register(
      {
        address,
        callId: request.callId,
        cseq: request.cseq,
        contacts: request.contacts,
        expires: secondsOf(request.header('Expires')),
        userAgent: request.header('User-Agent') ?? '',
        source: request.source,
      },
      await registrations.of(address, at),
      at,
    );
    if (answer.outcome === 'refused') return refuse(request, answer);
    // Committed before it is acknowledged: a phone that heard 200 is not lost by a restart.
    for (const { contact } of answer.remove) await registrations.remove(address, contact);
    for (const binding of answer.save) await registrations.save(binding);
    request.respond(200, { headers: bindingHeaders(answer.bindings, at) });
    await this.#options.onRegistered(address, answer.save);
  }

  async #inTurn(address: string, work: () => Promise<void>): Promise<void> {
    const before = this.#busy.get(address) ?? Promise.resolve();
    // The one before has told its own failure; it must not fail this one too.
    const mine = before.then(work, work);
    this.#busy.set(address, mine);
    try {
      await mine;
    } finally {
      if (this.#busy.get(address) === mine) this.#busy.delete(address);
    }
  }
}

function refuse(request: EdgeRequest, { status, reason }: RegisterAnswer & { outcome: 'refused' }): void {
  const headers = status === 423 ? { 'Min-Expires': String(registrarLimits.minExpires) } : {};
  request.respond(status, { reason, headers });
}

function bindingHeaders(bindings: readonly Registration[], now: number): Record<string, string> {
  const headers: Record<string, string> = { Date: new Date(now).toUTCString() };
  if (bindings.length > 0) {
    headers['Contact'] = bindings
      .map(({ contact, expiresAt }) => `<${contact}>;expires=${Math.ceil((expiresAt - now) / 1_000)}`)
      .join(', ');
  }
  return headers;
}

/** undefined: no such header; NaN: not a number of seconds. */
const secondsOf = (expires: string | undefined): number | undefined =>
  expires === undefined ? undefined : /^\d{1,10}$/.test(expires.trim()) ? Number(expires) : NaN;
