// Time and chance as the engine sees them. The real clock is two lines in main.ts; the stories use a virtual one.

export interface Clock {
  /** Milliseconds since the Unix epoch; never goes backwards within one process. */
  now(): number;
  /** Calls back once at or after `at`. Returns the disposer. */
  wakeAt(at: number, callback: () => void): () => void;
  /** A random uuid v4. */
  newId(): string;
}
