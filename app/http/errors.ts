// What goes wrong, as HTTP answers: `{"error": {code, message, details?}}` with the status that belongs to the code.

import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { ErrorCode, Problem } from '../contract/common.ts';
import { StorageUnavailable } from '../ports/submissions.ts';
import { Refused } from '../realtime/commands.ts';

/** Codes whose status is not 409 Conflict, which is what the floor's refusals are. */
const statuses: Partial<Record<ErrorCode, number>> = {
  bad_request: 400,
  unauthenticated: 401,
  wrong_credentials: 401,
  forbidden: 403,
  not_your_call: 403,
  not_found: 404,
  link_invalid: 404,
  unknown_session: 404,
  unknown_agent: 404,
  unknown_queue: 404,
  method_not_allowed: 405,
  link_expired: 410,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  idempotency_conflict: 422,
  too_many_attempts: 429,
  rate_limited: 429,
  internal: 500,
  storage_unavailable: 503,
  too_many_sessions: 503,
};

export const statusOf = (code: ErrorCode): number => statuses[code] ?? 409;

/** Turns whatever is thrown below it into an answer. A bug becomes a 500 that says nothing and a log line that says all. */
export function answerErrors(log: Logger): Middleware {
  return async (context, next) => {
    try {
      await next();
      if (context.status === 404 && (context.body === undefined || context.body === null))
        throw new Refused('not_found');
    } catch (error) {
      refuse(context, problemOf(error, log));
    }
  };
}

function problemOf(error: unknown, log: Logger): Problem {
  if (error instanceof Refused) return error.problem;
  if (error instanceof StorageUnavailable) return new Refused('storage_unavailable').problem;
  if (isClientError(error)) return new Refused('bad_request').problem;
  log.error({ err: error }, 'a request failed');
  return { code: 'internal', message: 'Something went wrong on our side' };
}

/** Koa and the router throw these for requests they cannot read (a path that does not decode, for example). */
const isClientError = (error: unknown): boolean =>
  error instanceof Error &&
  'status' in error &&
  typeof error.status === 'number' &&
  error.status >= 400 &&
  error.status < 500;

function refuse(context: Context, problem: Problem): void {
  context.status = statusOf(problem.code);
  if (context.status === 401) context.set('WWW-Authenticate', 'Bearer');
  if (context.status === 503) context.set('Retry-After', '2');
  context.body = { error: problem };
}
