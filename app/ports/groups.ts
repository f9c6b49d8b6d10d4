// Which queues a supervisor looks after, as it is kept.

/** Names of queues, at least one; `all`: nobody has bounded her. */
export type QueueScope = readonly string[] | 'all';

export interface Supervisor {
  readonly username: string;
  readonly displayName: string;
  readonly queues: QueueScope;
}

export interface Supervisors {
  /** Every supervisor whose account is in use. */
  list(): Promise<readonly Supervisor[]>;
  /** Resolves when it is stored; false: there is no such supervisor. */
  assign(username: string, queues: QueueScope): Promise<boolean>;
}
