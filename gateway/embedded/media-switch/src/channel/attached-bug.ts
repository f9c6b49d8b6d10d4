// What hangs on a channel's sound, in the words of its events.

/** FreeSWITCH's names of what can hang on a channel. */
export type BugFunction = 'session_record' | 'displace' | 'eavesdrop' | 'audio';

/** One of them. */
export interface AttachedBug {
  readonly function: BugFunction;
  /** What it is about: a path, a leg. */
  readonly target: string;
  /** The channel it hangs on has ended. */
  readonly onChannelEnd?: () => void;
}
