// The call flows an administrator has stated, kept as they were stated: what they come to is worked out at each start.

export interface KeptFlows {
  /** Part by part (`hours`, `flows`, `queues` …), as JSON; empty when nothing was ever stated. */
  read(): Promise<Readonly<Record<string, string>>>;
  /** Puts these in place of what was there under their names. */
  replace(parts: Readonly<Record<string, string>>): Promise<void>;
}
