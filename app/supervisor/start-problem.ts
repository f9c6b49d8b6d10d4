// Why Cordboard does not start: one line a person can act on, printed without a stack; the exit code is 1.

export class StartProblem extends Error {
  override readonly name = 'StartProblem';
}

/** The system's code of an error (`EADDRINUSE` …), or undefined when it is another kind of error. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
