// What a person submits and must not be lost: acknowledged after commit, and done once per idempotency key.

/** The database could not take it in time. The person is told to try again; nothing was stored. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
  readonly reason: 'busy' | 'unreachable';
  constructor(reason: StorageUnavailable['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** `stored`: committed now. `repeated`: this key was used for the same words before (about `sessionId`); nothing was done
 *  twice. `conflict`: this key was used for other words. */
export type Submitted =
  { readonly outcome: 'stored' | 'repeated'; readonly sessionId: string } | { readonly outcome: 'conflict' };

export interface Submissions {
  /**
   * An agent's note on a call; a later note of the same agent on the same call replaces it.
   * @throws StorageUnavailable
   */
  wrapUpNote(entry: {
    readonly sessionId: string;
    readonly agentId: string;
    readonly note: string;
    readonly at: number;
    readonly idempotencyKey?: string;
  }): Promise<Submitted>;
  /** Was a note with this key stored before? Undefined when the key is new. */
  noteSeen(entry: {
    readonly agentId: string;
    readonly note: string;
    readonly idempotencyKey: string;
  }): Promise<'repeated' | 'conflict' | undefined>;
  /**
   * A customer's stars; a later rating of the same call replaces the earlier.
   * @throws StorageUnavailable
   */
  rating(entry: {
    readonly sessionId: string;
    readonly stars: number;
    readonly at: number;
    readonly idempotencyKey?: string;
  }): Promise<Submitted>;
}
