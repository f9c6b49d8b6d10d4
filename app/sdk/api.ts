// The REST side of the contract: one function for each operation a browser needs. Errors are codes, never statuses.

import type { IceServers, LinkView, SignedIn } from '../contract/access.ts';
import type { CallDetail, CallPage } from '../contract/calls.ts';
import { type Problem } from '../contract/common.ts';
import type { QueueFigures } from '../contract/figures.ts';
import type { Agent, Queue } from '../contract/floor.ts';
import type { RecordingLink } from '../contract/recordings.ts';
import type { Message } from '../contract/messages.ts';
import type { CustomerSession, NewSession, SessionMade } from '../contract/sessions.ts';
import { CordboardProblem } from './problem.ts';

export interface ApiOptions {
  /** Where Cordboard is, without a slash at the end; by default where the page came from. */
  readonly baseUrl?: string;
  readonly fetch?: typeof fetch;
}

interface Wish {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly token?: string;
  /** Safe to repeat: a lost answer is asked for again under the same key. */
  readonly idempotencyKey?: string;
}

const prefix = '/api/v1';
const repeats = 3;
const answerWithinMs = 15_000;

export class Api {
  readonly baseUrl: string;
  readonly #fetch: typeof fetch;

  constructor({ baseUrl = location.origin, fetch: given }: ApiOptions = {}) {
    this.baseUrl = baseUrl;
    this.#fetch = given ?? ((input, init) => fetch(input, init));
  }

  /** @throws CordboardProblem `link_invalid`, `link_expired`, … */
  readLink(link: string): Promise<LinkView> {
    return this.#ask(`/links/${encodeURIComponent(link)}`);
  }

  /** Presses Call. @throws CordboardProblem `queue_full`, `queue_closed`, `link_expired`, … */
  makeSession(wish: NewSession): Promise<SessionMade> {
    return this.#ask('/sessions', { method: 'POST', body: wish, idempotencyKey: crypto.randomUUID() });
  }

  readSession(sessionId: string, token: string): Promise<CustomerSession> {
    return this.#ask(`/sessions/${sessionId}`, { token });
  }

  /** @throws CordboardProblem `wrong_credentials`, `too_many_attempts`, … */
  signIn(username: string, password: string): Promise<SignedIn> {
    return this.#ask('/sign-in', { method: 'POST', body: { username, password } });
  }

  renewToken(token: string): Promise<SignedIn> {
    return this.#ask('/token/refresh', { method: 'POST', token });
  }

  /** TURN servers for this browser, with credentials of its own. */
  async iceServers(token: string): Promise<readonly RTCIceServer[]> {
    const { iceServers } = await this.#ask<IceServers>('/ice-servers', { token });
    return iceServers;
  }

  /** Everybody who takes calls, and what they do now. */
  listAgents(token: string): Promise<{ readonly agents: readonly Agent[] }> {
    return this.#ask('/agents', { token });
  }

  listQueues(token: string): Promise<{ readonly queues: readonly Queue[] }> {
    return this.#ask('/queues', { token });
  }

  /** The newest call records. @param from only those that ended at or after this instant */
  listCalls(token: string, limit: number, from = 0): Promise<CallPage> {
    return this.#ask(`/calls?limit=${limit}&from=${from}`, { token });
  }

  /** What can be played into a call. */
  async listSounds(token: string): Promise<readonly string[]> {
    const { sounds } = await this.#ask<{ sounds: readonly { soundId: string }[] }>('/sounds', { token });
    return sounds.map(({ soundId }) => soundId);
  }

  /** How each queue did since `from`; queues without a call are not in it. */
  async readFigures(token: string, from: number): Promise<readonly QueueFigures[]> {
    const { queues } = await this.#ask<{ queues: readonly QueueFigures[] }>(`/figures?from=${from}`, {
      token,
    });
    return queues;
  }

  /** Messages nobody has seen to yet, newest first. */
  async openMessages(token: string): Promise<readonly Message[]> {
    const { messages } = await this.#ask<{ messages: readonly Message[] }>('/messages?handled=false', {
      token,
    });
    return messages;
  }

  handleMessage(recordingId: string, token: string): Promise<void> {
    return this.#ask(`/messages/${recordingId}/handled`, { method: 'POST', body: {}, token });
  }

  readCall(token: string, sessionId: string): Promise<CallDetail> {
    return this.#ask(`/calls/${sessionId}`, { token });
  }

  linkRecording(token: string, recordingId: string): Promise<RecordingLink> {
    return this.#ask(`/recordings/${recordingId}/link`, { method: 'POST', token });
  }

  keepRecording(
    token: string,
    recordingId: string,
    how: 'hold' | 'release',
    reason: string,
  ): Promise<unknown> {
    return this.#ask(`/recordings/${recordingId}/${how}`, { method: 'POST', token, body: { reason } });
  }

  async #ask<Answer>(path: string, wish: Wish = {}): Promise<Answer> {
    const tries = wish.method === 'POST' && wish.idempotencyKey === undefined ? 1 : repeats;
    for (let left = tries - 1; ; left -= 1) {
      const response = await this.#send(path, wish).catch((error: unknown) => error as Error);
      if (response instanceof Response) return (await answerOf(response)) as Answer;
      if (left === 0) throw new CordboardProblem('unreachable', response.message, { cause: response });
    }
  }

  #send(path: string, { method = 'GET', body, token, idempotencyKey }: Wish): Promise<Response> {
    return this.#fetch(`${this.baseUrl}${prefix}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
  }
}

async function answerOf(response: Response): Promise<unknown> {
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  const problem = (answer as { error?: Problem } | undefined)?.error;
  // A proxy in between answers in its own words.
  if (!problem) throw new CordboardProblem('unreachable', `HTTP status ${response.status}`);
  throw new CordboardProblem(problem.code, problem.message);
}
