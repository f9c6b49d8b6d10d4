// The one error of this package. Codes are stable, for front ends to translate: the server's own (contract), and what only
// a browser can run into.

import type { ErrorCode } from '../contract/common.ts';

export const clientCodes = [
  /** The server does not answer, or not as agreed. */
  'unreachable',
  'microphone_denied',
  'microphone_missing',
  /** This browser has no WebRTC. */
  'not_supported',
  /** The voice line could not be had, or kept. */
  'media_failed',
  /** The voice line's session is over: a new one is needed. */
  'session_gone',
  /** Another page of the same person has taken over. */
  'superseded',
] as const;
export type ClientCode = (typeof clientCodes)[number];
export type ProblemCode = ErrorCode | ClientCode;

export class CordboardProblem extends Error {
  override readonly name = 'CordboardProblem';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string = code, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Its code, when it is one of ours; a bug stays loud. */
export function codeOf(error: unknown): ProblemCode {
  if (error instanceof CordboardProblem) return error.code;
  throw error;
}
