// What can go wrong, in one class: `reason` says which of a closed list it was, `code` is the server's own number when there is one.

export type VertoReason =
  /** The server answered with an error; `code`, `message` and `data` are its own. */
  | 'refused'
  /** No answer in time. The command may have been carried out. */
  | 'timeout'
  /** There is no connection, and none is being made. Nothing was sent. */
  | 'not-connected'
  /** The connection broke before the answer came. The command may have been carried out. */
  | 'connection-lost'
  /** The server would not let us in; the client does not try again with the same credentials. */
  | 'login-failed'
  /** Another connection took this session over (`verto.punt`). */
  | 'punted'
  /** logout() was called. */
  | 'closed'
  /** The caller's mistake: an argument that cannot be. */
  | 'invalid'
  /** The browser or the page has no WebRTC, or no HTTPS. */
  | 'not-supported'
  | 'microphone-denied'
  | 'microphone-missing'
  /** The sound could not be negotiated, or its path broke for good. */
  | 'media-failed'
  /** The call was over before the wish could be fulfilled. */
  | 'call-ended';

/** A JSON-RPC 2.0 error object (section 5.1 of the specification). */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export class VertoError extends Error {
  override readonly name = 'VertoError';
  readonly reason: VertoReason;
  /** The server's code, for example -32001 (authentication failed) or 409 (wrong state); undefined when it never answered. */
  readonly code: number | undefined;
  /** Whatever the server sent with its error. */
  readonly data: unknown;

  constructor(
    reason: VertoReason,
    message: string,
    { code, data, cause }: { code?: number; data?: unknown; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.code = code;
    this.data = data;
  }

  static refused({ code, message, data }: RpcError): VertoError {
    return new VertoError('refused', message, { code, data });
  }

  static timeout(method: string, ms: number): VertoError {
    return new VertoError('timeout', `${method} got no answer within ${ms} ms`);
  }

  static notConnected(method: string): VertoError {
    return new VertoError('not-connected', `${method}: not connected`);
  }

  static connectionLost(method: string): VertoError {
    return new VertoError('connection-lost', `the connection broke before ${method} was answered`);
  }
}
