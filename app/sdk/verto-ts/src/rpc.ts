// The calls that wait for an answer. A call made before the log-in waits for it; one that was sent is never sent twice, because
// what got no answer may have been carried out.
//
//   asked ──open──► sent ──result / error──► settled
//     │               ├──timeout──► rejected `timeout`           (an answer after that is counted as late and dropped)
//     └──timeout──►   └──connection breaks──► rejected `connection-lost`

import { VertoError } from './errors.ts';
import { notificationText, requestText, type Frame, type Params, type RpcId } from './frames.ts';

interface Waiting {
  readonly method: string;
  readonly text: string;
  sent: boolean;
  readonly settle: (outcome: { result: unknown } | { error: VertoError }) => void;
}

export interface RpcOutside {
  /** Puts one text frame on the wire; false when there is no wire. */
  send(text: string): boolean;
  setTimer(ms: number, then: () => void): () => void;
}

export interface CallOptions {
  readonly timeoutMs: number;
  /** Sent at once, before the log-in is through: `login` itself and signs of life. */
  readonly early?: boolean;
}

export class Rpc {
  readonly #outside: RpcOutside;
  readonly #waiting = new Map<RpcId, Waiting>();
  // Never starts again: an answer that arrives after a reconnect cannot be taken for that of another call.
  #lastId = 0;
  #open = false;
  /** Answers to calls that had been given up. */
  late = 0;

  constructor(outside: RpcOutside) {
    this.#outside = outside;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * @throws VertoError `refused` with the server's code, `timeout`, `connection-lost`, or what end() was given
   */
  call(method: string, params: Params, options: CallOptions): Promise<unknown> {
    return this.#ask(method, params, options).answer;
  }

  /** Sends several calls as one JSON-RPC batch; each has its own outcome, in the order given. */
  batch(
    calls: readonly { readonly method: string; readonly params: Params }[],
    options: CallOptions,
  ): Promise<PromiseSettledResult<unknown>[]> {
    const asked = calls.map(({ method, params }) => this.#ask(method, params, options, false));
    if (asked.length > 0 && (this.#open || options.early === true))
      this.#sendBatch(asked.map(({ id }) => id));
    return Promise.allSettled(asked.map(({ answer }) => answer));
  }

  notify(method: string, params: Params): boolean {
    return this.#open && this.#outside.send(notificationText(method, params));
  }

  /** Logged in: what had been asked meanwhile goes out, in order. */
  open(): void {
    this.#open = true;
    for (const [id, entry] of this.#waiting) if (!entry.sent) this.#transmit(id);
  }

  /** The wire is gone. What had been sent is lost; what had not, waits for the next wire. */
  lost(): void {
    this.#open = false;
    for (const entry of [...this.#waiting.values()])
      if (entry.sent) entry.settle({ error: VertoError.connectionLost(entry.method) });
  }

  /** There will be no other wire. */
  end(error: VertoError): void {
    this.#open = false;
    for (const entry of [...this.#waiting.values()]) entry.settle({ error });
  }

  /** @returns false when nobody waits for this answer */
  answered(frame: Extract<Frame, { kind: 'result' | 'error' }>): boolean {
    const entry = frame.id === null ? undefined : this.#waiting.get(frame.id);
    if (!entry?.sent) {
      this.late += 1;
      return false;
    }
    entry.settle(
      frame.kind === 'result' ? { result: frame.result } : { error: VertoError.refused(frame.error) },
    );
    return true;
  }

  #ask(
    method: string,
    params: Params,
    { timeoutMs, early = false }: CallOptions,
    alone = true,
  ): { id: RpcId; answer: Promise<unknown> } {
    const id = (this.#lastId += 1);
    const answer = new Promise<unknown>((resolve, reject) => {
      const cancel = this.#outside.setTimer(timeoutMs, () =>
        this.#waiting.get(id)?.settle({ error: VertoError.timeout(method, timeoutMs) }),
      );
      this.#waiting.set(id, {
        method,
        text: requestText(id, method, params),
        sent: false,
        settle: (outcome) => {
          cancel();
          this.#waiting.delete(id);
          if ('error' in outcome) reject(outcome.error);
          else resolve(outcome.result);
        },
      });
    });
    if (alone && (this.#open || early)) this.#transmit(id);
    return { id, answer };
  }

  #transmit(id: RpcId): void {
    const entry = this.#waiting.get(id);
    if (entry && this.#outside.send(entry.text)) entry.sent = true;
  }

  #sendBatch(ids: readonly RpcId[]): void {
    const entries = ids.flatMap((id) => this.#waiting.get(id) ?? []);
    if (!this.#outside.send(`[${entries.map(({ text }) => text).join(',')}]`)) return;
    for (const entry of entries) entry.sent = true;
  }
}
