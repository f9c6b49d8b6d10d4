// Time and chance as the engine sees them. The real clock is two lines in main.ts; the stories use a virtual one.

export interface Clock {
  /** Milliseconds since the Unix epoch; never goes backwards within one process. */
  readonly now: () => number;
  /** Calls back once at or after `at`. Returns the disposer. */
  readonly wakeAt: (at: number, callback: () => void) => () => void;
  /** A random uuid v4. */
  readonly newId: () => string;
}
