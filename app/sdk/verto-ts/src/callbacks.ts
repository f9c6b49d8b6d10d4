// The source's style and promises, side by side: every verb takes ok and fail functions, and returns a promise as well.

import type { VertoError } from './errors.ts';

export type Ok<Result> = ((result: Result) => void) | undefined;
export type Fail = ((error: VertoError) => void) | undefined;

/**
 * Tells the outcome to the functions that were given. The promise is the caller's; with functions given, nobody needs to look at it,
 * and its rejection is not "unhandled".
 * @param report gets what a callback throws
 */
export function told<Result>(
  outcome: Promise<Result>,
  ok: Ok<Result>,
  fail: Fail,
  report: (error: unknown) => void,
): Promise<Result> {
  if (!ok && !fail) return outcome;
  outcome.then(
    (result) => guarded(report, () => ok?.(result)),
    (error: unknown) => guarded(report, () => fail?.(error as VertoError)),
  );
  return outcome;
}

/** Runs a page's callback: what it throws is reported, and does not stop the rest of us. */
export function guarded(report: (error: unknown) => void, callback: () => void): void {
  try {
    callback();
  } catch (error) {
    report(error);
  }
}
